//! One file a command.

mod audit;
mod backup;
mod call;
mod catalog;
mod check;
mod completions;
mod connect;
mod connections;
mod demo;
mod demo_serve;
mod desk;
mod diff;
mod doctor;
mod explain;
mod fmt;
mod import;
mod init;
mod keeping;
mod lsp;
mod new;
mod run;
mod runs;
mod sandbox;
mod schema;
mod serve;
mod status;
mod support;
mod test;
mod tokens;

use crate::args::{Cli, Command};
use crate::exit::Exit;

/// Carries a command out.
pub(crate) fn dispatch(cli: Cli) -> Exit {
    let common = cli.common;
    match cli.command {
        Command::Demo(args) => demo::demo(&args),
        Command::Init(args) => init::init(&args),
        Command::New(args) => new::new(&common, &args),
        Command::Check(args) => check::check(&common, &args),
        Command::Fmt(args) => fmt::fmt(&common, &args),
        Command::Import(args) => import::import(&common, &args),
        Command::Diff(args) => diff::diff(&common, &args),
        Command::Test(args) => test::test(&common, &args),
        Command::Run(args) => run::run(&common, args),
        Command::Serve(args) => serve::serve(&common, &args),
        Command::Status(args) => status::status(&common, &args),
        Command::Audit(args) => audit::audit(&common, &args),
        Command::Runs(args) => runs::runs(&common, args.command),
        Command::Backup(args) => backup::backup(&common, &args),
        Command::Tokens(args) => tokens::tokens(&common, args.command),
        Command::Call(args) => call::call(&common, &args),
        Command::Catalog(args) => catalog::catalog(&common, &args),
        Command::Connect(args) => connect::connect(&common, args),
        Command::Connections(args) => connections::connections(&common, args),
        Command::Sandbox(args) => sandbox::sandbox(&common, args),
        Command::Schema(args) => schema::schema(&common, &args),
        Command::Lsp(_) => lsp::lsp(),
        Command::Explain(args) => explain::explain(&args),
        Command::Doctor(args) => doctor::doctor(&common, &args),
        Command::Completions(args) => completions::completions(&args),
    }
}
