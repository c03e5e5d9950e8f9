//! The `souschef` command: arguments in, terminal output out, nothing else.
//!
//! It must never decide anything about a recipe, a request or a run: it calls the rooms below and shows what they say.

mod args;
mod bundled;
mod commands;
mod exit;
mod show;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` are no mistakes; everything else is wrong usage.
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Fine
            };
            let _ = error.print();
            return code.into();
        }
    };
    show::terminal::set_up(&cli.common);
    commands::dispatch(cli).into()
}
