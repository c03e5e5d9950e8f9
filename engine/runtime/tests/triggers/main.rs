//! Triggers, tried at their border: timetables against a walk through every minute, forged webhooks, lists that move while
//! they are read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops where it fails"
)]

mod forgery;
mod herd;
mod hooks;
mod kitchen;
mod moving;
mod polls;
mod project;
mod timetables;

use std::path::PathBuf;

/// A folder of the tests' data.
pub(crate) fn data(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "triggers", name]
        .iter()
        .collect()
}

/// A number that a long run sets through the environment.
pub(crate) fn count(variable: &str, usual: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}
