//! A stateful stand-in of the APIs in the catalog: what is created can be read, listed, searched, changed and deleted.
//!
//! It is made from the catalog's descriptions and a file of hints; it must never name an operation in code, call out,
//! or behave differently for the same seed and requests.

pub mod fault;
pub mod ledger;
pub mod server;

pub use fault::{Fault, FaultParseError};
pub use ledger::LedgerEntry;
pub use server::{Answer, Running, Sandbox, SandboxOptions};
