//! Reading YAML where the first mistake is enough: connector files, project files, recipe tests.

use serde::de::DeserializeOwned;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// One sentence.
    pub message: String,
}

/// Reads YAML 1.2 strictly: `no` is text, numbers with a leading zero are text, no tags, no merge keys.
///
/// # Errors
/// The first mistake.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let options = serde_yaml::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        reject_unsupported_tags: true,
        merge_keys: serde_yaml::MergeKeyPolicy::Error,
        with_snippet: false,
    };
    serde_yaml::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let place = error.location();
        let message = error.to_string();
        // The library ends its sentences with the place, which is told apart.
        let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
        Fault {
            line: place.map_or(1, |place| usize::try_from(place.line()).unwrap_or(1)),
            column: place.map_or(1, |place| usize::try_from(place.column()).unwrap_or(1)),
            message: message
                .replace("unknown field", "there is no key")
                .replace("missing field", "a key is missing:"),
        }
    })
}
