//! One file a command.

mod catalog;
mod check;
mod completions;
mod explain;
mod schema;
mod support;
mod test;

use crate::args::{Cli, Command};
use crate::exit::Exit;

/// Carries a command out.
pub(crate) fn dispatch(cli: Cli) -> Exit {
    let common = cli.common;
    match cli.command {
        Command::Check(args) => check::check(&common, &args),
        Command::Test(args) => test::test(&common, &args),
        Command::Catalog(args) => catalog::catalog(&common, &args),
        Command::Schema(args) => schema::schema(&common, &args),
        Command::Explain(args) => explain::explain(&args),
        Command::Completions(args) => completions::completions(&args),
    }
}
