//! What is printed: talk on stderr, data on stdout.

pub(crate) mod history;
pub(crate) mod live;
pub(crate) mod operation;
pub(crate) mod problems;
pub(crate) mod questions;
pub(crate) mod request;
pub(crate) mod run_lines;
pub(crate) mod run_tree;
pub(crate) mod terminal;
pub(crate) mod values;
