//! The arguments of commands that carry something out here and now, and of those that show what can be.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use souschef_sandbox::Fault;

use super::Print;
use super::value::{address, latency};

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The sandbox's seed; the same seed shows the same run
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Then serve the recipe in the sandbox, so that a webhook of yours can start it
    #[arg(long)]
    pub(crate) serve: bool,
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
