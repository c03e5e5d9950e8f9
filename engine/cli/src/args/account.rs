//! The arguments of commands about accounts.

use clap::{Args, Subcommand};

use super::Print;

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
        #[arg(required_unless_present = "all")]
        name: Option<String>,
        /// Of every account: also where the key that they were sealed with is lost
        #[arg(long, conflicts_with = "name")]
        all: bool,
    },
}
