//! A recipe, the catalog and the project file become a [`Plan`], or diagnostics.
//!
//! What `souschef check` says is decided here: names are resolved, types checked, templates compiled. It must never
//! read a file, call an API, look at a clock, or stop at the first mistake.

pub mod ask;
pub mod check;
pub mod diff;
pub mod plan;
pub mod project;
pub mod propose;
pub mod timetable;

pub use check::{Checked, Context, OtherRecipe, check, check_inputs};
pub use plan::*;
pub use project::{AlertKind, Alerts, ConnectionConfig, Credential, Project, SecretSource};
pub use timetable::{Timetable, TimetableError};
