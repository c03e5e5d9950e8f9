//! One scan of a list: its pages read, its news committed with what is remembered of it.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_connect::{CallOptions, CallOutcome, Connection, Quiet};
use souschef_journal::fault::bug;
use souschef_journal::{EventId, JournalError, NewEvent, NewRun, Once, PollCommit};

use super::ledger::{Ledger, News, Piece, Place, TooLong};
use super::list::{List, Watcher, inputs};
use super::walk::{Walk, WalkError};
use crate::trigger::host::TriggerContext;

/// A page may take so long, waiting for the account's budget included.
const PAGE: Duration = Duration::from_secs(10 * 60);

/// What a scan came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Pages read.
    pub pages: u32,
    /// Items met.
    pub items: u64,
    /// Runs started.
    pub runs: u64,
}

/// Why a scan was given up. What it had not committed is found again the next time.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Inputs or account: a sentence.
    #[error("{0}")]
    Recipe(String),
    /// The other side.
    #[error("{0}")]
    Call(String),
    /// The other side has failed too often: it is left alone until then.
    #[error("{why}")]
    LeftAlone {
        /// A sentence.
        why: String,
        /// When it is worth looking again.
        until: Timestamp,
    },
    /// The list.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// Too long for one event.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What a memory of the list is doing in this scan.
struct Memory<'a> {
    key: String,
    version: u64,
    ledger: Ledger,
    watchers: Vec<&'a Watcher>,
}

/// Scans a list for those of its watchers whose time has come.
///
/// # Errors
/// It was given up.
pub async fn scan(
    context: &TriggerContext,
    list: &List,
    due: &HashSet<String>,
) -> Result<Scanned, ScanError> {
    let watchers: Vec<&Watcher> = list
        .watchers
        .iter()
        .filter(|watcher| due.contains(&watcher.hearer.name))
        .collect();
    let Some(first) = watchers.first() else {
        return Ok(Scanned::default());
    };
    let now = context.clock.now();
    let connection = context
        .host
        .accounts()
        .open(&list.operation.connector, None, &first.connection)
        .map_err(|error| ScanError::Recipe(error.message))?;
    let asked = inputs(
        context.host.as_ref(),
        &first.plan,
        &first.trigger,
        &first.connection,
        &first.poll,
        now,
    )
    .map_err(ScanError::Recipe)?;
    let mut memories = open(context, list, watchers).await?;
    let paging = list.operation.poll.as_ref().and_then(|poll| poll.paging.as_ref());
    let mut walk = Walk::new(paging, &list.items, asked);
    let mut scanned = Scanned::default();
    while let Some(page) = walk.page()? {
        let answer = call(context, list, &page, &connection).await?;
        let items = walk.answered(&answer)?;
        scanned.items += items.len() as u64;
        for memory in &mut memories {
            let ids = memory.ledger.ids(&items);
            let known = match ids.is_empty() {
                true => Default::default(),
                false => context.journal.look().seen(&memory.key, ids).await?,
            };
            memory.ledger.take(items.clone(), &known)?;
            if memory.ledger.is_full() {
                let piece = memory.ledger.piece();
                scanned.runs += commit(context, list, memory, piece, now).await?;
            }
        }
    }
    scanned.pages = walk.read();
    for memory in &mut memories {
        let piece = memory.ledger.finish();
        scanned.runs += commit(context, list, memory, piece, now).await?;
    }
    Ok(scanned)
}

async fn open<'a>(
    context: &TriggerContext,
    list: &List,
    watchers: Vec<&'a Watcher>,
) -> Result<Vec<Memory<'a>>, ScanError> {
    let mut by_memory: BTreeMap<String, Vec<&Watcher>> = BTreeMap::new();
    for watcher in watchers {
        by_memory.entry(list.memory(watcher)).or_default().push(watcher);
    }
    let all = list.names();
    let mut memories = Vec::new();
    for (key, watchers) in by_memory {
        let state = context.journal.look().poll(&key).await?;
        let place: Place = match state.cursor {
            None => Place::default(),
            Some(cursor) => serde_json::from_value(cursor).map_err(|why| {
                ScanError::Recipe(format!("where the poll {key} stands can't be read: {why}"))
            })?,
        };
        let id = watchers.first().and_then(|watcher| watcher.poll.id.as_deref());
        let hearers = watchers.iter().map(|watcher| watcher.hearer.clone()).collect();
        memories.push(Memory {
            ledger: Ledger::open(&key, id, place, hearers, &all),
            key,
            version: state.version,
            watchers,
        });
    }
    Ok(memories)
}

async fn call(
    context: &TriggerContext,
    list: &List,
    page: &Map<String, Value>,
    connection: &Connection,
) -> Result<Value, ScanError> {
    let options = CallOptions {
        times: 2,
        longest_wait: Duration::from_secs(60),
        timeout: Some(PAGE),
        gives_way: true,
        ..CallOptions::default()
    };
    let report = context
        .client
        .call(&list.operation, page, connection, &options, &Quiet)
        .await
        .map_err(|errors| {
            let words: Vec<String> = errors.into_iter().map(|error| error.message).collect();
            ScanError::Recipe(words.join("; "))
        })?;
    match report.outcome {
        CallOutcome::Done(answer) => Ok(answer),
        CallOutcome::NotDone(refusal) | CallOutcome::Unknown(refusal) => {
            Err(ScanError::Call(refusal.message))
        }
        CallOutcome::Held(held) if held.outage => Err(ScanError::LeftAlone {
            why: held.message,
            until: held.until,
        }),
        CallOutcome::Held(held) => Err(ScanError::Call(held.message)),
    }
}

async fn commit(
    context: &TriggerContext,
    list: &List,
    memory: &mut Memory<'_>,
    piece: Piece,
    now: Timestamp,
) -> Result<u64, ScanError> {
    let mut events = Vec::new();
    for news in piece.news {
        events.extend(events_of(context, list, &memory.watchers, news, now));
    }
    let cursor = serde_json::to_value(&piece.place)
        .map_err(|why| ScanError::Recipe(format!("where the poll stands can't be written: {why}")))?;
    let runs = events
        .iter()
        .map(|event: &NewEvent| event.runs.len() as u64)
        .sum();
    let accepted = context
        .journal
        .poll(PollCommit {
            poll: memory.key.clone(),
            version: memory.version,
            cursor: Some(cursor),
            seen: if bug("forget_seen") {
                Vec::new()
            } else {
                piece.seen
            },
            events,
            at: now,
        })
        .await?;
    memory.version += 1;
    for one in &accepted {
        context.host.accepted(one);
    }
    Ok(runs)
}

/// The events of some news: one for each account that runs are for.
fn events_of(
    context: &TriggerContext,
    list: &List,
    watchers: &[&Watcher],
    news: News,
    now: Timestamp,
) -> Vec<NewEvent> {
    let mut runs: BTreeMap<&str, Vec<NewRun>> = BTreeMap::new();
    for (index, once) in news.hearers {
        let Some(watcher) = watchers.get(index) else {
            continue;
        };
        let made = context
            .host
            .new_run(&watcher.plan, &watcher.trigger, &watcher.connection, &news.body);
        match made {
            Ok(run) => runs.entry(&watcher.connection).or_default().push(NewRun {
                once: once.map(|key| Once { key, told_at: None }),
                ..run
            }),
            Err(why) => tracing::error!(
                recipe = watcher.plan.recipe,
                trigger = watcher.trigger,
                item = news.id,
                %why,
                "an item can't start a run"
            ),
        }
    }
    runs.into_iter()
        .map(|(connection, runs)| NewEvent {
            id: EventId::new(),
            connection: Some(connection.to_owned()),
            source: format!("poll {}", list.operation.id),
            key: None,
            strict: false,
            body: news.body.clone(),
            runs,
            signal: None,
            at: now,
        })
        .collect()
}
