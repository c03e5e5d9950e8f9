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
mod faults;
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
    /// Kills and starves the real service while events come in, and holds it to what it promises
    Faults {
        /// More of everything, and the cases that take long
        #[arg(long)]
        long: bool,
        /// What chance depends on; another each time where left out
        #[arg(long)]
        seed: Option<u64>,
        /// Only this case, or with --bugs only this mistake
        #[arg(long, value_name = "NAME")]
        only: Option<String>,
        /// Put mistakes in, and see that each is caught by its case or test
        #[arg(long)]
        bugs: bool,
        /// Only kill -9 every 20 seconds, for so many minutes
        #[arg(long, value_name = "MINUTES")]
        soak: Option<u64>,
    },
    /// Drives the real yaml-language-server through the cases of tests/editor
    Editor,
    /// Builds, packs and tests the extension of VS Code: editors/vscode/souschef.vsix
    Extension,
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
        Chore::Faults {
            long,
            seed,
            only,
            bugs,
            soak,
        } => {
            let seed = seed.unwrap_or_else(fuzz::fresh_seed);
            let mut words = vec!["--seed".to_owned(), seed.to_string()];
            words.extend(long.then(|| "--long".to_owned()));
            words.extend(bugs.then(|| "--bugs".to_owned()));
            words.extend(only.into_iter().flat_map(|name| ["--only".to_owned(), name]));
            words.extend(
                soak.into_iter()
                    .flat_map(|minutes| ["--soak".to_owned(), minutes.to_string()]),
            );
            faults::run(&words).and_then(Count::end)
        }
        Chore::Editor => editor::run().and_then(Count::end),
        Chore::Extension => editor::extension().and_then(Count::end),
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
