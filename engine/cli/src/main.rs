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

use crate::args::{Cli, Command, LogFormat};
use crate::exit::Exit;

/// A run makes and drops many small values on several threads; the system's own allocator takes a fifth of its time for
/// that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the process ends with where the fault is souschef's own.
const OWN_FAULT: u8 = 70;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| show::terminal::apologise(panic.location())));
    std::panic::catch_unwind(carried_out).unwrap_or_else(|_| ExitCode::from(OWN_FAULT))
}

fn carried_out() -> ExitCode {
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
    match (&cli.common.log, &cli.command) {
        (level, Command::Serve(args)) => {
            let level = level.as_deref().unwrap_or("info");
            show::terminal::log(level, args.log_format == LogFormat::Json);
        }
        (Some(level), _) => show::terminal::log(level, false),
        (None, _) => {}
    }
    commands::dispatch(cli).into()
}
