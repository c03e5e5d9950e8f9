//! Processes that are killed, and disks that fail: what was said to be kept is there.
//!
//! The tests start this very program again as a child (`child::acts`), which works on a journal and prints what it was
//! told, one line each, as soon as it was told. What it printed and what the journal holds afterwards must agree.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests fail by them"
)]

mod bugs;
mod check;
mod child;
mod crash;
mod disk;
mod process;
mod sync;
