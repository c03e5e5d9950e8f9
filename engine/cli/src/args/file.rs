//! The arguments of commands about files: begun, written, checked, laid out, compared, tested.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Print;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The new project's folder
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Which bundled recipe to begin with (asked for at a terminal; `souschef init --list` shows them)
    #[arg(long, value_name = "NAME")]
    pub(crate) recipe: Option<String>,
    /// Set one of the recipe's inputs
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// The GHL location to work on
    #[arg(long, value_name = "ID")]
    pub(crate) location: Option<String>,
    /// Show the bundled recipes and do nothing
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// What the recipe is called; asked for where left out
    pub(crate) name: Option<String>,
    /// The answers, a line each, instead of asking; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Recipes, test files, project files or folders; the whole project where left out
    pub(crate) paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub(crate) format: CheckFormat,
}

/// How `check` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    Human,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations for GitHub Actions
    Github,
}

#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Recipes, test files, project files or folders; the whole project where left out; - for standard input
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing; name the files that would change, and exit with 1 where there are any
    #[arg(long)]
    pub(crate) check: bool,
    /// Print what comes out instead of writing the file
    #[arg(long, conflicts_with = "check")]
    pub(crate) stdout: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The tool that the export is of
    #[arg(value_enum)]
    pub(crate) tool: ImportTool,
    /// The export, as JSON; - for standard input
    pub(crate) file: String,
    /// Write the recipes to the project's recipes folder instead of printing
    #[arg(long)]
    pub(crate) write: bool,
}

/// Tools whose exports are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportTool {
    /// Zapier: a JSON of zaps
    Zapier,
    /// n8n: a JSON of one workflow
    #[value(name = "n8n")]
    N8n,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The recipe as it was; - for standard input, an empty file for none
    pub(crate) old: String,
    /// The recipe as it is
    pub(crate) new: String,
    #[command(flatten)]
    pub(crate) print: Print,
    /// Exit with 1 where the two differ
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Test files, recipes or folders; the whole project where left out
    pub(crate) paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub(crate) format: TestFormat,
    /// Write what really happens into the test files
    #[arg(long)]
    pub(crate) update: bool,
}

/// How `test` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people
    Human,
    /// For programs
    Json,
    /// JUnit XML, for CI
    Junit,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which
    #[arg(value_enum, default_value_t = SchemaName::Recipe)]
    pub(crate) name: SchemaName,
}

/// The files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "each is its own name")]
pub(crate) enum SchemaName {
    Recipe,
    Project,
    Connector,
    Test,
}
