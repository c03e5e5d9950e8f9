//! The real service, killed and starved while events come in, and held to what it promises.
//!
//! `cargo xtask faults` builds souschef with its `faults` feature and hands it over. Each case of [`cases`] is a trial: a
//! project in a folder of its own, the sandbox in a process that no fault touches, the service in one that every fault
//! does. Afterwards [`check`] holds the sandbox's ledger, what senders were told and the journal against the promises.
#![allow(clippy::print_stderr, reason = "it talks to a person at a terminal")]

pub mod accounts;
pub mod bugs;
pub mod busy;
pub mod cases;
pub mod check;
pub mod disk_log;
pub mod error;
pub mod gate;
pub mod kept;
pub mod load;
pub mod sandbox;
pub mod service;
pub mod trial;
pub mod wire;

pub use souschef_cases::chance;
