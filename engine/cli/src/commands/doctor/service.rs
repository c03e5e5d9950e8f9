//! What the service needs: its data folder, SQLite, a clock, its addresses, and the secrets that prove webhooks.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use souschef_catalog::Signature;
use souschef_runtime::Accounts;
use souschef_runtime::journal::Journal;
use souschef_runtime::project::{OpenProject, read, shown};
use souschef_runtime::service::data_folder;
use souschef_runtime::trigger::webhook::Listening;
use souschef_server::Client;

use super::{Finding, State};

/// No clock is right that shows an earlier time: 2026-01-01.
const EARLIEST: Duration = Duration::from_secs(1_767_225_600);
/// So far may the journal have been written in the future before the clock is doubted.
const AHEAD: Duration = Duration::from_secs(60 * 60);

/// Looks at all of it.
pub(super) async fn looked_at(project: &OpenProject, accounts: &Accounts) -> Vec<Finding> {
    let data = data_folder(project);
    let mut found = vec![
        folder(&data),
        Finding::new(
            "sqlite",
            State::Good,
            format!("version {}, built in", Journal::library()),
        ),
        clock(&data),
    ];
    found.extend(addresses(project, &data).await);
    found.extend(webhooks(project, accounts));
    found
}

/// Whether the data folder can be written, and only by its owner.
fn folder(data: &Path) -> Finding {
    let what = "data folder";
    if !data.exists() {
        return Finding::new(
            what,
            State::Good,
            format!("{} is made at the first start", shown(data)),
        );
    }
    let trial = data.join("doctor");
    let written = std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial));
    if let Err(why) = written {
        return Finding::new(
            what,
            State::Bad,
            format!("{} can't be written: {why}", shown(data)),
        )
        .help("the service must own it: chown it to the user that runs souschef");
    }
    if is_open_to_others(data) {
        return Finding::new(what, State::Bad, format!("{} is open to others", shown(data)))
            .help("close it: chmod 700");
    }
    Finding::new(what, State::Good, shown(data))
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

/// Whether the clock shows a time that can be.
fn clock(data: &Path) -> Finding {
    let now = SystemTime::now();
    if now < SystemTime::UNIX_EPOCH + EARLIEST {
        return Finding::new("clock", State::Bad, "it shows a time long past")
            .help("set it: schedules, waits and tokens go by it");
    }
    let last = ["journal.db", "journal.db-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(data.join(name)).ok()?.modified().ok())
        .max();
    if last.is_some_and(|last| last > now + AHEAD) {
        return Finding::new(
            "clock",
            State::Bad,
            "the journal was written later than what it shows now",
        )
        .help("it was set back, or was ahead before; set it right before you start the service");
    }
    Finding::new("clock", State::Good, "shows a time that can be")
}

/// Whether the service runs, or its addresses are free for it.
async fn addresses(project: &OpenProject, data: &Path) -> Vec<Finding> {
    match Client::find(data).await {
        Ok(Some(_)) => return vec![Finding::new("service", State::Good, "it runs")],
        Ok(None) => {}
        Err(error) => return vec![Finding::new("service", State::Bad, error.to_string())],
    }
    let wanted = [
        ("webhooks", &project.config.listen_webhooks),
        ("admin", &project.config.listen_admin),
    ];
    wanted
        .into_iter()
        .map(|(which, address)| {
            let what = format!("listen: {which}");
            match TcpListener::bind(address) {
                Ok(_) => Finding::new(what, State::Good, format!("{address} is free")),
                Err(why) => Finding::new(what, State::Bad, format!("{address} can't be listened on: {why}"))
                    .help(
                        "another program has it, or it is none of this machine's; set another under listen:",
                    ),
            }
        })
        .collect()
}

/// Whether every webhook has the secret that proves it.
fn webhooks(project: &OpenProject, accounts: &Accounts) -> Vec<Finding> {
    let mut listening = Listening::default();
    let others = project.others().ok();
    let secret = |name: &str| accounts.secret(name).map_err(|error| error.message);
    // Recipes with mistakes are told of elsewhere.
    for file in project.recipes().unwrap_or_default() {
        let Ok(source) = read(&file.path) else { continue };
        let Some(plan) = project.check(&file.name, &source, others.as_ref()).plan else {
            continue;
        };
        let connections = accounts.names_for(&plan).map_err(|error| error.message);
        listening.add(&plan, connections, &secret);
    }
    let mut found: Vec<Finding> = listening
        .deaf
        .iter()
        .map(|deaf| {
            let what = format!("webhook {}/{}", deaf.recipe, deaf.trigger);
            Finding::new(what, State::Bad, format!("it is not taken: {}", deaf.why))
        })
        .collect();
    for (name, connector) in accounts.connectors() {
        let by_token = project.catalog.connector(&connector).is_some_and(|connector| {
            let mut signatures = connector.webhooks.signatures.iter();
            signatures.any(|one| matches!(one, Signature::Token { .. }))
        });
        if by_token && let Err(error) = accounts.webhook_token(&name) {
            let mut finding = Finding::new(
                format!("webhooks of {name}"),
                State::Bad,
                format!("its events can't be proven: {}", error.message),
            );
            finding.help = error.help;
            found.push(finding);
        }
    }
    if found.is_empty() && !listening.listeners.is_empty() {
        let count = listening.listeners.len();
        found.push(Finding::new(
            "webhooks",
            State::Good,
            format!("{count} listen, each with its proof"),
        ));
    }
    found
}
