//! What the service needs: its data folder, room, SQLite, a clock, a journal that opens, its addresses, the secrets that
//! prove webhooks, and somebody to tell of troubles.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use souschef_catalog::Signature;
use souschef_runtime::Accounts;
use souschef_runtime::alert::in_the_way;
use souschef_runtime::journal::{Journal, KeyPlace};
use souschef_runtime::project::{OpenProject, read, shown};
use souschef_runtime::service::data_folder;
use souschef_runtime::trigger::webhook::Listening;
use souschef_server::{Client, Tokens};

use super::{Finding, State};
use crate::commands::desk;

/// No clock is right that shows an earlier time: 2026-01-01.
const EARLIEST: Duration = Duration::from_secs(1_767_225_600);
/// With less free than this, in MB, the service can't work for long.
const LEAST: u64 = 32;
/// Less than this is told of.
const LITTLE: u64 = 500;
/// So far may the journal have been written in the future before the clock is doubted.
const AHEAD: Duration = Duration::from_secs(60 * 60);

/// Looks at all of it.
pub(super) async fn looked_at(project: &OpenProject, accounts: &Accounts) -> Vec<Finding> {
    let data = data_folder(project);
    let mut found = folder(&data);
    found.extend([
        Finding::new(
            "sqlite",
            State::Good,
            format!("version {}, built in", Journal::library()),
        ),
        clock(&data),
    ]);
    found.extend(running(project, &data).await);
    found.extend(webhooks(project, accounts));
    found.extend(alerts(project, accounts));
    found
}

/// Whether the data folder can be written, and only by its owner, and its disk has room.
fn folder(data: &Path) -> Vec<Finding> {
    let what = "data folder";
    if !data.exists() {
        let above = data.ancestors().find(|folder| folder.exists());
        let mut found = vec![match above {
            Some(above) if !can_be_written(above) => Finding::new(
                what,
                State::Bad,
                format!("{} can't be made in {}", shown(data), shown(above)),
            )
            .help("the user that runs souschef must be able to write there; data: in souschef.yaml names another"),
            _ => Finding::new(
                what,
                State::Good,
                format!("{} is made at the first start", shown(data)),
            ),
        }];
        found.extend(above.and_then(room));
        return found;
    }
    let trial = data.join("doctor");
    let written = std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial));
    let folder = match written {
        Err(why) => Finding::new(
            what,
            State::Bad,
            format!("{} can't be written: {why}", shown(data)),
        )
        .help(match why.kind() {
            ErrorKind::ReadOnlyFilesystem => {
                "its disk takes no writes: see `mount` and the system's log, it may be failing"
            }
            ErrorKind::StorageFull => "make room on its disk",
            _ => "the service must own it: chown it to the user that runs souschef",
        }),
        Ok(()) if is_open_to_others(data) => {
            Finding::new(what, State::Bad, format!("{} is open to others", shown(data)))
                .help("close it: chmod 700")
        }
        Ok(()) => Finding::new(what, State::Good, shown(data)),
    };
    let mut found = vec![folder];
    found.extend(room(data));
    if let Err(why) = Tokens::of(data).list() {
        found.push(Finding::new("tokens", State::Bad, why.to_string()));
    }
    found
}

#[cfg(unix)]
fn can_be_written(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn can_be_written(_folder: &Path) -> bool {
    true
}

/// What is free on the disk, where that is little.
#[cfg(unix)]
fn room(folder: &Path) -> Option<Finding> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    if free >= LITTLE {
        return None;
    }
    let state = if free < LEAST { State::Bad } else { State::Note };
    let room = format!("{free} MB are free where {} lies", shown(folder));
    Some(
        Finding::new("room", state, room)
            .help("the journal grows with the runs of the last 30 days, and copies lie beside it"),
    )
}

#[cfg(not(unix))]
fn room(_folder: &Path) -> Option<Finding> {
    None
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

/// How the service does that runs; or, where none does, whether its journal would open and its addresses are free.
async fn running(project: &OpenProject, data: &Path) -> Vec<Finding> {
    match Client::find(data).await {
        Ok(Some(client)) => match client.get("/api/v1/health").await {
            Ok(health) => return well(&health),
            Err(error) => return vec![Finding::new("service", State::Bad, error.to_string())],
        },
        Ok(None) => {}
        Err(error) => return vec![Finding::new("service", State::Bad, error.to_string())],
    }
    let mut found: Vec<Finding> = journal(data).into_iter().collect();
    found.extend(addresses(project));
    found
}

/// What a service that runs says of itself.
fn well(health: &Value) -> Vec<Finding> {
    let text = |key: &str| health.get(key).and_then(Value::as_str).unwrap_or_default();
    let count = |key: &str| health.get(key).and_then(Value::as_u64).unwrap_or_default();
    let asked = health.get("runs").and_then(|runs| runs.get("needs_attention"));
    let mut found = vec![match (text("stage"), text("journal")) {
        ("ready", "well") => Finding::new("service", State::Good, "it runs and takes work"),
        ("ready", journal) => Finding::new(
            "service",
            State::Bad,
            format!("it runs and takes no new work: {journal}"),
        )
        .help("docs/serving.md tells what to do when something is wrong"),
        (stage, _) => Finding::new("service", State::Note, format!("it runs and is {stage}")),
    }];
    if count("files_with_mistakes") > 0 {
        let files = format!("files with mistakes: {}", count("files_with_mistakes"));
        found.push(
            Finding::new("service", State::Bad, files)
                .help("they are not served, or stay as they were last right: see `souschef check`"),
        );
    }
    if count("polls_failing") > 0 {
        let polls = format!("polls that fail: {}", count("polls_failing"));
        found.push(Finding::new("service", State::Bad, polls).help("`souschef status` tells which and why"));
    }
    if let Some(asked) = asked.and_then(Value::as_u64).filter(|asked| *asked > 0) {
        found.push(
            Finding::new(
                "service",
                State::Note,
                format!("runs that ask something: {asked}"),
            )
            .help("`souschef runs list --outcome needs_attention`"),
        );
    }
    found
}

/// Whether the journal would open.
fn journal(data: &Path) -> Option<Finding> {
    if !Journal::is_in(data) {
        return None;
    }
    // A key that can't be had is told of apart.
    let (key, _) = KeyPlace::from_env().find(data).ok()?;
    Some(match Journal::examine(data, &key) {
        Ok(()) => Finding::new("journal", State::Good, "is whole"),
        Err(error) => {
            let finding = Finding::new("journal", State::Bad, error.to_string());
            match desk::advice(&error) {
                Some(help) => finding.help(help),
                None => finding,
            }
        }
    })
}

/// Whether the service's addresses are free.
fn addresses(project: &OpenProject) -> Vec<Finding> {
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

/// Whether those who are to be told of troubles can be.
fn alerts(project: &OpenProject, accounts: &Accounts) -> Vec<Finding> {
    let others = project.others().ok();
    let can_run = |name: &str| {
        let Ok(file) = project.recipe(name) else {
            return false;
        };
        read(&file.path)
            .is_ok_and(|source| project.check(&file.name, &source, others.as_ref()).plan.is_some())
    };
    in_the_way(&project.config.alerts, can_run, accounts)
        .into_iter()
        .map(|why| {
            let why = why.strip_prefix("alerts: ").unwrap_or(&why);
            Finding::new("alerts", State::Bad, why)
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
