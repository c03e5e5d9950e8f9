//! What the project does to itself: its tests, its generated files, its fuzzing.
//!
//! `cargo xtask test` is all that a change must pass; `.ci/run` is that command. Everything here is Rust, so that it runs
//! wherever the project builds. It must never be needed by the product: nothing in `engine/` knows of it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to a person at a terminal"
)]

mod command;
mod docs;
mod editor;
mod error;
mod fuzz;
mod generated;
mod schemas;
mod test;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Error;
use crate::test::Count;

/// What the project does to itself.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that a change must pass; installs what it needs, and ends with a line of counts
    Test,
    /// Writes schemas/
    Schemas {
        /// Write nothing; fail where a file is not current
        #[arg(long)]
        check: bool,
    },
    /// Writes the generated pages of docs/
    Docs {
        /// Write nothing; fail where a page is not current
        #[arg(long)]
        check: bool,
    },
    /// Hunts with hostile input in everything that reads what people and other systems write
    Fuzz {
        /// How long in each target
        #[arg(long, default_value_t = 20)]
        seconds: u64,
        /// Only this target
        #[arg(long)]
        target: Option<String>,
    },
    /// Measures in release, each figure beside its ceiling
    Bench {
        /// `checks` (what a person waits for) or `job-j` (how many runs the service finishes); both where left out
        what: Option<String>,
    },
    /// Drives the real yaml-language-server through the cases of tests/editor
    Editor,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Test => test::run(),
        Chore::Schemas { check } => schemas::files().and_then(|files| generated::put(&files, check)),
        Chore::Docs { check } => generated::put(&docs::files(), check),
        Chore::Fuzz { seconds, target } => {
            fuzz::run(seconds, fuzz::fresh_seed(), target.as_deref()).and_then(Count::end)
        }
        // Both are built before either runs: the bench starts the command.
        Chore::Bench { what } => command::must(command::cargo(
            "build --release --package souschef --package souschef-bench",
        ))
        .and_then(|()| {
            let what = what.unwrap_or_default();
            command::must(command::cargo(&format!(
                "run --release --package souschef-bench -- {what}"
            )))
        }),
        Chore::Editor => editor::run().and_then(Count::end),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Told) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
