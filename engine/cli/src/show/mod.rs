//! What is printed: talk on stderr, data on stdout.

pub(crate) mod operation;
pub(crate) mod problems;

pub(crate) mod terminal;
pub(crate) mod values;
