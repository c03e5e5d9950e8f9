//! `souschef connections`.

use jiff::Timestamp;
use serde_json::{Value, json};
use souschef_connect::CircuitStanding;
use souschef_runtime::Accounts;
use souschef_runtime::accounts::{AccountsError, Standing, TokenFrom, TokenState};
use souschef_runtime::journal::Journal;
use souschef_runtime::project::OpenProject;
use souschef_runtime::service::data_folder;
use souschef_server::Client;

use super::doctor::{self, Finding, State};
use super::keeping::{Keeping, WHO};
use super::{desk, support};
use crate::args::{Common, ConnectionsArgs, ConnectionsCommand, Format};
use crate::exit::Exit;
use crate::show::terminal::{self, AnsiColor, at, ink, out};

/// Shows, tries or forgets accounts.
pub(crate) fn connections(common: &Common, args: ConnectionsArgs) -> Exit {
    let project = match support::open_sound(common) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let accounts = Accounts::live(&project);
    support::block_on(async {
        match args.command {
            ConnectionsCommand::List { print } => list(&project, &accounts, print.format).await,
            ConnectionsCommand::Test { name, print } => {
                test(&project, &accounts, name.as_deref(), print.format).await
            }
            ConnectionsCommand::Remove { name: Some(name), .. } => remove(&project, &name).await,
            ConnectionsCommand::Remove { name: None, .. } => remove_all(&project, &accounts).await,
        }
    })
}

async fn list(project: &OpenProject, accounts: &Accounts, format: Format) -> Exit {
    let (standings, left_alone) = match of_the_service(project).await {
        Some(told) => told,
        // No service runs, so nobody remembers what has failed.
        None => (accounts.standings().await, Vec::new()),
    };
    let of = |standing: &Standing| -> Vec<&CircuitStanding> {
        let all = left_alone.iter();
        all.filter(|one| one.connection == standing.connection).collect()
    };
    let needed = needed(project, accounts);
    match format {
        Format::Json => {
            let list: Vec<Value> = standings
                .iter()
                .map(|standing| {
                    let mut value = as_json(standing, &needed);
                    if let Some(map) = value.as_object_mut() {
                        map.insert("left_alone".to_owned(), json!(of(standing)));
                    }
                    value
                })
                .collect();
            terminal::json(&json!({ "connections": list }));
        }
        Format::Human if standings.is_empty() => {
            terminal::say("the project has no connection yet");
            terminal::hint(
                "  name one under connections: in souschef.yaml, or let `souschef connect ghl --write` do it",
            );
        }
        Format::Human => {
            for standing in &standings {
                show(standing, &needed);
                of(standing).into_iter().for_each(show_left_alone);
            }
        }
    }
    Exit::Fine
}

/// What the service that has the data folder says of its accounts, where one runs. Its words are taken for what they are:
/// where it says nothing that can be read, the accounts are looked at from here.
pub(super) async fn of_the_service(project: &OpenProject) -> Option<(Vec<Standing>, Vec<CircuitStanding>)> {
    let client = Client::find(&data_folder(project)).await.ok().flatten()?;
    let mut told = match client.get("/api/v1/connections").await {
        Ok(told) => told,
        Err(error) => {
            terminal::hint(&error.to_string());
            return None;
        }
    };
    let standings = serde_json::from_value(told.get_mut("connections")?.take()).ok()?;
    let left_alone = told.get_mut("left_alone").map(Value::take).unwrap_or_default();
    Some((standings, serde_json::from_value(left_alone).unwrap_or_default()))
}

/// The scopes that the project's recipes need, by connection.
pub(super) fn needed(project: &OpenProject, accounts: &Accounts) -> Vec<(String, Vec<String>)> {
    let mut needed: Vec<(String, Vec<String>)> = Vec::new();
    let others = project.others().ok();
    // A recipe that can't be read needs nothing yet; `check` tells of it.
    for file in project.recipes().unwrap_or_default() {
        let Ok(source) = souschef_runtime::project::read(&file.path) else {
            continue;
        };
        let Some(plan) = project.check(&file.name, &source, others.as_ref()).plan else {
            continue;
        };
        let names = accounts.names_for(&plan).unwrap_or_default();
        // What an account needs, its agency must be allowed.
        let agencies: Vec<String> = names.iter().filter_map(|name| accounts.agency_of(name)).collect();
        for name in names.into_iter().chain(agencies) {
            match needed.iter_mut().find(|(known, _)| *known == name) {
                Some((_, scopes)) => scopes.extend(plan.scopes.iter().cloned()),
                None => needed.push((name, plan.scopes.clone())),
            }
        }
    }
    for (_, scopes) in &mut needed {
        scopes.sort();
        scopes.dedup();
    }
    needed
}

pub(super) fn scopes_of<'a>(needed: &'a [(String, Vec<String>)], name: &str) -> &'a [String] {
    let found = needed.iter().find(|(known, _)| known == name);
    found.map_or(&[], |(_, scopes)| scopes.as_slice())
}

pub(super) fn as_json(standing: &Standing, needed: &[(String, Vec<String>)]) -> Value {
    let mut value = json!(standing);
    let lacking = standing.lacks(scopes_of(needed, &standing.connection));
    if let Some(map) = value.as_object_mut() {
        map.insert("missing_scopes".to_owned(), json!(lacking));
    }
    value
}

/// How its token stands, in a few words.
pub(super) fn token(standing: &Standing) -> String {
    let ends = standing.expires.map_or_else(String::new, |expires| {
        format!(" until {}, renewed by itself", at(expires))
    });
    match (standing.state, standing.auth) {
        (TokenState::Good | TokenState::Due, TokenFrom::None) => "no token".to_owned(),
        (TokenState::Good | TokenState::Due, TokenFrom::Token) => "token there".to_owned(),
        (TokenState::Good | TokenState::Due, TokenFrom::Kept) => "token kept sealed".to_owned(),
        (TokenState::Good | TokenState::Due, TokenFrom::Through) if standing.since.is_none() => format!(
            "token by {} at the first call",
            standing.through.as_deref().unwrap_or("its agency")
        ),
        (TokenState::Good, _) => format!("token good{ends}"),
        (TokenState::Due, _) => "token renewed by the next call".to_owned(),
        (TokenState::Troubled, _) => "token not renewed yet".to_owned(),
        (TokenState::Reconnect, TokenFrom::Token) => "token not taken".to_owned(),
        (TokenState::Reconnect, _) => "must be connected again".to_owned(),
        (TokenState::Missing, TokenFrom::Through) => "waits for its agency".to_owned(),
        (TokenState::Missing, _) => "not connected yet".to_owned(),
        (TokenState::Unreadable, _) => "token can't be read".to_owned(),
        (TokenState::OutOfReach, _) => "token with the service".to_owned(),
    }
}

fn show(standing: &Standing, needed: &[(String, Vec<String>)]) {
    let (mark, colour) = match standing.state {
        TokenState::Good | TokenState::Due => ("✓", AnsiColor::Green),
        TokenState::Troubled | TokenState::OutOfReach => ("○", AnsiColor::Yellow),
        TokenState::Reconnect | TokenState::Missing | TokenState::Unreadable => ("✗", AnsiColor::Red),
    };
    let account = match (&standing.location_id, &standing.company_id) {
        (Some(location), _) => format!(", location {location}"),
        (None, Some(company)) => format!(", company {company}"),
        (None, None) => String::new(),
    };
    terminal::line(&format!(
        "{} {}  {}{account}, {}",
        out(mark, ink(colour)),
        terminal::bold(&standing.connection),
        standing.connector,
        token(standing)
    ));
    let lacking = standing.lacks(scopes_of(needed, &standing.connection));
    let lacking =
        (!lacking.is_empty()).then(|| format!("scopes that the recipes miss: {}", lacking.join(", ")));
    let room = terminal::width().saturating_sub(4);
    // What the line says already is not said again.
    let detail = standing
        .detail
        .clone()
        .filter(|detail| *detail != token(standing));
    for text in [detail, standing.help.clone(), lacking].into_iter().flatten() {
        for line in terminal::wrap(&text, room) {
            terminal::line(&format!("    {}", terminal::faint(&line)));
        }
    }
}

/// An operation that the service leaves alone for now.
fn show_left_alone(circuit: &CircuitStanding) {
    let until = match circuit.held_until {
        Some(until) => format!("until {}", at(until)),
        None => "while one call tries it".to_owned(),
    };
    let text = format!(
        "{} is left alone {until}: it has failed {} times in a row since {}; last: {}",
        circuit.operation,
        circuit.failures,
        at(circuit.since),
        circuit.why
    );
    for (index, line) in terminal::wrap(&text, terminal::width().saturating_sub(6))
        .iter()
        .enumerate()
    {
        let mark = if index == 0 {
            out("○", ink(AnsiColor::Yellow))
        } else {
            " ".to_owned()
        };
        terminal::line(&format!("    {mark} {line}"));
    }
}

async fn test(project: &OpenProject, accounts: &Accounts, name: Option<&str>, format: Format) -> Exit {
    let names: Vec<&str> = match name {
        Some(name) => vec![name],
        None => accounts.names(),
    };
    if let Some(error) = names.iter().find_map(|name| accounts.known(name).err()) {
        terminal::error(&error.message, error.help.as_deref());
        return Exit::Usage;
    }
    let keeping = match Keeping::of(project, false).await {
        Ok(keeping) => keeping,
        Err(error) => return failed(&error),
    };
    let mut found = Vec::new();
    for name in names {
        found.push(match keeping.reach(name).await {
            Ok(reached) => doctor::reach(reached),
            Err(error) => Finding::new(format!("reach {name}"), State::Bad, error.message),
        });
    }
    doctor::told(&found, format)
}

/// Forgets every token that is kept. Where no service runs this needs no key: it is what is left where that is lost.
async fn remove_all(project: &OpenProject, accounts: &Accounts) -> Exit {
    let data = data_folder(project);
    let keeping = match Keeping::of(project, false).await {
        Ok(keeping) => keeping,
        Err(error) => return failed(&error),
    };
    let mut forgotten = Vec::new();
    match &keeping {
        Keeping::There(_) => {
            for name in accounts.names() {
                match keeping.forget(name).await {
                    Ok(true) => forgotten.push(name.to_owned()),
                    Ok(false) => {}
                    Err(error) => return failed(&error),
                }
            }
        }
        Keeping::Here { .. } if Journal::is_in(&data) => {
            match Journal::forget_secrets(&data, WHO, Timestamp::now()) {
                Ok(had) => forgotten = had,
                Err(error) => return desk::broken(&error),
            }
        }
        Keeping::Here { .. } => {}
    }
    for name in &forgotten {
        terminal::say(&format!("the token of {name} is forgotten"));
    }
    if forgotten.is_empty() {
        terminal::say("no token is kept here");
    } else {
        terminal::hint("  the apps may still be allowed at the provider: take that back there");
    }
    Exit::Fine
}

async fn remove(project: &OpenProject, name: &str) -> Exit {
    let forgotten = match Keeping::of(project, false).await {
        Ok(keeping) => keeping.forget(name).await,
        Err(error) => Err(error),
    };
    match forgotten {
        Ok(true) => {
            terminal::say(&format!("the token of {name} is forgotten"));
            terminal::hint("  the app may still be allowed at the provider: take that back there");
            Exit::Fine
        }
        Ok(false) => {
            terminal::error(
                &format!("no token of {name} is kept here"),
                Some(
                    "`souschef connections list` shows which are; one of the environment or a file is removed there",
                ),
            );
            Exit::Problem
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &AccountsError) -> Exit {
    terminal::error(&error.message, error.help.as_deref());
    Exit::Problem
}
