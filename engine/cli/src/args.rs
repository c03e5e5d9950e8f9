//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use souschef_runtime::journal::RunState;
use souschef_sandbox::Fault;

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
    /// What the service has run: list, show, resume, cancel, replay, export
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
pub(crate) struct DemoArgs {
    /// The sandbox's seed; the same seed shows the same run
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Then serve the recipe in the sandbox, so that a webhook of yours can start it
    #[arg(long)]
    pub(crate) serve: bool,
}

/// How the service logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For programs: one JSON object a line
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// How to log, to stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Send every call to a sandbox in this process instead of the accounts
    #[arg(long)]
    pub(crate) sandbox: bool,
    #[command(flatten)]
    pub(crate) behaviour: Behaviour,
}

/// How a sandbox behaves that stands in for the accounts.
#[derive(Clone, Debug, Args)]
pub(crate) struct Behaviour {
    /// The sandbox's seed
    #[arg(long, default_value_t = 1, requires = "sandbox")]
    pub(crate) seed: u64,
    /// Faults of the sandbox: 429:5%, 500:contacts.create_task:1, lost:2% …
    #[arg(long, value_name = "FAULT", requires = "sandbox")]
    pub(crate) fail: Vec<Fault>,
}

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) command: RunsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// Runs, newest first
    List {
        #[command(flatten)]
        which: Which,
        /// Standing so: queued, running, waiting, needs_attention, succeeded, failed, stopped, cancelled
        #[arg(long, value_name = "WORD", value_parser = outcome)]
        outcome: Option<RunState>,
        /// So many
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        print: Print,
    },
    /// One run: its steps, requests and answers
    Show {
        /// The run's id
        run: String,
        /// Show each request and answer below its step
        #[arg(long, short)]
        verbose: bool,
        #[command(flatten)]
        print: Print,
    },
    /// Answer what a run asks: whether a step happened of which nobody knows
    Resume(ResumeArgs),
    /// End a run; what is under way ends first
    Cancel {
        /// The run's id
        run: String,
        /// Why, for those who look at it later
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Repeat a run as a new one, of the same event
    Replay {
        /// The run's id
        run: String,
        /// Do this step and what comes after it anew, and take over what came before
        #[arg(long, value_name = "STEP")]
        from: Option<String>,
        /// With the recipe as it is now, not as it was
        #[arg(long)]
        current: bool,
    },
    /// All that is kept of a run, as JSON
    Export {
        /// The run's id
        run: String,
    },
}

/// Which runs.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Which {
    /// Of this recipe
    #[arg(long, value_name = "NAME")]
    pub(crate) recipe: Option<String>,
    /// Of this account
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// From this moment on: 2026-11-24T14:00:00Z, or so long ago: 2h
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) since: Option<jiff::Timestamp>,
    /// Before this moment
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) until: Option<jiff::Timestamp>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("answer").required(true).args(["done", "again", "skip"]))]
#[command(
    after_help = "Examples:\n  souschef runs resume 0198c5a4b0e27c3f9d1e6a5b4c3d2e1f --done\n  \
    souschef runs resume --recipe onboarding --since 2h --again"
)]
pub(crate) struct ResumeArgs {
    /// The run's id; without it, every run that asks something and fits what is given
    pub(crate) run: Option<String>,
    /// It happened
    #[arg(long)]
    pub(crate) done: bool,
    /// It did not: do it now
    #[arg(long)]
    pub(crate) again: bool,
    /// Go on without it
    #[arg(long)]
    pub(crate) skip: bool,
    /// The step, where the run asks about several: its id or path
    #[arg(long, value_name = "STEP", requires = "run")]
    pub(crate) step: Option<String>,
    /// With --done, what the step returned, as JSON
    #[arg(long, value_name = "JSON", requires = "run", requires = "done")]
    pub(crate) value: Option<String>,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Every run that asks something
    #[arg(long, conflicts_with = "run")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// Where to; a name of its own in the data folder's copies where left out
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TokensArgs {
    #[command(subcommand)]
    pub(crate) command: TokensCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokensCommand {
    /// Make a token; it is shown this once
    Add {
        /// Whose it is: what the audit log calls the one who uses it
        name: String,
        /// What it may do
        #[arg(long, value_enum, default_value_t = TokenRole::Viewer)]
        role: TokenRole,
        /// For so long: 90d; for good where left out
        #[arg(long, value_name = "TIME", value_parser = duration)]
        expires: Option<Duration>,
    },
    /// The tokens there are
    List,
    /// Take a token away
    Remove {
        /// Whose
        name: String,
    },
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenRole {
    /// Look
    Viewer,
    /// Answer, cancel, repeat and export runs too
    Operator,
    /// Everything
    Admin,
}

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
pub(crate) struct RunArgs {
    /// The recipe: its file, or its name in the project
    pub(crate) recipe: String,
    /// The event, a JSON or YAML file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) event: Option<String>,
    /// Set one of the recipe's inputs; a value that reads as JSON is taken as that
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// Which trigger fires, where the recipe has several
    #[arg(long, value_name = "ID")]
    pub(crate) trigger: Option<String>,
    /// The account to run for; otherwise the recipe's own
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// Run against a sandbox instead of the account
    #[arg(long)]
    pub(crate) sandbox: bool,
    #[command(flatten)]
    pub(crate) behaviour: Behaviour,
    /// Show each request that would be sent, and send none
    #[arg(long, conflicts_with = "sandbox")]
    pub(crate) dry_run: bool,
    /// Go on at once where the recipe waits
    #[arg(long)]
    pub(crate) skip_waits: bool,
    /// Show each request and answer below its step
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The operation's id
    pub(crate) operation: String,
    /// Inputs; a value that reads as JSON is taken as that
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// A JSON or YAML file with inputs, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Option<String>,
    /// The account; the project's default where left out
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// Call a sandbox instead of the account
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Show the request and don't send it
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CatalogArgs {
    #[command(subcommand)]
    pub(crate) show: Option<CatalogCommand>,
    /// Words to look for
    #[arg(value_name = "SEARCH")]
    pub(crate) words: Vec<String>,
    /// Only triggers, only actions, or the events that webhooks bring
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// Only this connector's; also shows one that the project does not use
    #[arg(long, value_name = "NAME")]
    pub(crate) connector: Option<String>,
    #[command(flatten)]
    pub(crate) print: Print,
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "each is its own name")]
pub(crate) enum Kind {
    Trigger,
    Action,
    Event,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// One operation or event: inputs, outputs, an example to paste
    Show {
        /// The operation's or event's id
        id: String,
        #[command(flatten)]
        print: Print,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ConnectArgs {
    /// Which API: ghl, or another connector
    #[arg(value_name = "CONNECTOR")]
    pub(crate) connector: String,
    /// The connection in souschef.yaml; otherwise the default one, or the connector's only one
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// Keep the token that stands in this file, or on standard input with -
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    pub(crate) token_file: Option<String>,
    /// Ask for a token to keep
    #[arg(long)]
    pub(crate) token: bool,
    /// Where the browser comes back to, as the app at the provider knows it
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7877/callback")]
    pub(crate) redirect: String,
    /// The browser is elsewhere: paste the address that it ends at
    #[arg(long)]
    pub(crate) paste: bool,
    /// Open the page that shows nothing of the provider's name
    #[arg(long)]
    pub(crate) white_label: bool,
    /// Ask for this scope too, beside those that the recipes need; again for more
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// For a connection that souschef.yaml lacks: its location
    #[arg(long, value_name = "ID")]
    pub(crate) location: Option<String>,
    /// For a connection that souschef.yaml lacks: its agency's company
    #[arg(long, value_name = "ID")]
    pub(crate) company: Option<String>,
    /// For a connection that souschef.yaml lacks: the app's client id, for OAuth
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// Write a connection that souschef.yaml lacks into it; otherwise its lines are shown
    #[arg(long)]
    pub(crate) write: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Args)]
pub(crate) struct ConnectionsArgs {
    #[command(subcommand)]
    pub(crate) command: ConnectionsCommand,
}

/// What is done with connections.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionsCommand {
    /// Each account: how its token stands, when it ends, which scopes the recipes miss
    List {
        #[command(flatten)]
        print: Print,
    },
    /// Make a harmless call with each account, or with one
    Test {
        /// The connection; all where left out
        name: Option<String>,
        #[command(flatten)]
        print: Print,
    },
    /// Forget the token that is kept of an account; souschef.yaml stays as it is
    Remove {
        /// The connection
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:4010", value_name = "ADDRESS", value_parser = address)]
    pub(crate) listen: std::net::SocketAddr,
    /// Faults: 429:5%, 500:contacts.create_task:1, reset:2%, lost:contacts.create_note:1, hang, half, html, slow; of tokens:
    /// 500:oauth.refresh:1, lost:oauth.refresh:1, invalid_grant, no_refresh
    #[arg(long, value_name = "FAULT")]
    pub(crate) fail: Vec<Fault>,
    /// Added to each answer: 30ms, 2s
    #[arg(long, value_name = "TIME", value_parser = latency, default_value = "0ms")]
    pub(crate) latency: Duration,
    /// For ids and faults; the same seed and requests give the same answers
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Requests allowed in ten seconds
    #[arg(long, value_name = "N")]
    pub(crate) rate_limit: Option<u64>,
    /// Start without the sample account
    #[arg(long)]
    pub(crate) empty: bool,
    /// Take only this token; any where left out
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Vec<String>,
    /// How long a token lives that the sandbox gives by OAuth; a day where left out
    #[arg(long, value_name = "TIME", value_parser = latency)]
    pub(crate) token_life: Option<Duration>,
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

/// Where a run stands, by its word.
fn outcome(text: &str) -> Result<RunState, String> {
    serde_json::from_value(serde_json::Value::String(text.replace('-', "_"))).map_err(|_| {
        "one of queued, running, waiting, needs_attention, succeeded, failed, stopped, cancelled".to_owned()
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    souschef_recipe::duration::parse(text).map_err(|why| why.to_string())
}

/// A moment, or so long ago.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let ago = duration(text)
        .map_err(|_| format!("{text} is neither a moment (2026-11-24T14:00:00Z) nor a time ago (2h)"))?;
    jiff::Timestamp::now()
        .checked_sub(ago)
        .map_err(|_| format!("{text} ago is before all time"))
}

/// `30ms`, or a duration of the recipe language.
fn latency(text: &str) -> Result<Duration, String> {
    if let Some(number) = text.strip_suffix("ms") {
        return number
            .trim()
            .parse()
            .map(Duration::from_millis)
            .map_err(|_| "write it like 30ms or 2s".to_owned());
    }
    souschef_recipe::duration::parse(text).map_err(|_| "write it like 30ms or 2s".to_owned())
}

/// An address with its port.
fn address(text: &str) -> Result<std::net::SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an address and a port, like 127.0.0.1:4010".to_owned())
}
