//! Who did what, and how often things happened.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::error::JournalError;
use crate::journal::Journal;
use crate::look::{Look, Page};
use crate::moment::Moment;

/// Something that a person (by the token's name) or the service itself did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the log.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What: `run.cancel`, `connection.remove` …
    pub what: String,
    /// To what: a run's id, a connection's name.
    pub target: String,
    /// More, where there is.
    pub detail: Option<String>,
}

/// How often something happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// What: `events.accepted`, `events.duplicate` …
    pub name: String,
    /// How often.
    pub value: i64,
}

impl Journal {
    /// Notes that somebody did something that the journal itself does not see.
    pub async fn note(
        &self,
        who: &str,
        what: &str,
        target: &str,
        detail: Option<&str>,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let (who, what, target) = (who.to_owned(), what.to_owned(), target.to_owned());
        let detail = detail.map(str::to_owned);
        self.state("audit", move |db| {
            note(db, &who, &what, &target, detail.as_deref(), now)
        })
        .await
    }

    /// Adds to a counter.
    pub async fn count(&self, name: &str, by: i64) -> Result<(), JournalError> {
        let name = name.to_owned();
        self.state("count", move |db| count(db, &name, by)).await
    }
}

impl Look {
    /// The log, newest first; of one target where one is given.
    pub async fn audit(&self, target: Option<&str>, page: Page) -> Result<Vec<AuditEntry>, JournalError> {
        let target = target.map(str::to_owned);
        self.read(move |db| {
            let rows = db
                .prepare_cached(
                    "SELECT seq, at, who, what, target, detail FROM audit
                     WHERE (?1 IS NULL OR target = ?1) AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
                )?
                .query_map(params![target, page.below(), page.limit()], |row| {
                    Ok(AuditEntry {
                        seq: row.get(0)?,
                        at: row.get::<_, Moment>(1)?.0,
                        who: row.get(2)?,
                        what: row.get(3)?,
                        target: row.get(4)?,
                        detail: row.get(5)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }

    /// Every counter.
    pub async fn counters(&self) -> Result<Vec<Counter>, JournalError> {
        self.read(|db| {
            let rows = db
                .prepare_cached("SELECT name, value FROM counters ORDER BY name")?
                .query_map([], |row| {
                    Ok(Counter {
                        name: row.get(0)?,
                        value: row.get(1)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }
}

pub(crate) fn note(
    db: &Connection,
    who: &str,
    what: &str,
    target: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> Result<(), JournalError> {
    db.prepare_cached("INSERT INTO audit (at, who, what, target, detail) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![Moment(now), who, what, target, detail])?;
    Ok(())
}

pub(crate) fn count(db: &Connection, name: &str, by: i64) -> Result<(), JournalError> {
    // Mostly it is there: a plain update needs none of what SQLite keeps for taking back half of an upsert.
    let rows = db
        .prepare_cached("UPDATE counters SET value = value + ?2 WHERE name = ?1")?
        .execute(params![name, by])?;
    if rows == 0 {
        db.prepare_cached("INSERT INTO counters (name, value) VALUES (?1, ?2)")?
            .execute(params![name, by])?;
    }
    Ok(())
}
