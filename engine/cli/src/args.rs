//! The command line.

mod account;
mod file;
mod run;
mod service;
mod value;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use account::{ConnectArgs, ConnectionsArgs, ConnectionsCommand};
pub(crate) use file::{
    CheckArgs, CheckFormat, DiffArgs, FmtArgs, ImportArgs, ImportTool, InitArgs, NewArgs, SchemaArgs,
    SchemaName, TestArgs, TestFormat,
};
pub(crate) use run::{
    Behaviour, CallArgs, CatalogArgs, CatalogCommand, DemoArgs, Kind, RunArgs, SandboxArgs,
};
pub(crate) use service::{
    AuditArgs, BackupArgs, LogFormat, ResumeArgs, RunsArgs, RunsCommand, ServeArgs, StartArgs, StatusArgs,
    TokenRole, TokensArgs, TokensCommand, Which,
};

/// A no-code workflow engine for GoHighLevel: recipes in YAML, checked before they run.
#[derive(Debug, Parser)]
#[command(
    name = "souschef",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(after_help = "Start with `souschef demo`, then `souschef init my-project`.\n\
    Exit codes: 0 fine, 1 a problem in your files or runs, 2 wrong usage, 3 the outside world failed.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// The project's folder; otherwise the nearest one above with a souschef.yaml
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    /// Say only what was asked for: no progress, no hints
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Colour in what is printed
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    /// What is logged to stderr: error, warn, info, debug, trace
    #[arg(long, global = true, value_name = "LEVEL", env = "SOUSCHEF_LOG", hide = true)]
    pub(crate) log: Option<String>,
}

/// When colour is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// At a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the main job: the onboarding recipe, carried out in a sandbox
    #[command(after_help = "Example:\n  souschef demo")]
    Demo(DemoArgs),
    /// Start a project: its file, a recipe with tests, editor settings
    #[command(after_help = "Example:\n  souschef init my-project --recipe onboarding")]
    Init(InitArgs),
    /// Make a recipe by answering questions: what starts it, what is done
    #[command(after_help = "Examples:\n  souschef new\n  souschef new welcome --answers answers.txt")]
    New(NewArgs),
    /// Find everything that is wrong with recipes, before they run
    #[command(
        after_help = "Examples:\n  souschef check\n  souschef check recipes/onboarding.yaml --format json"
    )]
    Check(CheckArgs),
    /// Lay recipes out in one way: indentation, quotes, order of keys; comments stay
    #[command(after_help = "Examples:\n  souschef fmt\n  souschef fmt --check\n  \
        souschef fmt - < recipe.yaml")]
    Fmt(FmtArgs),
    /// Make recipes of an n8n workflow or a Zapier export, as far as they can be told
    #[command(
        after_help = "Examples:\n  souschef import n8n workflow.json\n  souschef import zapier zaps.json --write"
    )]
    Import(ImportArgs),
    /// Say in words what a change to a recipe changes
    #[command(
        after_help = "Examples:\n  souschef diff recipes/onboarding.yaml onboarding.new.yaml\n  \
        git show HEAD~1:recipes/onboarding.yaml | souschef diff - recipes/onboarding.yaml\n  \
        git difftool --no-prompt --extcmd 'souschef diff' HEAD~1 -- recipes/"
    )]
    Diff(DiffArgs),
    /// Run recipe tests against a sandbox, with no network and a clock that stands still
    #[command(
        after_help = "Examples:\n  souschef test\n  souschef test recipes/onboarding.test.yaml --update"
    )]
    Test(TestArgs),
    /// Run a recipe once, here and now
    #[command(after_help = "Examples:\n  souschef run onboarding --sandbox\n  \
        souschef run recipes/onboarding.yaml --event contact.json --input owner=0IHuJvc2ofPAAA8GzTRi --dry-run")]
    Run(RunArgs),
    /// Run the service: webhooks, polls and schedules start runs, until it is told to stop
    #[command(
        after_help = "Examples:\n  souschef serve\n  souschef serve --log-format json\n\n\
        SIGTERM or Ctrl-C ends it once what is under way has ended; SIGHUP reads the project anew."
    )]
    Serve(ServeArgs),
    /// How the service does that runs: whether it takes work, its runs, what each recipe waits for
    #[command(after_help = "Examples:\n  souschef status\n  souschef status --format json")]
    Status(StatusArgs),
    /// Who did what to runs, recipes and accounts
    #[command(
        after_help = "Examples:\n  souschef audit --limit 20\n  souschef audit --target bakery --format json"
    )]
    Audit(AuditArgs),
    /// What the service has run: list, show, start, resume, cancel, replay, export
    #[command(after_help = "Examples:\n  souschef runs list --outcome needs_attention\n  \
        souschef runs show 0198c5a4b0e27c3f9d1e6a5b4c3d2e1f\n  \
        souschef runs resume 0198c5a4b0e27c3f9d1e6a5b4c3d2e1f --again")]
    Runs(RunsArgs),
    /// Copy the journal while it is in use
    #[command(after_help = "Examples:\n  souschef backup\n  souschef backup /mnt/backup/souschef.db")]
    Backup(BackupArgs),
    /// Tokens of the admin API: who may look, work, or do everything
    #[command(
        after_help = "Examples:\n  souschef tokens add prometheus --role viewer\n  souschef tokens list"
    )]
    Tokens(TokensArgs),
    /// Call one operation, to try it
    #[command(
        after_help = "Examples:\n  souschef call contacts.get contactId=ocQHyuzHvysMo5N5VsXc\n  \
        souschef call contacts.create_task --with task.yaml --dry-run"
    )]
    Call(CallArgs),
    /// What can be triggered and done, with inputs, outputs and an example to paste
    #[command(
        after_help = "Examples:\n  souschef catalog note\n  souschef catalog show contacts.create_note"
    )]
    Catalog(CatalogArgs),
    /// Connect an account: in the browser by OAuth, or by a token
    #[command(after_help = "Examples:\n  souschef connect ghl\n  \
        souschef connect ghl --connection bakery --paste\n  \
        souschef connect ghl --token-file token.txt\n  \
        souschef connect ghl --connection bakery --location ve9EPM428h8vShlRW1KT --write --token")]
    Connect(ConnectArgs),
    /// The project's accounts: how they stand, whether they answer
    #[command(
        after_help = "Examples:\n  souschef connections list\n  souschef connections test bakery\n  \
        souschef connections remove bakery"
    )]
    Connections(ConnectionsArgs),
    /// Serve a stand-in of the GHL API, with faults on request
    #[command(after_help = "Examples:\n  souschef sandbox --listen 127.0.0.1:4010\n  \
        souschef sandbox --fail 429:5% --fail lost:contacts.create_note:1 --latency 30ms --seed 7")]
    Sandbox(SandboxArgs),
    /// Print a JSON Schema, for editors
    #[command(after_help = "Example:\n  souschef schema recipe > recipe.schema.json")]
    Schema(SchemaArgs),
    /// Help an editor while a recipe is written: the language server, over standard input and output
    #[command(
        after_help = "Editors start it; docs/editor.md has the settings of each.\n\nExample:\n  souschef lsp"
    )]
    Lsp(LspArgs),
    /// Explain a message's code
    #[command(after_help = "Example:\n  souschef explain SC012")]
    Explain(ExplainArgs),
    /// Check whether everything that souschef needs is in order
    #[command(after_help = "Example:\n  souschef doctor")]
    Doctor(DoctorArgs),
    /// Print a shell's completion script
    #[command(
        after_help = "Example:\n  souschef completions bash > ~/.local/share/bash-completion/completions/souschef"
    )]
    Completions(CompletionsArgs),
}

/// `lsp`.
#[derive(Debug, Args)]
pub(crate) struct LspArgs {
    /// Taken and not needed: some editors say so
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
}

/// Human text or JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
}

/// How a command prints that people and programs read.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Print {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, SC012; all codes where left out
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Also look at what `serve` needs: the data folder, the clock, the addresses, the secrets of webhooks
    #[arg(long)]
    pub(crate) service: bool,
    /// Also call each account, to see whether its token is taken
    #[arg(long)]
    pub(crate) online: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
