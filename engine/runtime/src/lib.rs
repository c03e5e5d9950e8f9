//! Drives the interpreter: opens projects, runs recipes in the foreground, carries out recipe tests.
//!
//! This is an edge: files, the clock, randomness and sockets are met here and nowhere below but in `connect`. It must
//! never decide what a recipe means (that is `plan` and `flow`) or how anything looks (that is `cli`).

pub mod accounts;
pub mod clock;
pub mod driver;
pub mod given;
pub mod ids;
pub mod placeholder;
pub mod project;
pub mod record;
pub mod report;
pub mod sample;
pub mod testing;
pub mod waits;

pub use accounts::{Accounts, AccountsError};
pub use clock::Clock;
pub use driver::{Driver, DriverOptions, Mode, RunRequest};
pub use project::{OpenProject, ProjectError, RecipeFile};
pub use record::{AttemptRecord, RunRecord, StepRecord};
pub use report::{Reporter, RunEvent, Silent};
