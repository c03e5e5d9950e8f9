//! Events: accepted once each, with the runs they start and the waits they end, in one transaction.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::audit::count;
use crate::blob::{pack, unpack};
use crate::claim::{Claim, Claims};
use crate::error::JournalError;
use crate::fault::bug;
use crate::fingerprint::{fingerprint, hex};
use crate::id::{EventId, RunId};
use crate::journal::Journal;
use crate::keys::{Starts, claim_key, hand_key_to, known, unstarted};
use crate::look::Look;
use crate::moment::Moment;
use crate::replay::Outcome;
use crate::run::{NewRun, Run, RunState};
use crate::wait::{self, Wait};
use crate::{claim, lifecycle, replay, run};

/// Something that happened outside.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// The account whose it is alone; none where others may have it too.
    pub connection: Option<String>,
    /// Where it came from. With the account and the key it decides what is the same event, so a webhook and the poll that
    /// reconciles it name the same source.
    pub source: String,
    /// What makes it the same event: the sender's delivery id, the item's id. None: each is new.
    pub key: Option<String>,
    /// Whether another body under the same key is something to keep and tell of, rather than the same event again.
    pub strict: bool,
    /// The body.
    pub body: Value,
    /// The runs that it starts.
    pub runs: Vec<NewRun>,
    /// The waits that it may end.
    pub signal: Option<Signal>,
    /// When it came.
    pub at: Timestamp,
}

/// Which waits an event may end.
#[derive(Clone)]
pub struct Signal {
    /// The event's name, as waits name it.
    pub event: String,
    /// A custom webhook's path.
    pub path: Option<String>,
    /// The accounts whose runs may wait for it; none: those of any account.
    pub connections: Option<Vec<String>>,
    /// Asked of each wait for it, inside the transaction: must be quick.
    pub verdict: Arc<dyn Fn(&Wait) -> Verdict + Send + Sync>,
}

/// Whether an event is what a wait waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Takes,
    /// It is not.
    Leaves,
    /// Only the run itself can tell: the event is put before it, and it is woken.
    AsksTheRun,
}

impl Signal {
    /// An event that is put before every run that waits for its name.
    pub fn for_the_run(event: &str, path: Option<&str>, connections: Option<Vec<String>>) -> Self {
        Self {
            event: event.to_owned(),
            path: path.map(str::to_owned),
            connections,
            verdict: Arc::new(|_| Verdict::AsksTheRun),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Signal({} {:?})", self.event, self.path)
    }
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is kept, and its runs with it.
    New {
        /// Its id.
        event: EventId,
        /// Its runs, in the order given, and where they stand.
        runs: Vec<(RunId, RunState)>,
        /// Other runs that have something to look at now.
        woken: Vec<RunId>,
    },
    /// It was there before, or all that it would start was started before; nothing was changed.
    Duplicate {
        /// The first one's id.
        event: EventId,
    },
    /// Another event has this key and another body. This one is kept, starts nothing, and is to be told of.
    Differs {
        /// Its id.
        event: EventId,
        /// The first one's.
        first: EventId,
    },
}

/// A kept event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its account.
    pub connection: Option<String>,
    /// Where it came from.
    pub source: String,
    /// What makes it the same event.
    pub key: Option<String>,
    /// The body.
    pub body: Value,
    /// When it came.
    pub received_at: Timestamp,
    /// The event of the same key that it differs from.
    pub differs_from: Option<EventId>,
}

/// An event put before a waiting run.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// Names it when it is taken or left.
    pub offer: i64,
    /// The wait.
    pub path: String,
    /// The event.
    pub event: Event,
}

impl Journal {
    /// Accepts an event: kept with its key, its runs and the waits that it ends, all or nothing. A unique index decides
    /// whether it is new.
    pub async fn accept(&self, event: NewEvent) -> Result<Accepted, JournalError> {
        self.accept_and_claim(event, 0, drop).await
    }

    /// The same, and so many of the runs that it starts are claimed with it at most: those that need not wait for others.
    ///
    /// The claims are handed over on the writing thread, though whoever asked may have gone: a claimed run needs a driver.
    /// `hand_over` must be quick.
    pub async fn accept_and_claim(
        &self,
        event: NewEvent,
        limit: usize,
        hand_over: impl FnOnce(Vec<Claim>) + Send + 'static,
    ) -> Result<Accepted, JournalError> {
        if bug("check_then_insert") {
            let asked = event.clone();
            if let Some(known) = self.look().read(move |db| known(db, &asked)).await? {
                return Ok(Accepted::Duplicate { event: known.0 });
            }
        }
        let event = Arc::new(event);
        let written = Arc::clone(&event);
        self.intake_told(
            "accept",
            move |db| {
                let mut claims = Claims::at_most(limit);
                let accepted = accept(db, &written, &mut claims)?;
                Ok((accepted, claims.made))
            },
            |(accepted, mut claims)| {
                if !claims.is_empty() {
                    claim::give(&mut claims, Arc::unwrap_or_clone(event));
                }
                hand_over(claims);
                accepted
            },
        )
        .await
    }
}

impl Look {
    /// An event by its id.
    pub async fn event(&self, id: &EventId) -> Result<Option<Event>, JournalError> {
        let id = id.clone();
        self.read(move |db| find(db, &id)).await
    }

    /// The runs that an event started, in their order.
    pub async fn runs_of(&self, event: &EventId) -> Result<Vec<Run>, JournalError> {
        let event = event.clone();
        self.read(move |db| run::of_event(db, &event)).await
    }
}

/// Accepts an event, and claims of its runs as many as there is room for.
pub(crate) fn accept(db: &Connection, new: &NewEvent, claims: &mut Claims) -> Result<Accepted, JournalError> {
    let connection = new.connection.as_deref().unwrap_or_default();
    let mut differs_from = None;
    if let Some(key) = &new.key {
        let print = fingerprint(&new.body);
        if !claim_key(db, new, key, &print)?
            && let Some((first, first_print)) = known(db, new)?
        {
            if !new.strict || first_print == print {
                count(db, "events.duplicate", 1)?;
                return Ok(Accepted::Duplicate { event: first });
            }
            // The other body has a key of its own, so that a repeat of it is known too.
            let mut other = new.clone();
            other.key = Some(format!("{key}\u{1f}{}", hex(&print)));
            let taken = claim_key(db, &other, other.key.as_deref().unwrap_or_default(), &print)?;
            if !taken && let Some((event, _)) = known(db, &other)? {
                count(db, "events.duplicate", 1)?;
                return Ok(Accepted::Differs { event, first });
            }
            differs_from = Some(first);
        }
    }
    let starts = match differs_from {
        None => unstarted(db, new)?,
        Some(_) => Starts::These(Vec::new()),
    };
    let starts = match starts {
        Starts::These(runs) => runs,
        Starts::AllBy(event) => {
            if let Some(key) = &new.key {
                hand_key_to(db, new, key, &event)?;
            }
            count(db, "events.duplicate", 1)?;
            return Ok(Accepted::Duplicate { event });
        }
    };
    db.prepare_cached(
        "INSERT INTO events (id, connection, source, dedupe_key, body, received_at, differs_from)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        new.id,
        connection,
        new.source,
        new.key,
        pack(&row(&new.id), &new.body)?,
        Moment(new.at),
        differs_from
    ])?;
    if let Some(first) = differs_from {
        count(db, "events.differs", 1)?;
        return Ok(Accepted::Differs {
            event: new.id.clone(),
            first,
        });
    }
    count(db, "events.accepted", 1)?;
    let mut woken = Vec::new();
    let mut runs = Vec::new();
    for start in starts {
        let origin = run::Origin::Event(&new.id);
        let (seq, state) = lifecycle::insert(db, start, &origin, claims.room(), new.at, &mut woken)?;
        if state == RunState::Running {
            claims.made.push(claim::new(db, seq, start, new)?);
        }
        runs.push((start.id.clone(), state));
    }
    if let Some(signal) = &new.signal {
        tell_waits(db, new, signal, &mut woken)?;
    }
    Ok(Accepted::New {
        event: new.id.clone(),
        runs,
        woken,
    })
}

fn tell_waits(
    db: &Connection,
    new: &NewEvent,
    signal: &Signal,
    woken: &mut Vec<RunId>,
) -> Result<(), JournalError> {
    for (run, found) in wait::waiting_for(db, signal)? {
        match (signal.verdict)(&found) {
            Verdict::Leaves => continue,
            Verdict::Takes => {
                replay::record(db, run, &found.path, &Outcome::Done(new.body.clone()), new.at)?;
                wait::clear(db, run, &found.path)?;
            }
            Verdict::AsksTheRun => {
                db.prepare_cached("INSERT INTO offers (run, path, event) VALUES (?1, ?2, ?3)")?
                    .execute(params![run, found.path, new.id])?;
            }
        }
        lifecycle::wake(db, run, woken)?;
    }
    Ok(())
}

/// What is put before a run, in the order in which it came.
pub(crate) fn offers(db: &Connection, run: i64) -> Result<Vec<Offered>, JournalError> {
    let rows: Vec<(i64, String, EventId)> = db
        .prepare_cached("SELECT seq, path, event FROM offers WHERE run = ?1 ORDER BY seq")?
        .query_map([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut offers = Vec::new();
    for (offer, path, id) in rows {
        if let Some(event) = find(db, &id)? {
            offers.push(Offered { offer, path, event });
        }
    }
    Ok(offers)
}

pub(crate) fn find(db: &Connection, id: &EventId) -> Result<Option<Event>, JournalError> {
    let found = db
        .prepare_cached(
            "SELECT id, connection, source, dedupe_key, body, received_at, differs_from FROM events WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok((
                Event {
                    id: row.get(0)?,
                    connection: row.get::<_, Option<String>>(1)?.filter(|name| !name.is_empty()),
                    source: row.get(2)?,
                    key: row.get(3)?,
                    body: Value::Null,
                    received_at: row.get::<_, Moment>(5)?.0,
                    differs_from: row.get(6)?,
                },
                row.get::<_, Vec<u8>>(4)?,
            ))
        })
        .optional()?;
    let Some((mut event, body)) = found else {
        return Ok(None);
    };
    event.body = unpack(&row(id), &body)?;
    Ok(Some(event))
}

fn row(id: &EventId) -> String {
    format!("event {id}")
}
