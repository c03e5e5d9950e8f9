//! The template helpers: a table of functions, each with its signature, one line of help and a tested example.

use crate::types::Type;

/// What a person is told of a helper.
#[derive(Clone, Debug)]
pub struct HelperDoc {
    /// Its name.
    pub name: &'static str,
    /// The group it stands in: text, number, date, list, logic, other.
    pub group: &'static str,
    /// `date_add MOMENT DURATION`.
    pub signature: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// `{{ … }}` examples and what each gives; a test runs them.
    pub examples: &'static [(&'static str, &'static str)],
    /// What it gives.
    pub returns: Type,
}

/// Every helper, in reference order.
pub fn all() -> &'static [HelperDoc] {
    todo!()
}
