//! `souschef completions`.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::show::terminal;

/// Prints a shell's completion script.
pub(crate) fn completions(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "souschef", &mut script);
    terminal::print(&String::from_utf8_lossy(&script));
    Exit::Fine
}
