//! `souschef doctor`.

use std::sync::Arc;

use serde_json::json;
use souschef_connect::{Client, ClientOptions};
use souschef_recipe::Severity;
use souschef_runtime::Accounts;
use souschef_runtime::accounts::{Reached, Standing, TokenState};
use souschef_runtime::journal::{Journal, KeyPlace};
use souschef_runtime::project::{OpenProject, shown};
use souschef_runtime::service::data_folder;

mod service;

use super::{connections, init, support};
use crate::args::{Common, DoctorArgs, Format};
use crate::exit::Exit;
use crate::show::problems;
use crate::show::terminal::{self, AnsiColor, ink, out};

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Good,
    Note,
    Bad,
}

/// One thing that was looked at.
pub(super) struct Finding {
    what: String,
    state: State,
    detail: String,
    help: Option<String>,
    /// Whether it is the outside world that failed.
    world: bool,
}

impl Finding {
    pub(super) fn new(what: impl Into<String>, state: State, detail: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            state,
            detail: detail.into(),
            help: None,
            world: false,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Looks whether all that is needed is in order.
pub(crate) fn doctor(common: &Common, args: &DoctorArgs) -> Exit {
    let project = match support::open(common) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let mut found = vec![version(&project)];
    found.extend(files(&project));
    let accounts = Accounts::live(&project);
    let mut open = Vec::new();
    found.extend(key(&project));
    let exit = support::block_on(async {
        let standings = match connections::of_the_service(&project).await {
            Some((standings, _)) => standings,
            None => accounts.standings().await,
        };
        for standing in standings {
            let finding = account(&standing);
            // An account that is not filled in yet can't be reached.
            let filled_in = finding.state != State::Bad;
            found.push(finding);
            if filled_in && standing.is_fit() {
                open.push(standing.connection);
            }
        }
        if args.service {
            found.extend(service::looked_at(&project, &accounts).await);
        }
        Exit::Fine
    });
    if exit != Exit::Fine {
        return exit;
    }
    if project.config.connections.is_empty() {
        found.push(
            Finding::new("connections", State::Note, "none yet")
                .help("name one under connections: in souschef.yaml; until then, --sandbox"),
        );
    }
    if args.online {
        return support::block_on(async {
            found.extend(reached(&project, &accounts, &open).await);
            told(&found, args.print.format)
        });
    }
    told(&found, args.print.format)
}

fn version(project: &OpenProject) -> Finding {
    let operations = project.catalog.operation_ids().len();
    let connectors = project.catalog.connectors().len();
    Finding::new(
        "souschef",
        State::Good,
        format!(
            "version {}, {operations} operations of {connectors} connectors",
            env!("CARGO_PKG_VERSION")
        ),
    )
}

fn files(project: &OpenProject) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut told = project.problems.clone();
    told.extend(project.missing_recipes().ok().flatten());
    let (errors, warnings) = problems::count(&told);
    found.push(if !project.has_file {
        Finding::new(
            "project",
            State::Note,
            format!("no souschef.yaml in {} or above", here(project)),
        )
        .help("`souschef init` writes one")
    } else if errors > 0 {
        Finding::new(
            "project",
            State::Bad,
            format!("{}: {}", here(project), problems::summary(errors, warnings)),
        )
        .help("see `souschef check`")
    } else {
        Finding::new("project", State::Good, here(project))
    });
    let others = project.others().ok();
    match project.recipes() {
        Ok(recipes) if recipes.is_empty() => found.push(Finding::new("recipes", State::Note, "none yet")),
        Ok(recipes) => {
            let mut bad = Vec::new();
            for file in &recipes {
                let errors = souschef_runtime::project::read(&file.path).map(|source| {
                    let checked = project.check(&file.name, &source, others.as_ref());
                    checked
                        .diagnostics
                        .iter()
                        .filter(|one| one.severity() == Severity::Error)
                        .count()
                });
                if errors.unwrap_or(1) > 0 {
                    bad.push(file.name.clone());
                }
            }
            found.push(if bad.is_empty() {
                Finding::new(
                    "recipes",
                    State::Good,
                    format!("{} without errors", recipes.len()),
                )
            } else {
                Finding::new("recipes", State::Bad, format!("with errors: {}", bad.join(", ")))
                    .help("see `souschef check`")
            });
        }
        Err(error) => found.push(Finding::new("recipes", State::Bad, error.to_string())),
    }
    found
}

fn here(project: &OpenProject) -> String {
    let text = shown(&project.root);
    if text.is_empty() { ".".to_owned() } else { text }
}

/// Where the key is that kept tokens are sealed with, once there are some.
fn key(project: &OpenProject) -> Option<Finding> {
    let data = data_folder(project);
    if !Journal::is_in(&data) {
        return None;
    }
    Some(match KeyPlace::from_env().find(&data) {
        Ok((_, None)) => Finding::new("key", State::Good, "given by the environment"),
        Ok((_, Some(_))) => Finding::new("key", State::Note, format!("in {}", shown(&data.join("key"))))
            .help(
                "it guards copies of the data folder, not this machine; SOUSCHEF_KEY_FILE keeps it elsewhere",
            ),
        Err(error) => Finding::new("key", State::Bad, error.to_string()),
    })
}

fn account(standing: &Standing) -> Finding {
    let what = format!("connection {}", standing.connection);
    let mut detail = format!(
        "{} at {}",
        standing.connector,
        standing.base_url.as_deref().unwrap_or("no address")
    );
    if let Some(id) = &standing.location_id {
        detail.push_str(&format!(", location {id}"));
    }
    detail.push_str(&format!(", {}", connections::token(standing)));
    let state = match standing.state {
        TokenState::Good | TokenState::Due => State::Good,
        TokenState::Troubled | TokenState::OutOfReach => State::Note,
        TokenState::Reconnect | TokenState::Missing | TokenState::Unreadable => State::Bad,
    };
    if standing.location_id.as_deref() == Some(init::NO_LOCATION) {
        return Finding::new(what, State::Bad, "its location_id was never filled in").help(
            "put the location's id into souschef.yaml: in GHL, what the browser's address has after location/",
        );
    }
    if state == State::Good {
        return Finding::new(what, state, detail);
    }
    let why = standing.detail.as_deref().unwrap_or(&detail);
    let why = why.trim_start_matches(&what).trim_start_matches(": ");
    let finding = Finding::new(&what, state, why);
    match &standing.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// Makes a harmless call with each account.
async fn reached(project: &OpenProject, accounts: &Accounts, names: &[String]) -> Vec<Finding> {
    let client = match Client::new(Arc::clone(&project.catalog), ClientOptions::default()) {
        Ok(client) => client,
        Err(why) => return vec![Finding::new("client", State::Bad, why)],
    };
    let mut found = Vec::new();
    for name in names {
        found.push(reach(accounts.reach(&client, name).await));
    }
    found
}

/// What came of a harmless call.
pub(super) fn reach(reached: Reached) -> Finding {
    let what = format!("reach {}", reached.connection);
    match (reached.trouble, reached.operation) {
        (Some(trouble), _) => {
            let mut finding = Finding::new(what, State::Bad, trouble.message);
            finding.help = trouble.help;
            finding.world = trouble.outside;
            finding
        }
        (None, Some(operation)) => Finding::new(
            what,
            State::Good,
            reached.note.unwrap_or_else(|| format!("{operation} answered")),
        ),
        (None, None) => Finding::new(what, State::Note, "its connector has no read that needs no input"),
    }
}

/// Shows what was found; the exit code that it leads to.
pub(super) fn told(found: &[Finding], format: Format) -> Exit {
    match format {
        Format::Json => {
            let list: Vec<_> = found
                .iter()
                .map(|finding| {
                    let state = match finding.state {
                        State::Good => "good",
                        State::Note => "note",
                        State::Bad => "bad",
                    };
                    json!({ "what": finding.what, "state": state, "detail": finding.detail, "help": finding.help })
                })
                .collect();
            terminal::json(&json!({ "findings": list }));
        }
        Format::Human => found.iter().for_each(show),
    }
    let bad = |finding: &&Finding| finding.state == State::Bad;
    if found.iter().filter(bad).any(|finding| !finding.world) {
        Exit::Problem
    } else if found.iter().any(|finding| bad(&finding)) {
        Exit::World
    } else {
        Exit::Fine
    }
}

fn show(finding: &Finding) {
    let (mark, colour) = match finding.state {
        State::Good => ("✓", AnsiColor::Green),
        State::Note => ("○", AnsiColor::Yellow),
        State::Bad => ("✗", AnsiColor::Red),
    };
    let room = terminal::width().saturating_sub(4);
    let text = format!("{}: {}", finding.what, finding.detail);
    for (index, line) in terminal::wrap(&text, room).iter().enumerate() {
        let mark = if index == 0 {
            out(mark, ink(colour))
        } else {
            " ".to_owned()
        };
        terminal::line(&format!("{mark} {line}"));
    }
    for line in finding.help.iter().flat_map(|help| terminal::wrap(help, room)) {
        terminal::line(&format!("    {}", terminal::faint(&line)));
    }
}
