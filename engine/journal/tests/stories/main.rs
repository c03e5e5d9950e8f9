//! What the journal promises, one story a test.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests fail by them"
)]

mod attention;
mod concurrency;
mod damage;
mod events;
mod form;
mod housekeeping;
mod kit;
mod opening;
mod order;
mod polls;
mod runs;
mod secrets;
mod waits;
