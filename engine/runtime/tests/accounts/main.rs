//! Accounts against the sandbox's provider of tokens: connecting, renewing, races, faults, and what is never shown.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops where it fails"
)]

mod connecting;
mod desk;
mod faults;
mod fixed;
#[cfg(feature = "faults")]
mod kills;
mod races;
mod secrets;

/// A number that a long run sets through the environment.
pub(crate) fn count(variable: &str, usual: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}
