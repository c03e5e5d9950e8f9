//! What polls have seen: moved on only together with the runs that it started.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::blob::{pack, unpack_some};
use crate::claim::Claims;
use crate::error::{JournalError, Refusal};
use crate::event::{self, Accepted, NewEvent};
use crate::fault::{bug, point};
use crate::journal::Journal;
use crate::look::Look;
use crate::moment::Moment;

/// Where a poll stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PollState {
    /// What the driver wants to know the next time.
    pub cursor: Option<Value>,
    /// How often it was moved on; 0 for a poll that never was.
    pub version: u64,
    /// When it was moved on last.
    pub at: Option<Timestamp>,
}

/// An item that was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenItem {
    /// Its id.
    pub item: String,
    /// What tells a change.
    pub fingerprint: String,
}

/// A poll moved on.
#[derive(Clone, Debug)]
pub struct PollCommit {
    /// Which: the account, the operation and its inputs, in the driver's words.
    pub poll: String,
    /// The version that this builds on; another one refuses the commit, so that two pollers never move one poll.
    pub version: u64,
    /// Where to go on.
    pub cursor: Option<Value>,
    /// What was there.
    pub seen: Vec<SeenItem>,
    /// The events that start runs.
    pub events: Vec<NewEvent>,
    /// When.
    pub at: Timestamp,
}

impl Journal {
    /// Moves a poll on: cursor, seen items, events and their runs, all or nothing.
    pub async fn poll(&self, commit: PollCommit) -> Result<Vec<Accepted>, JournalError> {
        if bug("cursor_committed_first") {
            let cursor = commit.clone();
            self.intake("poll", move |db| move_on(db, &cursor)).await?;
            point("journal.poll.between");
            return self
                .intake("poll", move |db| {
                    commit
                        .events
                        .iter()
                        .map(|new| event::accept(db, new, &mut Claims::at_most(0)))
                        .collect()
                })
                .await;
        }
        self.intake("poll", move |db| {
            move_on(db, &commit)?;
            commit
                .events
                .iter()
                .map(|new| event::accept(db, new, &mut Claims::at_most(0)))
                .collect()
        })
        .await
    }

    /// Forgets what a poll has seen: only when a person asks for that.
    pub async fn forget_poll(&self, poll: &str, who: &str, now: Timestamp) -> Result<(), JournalError> {
        let (poll, who) = (poll.to_owned(), who.to_owned());
        self.state("forget_poll", move |db| {
            db.prepare_cached("DELETE FROM polls WHERE key = ?1")?
                .execute([&poll])?;
            crate::audit::note(db, &who, "poll.forget", &poll, None, now)
        })
        .await
    }
}

impl Look {
    /// Where a poll stands.
    pub async fn poll(&self, poll: &str) -> Result<PollState, JournalError> {
        let poll = poll.to_owned();
        self.read(move |db| {
            let found: Option<(Option<Vec<u8>>, u64, Moment)> = db
                .prepare_cached("SELECT cursor, version, at FROM polls WHERE key = ?1")?
                .query_row([&poll], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((cursor, version, Moment(at))) = found else {
                return Ok(PollState::default());
            };
            Ok(PollState {
                cursor: unpack_some(&row(&poll), cursor)?,
                version,
                at: Some(at),
            })
        })
        .await
    }

    /// Which of these items the poll has seen, and their fingerprints.
    pub async fn seen(
        &self,
        poll: &str,
        items: Vec<String>,
    ) -> Result<HashMap<String, String>, JournalError> {
        let poll = poll.to_owned();
        self.read(move |db| {
            let mut statement =
                db.prepare_cached("SELECT fingerprint FROM seen WHERE poll = ?1 AND item = ?2")?;
            let mut seen = HashMap::new();
            for item in items {
                let print: Option<String> = statement
                    .query_row(params![poll, item], |row| row.get(0))
                    .optional()?;
                if let Some(print) = print {
                    seen.insert(item, print);
                }
            }
            Ok(seen)
        })
        .await
    }
}

fn move_on(db: &Connection, commit: &PollCommit) -> Result<(), JournalError> {
    let cursor = commit
        .cursor
        .as_ref()
        .map(|cursor| pack(&row(&commit.poll), cursor))
        .transpose()?;
    let rows = if commit.version == 0 {
        db.prepare_cached(
            "INSERT INTO polls (key, cursor, version, at) VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![commit.poll, cursor, Moment(commit.at)])?
    } else {
        db.prepare_cached(
            "UPDATE polls SET cursor = ?2, version = version + 1, at = ?3 WHERE key = ?1 AND version = ?4",
        )?
        .execute(params![commit.poll, cursor, Moment(commit.at), commit.version])?
    };
    if rows != 1 {
        return Err(Refusal::PollMoved(commit.poll.clone()).into());
    }
    let mut statement = db.prepare_cached(
        "INSERT INTO seen (poll, item, fingerprint, last_seen) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (poll, item) DO UPDATE SET fingerprint = excluded.fingerprint, last_seen = excluded.last_seen",
    )?;
    for seen in &commit.seen {
        statement.execute(params![
            commit.poll,
            seen.item,
            seen.fingerprint,
            Moment(commit.at)
        ])?;
    }
    Ok(())
}

fn row(poll: &str) -> String {
    format!("cursor of poll {poll}")
}
