//! Drives the interpreter: opens projects, runs recipes in the foreground, carries out recipe tests.
//!
//! This is an edge: files, the clock, randomness and sockets are met here and nowhere below but in `connect`. It must
//! never decide what a recipe means (that is `plan` and `flow`) or how anything looks (that is `cli`).

pub mod accounts;
pub mod alert;
pub mod caller;
pub mod clock;
pub mod crew;
pub mod driver;
pub mod fault;
pub mod foreground;
pub mod given;
pub mod history;
pub mod memory;
pub mod placeholder;
pub mod port;
pub mod project;
pub mod record;
pub mod report;
pub mod sample;
pub mod service;
pub mod start;
pub mod testing;
pub mod trigger;
pub mod waits;

pub use accounts::{Accounts, AccountsError};
pub use caller::{HttpCaller, Mode};
pub use clock::Clock;
pub use foreground::{Driver, DriverOptions, RunRequest};
pub use project::{OpenProject, ProjectError, RecipeFile};
pub use record::{AttemptRecord, RunRecord, RunSummary, StepRecord};
pub use report::{Reporter, RunEvent, Silent};
pub use service::{Service, ServiceError, ServiceOptions};
pub use souschef_journal as journal;
