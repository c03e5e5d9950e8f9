//! The service, on a journal on disk and a sandbox: what is handed in runs to its end, and people get their answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod kitchen;
mod outage;
mod runs;
