//! Who has a run: one driver at a time, fenced by the number of its claim.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{JournalError, Refusal};
use crate::event::{Event, NewEvent};
use crate::fault::point;
use crate::id::RunId;
use crate::journal::Journal;
use crate::lifecycle::Attached;
use crate::moment::Moment;
use crate::replay::{self, Replay};
use crate::run::{NewRun, Run, RunState};

/// The right to carry a run on: good until the run rests, ends, or is claimed anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The run.
    pub run: RunId,
    pub(crate) claim: i64,
}

impl Ticket {
    /// The right that a journal of another kind gives: one in memory, or a simulated one.
    pub fn new(run: RunId, claim: i64) -> Self {
        Self { run, claim }
    }

    /// The number of the claim; each claim of a run has a higher one.
    pub fn claim(&self) -> i64 {
        self.claim
    }
}

/// A run that was claimed.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The right to carry it on.
    pub ticket: Ticket,
    /// The recipe's name.
    pub recipe: String,
    /// The hash of its text.
    pub hash: String,
    /// The account.
    pub connection: String,
    /// How often it was claimed before without anything being recorded: a run that stumbles again and again is to be
    /// parked, not tried for ever.
    pub stumbles: u32,
    /// All that is known of the run, where nothing has become of it yet: it need not be read.
    pub first: Option<Box<Replay>>,
}

/// Runs that are claimed as they are accepted.
#[derive(Debug)]
pub(crate) struct Claims {
    limit: usize,
    pub(crate) made: Vec<Claim>,
}

impl Claims {
    pub(crate) fn at_most(limit: usize) -> Self {
        Self {
            limit,
            made: Vec::new(),
        }
    }

    pub(crate) fn room(&self) -> bool {
        self.made.len() < self.limit
    }
}

impl Journal {
    /// Takes runs that can go on, those accepted first before others and so many at most.
    pub async fn claim(&self, limit: u32, now: Timestamp) -> Result<Vec<Claim>, JournalError> {
        self.state("claim", move |db| {
            let ready: Vec<(i64, Claim, Option<RunId>)> = db
                .prepare_cached(
                    "SELECT seq, id, claims + 1, recipe, hash, connection, stumbles, replay_of FROM runs
                     WHERE ready = 1 ORDER BY seq LIMIT ?1",
                )?
                .query_map([limit], |row| {
                    let claim = Claim {
                        ticket: Ticket {
                            run: row.get(1)?,
                            claim: row.get(2)?,
                        },
                        recipe: row.get(3)?,
                        hash: row.get(4)?,
                        connection: row.get(5)?,
                        stumbles: row.get(6)?,
                        first: None,
                    };
                    Ok((row.get(0)?, claim, row.get(7)?))
                })?
                .collect::<Result<_, _>>()?;
            let mut claims = Vec::new();
            for (seq, mut claim, replay_of) in ready {
                db.prepare_cached(
                    "UPDATE runs SET state = 'running', ready = 0, claims = claims + 1, stumbles = stumbles + 1,
                         started_at = coalesce(started_at, ?2)
                     WHERE seq = ?1",
                )?
                .execute(params![seq, Moment(now)])?;
                // A repeat may begin with outcomes that it was given.
                if claim.ticket.claim == 1 && replay_of.is_none() {
                    // What can't be read must not keep other runs from being claimed: the driver meets it.
                    claim.first = replay::first(db, &claim.ticket.run).ok().map(Box::new);
                }
                claims.push(claim);
            }
            Ok(claims)
        })
        .await
    }

    /// Gives a claimed run back undone, to be claimed again: at a graceful stop, or, where its driver stumbled, as one
    /// more claim that led to nothing.
    pub async fn release(&self, ticket: Ticket, stumbled: bool) -> Result<(), JournalError> {
        self.state("release", move |db| {
            let seq = holder(db, &ticket, false)?.seq;
            db.prepare_cached(
                "UPDATE runs SET state = 'queued', ready = 1, stumbles = max(stumbles - ?2, 0) WHERE seq = ?1",
            )?
            .execute(params![seq, i64::from(!stumbled)])?;
            Ok(())
        })
        .await
    }
}

/// The claim of a run that was inserted as claimed. The event that has started it is given it later ([`give`]).
pub(crate) fn new(db: &Connection, seq: i64, run: &NewRun, event: &NewEvent) -> Result<Claim, JournalError> {
    let recipe = replay::recipe_of(db, &run.recipe, &run.hash)?;
    let at = event.at;
    let begun = Run {
        seq,
        id: run.id.clone(),
        event: Some(event.id.clone()),
        recipe: run.recipe.clone(),
        hash: run.hash.clone(),
        trigger: run.trigger.clone(),
        connection: run.connection.clone(),
        inputs: run.inputs.clone(),
        fields: None,
        state: RunState::Running,
        reason: None,
        mode: run.concurrency.mode,
        key: run.concurrency.key.clone(),
        parent: None,
        replay_of: None,
        cancel: None,
        accepted_at: at,
        started_at: Some(at),
        ended_at: None,
    };
    Ok(Claim {
        ticket: Ticket {
            run: run.id.clone(),
            claim: 1,
        },
        recipe: run.recipe.clone(),
        hash: run.hash.clone(),
        connection: run.connection.clone(),
        stumbles: 0,
        first: Some(Box::new(Replay::new(begun, None, recipe))),
    })
}

/// Gives the claims of an event's runs the event itself: its body may be large, and mostly there is one run.
pub(crate) fn give(claims: &mut [Claim], event: NewEvent) {
    let event = Event {
        id: event.id,
        connection: event.connection,
        source: event.source,
        key: event.key,
        body: event.body,
        received_at: event.at,
        differs_from: None,
    };
    let mut runs = claims.iter_mut().filter_map(|claim| claim.first.as_mut());
    let Some(last) = runs.next_back() else {
        return;
    };
    runs.for_each(|run| run.event = Some(event.clone()));
    last.event = Some(event);
}

/// A run as its driver finds it.
#[derive(Debug)]
pub(crate) struct Held {
    /// Its row.
    pub(crate) seq: i64,
    /// How often it was claimed since anything was recorded.
    pub(crate) stumbles: u32,
    /// Why it is to be cancelled.
    pub(crate) cancel: Option<String>,
    /// What hangs on it. Waits and called runs are looked for only where it is to end.
    pub(crate) has: Attached,
}

/// The run, if the ticket is still good. `ends`: it is to end with this write.
pub(crate) fn holder(db: &Connection, ticket: &Ticket, ends: bool) -> Result<Held, JournalError> {
    let (held, claim, state): (Held, i64, RunState) = db
        .prepare_cached(
            "SELECT seq, claims, state, stumbles, cancel,
                 CASE WHEN ?2 THEN EXISTS (SELECT 1 FROM waits WHERE run = r.seq) ELSE 0 END,
                 EXISTS (SELECT 1 FROM offers WHERE run = r.seq),
                 EXISTS (SELECT 1 FROM questions WHERE run = r.seq),
                 CASE WHEN ?2 THEN EXISTS (SELECT 1 FROM runs c WHERE c.parent = r.seq) ELSE 0 END
             FROM runs r WHERE id = ?1",
        )?
        .query_row(params![ticket.run, ends], |row| {
            let has = Attached {
                waits: row.get(5)?,
                offers: row.get(6)?,
                questions: row.get(7)?,
                called: row.get(8)?,
            };
            let held = Held {
                seq: row.get(0)?,
                stumbles: row.get(3)?,
                cancel: row.get(4)?,
                has,
            };
            Ok((held, row.get(1)?, row.get(2)?))
        })
        .optional()?
        .ok_or_else(|| Refusal::NoRun(ticket.run.clone()))?;
    if state.ended() {
        return Err(Refusal::Ended {
            run: ticket.run.clone(),
            state,
        }
        .into());
    }
    if claim != ticket.claim || state != RunState::Running {
        return Err(Refusal::NotYours(ticket.run.clone()).into());
    }
    Ok(held)
}

/// Gives back the runs that a stopped process had: it held the data folder alone, so none has a live driver.
pub(crate) fn recover(db: &Connection) -> Result<usize, JournalError> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    let rows = db.execute(
        "UPDATE runs SET state = 'queued', ready = 1 WHERE state = 'running' AND state <> 'succeeded'",
        [],
    )?;
    point("journal.recover.before_commit");
    db.execute_batch("COMMIT")?;
    point("journal.recover.after_commit");
    Ok(rows)
}
