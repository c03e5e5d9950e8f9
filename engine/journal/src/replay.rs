//! What a run was fed, in its order: all that a replay needs.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::blob::{pack, unpack};
use crate::error::{JournalError, Refusal};
use crate::event::{Event, Offered};
use crate::fault::bug;
use crate::id::RunId;
use crate::journal::Journal;
use crate::look::Look;
use crate::moment::Moment;
use crate::recipe::RecipeText;
use crate::run::{NewRun, Origin, Run};
use crate::step::Attempt;
use crate::wait::Wait;
use crate::{audit, event, lifecycle, question, recipe, run, step, wait};

/// What became of something that a step wanted, as it is fed to the interpreter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "value", rename_all = "snake_case")]
pub enum Outcome {
    /// The call's answer, the event, the other run's result; null for a sleep.
    Done(Value),
    /// It failed for good: the failure as the driver describes it.
    Failed(Value),
    /// A person decided to go on without it, or it was not run: why.
    Skipped(String),
    /// A wait or event did not come in time.
    TimedOut,
    /// It was cancelled.
    Cancelled,
}

/// One outcome that a run was or is to be fed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Its place: outcomes are fed in this order.
    pub seq: i64,
    /// The step's path.
    pub path: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When it became known.
    pub at: Timestamp,
}

/// How a step was shown last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The step's path.
    pub path: String,
    /// How it stood.
    pub outcome: String,
    /// Whether the run went on in spite of a failure.
    pub handled: bool,
    /// When it began.
    pub began_at: Timestamp,
}

/// All that is known of a run that is to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The run.
    pub run: Run,
    /// The event that started it; none for the runs of other runs, whose event is their inputs.
    pub event: Option<Event>,
    /// The recipe as it was when the run was accepted.
    pub recipe: RecipeText,
    /// What it was fed.
    pub effects: Vec<Effect>,
    /// Its waits that still stand.
    pub waits: Vec<Wait>,
    /// Events put before it.
    pub offers: Vec<Offered>,
    /// The requests of steps that have no outcome yet.
    pub attempts: Vec<Attempt>,
    /// How its steps were shown last.
    pub told: Vec<Told>,
    /// Runs that it called and whose outcome it was not fed: the step's path and the run.
    pub called: Vec<(String, RunId)>,
    /// Steps that wait for a person.
    pub asked: Vec<String>,
    /// Steps that a person wants done again: the path, and the number of the last attempt before that was said.
    pub again: Vec<(String, u32)>,
}

impl Replay {
    /// Of a run that nothing has become of yet.
    pub fn new(run: Run, event: Option<Event>, recipe: RecipeText) -> Self {
        Self {
            run,
            event,
            recipe,
            effects: Vec::new(),
            waits: Vec::new(),
            offers: Vec::new(),
            attempts: Vec::new(),
            told: Vec::new(),
            called: Vec::new(),
            asked: Vec::new(),
            again: Vec::new(),
        }
    }
}

impl Look {
    /// All that a driver needs to bring a run to where it stood.
    pub async fn replay(&self, run: &RunId) -> Result<Replay, JournalError> {
        let run = run.clone();
        self.read(move |db| replay(db, &run)).await
    }

    /// What a run is to be fed beyond a place.
    pub async fn effects(&self, run: &RunId, beyond: i64) -> Result<Vec<Effect>, JournalError> {
        let run = run.clone();
        self.read(move |db| beyond_place(db, run::seq(db, &run)?, beyond))
            .await
    }
}

impl Journal {
    /// Repeats a run: a new one of the same event, with the old text or another, that keeps the outcomes of the given
    /// paths (`--from STEP`: those before it) and does the rest anew.
    pub async fn repeat(
        &self,
        old: &RunId,
        new: NewRun,
        keep: Vec<String>,
        who: &str,
        now: Timestamp,
    ) -> Result<Vec<RunId>, JournalError> {
        let (old, who) = (old.clone(), who.to_owned());
        self.intake("replay", move |db| {
            let from = run::find(db, &old)?.ok_or_else(|| Refusal::NoRun(old.clone()))?;
            let mut woken = Vec::new();
            let origin = Origin::Replay {
                event: from.event.as_ref(),
                of: &old,
            };
            let (seq, _) = lifecycle::insert(db, &new, &origin, false, now, &mut woken)?;
            for effect in beyond_place(db, from.seq, 0)? {
                if keep.contains(&effect.path) {
                    record(db, seq, &effect.path, &effect.outcome, effect.at)?;
                }
            }
            audit::note(db, &who, "run.replay", old.as_str(), Some(new.id.as_str()), now)?;
            Ok(woken)
        })
        .await
    }
}

/// All that is known of a run that nothing has become of yet.
pub(crate) fn first(db: &Connection, id: &RunId) -> Result<Replay, JournalError> {
    let run = run::find(db, id)?.ok_or_else(|| Refusal::NoRun(id.clone()))?;
    let recipe = recipe_of(db, &run.recipe, &run.hash)?;
    let event = match &run.event {
        Some(event) => event::find(db, event)?,
        None => None,
    };
    Ok(Replay::new(run, event, recipe))
}

/// The text that a run was accepted with.
pub(crate) fn recipe_of(db: &Connection, name: &str, hash: &str) -> Result<RecipeText, JournalError> {
    let kept = if bug("forget_recipe_hash") {
        recipe::newest(db, name)?
    } else {
        recipe::find(db, hash)?
    };
    kept.ok_or_else(|| Refusal::NoRecipe(hash.to_owned()).into())
}

fn replay(db: &Connection, id: &RunId) -> Result<Replay, JournalError> {
    let first = first(db, id)?;
    let seq = first.run.seq;
    let called = db
        .prepare_cached(
            "SELECT parent_path, id FROM runs WHERE parent = ?1 AND NOT EXISTS
                 (SELECT 1 FROM effects e WHERE e.run = ?1 AND e.path = parent_path) ORDER BY seq",
        )?
        .query_map([seq], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(Replay {
        effects: beyond_place(db, seq, 0)?,
        waits: wait::of_run(db, seq)?,
        offers: event::offers(db, seq)?,
        attempts: step::open_attempts(db, seq)?,
        told: step::told(db, seq)?,
        called,
        asked: question::open_paths(db, seq)?,
        again: question::again(db, seq)?,
        ..first
    })
}

/// Records an outcome; the first of a path stands. Tells whether this was the first.
pub(crate) fn record(
    db: &Connection,
    run: i64,
    path: &str,
    outcome: &Outcome,
    at: Timestamp,
) -> Result<bool, JournalError> {
    if bug("state_without_effect") {
        return Ok(true);
    }
    let rows = db
        .prepare_cached(
            "INSERT INTO effects (run, path, outcome, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute(params![run, path, pack(&row(run, path), outcome)?, Moment(at)])?;
    Ok(rows == 1)
}

pub(crate) fn is_recorded(db: &Connection, run: i64, path: &str) -> Result<bool, JournalError> {
    Ok(db
        .prepare_cached("SELECT 1 FROM effects WHERE run = ?1 AND path = ?2")?
        .exists(params![run, path])?)
}

pub(crate) fn beyond_place(db: &Connection, run: i64, beyond: i64) -> Result<Vec<Effect>, JournalError> {
    let rows: Vec<(i64, String, Vec<u8>, Moment)> = db
        .prepare_cached(
            "SELECT seq, path, outcome, at FROM effects WHERE run = ?1 AND seq > ?2 ORDER BY seq",
        )?
        .query_map([run, beyond], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(seq, path, outcome, Moment(at))| {
            Ok(Effect {
                seq,
                outcome: unpack(&row(run, &path), &outcome)?,
                path,
                at,
            })
        })
        .collect()
}

/// What a run is to be fed beyond a place, where some of it has just been recorded: that need not be read again.
pub(crate) fn news(
    db: &Connection,
    run: i64,
    beyond: i64,
    recorded: &[(i64, &Outcome)],
) -> Result<Vec<Effect>, JournalError> {
    let mut known = recorded
        .iter()
        .filter(|(_, outcome)| is_read_as_written(outcome))
        .peekable();
    let mut select = db.prepare_cached(
        "SELECT seq, path, outcome, at FROM effects WHERE run = ?1 AND seq > ?2 ORDER BY seq",
    )?;
    let mut rows = select.query([run, beyond])?;
    let mut news = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, path, Moment(at)): (i64, String, Moment) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let outcome = match known.next_if(|(known, _)| *known == seq) {
            Some((_, outcome)) => (*outcome).clone(),
            None => unpack(&self::row(run, &path), &row.get::<_, Vec<u8>>(2)?)?,
        };
        news.push(Effect {
            seq,
            path,
            outcome,
            at,
        });
    }
    Ok(news)
}

/// Whether an outcome is read just as it was written. Numbers with a fraction may come back a hair off, and a replay is to
/// meet what was fed.
fn is_read_as_written(outcome: &Outcome) -> bool {
    fn exact(value: &Value) -> bool {
        match value {
            Value::Number(number) => !number.is_f64(),
            Value::Array(items) => items.iter().all(exact),
            Value::Object(map) => map.values().all(exact),
            Value::Null | Value::Bool(_) | Value::String(_) => true,
        }
    }
    match outcome {
        Outcome::Done(value) | Outcome::Failed(value) => exact(value),
        Outcome::Skipped(_) | Outcome::TimedOut | Outcome::Cancelled => true,
    }
}

/// Whether a run has not ended.
pub(crate) fn is_open(db: &Connection, run: i64) -> Result<bool, JournalError> {
    Ok(db
        .prepare_cached("SELECT 1 FROM runs WHERE seq = ?1 AND ended_at IS NULL")?
        .exists([run])?)
}

fn row(run: i64, path: &str) -> String {
    format!("outcome {path} of run {run}")
}
