//! A run's progress: everything that belongs together in one transaction, and what the driver is to do next.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::blob::pack;
use crate::claim::{Held, Ticket, holder};
use crate::error::{JournalError, Refusal};
use crate::event::{self, Offered};
use crate::fault::bug;
use crate::id::{EventId, RunId};
use crate::journal::Journal;
use crate::lifecycle::{self, Attached};
use crate::moment::Moment;
use crate::replay::{self, Effect, Outcome};
use crate::run::{self, NewRun, Origin, RunState, fields_row};
use crate::step::{self, Step};
use crate::wait::{self, NewWait};
use crate::{audit, question};

/// A request that is about to leave.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptBegin {
    /// The step's path.
    pub path: String,
    /// From 1, never used twice in a step.
    pub number: u32,
    /// Whether it looks for the thing before a repeat.
    pub looking: bool,
    /// The request as shown, secrets hidden.
    pub request: Arc<Value>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptEnd {
    /// The step's path.
    pub path: String,
    /// Which.
    pub number: u32,
    /// The answer's status.
    pub status: Option<u16>,
    /// The answer, as far as it is to be kept.
    pub response: Option<Value>,
    /// What went wrong.
    pub error: Option<String>,
    /// How long it took.
    pub ms: u64,
}

/// What a driver has to say of its run. All of it is written in one transaction, or none.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The place of the last outcome that the interpreter was fed.
    pub heard: i64,
    /// Requests about to leave: they leave once this is committed.
    pub begins: Vec<AttemptBegin>,
    /// Requests that ended.
    pub ends: Vec<AttemptEnd>,
    /// Outcomes of steps. They come back in [`Standing::news`], and only from there are they fed.
    pub outcomes: Vec<(String, Outcome)>,
    /// Steps whose outcome nobody knows, with the failure as the driver describes it: a person is asked.
    pub asks: Vec<(String, Value)>,
    /// Waits to be set.
    pub waits: Vec<NewWait>,
    /// Paths that are no longer wanted: their waits are let go, their questions withdrawn, the runs they called cancelled.
    pub drops: Vec<String>,
    /// Offered events that the run takes: the wait ends with them.
    pub takes: Vec<i64>,
    /// Offered events that are not what it waits for.
    pub leaves: Vec<i64>,
    /// Runs that it calls. A step calls once: a second time is passed over.
    pub calls: Vec<(String, NewRun)>,
    /// Steps as they are to be shown.
    pub steps: Vec<Step>,
    /// What the mappings made.
    pub fields: Option<Value>,
    /// What comes next.
    pub next: Next,
}

/// What comes next for a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Next {
    /// The driver goes on with it.
    #[default]
    GoOn,
    /// It rests until something wakes it, if nothing has come meanwhile.
    Rest,
    /// It has ended.
    End(End),
}

/// A run's end.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// How; one of the four ends.
    pub state: RunState,
    /// Why, where there is something to say.
    pub reason: Option<String>,
    /// What the run that called it is fed.
    pub told: Outcome,
}

/// How a run stands after a write.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Where: [`RunState::Running`] means that the driver still has it.
    pub state: RunState,
    /// What the interpreter is to be fed, in this order.
    pub news: Vec<Effect>,
    /// Events put before it.
    pub offers: Vec<Offered>,
    /// Steps that a person wants done again and that no request went out for since: the path, and the number of the last
    /// attempt before that was said.
    pub again: Vec<(String, u32)>,
    /// Why it is to be cancelled, where somebody asked for that.
    pub cancel: Option<String>,
    /// Other runs that have something to look at now.
    pub woken: Vec<RunId>,
}

impl Journal {
    /// Writes what a driver has to say of its run and answers how it stands.
    pub async fn progress(
        &self,
        ticket: &Ticket,
        progress: impl Into<Arc<Progress>>,
        now: Timestamp,
    ) -> Result<Standing, JournalError> {
        let (ticket, progress) = (ticket.clone(), progress.into());
        self.state("progress", move |db| write(db, &ticket, &progress, now))
            .await
    }

    /// Keeps the answer of a request whose step has gone on, or whose driver has gone: evidence, fed to nobody.
    pub async fn late_answer(
        &self,
        run: &RunId,
        end: AttemptEnd,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let run = run.clone();
        self.state("late_answer", move |db| {
            let seq = run::seq(db, &run)?;
            finish_attempt(db, seq, &run, &end, true, now)?;
            if bug("late_answer_as_newer") {
                let answer = end.response.clone().unwrap_or_default();
                replay::record(db, seq, &end.path, &Outcome::Done(answer), now)?;
                lifecycle::wake(db, seq, &mut Vec::new())?;
            }
            Ok(())
        })
        .await
    }
}

fn write(
    db: &Connection,
    ticket: &Ticket,
    progress: &Progress,
    now: Timestamp,
) -> Result<Standing, JournalError> {
    let held = holder(db, ticket, matches!(progress.next, Next::End(_)))?;
    let seq = held.seq;
    let mut woken = Vec::new();
    for begin in &progress.begins {
        begin_attempt(db, seq, begin, now)?;
    }
    for end in &progress.ends {
        finish_attempt(db, seq, &ticket.run, end, false, now)?;
    }
    for step in &progress.steps {
        step::keep(db, seq, step)?;
    }
    let mut recorded = Vec::new();
    for (path, outcome) in &progress.outcomes {
        if replay::record(db, seq, path, outcome, now)? {
            recorded.push((db.last_insert_rowid(), outcome));
        }
    }
    for (path, failure) in &progress.asks {
        question::ask(db, seq, path, failure, now)?;
    }
    for wait in &progress.waits {
        if !replay::is_recorded(db, seq, &wait.path)? {
            wait::set(db, seq, wait, now)?;
        }
    }
    for path in &progress.drops {
        wait::clear(db, seq, path)?;
        question::withdraw(db, seq, path)?;
        cancel_called(db, seq, path, now, &mut woken)?;
    }
    for offer in &progress.takes {
        take(db, seq, *offer, now)?;
    }
    for offer in &progress.leaves {
        db.prepare_cached("DELETE FROM offers WHERE run = ?1 AND seq = ?2")?
            .execute([seq, *offer])?;
    }
    for (path, new) in &progress.calls {
        call(db, seq, path, new, now, &mut woken)?;
    }
    keep_fields(db, ticket, &held, progress.fields.as_ref())?;
    // What is called here may ask for this run's own end.
    let cancel = if progress.calls.is_empty() && progress.drops.is_empty() {
        held.cancel
    } else {
        lifecycle::asked_to_end(db, seq)?
    };
    let mut standing = Standing {
        state: RunState::Running,
        news: replay::news(db, seq, progress.heard, &recorded)?,
        offers: if held.has.offers {
            event::offers(db, seq)?
        } else {
            Vec::new()
        },
        again: if held.has.questions {
            question::again_unheard(db, seq)?
        } else {
            Vec::new()
        },
        cancel,
        woken: Vec::new(),
    };
    match &progress.next {
        Next::GoOn => {}
        Next::Rest
            if !standing.news.is_empty() || !standing.again.is_empty() || standing.cancel.is_some() => {}
        Next::Rest if !standing.offers.is_empty() && !bug("drop_offer") => {}
        Next::Rest => standing.state = rest(db, seq, &ticket.run)?,
        Next::End(end) => {
            if !end.state.ended() {
                return Err(JournalError::Database(format!(
                    "`{}` is no end",
                    end.state.word()
                )));
            }
            let has = Attached {
                waits: held.has.waits || !progress.waits.is_empty(),
                questions: held.has.questions || !progress.asks.is_empty(),
                called: held.has.called || !progress.calls.is_empty(),
                ..held.has
            };
            lifecycle::end(
                db,
                seq,
                has,
                end.state,
                end.reason.as_deref(),
                &end.told,
                now,
                &mut woken,
            )?;
            audit::count(db, &format!("runs.{}", end.state.word()), 1)?;
            standing.state = end.state;
        }
    }
    woken.retain(|run| *run != ticket.run);
    standing.woken = woken;
    Ok(standing)
}

/// Keeps what the mappings made. Something was recorded: the run has got somewhere.
fn keep_fields(
    db: &Connection,
    ticket: &Ticket,
    held: &Held,
    fields: Option<&Value>,
) -> Result<(), JournalError> {
    if held.stumbles == 0 && fields.is_none() {
        return Ok(());
    }
    let fields = fields
        .map(|fields| pack(&fields_row(&ticket.run), fields))
        .transpose()?;
    db.prepare_cached("UPDATE runs SET stumbles = 0, fields = coalesce(?2, fields) WHERE seq = ?1")?
        .execute(params![held.seq, fields])?;
    Ok(())
}

fn begin_attempt(
    db: &Connection,
    seq: i64,
    begin: &AttemptBegin,
    now: Timestamp,
) -> Result<(), JournalError> {
    let request = pack(
        &step::row("request", seq, &begin.path, begin.number),
        begin.request.as_ref(),
    )?;
    db.prepare_cached(
        "INSERT INTO attempts (run, path, number, looking, request, began_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        seq,
        begin.path,
        begin.number,
        begin.looking,
        request,
        Moment(now)
    ])?;
    Ok(())
}

/// Writes an attempt's end into its own row, and no other; an end that was written stands. It is late where nobody waits
/// for it, or its step has an outcome already.
fn finish_attempt(
    db: &Connection,
    seq: i64,
    run: &RunId,
    end: &AttemptEnd,
    late: bool,
    now: Timestamp,
) -> Result<(), JournalError> {
    let response = end
        .response
        .as_ref()
        .map(|response| pack(&step::row("answer", seq, &end.path, end.number), response))
        .transpose()?;
    let rows = db
        .prepare_cached(
            "UPDATE attempts SET
                 status = iif(ended_at IS NULL, ?4, status), response = iif(ended_at IS NULL, ?5, response),
                 error = iif(ended_at IS NULL, ?6, error), ms = iif(ended_at IS NULL, ?7, ms),
                 late = iif(ended_at IS NULL,
                     ?8 OR EXISTS (SELECT 1 FROM effects e WHERE e.run = ?1 AND e.path = ?2), late),
                 ended_at = coalesce(ended_at, ?9)
             WHERE run = ?1 AND path = ?2 AND number = ?3",
        )?
        .execute(params![
            seq,
            end.path,
            end.number,
            end.status,
            response,
            end.error,
            end.ms,
            late,
            Moment(now)
        ])?;
    if rows == 0 {
        return Err(Refusal::NoAttempt {
            run: run.clone(),
            path: end.path.clone(),
            number: end.number,
        }
        .into());
    }
    Ok(())
}

fn take(db: &Connection, seq: i64, offer: i64, now: Timestamp) -> Result<(), JournalError> {
    let found: Option<(String, EventId)> = db
        .prepare_cached("SELECT path, event FROM offers WHERE run = ?1 AND seq = ?2")?
        .query_row([seq, offer], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // Another one may have ended the wait meanwhile; its outcome stands.
    let Some((path, id)) = found else {
        return Ok(());
    };
    let event = event::find(db, &id)?.ok_or(Refusal::NoEvent(id))?;
    replay::record(db, seq, &path, &Outcome::Done(event.body), now)?;
    wait::clear(db, seq, &path)
}

fn call(
    db: &Connection,
    seq: i64,
    path: &str,
    new: &NewRun,
    now: Timestamp,
    woken: &mut Vec<RunId>,
) -> Result<(), JournalError> {
    let there = db
        .prepare_cached("SELECT 1 FROM runs WHERE parent = ?1 AND parent_path = ?2")?
        .exists(params![seq, path])?;
    if !there && !replay::is_recorded(db, seq, path)? {
        let origin = Origin::Step { parent: seq, path };
        let (_, state) = lifecycle::insert(db, new, &origin, false, now, woken)?;
        if state == RunState::Queued && !woken.contains(&new.id) {
            woken.push(new.id.clone());
        }
    }
    Ok(())
}

fn cancel_called(
    db: &Connection,
    seq: i64,
    path: &str,
    now: Timestamp,
    woken: &mut Vec<RunId>,
) -> Result<(), JournalError> {
    let called: Option<i64> = db
        .prepare_cached("SELECT seq FROM runs WHERE parent = ?1 AND parent_path = ?2 AND ended_at IS NULL")?
        .query_row(params![seq, path], |row| row.get(0))
        .optional()?;
    match called {
        Some(called) => lifecycle::cancel(db, called, "the step that called it has gone on", now, woken),
        None => Ok(()),
    }
}

/// Lets a run rest, if something will wake it.
fn rest(db: &Connection, seq: i64, run: &RunId) -> Result<RunState, JournalError> {
    let asked = !question::open_paths(db, seq)?.is_empty();
    let waits = db
        .prepare_cached(
            "SELECT 1 FROM waits WHERE run = ?1
             UNION ALL SELECT 1 FROM runs WHERE parent = ?1 AND ended_at IS NULL",
        )?
        .exists([seq])?;
    let state = match (asked, waits) {
        (true, _) => RunState::NeedsAttention,
        (false, true) => RunState::Waiting,
        (false, false) => return Err(Refusal::NothingToWaitFor(run.clone()).into()),
    };
    db.prepare_cached("UPDATE runs SET state = ?2, ready = 0 WHERE seq = ?1")?
        .execute(params![seq, state])?;
    Ok(state)
}
