//! Recipe tests: `welcome.test.yaml` beside `welcome.yaml`.
//!
//! Each case is one run against a sandbox of its own, with a clock that stands still; nothing leaves the machine.

mod check;
mod compare;
mod file;
mod form;
mod run;
mod update;

pub use check::check;
pub use file::{Answer, CallExpectation, Case, Expectation, RecipeTest, SentEvent, schema};
pub use form::parse;
pub use run::{CaseOutcome, CaseReport, TestReport, run_file};
pub use update::rewrite;
