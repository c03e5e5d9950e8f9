//! A run's life: started as its concurrency says, woken, cancelled, ended, and its place given to the next.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::blob::pack;
use crate::error::{JournalError, Refusal};
use crate::fault::bug;
use crate::id::RunId;
use crate::journal::Journal;
use crate::moment::Moment;
use crate::replay::{self, Outcome};
use crate::run::{self, Mode, NewRun, Origin, RunState, inputs_row};
use crate::{audit, recipe};

impl Journal {
    /// Asks for a run's end. One that never began ends at once; others are woken for their driver to end them. Answers
    /// the runs that have something to look at now.
    pub async fn cancel(
        &self,
        run: &RunId,
        reason: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<Vec<RunId>, JournalError> {
        let (run, reason, who) = (run.clone(), reason.to_owned(), who.to_owned());
        self.state("cancel", move |db| {
            let found = run::find(db, &run)?.ok_or_else(|| Refusal::NoRun(run.clone()))?;
            if found.state.ended() {
                return Err(Refusal::Ended {
                    run: run.clone(),
                    state: found.state,
                }
                .into());
            }
            let mut woken = Vec::new();
            cancel(db, found.seq, &reason, now, &mut woken)?;
            audit::note(db, &who, "run.cancel", run.as_str(), Some(&reason), now)?;
            Ok(woken)
        })
        .await
    }
}

/// Starts a run, as its concurrency says; answers its row and how it stands. `claimed`: a driver has it from the first,
/// where it need not wait for others.
pub(crate) fn insert(
    db: &Connection,
    new: &NewRun,
    origin: &Origin<'_>,
    claimed: bool,
    now: Timestamp,
    woken: &mut Vec<RunId>,
) -> Result<(i64, RunState), JournalError> {
    recipe::must_be_kept(db, &new.hash)?;
    let limit = new.concurrency.limit();
    let group = limit.map(|_| new.concurrency.key.clone().unwrap_or_default());
    let mut skipped = None;
    match (&group, new.concurrency.mode) {
        (Some(group), Mode::Skip) => {
            let open = open_in_group(db, &new.recipe, group)?;
            if open.len() >= limit.unwrap_or(1) as usize {
                let other = open.last().map(|(_, id)| id.to_string()).unwrap_or_default();
                skipped = Some(format!("not run: run {other} was still under way"));
            }
        }
        (Some(group), Mode::Restart) => {
            for (seq, _) in open_in_group(db, &new.recipe, group)? {
                cancel(db, seq, &format!("replaced by run {}", new.id), now, woken)?;
            }
        }
        _ => {}
    }
    let (event, parent, path, replay_of) = match origin {
        Origin::Event(event) => (Some(*event), None, None, None),
        Origin::Step { parent, path } => (None, Some(*parent), Some(*path), None),
        Origin::Replay { event, of } => (*event, None, None, Some(*of)),
    };
    let free = group.is_none() && skipped.is_none();
    let claimed = claimed && free;
    let state = match skipped {
        Some(_) => RunState::Stopped,
        None if claimed => RunState::Running,
        None => RunState::Queued,
    };
    db.prepare_cached(
        "INSERT INTO runs (id, event, recipe, hash, trigger_id, connection, inputs, state, reason, ready, holds, mode,
             group_key, group_limit, parent, parent_path, replay_of, accepted_at, ended_at, claims, stumbles, started_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?20, ?21)",
    )?
    .execute(params![
        new.id,
        event,
        new.recipe,
        new.hash,
        new.trigger,
        new.connection,
        pack(&inputs_row(&new.id), &new.inputs)?,
        state,
        skipped,
        free && !claimed,
        free,
        new.concurrency.mode,
        group,
        limit,
        parent,
        path,
        replay_of,
        Moment(now),
        state.ended().then_some(Moment(now)),
        claimed,
        claimed.then_some(Moment(now)),
    ])?;
    let seq = db.last_insert_rowid();
    if let Some(group) = &group {
        promote(db, &new.recipe, group, woken)?;
    }
    if let (Some(parent), Some(path), true) = (parent, path, state.ended()) {
        replay::record(
            db,
            parent,
            path,
            &Outcome::Skipped(skipped.unwrap_or_default()),
            now,
        )?;
        wake(db, parent, woken)?;
    }
    Ok((seq, state))
}

fn open_in_group(db: &Connection, recipe: &str, group: &str) -> Result<Vec<(i64, RunId)>, JournalError> {
    Ok(db
        .prepare_cached(
            "SELECT seq, id FROM runs WHERE recipe = ?1 AND group_key = ?2 AND ended_at IS NULL ORDER BY seq",
        )?
        .query_map([recipe, group], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?)
}

/// Gives free places of a group to those that wait longest.
fn promote(db: &Connection, recipe: &str, group: &str, woken: &mut Vec<RunId>) -> Result<(), JournalError> {
    let next = if bug("overtake_queue") {
        "SELECT seq, id, group_limit FROM runs
         WHERE recipe = ?1 AND group_key = ?2 AND holds = 0 AND ended_at IS NULL ORDER BY seq DESC LIMIT 1"
    } else {
        "SELECT seq, id, group_limit FROM runs
         WHERE recipe = ?1 AND group_key = ?2 AND holds = 0 AND ended_at IS NULL ORDER BY seq LIMIT 1"
    };
    loop {
        let next: Option<(i64, RunId, i64)> = db
            .prepare_cached(next)?
            .query_row([recipe, group], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((seq, id, limit)) = next else {
            return Ok(());
        };
        let held: i64 = db
            .prepare_cached(
                "SELECT count(*) FROM runs WHERE recipe = ?1 AND group_key = ?2 AND holds = 1 AND ended_at IS NULL",
            )?
            .query_row([recipe, group], |row| row.get(0))?;
        if held >= limit {
            return Ok(());
        }
        db.prepare_cached("UPDATE runs SET holds = 1, ready = 1 WHERE seq = ?1")?
            .execute([seq])?;
        woken.push(id);
    }
}

/// Lets a resting run be claimed; a running one is named all the same, so that its driver is told.
pub(crate) fn wake(db: &Connection, seq: i64, woken: &mut Vec<RunId>) -> Result<(), JournalError> {
    let id: Option<RunId> = db
        .prepare_cached("SELECT id FROM runs WHERE seq = ?1 AND holds = 1 AND ended_at IS NULL")?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    let Some(id) = id else {
        return Ok(());
    };
    db.prepare_cached("UPDATE runs SET ready = (state <> 'running') WHERE seq = ?1")?
        .execute([seq])?;
    if !woken.contains(&id) {
        woken.push(id);
    }
    Ok(())
}

/// Asks for a run's end: at once where it never began, else its driver ends it.
pub(crate) fn cancel(
    db: &Connection,
    seq: i64,
    reason: &str,
    now: Timestamp,
    woken: &mut Vec<RunId>,
) -> Result<(), JournalError> {
    let begun: Option<bool> = db
        .prepare_cached("SELECT started_at IS NOT NULL FROM runs WHERE seq = ?1 AND ended_at IS NULL")?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    match begun {
        None => Ok(()),
        Some(false) => end(
            db,
            seq,
            Attached::ANY,
            RunState::Cancelled,
            Some(reason),
            &Outcome::Cancelled,
            now,
            woken,
        ),
        Some(true) => {
            db.prepare_cached("UPDATE runs SET cancel = coalesce(cancel, ?2) WHERE seq = ?1")?
                .execute(params![seq, reason])?;
            wake(db, seq, woken)
        }
    }
}

/// Why a run is to be cancelled, where somebody asked for that.
pub(crate) fn asked_to_end(db: &Connection, seq: i64) -> Result<Option<String>, JournalError> {
    Ok(db
        .prepare_cached("SELECT cancel FROM runs WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))?)
}

/// What may hang on a run; what is known not to need not be looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attached {
    /// Waits.
    pub(crate) waits: bool,
    /// Events put before it.
    pub(crate) offers: bool,
    /// Questions, open or answered.
    pub(crate) questions: bool,
    /// Runs that it has called.
    pub(crate) called: bool,
}

impl Attached {
    /// Nothing is known.
    const ANY: Self = Self {
        waits: true,
        offers: true,
        questions: true,
        called: true,
    };
}

/// Ends a run: what it waited for is let go, the runs that it called are cancelled, the one that called it is told, and
/// its place in the group goes to the next.
#[allow(
    clippy::too_many_arguments,
    reason = "each is another thing that is known of the end"
)]
pub(crate) fn end(
    db: &Connection,
    seq: i64,
    has: Attached,
    state: RunState,
    reason: Option<&str>,
    told: &Outcome,
    now: Timestamp,
    woken: &mut Vec<RunId>,
) -> Result<(), JournalError> {
    // Read before it is written: `RETURNING` would have SQLite make a table of its own for each answer.
    let (recipe, group, parent, path): (String, Option<String>, Option<i64>, Option<String>) = db
        .prepare_cached("SELECT recipe, group_key, parent, parent_path FROM runs WHERE seq = ?1")?
        .query_row([seq], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    db.prepare_cached(
        "UPDATE runs SET state = ?2, reason = ?3, ended_at = ?4, ready = 0, holds = 0 WHERE seq = ?1",
    )?
    .execute(params![seq, state, reason, Moment(now)])?;
    for (any, sql) in [
        (has.waits, "DELETE FROM waits WHERE run = ?1"),
        (has.offers, "DELETE FROM offers WHERE run = ?1"),
        (
            has.questions,
            "DELETE FROM questions WHERE run = ?1 AND answered_at IS NULL",
        ),
    ] {
        if any {
            db.prepare_cached(sql)?.execute([seq])?;
        }
    }
    if has.called {
        let called: Vec<i64> = db
            .prepare_cached("SELECT seq FROM runs WHERE parent = ?1 AND ended_at IS NULL")?
            .query_map([seq], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for called in called {
            cancel(db, called, "the run that called it has ended", now, woken)?;
        }
    }
    if let (Some(parent), Some(path)) = (parent, path)
        && replay::is_open(db, parent)?
    {
        replay::record(db, parent, &path, told, now)?;
        wake(db, parent, woken)?;
    }
    if let Some(group) = group {
        promote(db, &recipe, &group, woken)?;
    }
    Ok(())
}
