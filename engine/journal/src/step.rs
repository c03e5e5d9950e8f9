//! What people are shown of a run: its steps, and every request that was sent for them.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::blob::{pack, unpack, unpack_some};
use crate::error::JournalError;
use crate::id::RunId;
use crate::look::Look;
use crate::moment::Moment;
use crate::replay::Told;
use crate::run;

/// JSON as a row holds it, where it holds any.
type Blob = Option<Vec<u8>>;

/// A step as shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Where it stands in the run: `actions[3].do[0]#2`.
    pub path: String,
    /// `id:`.
    pub id: Option<String>,
    /// What the tree calls it.
    pub title: String,
    /// The language's word: `action`, `for_each` …
    pub word: String,
    /// The operation's id.
    pub operation: Option<String>,
    /// How deep it stands.
    pub depth: u32,
    /// What stands for it in a loop or branch.
    pub label: Option<String>,
    /// How it stands, in the driver's words.
    pub outcome: String,
    /// Why.
    pub reason: Option<String>,
    /// What it returned.
    pub result: Option<Value>,
    /// Why it failed, as the driver describes it.
    pub failure: Option<Value>,
    /// Whether the run went on in spite of the failure.
    pub handled: bool,
    /// When it began; the first one told stands.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A request of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The step's path.
    pub path: String,
    /// From 1.
    pub number: u32,
    /// Whether it looks for the thing before a repeat.
    pub looking: bool,
    /// The request as shown, secrets hidden.
    pub request: Value,
    /// When it was about to leave.
    pub began_at: Timestamp,
    /// The answer's status.
    pub status: Option<u16>,
    /// The answer, as far as it is kept.
    pub response: Option<Value>,
    /// What went wrong.
    pub error: Option<String>,
    /// How long it took.
    pub ms: Option<u64>,
    /// When its end became known; none: nobody knows what became of it.
    pub ended_at: Option<Timestamp>,
    /// Its end became known after the step had gone on: kept as evidence, fed to nobody.
    pub late: bool,
}

impl Look {
    /// A run's steps, in the order in which they began.
    pub async fn steps(&self, run: &RunId) -> Result<Vec<Step>, JournalError> {
        let run = run.clone();
        self.read(move |db| of_run(db, run::seq(db, &run)?)).await
    }

    /// Every request of a run, in the order in which they began.
    pub async fn attempts(&self, run: &RunId) -> Result<Vec<Attempt>, JournalError> {
        let run = run.clone();
        self.read(move |db| attempts(db, run::seq(db, &run)?)).await
    }
}

pub(crate) fn keep(db: &Connection, run: i64, step: &Step) -> Result<(), JournalError> {
    let row = |what: &str| format!("{what} of step {} of run {run}", step.path);
    let result = step
        .result
        .as_ref()
        .map(|value| pack(&row("result"), value))
        .transpose()?;
    let failure = step
        .failure
        .as_ref()
        .map(|value| pack(&row("failure"), value))
        .transpose()?;
    let insert = "INSERT INTO steps (run, path, id, title, word, operation, depth, label, outcome, reason, result, failure,
             handled, began_at, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING";
    let update =
        "UPDATE steps SET title = ?4, label = ?8, outcome = ?9, reason = ?10, result = ?11, failure = ?12,
             handled = ?13, ended_at = ?15
         WHERE run = ?1 AND path = ?2";
    // Most steps are told of twice, as they begin and as they end. Two plain statements cost less than one upsert, for
    // which SQLite copies pages so that half of it could be taken back.
    let statements = match step.ended_at {
        None => [insert, update],
        Some(_) => [update, insert],
    };
    for sql in statements {
        let rows = db.prepare_cached(sql)?.execute(params![
            run,
            step.path,
            step.id,
            step.title,
            step.word,
            step.operation,
            step.depth,
            step.label,
            step.outcome,
            step.reason,
            result,
            failure,
            step.handled,
            Moment(step.began_at),
            step.ended_at.map(Moment)
        ])?;
        if rows > 0 {
            break;
        }
    }
    Ok(())
}

pub(crate) fn of_run(db: &Connection, run: i64) -> Result<Vec<Step>, JournalError> {
    let rows: Vec<(Step, Blob, Blob)> = db
        .prepare_cached(
            "SELECT path, id, title, word, operation, depth, label, outcome, reason, result, failure, handled,
                 began_at, ended_at FROM steps WHERE run = ?1 ORDER BY seq",
        )?
        .query_map([run], |row| {
            let step = Step {
                path: row.get(0)?,
                id: row.get(1)?,
                title: row.get(2)?,
                word: row.get(3)?,
                operation: row.get(4)?,
                depth: row.get(5)?,
                label: row.get(6)?,
                outcome: row.get(7)?,
                reason: row.get(8)?,
                result: None,
                failure: None,
                handled: row.get(11)?,
                began_at: row.get::<_, Moment>(12)?.0,
                ended_at: row.get::<_, Option<Moment>>(13)?.map(|Moment(at)| at),
            };
            Ok((step, row.get(9)?, row.get(10)?))
        })?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(mut step, result, failure)| {
            let row = |what: &str| format!("{what} of step {} of run {run}", step.path);
            let result = unpack_some(&row("result"), result)?;
            let failure = unpack_some(&row("failure"), failure)?;
            step.result = result;
            step.failure = failure;
            Ok(step)
        })
        .collect()
}

/// How the steps of a run were shown last.
pub(crate) fn told(db: &Connection, run: i64) -> Result<Vec<Told>, JournalError> {
    Ok(db
        .prepare_cached("SELECT path, outcome, handled, began_at FROM steps WHERE run = ?1 ORDER BY seq")?
        .query_map([run], |row| {
            Ok(Told {
                path: row.get(0)?,
                outcome: row.get(1)?,
                handled: row.get(2)?,
                began_at: row.get::<_, Moment>(3)?.0,
            })
        })?
        .collect::<Result<_, _>>()?)
}

pub(crate) fn attempts(db: &Connection, run: i64) -> Result<Vec<Attempt>, JournalError> {
    list(
        db,
        run,
        "SELECT path, number, looking, request, began_at, status, response, error, ms, ended_at, late
         FROM attempts WHERE run = ?1 ORDER BY began_at, path, number",
    )
}

/// The requests of steps that have no outcome.
pub(crate) fn open_attempts(db: &Connection, run: i64) -> Result<Vec<Attempt>, JournalError> {
    list(
        db,
        run,
        "SELECT path, number, looking, request, began_at, status, response, error, ms, ended_at, late
         FROM attempts a WHERE run = ?1
             AND NOT EXISTS (SELECT 1 FROM effects e WHERE e.run = a.run AND e.path = a.path)
         ORDER BY path, number",
    )
}

fn list(db: &Connection, run: i64, sql: &str) -> Result<Vec<Attempt>, JournalError> {
    let rows: Vec<(Attempt, Vec<u8>, Option<Vec<u8>>)> = db
        .prepare_cached(sql)?
        .query_map([run], read)?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(mut attempt, request, response)| {
            attempt.request = unpack(&row("request", run, &attempt.path, attempt.number), &request)?;
            attempt.response = unpack_some(&row("answer", run, &attempt.path, attempt.number), response)?;
            Ok(attempt)
        })
        .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Attempt, Vec<u8>, Option<Vec<u8>>)> {
    let attempt = Attempt {
        path: row.get(0)?,
        number: row.get(1)?,
        looking: row.get(2)?,
        request: Value::Null,
        began_at: row.get::<_, Moment>(4)?.0,
        status: row.get(5)?,
        response: None,
        error: row.get(7)?,
        ms: row.get(8)?,
        ended_at: row.get::<_, Option<Moment>>(9)?.map(|Moment(at)| at),
        late: row.get(10)?,
    };
    Ok((attempt, row.get(3)?, row.get(6)?))
}

pub(crate) fn row(what: &str, run: i64, path: &str, number: u32) -> String {
    format!("{what} {number} of step {path} of run {run}")
}
