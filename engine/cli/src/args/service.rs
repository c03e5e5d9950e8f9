//! The arguments of the service, and of what it keeps.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use souschef_runtime::journal::RunState;

use super::value::{duration, moment, outcome};
use super::{Behaviour, Print};

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
    /// Start a recipe by hand, as a run that the service keeps and carries on
    Start(StartArgs),
    /// Answer what a run asks: whether a step happened of which nobody knows
    Resume(ResumeArgs),
    /// End a run, or all that fit; what is under way ends first
    #[command(
        after_help = "Examples:\n  souschef runs cancel 4c3d2e1f --reason \"not wanted\"\n  \
        souschef runs cancel --recipe onboarding --since 2h"
    )]
    Cancel {
        /// The run's id; without it, every run that has not ended and fits what is given
        run: Option<String>,
        /// Why, for those who look at it later
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        which: Which,
        /// Every run that has not ended
        #[arg(long, conflicts_with = "run")]
        all: bool,
    },
    /// Repeat a run as a new one, of the same event; or all failed ones that fit
    #[command(after_help = "Examples:\n  souschef runs replay 4c3d2e1f --from contact\n  \
        souschef runs replay --recipe onboarding --since 2h")]
    Replay {
        /// The run's id; without it, every run that has failed, was not repeated yet and fits what is given
        run: Option<String>,
        /// Do this step and what comes after it anew, and take over what came before
        #[arg(long, value_name = "STEP", requires = "run")]
        from: Option<String>,
        /// With the recipe as it is now, not as it was
        #[arg(long)]
        current: bool,
        #[command(flatten)]
        which: Which,
        /// Every failed run that was not repeated yet
        #[arg(long, conflicts_with = "run")]
        all: bool,
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
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Of this run, recipe, connection or token
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// So many, the newest
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) print: Print,
}

/// `runs start`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  souschef runs start weekly-report --input days=14")]
pub(crate) struct StartArgs {
    /// The recipe's name
    pub(crate) recipe: String,
    /// The event, as JSON or YAML; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) event: Option<String>,
    /// One of the recipe's inputs; again for more
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(crate) inputs: Vec<String>,
    /// Which trigger fires, where there are several
    #[arg(long, value_name = "ID")]
    pub(crate) trigger: Option<String>,
    /// The account
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
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
    List {
        #[command(flatten)]
        print: Print,
    },
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
