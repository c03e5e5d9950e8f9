//! Runs: what each is and where it stands.

use jiff::Timestamp;
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::blob::{unpack, unpack_some};
use crate::error::{JournalError, Refusal};
use crate::id::{EventId, RunId};
use crate::look::{Look, Page};
use crate::moment::Moment;
use crate::words::words;

words! {
    /// Where a run stands.
    RunState {
        /// Not begun, or given back by a process that stopped: a driver is to take it.
        Queued = "queued",
        /// A driver has it.
        Running = "running",
        /// Until a moment, an event or another run.
        Waiting = "waiting",
        /// Until a person has answered.
        NeedsAttention = "needs_attention",
        /// Ended well.
        Succeeded = "succeeded",
        /// Ended badly.
        Failed = "failed",
        /// Ended before its last step, as the recipe wanted.
        Stopped = "stopped",
        /// Ended by a person, or by a later run that replaced it.
        Cancelled = "cancelled",
    }
}

impl RunState {
    /// Whether this is an end.
    pub fn ended(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Stopped | Self::Cancelled
        )
    }
}

words! {
    /// What happens to runs that would overlap.
    Mode {
        /// They run side by side, up to the limit.
        Parallel = "parallel",
        /// One after the other, in the order in which they were accepted.
        Queue = "queue",
        /// The later one is not run.
        Skip = "skip",
        /// The earlier one is cancelled.
        Restart = "restart",
    }
}

/// Which runs of a recipe may overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// What happens to those that would.
    pub mode: Mode,
    /// Runs of other keys do not count.
    pub key: Option<String>,
    /// How many may run at once; 1 where it is left out, any number for `parallel`.
    pub limit: Option<u32>,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self {
            mode: Mode::Parallel,
            key: None,
            limit: None,
        }
    }
}

impl Concurrency {
    pub(crate) fn limit(&self) -> Option<u32> {
        match self.mode {
            Mode::Parallel => self.limit,
            Mode::Queue | Mode::Skip => Some(self.limit.unwrap_or(1).max(1)),
            Mode::Restart => Some(1),
        }
    }
}

/// A run to be started.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// The recipe's name.
    pub recipe: String,
    /// The hash of its text, which must be kept already.
    pub hash: String,
    /// Which trigger fired.
    pub trigger: String,
    /// The account.
    pub connection: String,
    /// The recipe's settings as given.
    pub inputs: Value,
    /// Which runs it may overlap.
    pub concurrency: Concurrency,
    /// The thing that it is started for, where that may come to light in several ways (a webhook, and the poll that makes
    /// up for missed ones). None: nothing else starts it.
    pub once: Option<Once>,
}

/// A thing that starts one run of a trigger for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Its name.
    pub key: String,
    /// For something told by a sender, who may tell several things of one name: when it was told. It starts a run unless
    /// what it tells of was found later than that: then it is a late word of the same. None: it was found, or there is
    /// only one of this name.
    pub told_at: Option<Timestamp>,
}

/// A run as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its place in the order of acceptance.
    pub seq: i64,
    /// Its id.
    pub id: RunId,
    /// The event that started it; none for the runs of other runs.
    pub event: Option<EventId>,
    /// The recipe's name.
    pub recipe: String,
    /// The hash of its text.
    pub hash: String,
    /// Which trigger fired.
    pub trigger: String,
    /// The account.
    pub connection: String,
    /// The recipe's settings as given.
    pub inputs: Value,
    /// What the mappings made.
    pub fields: Option<Value>,
    /// Where it stands.
    pub state: RunState,
    /// Why, where there is something to say.
    pub reason: Option<String>,
    /// What happens when it would overlap with others.
    pub mode: Mode,
    /// The key of the group that it may not overlap with.
    pub key: Option<String>,
    /// The run that called it, and the step there.
    pub parent: Option<(RunId, String)>,
    /// The run that it repeats.
    pub replay_of: Option<RunId>,
    /// Why it is to be cancelled, where somebody asked for that.
    pub cancel: Option<String>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Which runs.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Of this recipe.
    pub recipe: Option<String>,
    /// Of this account.
    pub connection: Option<String>,
    /// Standing so.
    pub state: Option<RunState>,
    /// Accepted at or after.
    pub since: Option<Timestamp>,
    /// Accepted before.
    pub until: Option<Timestamp>,
}

/// Why a run is there.
pub(crate) enum Origin<'a> {
    Event(&'a EventId),
    Step {
        parent: i64,
        path: &'a str,
    },
    Replay {
        event: Option<&'a EventId>,
        of: &'a RunId,
    },
}

const COLUMNS: &str = "r.seq, r.id, r.event, r.recipe, r.hash, r.trigger_id, r.connection, r.inputs, r.fields, r.state, \
     r.reason, r.mode, r.group_key, p.id, r.parent_path, r.replay_of, r.cancel, r.accepted_at, r.started_at, r.ended_at \
     FROM runs r LEFT JOIN runs p ON p.seq = r.parent";

impl Look {
    /// A run by its id.
    pub async fn run(&self, id: &RunId) -> Result<Option<Run>, JournalError> {
        let id = id.clone();
        self.read(move |db| find(db, &id)).await
    }

    /// Runs, newest first. The next page begins below the last one's `seq`.
    pub async fn runs(&self, filter: RunFilter, page: Page) -> Result<Vec<Run>, JournalError> {
        self.read(move |db| {
            let mut sql = format!("SELECT {COLUMNS} WHERE r.seq < ?1");
            // Only fixed words are put together here; what is asked for goes in as parameters.
            let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(page.below())];
            let mut narrow = |words: &str, value: Option<Box<dyn ToSql>>| {
                if let Some(value) = value {
                    values.push(value);
                    sql.push_str(&format!(" AND {words} ?{}", values.len()));
                }
            };
            narrow("r.recipe =", filter.recipe.map(|value| Box::new(value) as _));
            narrow(
                "r.connection =",
                filter.connection.map(|value| Box::new(value) as _),
            );
            let state = match filter.state {
                // Most have succeeded: they are met on the way.
                Some(RunState::Succeeded) | None => "r.state =",
                // The others have an index of their own, which SQLite takes where this stands.
                Some(_) => "r.state <> 'succeeded' AND r.state =",
            };
            narrow(state, filter.state.map(|value| Box::new(value) as _));
            narrow(
                "r.accepted_at >=",
                filter.since.map(|value| Box::new(Moment(value)) as _),
            );
            narrow(
                "r.accepted_at <",
                filter.until.map(|value| Box::new(Moment(value)) as _),
            );
            values.push(Box::new(page.limit()));
            sql.push_str(&format!(" ORDER BY r.seq DESC LIMIT ?{}", values.len()));
            list(db, &sql, rusqlite::params_from_iter(values))
        })
        .await
    }

    /// The runs whose id begins or ends so, a few at most: people name a run by as much of its id as tells it.
    pub async fn named(&self, part: &str) -> Result<Vec<RunId>, JournalError> {
        let part = part.to_ascii_lowercase();
        // Ids are hexadecimal; nothing else is looked for, and nothing that could match more than it says.
        if part.is_empty() || !part.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        self.read(move |db| {
            let rows = db
                .prepare_cached(
                    "SELECT id FROM runs WHERE (id >= ?1 AND id < ?1 || 'g') OR substr(id, -length(?1)) = ?1
                     ORDER BY seq DESC LIMIT 5",
                )?
                .query_map([&part], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }

    /// The run that a queued one waits for: the one of its key that is under way.
    pub async fn before(&self, id: &RunId) -> Result<Option<RunId>, JournalError> {
        let id = id.clone();
        self.read(move |db| {
            Ok(db
                .prepare_cached(
                    "SELECT o.id FROM runs r JOIN runs o ON o.recipe = r.recipe AND o.group_key = r.group_key
                     WHERE r.id = ?1 AND r.holds = 0 AND o.holds = 1 AND o.ended_at IS NULL ORDER BY o.seq LIMIT 1",
                )?
                .query_row([id], |row| row.get(0))
                .optional()?)
        })
        .await
    }

    /// The runs that a run has called, with the steps that did.
    pub async fn called_by(&self, id: &RunId) -> Result<Vec<(String, RunId)>, JournalError> {
        let id = id.clone();
        self.read(move |db| {
            let rows = db
                .prepare_cached(
                    "SELECT c.parent_path, c.id FROM runs c JOIN runs r ON r.seq = c.parent WHERE r.id = ?1 ORDER BY c.seq",
                )?
                .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }

    /// Whether a run was repeated.
    pub async fn is_repeated(&self, id: &RunId) -> Result<bool, JournalError> {
        let id = id.clone();
        self.read(move |db| {
            Ok(db
                .prepare_cached(
                    "SELECT 1 FROM runs o JOIN runs r ON r.recipe = o.recipe AND r.seq > o.seq
                     WHERE o.id = ?1 AND r.replay_of = ?1 LIMIT 1",
                )?
                .exists([id])?)
        })
        .await
    }

    /// How many runs stand where.
    pub async fn tally(&self) -> Result<Vec<(RunState, u64)>, JournalError> {
        self.read(|db| {
            let rows = db
                .prepare_cached(
                    "WITH others AS (SELECT state, count(*) AS n FROM runs WHERE state <> 'succeeded' GROUP BY state),
                         well AS (SELECT (SELECT count(*) FROM runs) - (SELECT coalesce(sum(n), 0) FROM others) AS n)
                     SELECT state, n FROM others UNION ALL SELECT 'succeeded', n FROM well WHERE n > 0",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }
}

fn list(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Run>, JournalError> {
    let rows: Vec<_> = db
        .prepare_cached(sql)?
        .query_map(params, read)?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(finish).collect()
}

pub(crate) fn find(db: &Connection, id: &RunId) -> Result<Option<Run>, JournalError> {
    Ok(list(db, &format!("SELECT {COLUMNS} WHERE r.id = ?1"), [id])?.pop())
}

pub(crate) fn of_event(db: &Connection, event: &EventId) -> Result<Vec<Run>, JournalError> {
    list(
        db,
        &format!("SELECT {COLUMNS} WHERE r.event = ?1 ORDER BY r.seq"),
        [event],
    )
}

type Blobs = (Vec<u8>, Option<Vec<u8>>);

fn read(row: &Row<'_>) -> rusqlite::Result<(Run, Blobs)> {
    let parent: Option<RunId> = row.get(13)?;
    let path: Option<String> = row.get(14)?;
    let moment = |moment: Option<Moment>| moment.map(|Moment(at)| at);
    let run = Run {
        seq: row.get(0)?,
        id: row.get(1)?,
        event: row.get(2)?,
        recipe: row.get(3)?,
        hash: row.get(4)?,
        trigger: row.get(5)?,
        connection: row.get(6)?,
        inputs: Value::Null,
        fields: None,
        state: row.get(9)?,
        reason: row.get(10)?,
        mode: row.get(11)?,
        key: row.get(12)?,
        parent: parent.zip(path),
        replay_of: row.get(15)?,
        cancel: row.get(16)?,
        accepted_at: row.get::<_, Moment>(17)?.0,
        started_at: moment(row.get(18)?),
        ended_at: moment(row.get(19)?),
    };
    Ok((run, (row.get(7)?, row.get(8)?)))
}

fn finish((mut run, (inputs, fields)): (Run, Blobs)) -> Result<Run, JournalError> {
    run.inputs = unpack(&inputs_row(&run.id), &inputs)?;
    run.fields = unpack_some(&fields_row(&run.id), fields)?;
    Ok(run)
}

pub(crate) fn inputs_row(id: &RunId) -> String {
    format!("inputs of run {id}")
}

pub(crate) fn fields_row(id: &RunId) -> String {
    format!("fields of run {id}")
}

/// Where a run stands.
pub(crate) fn state(db: &Connection, seq: i64) -> Result<RunState, JournalError> {
    Ok(db
        .prepare_cached("SELECT state FROM runs WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))?)
}

/// The row of a run.
pub(crate) fn seq(db: &Connection, id: &RunId) -> Result<i64, JournalError> {
    db.prepare_cached("SELECT seq FROM runs WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Refusal::NoRun(id.clone()).into())
}
