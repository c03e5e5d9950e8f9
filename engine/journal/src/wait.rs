//! Waits: for a moment, for an event, or for an event until a moment. Rows, no threads.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::blob::{pack, unpack_some};
use crate::error::JournalError;
use crate::event::Signal;
use crate::id::RunId;
use crate::journal::Journal;
use crate::look::Look;
use crate::moment::Moment;
use crate::replay::Outcome;
use crate::{lifecycle, replay, run};

/// What ends a wait.
#[derive(Clone, Debug, PartialEq)]
pub enum WaitKind {
    /// A moment; the step's outcome is done.
    Sleep {
        /// The moment.
        until: Timestamp,
    },
    /// An event; when the moment comes first, the step's outcome is timed out.
    Event {
        /// Its name.
        event: String,
        /// A custom webhook's path.
        path: Option<String>,
        /// What the one who judges needs to know; the journal does not look into it.
        condition: Option<Value>,
        /// When to give up.
        until: Option<Timestamp>,
    },
}

/// A wait to be set.
#[derive(Clone, Debug, PartialEq)]
pub struct NewWait {
    /// The step's path in the run.
    pub path: String,
    /// What ends it.
    pub kind: WaitKind,
}

/// A wait that stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// The run that waits.
    pub run: RunId,
    /// The step's path in it.
    pub path: String,
    /// Until when.
    pub until: Option<Timestamp>,
    /// For which event.
    pub event: Option<String>,
    /// On which custom webhook's path.
    pub event_path: Option<String>,
    /// As it was given.
    pub condition: Option<Value>,
    /// Since when.
    pub since: Timestamp,
}

/// A run that a due wait has woken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Woken {
    /// The run.
    pub run: RunId,
    /// The wait's path.
    pub path: String,
}

const COLUMNS: &str = "w.run, r.id, w.path, w.due, w.event, w.event_path, w.condition, w.since \
     FROM waits w JOIN runs r ON r.seq = w.run";

impl Journal {
    /// Ends the waits whose moment has come, the longest due first and so many at most, and wakes their runs. Fewer than
    /// `limit` answered: no more are due.
    pub async fn settle(&self, now: Timestamp, limit: u32) -> Result<Vec<Woken>, JournalError> {
        self.state("settle", move |db| {
            let due: Vec<(i64, RunId, String, bool)> = db
                .prepare_cached(
                    "SELECT w.run, r.id, w.path, w.event IS NULL FROM waits w JOIN runs r ON r.seq = w.run
                     WHERE w.due <= ?1 ORDER BY w.due LIMIT ?2",
                )?
                .query_map(params![Moment(now), limit], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?
                .collect::<Result<_, _>>()?;
            let mut woken = Vec::new();
            for (seq, run, path, sleeps) in due {
                let outcome = if sleeps {
                    Outcome::Done(Value::Null)
                } else {
                    Outcome::TimedOut
                };
                replay::record(db, seq, &path, &outcome, now)?;
                clear(db, seq, &path)?;
                lifecycle::wake(db, seq, &mut Vec::new())?;
                woken.push(Woken { run, path });
            }
            Ok(woken)
        })
        .await
    }
}

impl Look {
    /// The next moment at which a wait is due.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, JournalError> {
        self.read(|db| {
            let due: Option<Moment> = db
                .prepare_cached("SELECT due FROM waits WHERE due IS NOT NULL ORDER BY due LIMIT 1")?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(due.map(|Moment(at)| at))
        })
        .await
    }

    /// What a run waits for.
    pub async fn waits(&self, run: &RunId) -> Result<Vec<Wait>, JournalError> {
        let run = run.clone();
        self.read(move |db| of_run(db, run::seq(db, &run)?)).await
    }

    /// Whether any run waits for an event of this name.
    pub async fn is_waited_for(&self, event: &str, path: Option<&str>) -> Result<bool, JournalError> {
        let (event, path) = (event.to_owned(), path.map(str::to_owned));
        self.read(move |db| {
            Ok(db
                .prepare_cached("SELECT 1 FROM waits WHERE event = ?1 AND event_path IS ?2")?
                .exists(params![event, path])?)
        })
        .await
    }
}

pub(crate) fn set(db: &Connection, seq: i64, new: &NewWait, now: Timestamp) -> Result<(), JournalError> {
    let (due, event, path, condition) = match &new.kind {
        WaitKind::Sleep { until } => (Some(*until), None, None, None),
        WaitKind::Event {
            event,
            path,
            condition,
            until,
        } => (*until, Some(event), path.as_ref(), condition.as_ref()),
    };
    let condition = condition
        .map(|condition| pack(&row(seq, &new.path), condition))
        .transpose()?;
    // A replay asks for its waits again: they stand as they were set first.
    db.prepare_cached(
        "INSERT INTO waits (run, path, due, event, event_path, condition, since)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        seq,
        new.path,
        due.map(Moment),
        event,
        path,
        condition,
        Moment(now)
    ])?;
    Ok(())
}

/// Takes a wait away, and what was put before it.
pub(crate) fn clear(db: &Connection, seq: i64, path: &str) -> Result<(), JournalError> {
    db.prepare_cached("DELETE FROM waits WHERE run = ?1 AND path = ?2")?
        .execute(params![seq, path])?;
    db.prepare_cached("DELETE FROM offers WHERE run = ?1 AND path = ?2")?
        .execute(params![seq, path])?;
    Ok(())
}

pub(crate) fn of_run(db: &Connection, seq: i64) -> Result<Vec<Wait>, JournalError> {
    let found = list(
        db,
        &format!("SELECT {COLUMNS} WHERE w.run = ?1 ORDER BY w.since, w.path"),
        [seq],
    )?;
    Ok(found.into_iter().map(|(_, wait)| wait).collect())
}

/// The waits for an event, of the accounts that it may be for.
pub(crate) fn waiting_for(db: &Connection, signal: &Signal) -> Result<Vec<(i64, Wait)>, JournalError> {
    let of = |connection: Option<&str>| {
        list(
            db,
            &format!(
                "SELECT {COLUMNS} WHERE w.event = ?1 AND w.event_path IS ?2 AND (?3 IS NULL OR r.connection = ?3)
                 ORDER BY w.since, w.run"
            ),
            params![signal.event, signal.path, connection],
        )
    };
    let Some(connections) = &signal.connections else {
        return of(None);
    };
    let mut found = Vec::new();
    for connection in connections {
        found.append(&mut of(Some(connection))?);
    }
    Ok(found)
}

fn list(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<(i64, Wait)>, JournalError> {
    let rows: Vec<(i64, Wait, Option<Vec<u8>>)> = db
        .prepare_cached(sql)?
        .query_map(params, |row| {
            let wait = Wait {
                run: row.get(1)?,
                path: row.get(2)?,
                until: row.get::<_, Option<Moment>>(3)?.map(|Moment(at)| at),
                event: row.get(4)?,
                event_path: row.get(5)?,
                condition: None,
                since: row.get::<_, Moment>(7)?.0,
            };
            Ok((row.get(0)?, wait, row.get(6)?))
        })?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(seq, mut wait, condition)| {
            wait.condition = unpack_some(&row(seq, &wait.path), condition)?;
            Ok((seq, wait))
        })
        .collect()
}

fn row(seq: i64, path: &str) -> String {
    format!("wait {path} of run {seq}")
}
