//! Reading YAML where the first mistake is enough: connector files, project files, recipe tests.

use serde::de::DeserializeOwned;

/// The longest file, in bytes. The largest of ours has 70 KB.
const LONGEST: usize = 2 << 20;
/// The most parts (keys, values, items) of a file.
const PARTS: usize = 100_000;
/// The most parts that aliases may put in once more: they save writing, and a bomb is made of them.
const REPEATED: usize = 20_000;

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

/// Reads YAML 1.2 strictly: `no` is text, numbers with a leading zero are text, no tags, no merge keys. What is too large,
/// too deep or a bomb of aliases is refused as soon as that shows.
///
/// # Errors
/// The first mistake.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    if text.len() > LONGEST {
        return Err(Fault {
            line: 1,
            column: 1,
            message: format!(
                "the file has {} KB, and may have {} KB",
                text.len() / 1024,
                LONGEST / 1024
            ),
        });
    }
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 2 * PARTS,
            max_nodes: PARTS,
            max_depth: 48,
            max_aliases: 2_000,
            max_anchors: 2_000,
            max_recorded_anchor_events: PARTS,
            max_recorded_anchor_bytes: LONGEST,
            max_total_scalar_bytes: LONGEST,
        },
        alias_limits: serde_yaml::alias_limits! {
            max_total_replayed_events: REPEATED,
            max_replay_stack_depth: 16,
        },
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
        let mut message = message.split(" at line ").next().unwrap_or(&message).to_owned();
        let lower = message.to_lowercase();
        if ["budget", "replay", "limit exceeded"]
            .iter()
            .any(|word| lower.contains(word))
        {
            message = "the file is too large, too deep, or repeats too much by its aliases".to_owned();
        }
        Fault {
            line: place.map_or(1, |place| usize::try_from(place.line()).unwrap_or(1)),
            column: place.map_or(1, |place| usize::try_from(place.column()).unwrap_or(1)),
            message: message
                .replace("unknown field", "there is no key")
                .replace("missing field", "a key is missing:"),
        }
    })
}
