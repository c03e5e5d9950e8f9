//! Calls of which nobody knows whether they happened: asked of a person, answered by one, kept with who and when.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::blob::{pack, unpack};
use crate::error::{JournalError, Refusal};
use crate::id::RunId;
use crate::journal::Journal;
use crate::look::{Look, Page};
use crate::moment::Moment;
use crate::replay::Outcome;
use crate::words::words;
use crate::{audit, lifecycle, replay, run};

words! {
    /// Which of the three answers.
    Answer {
        /// It happened.
        Done = "done",
        /// It did not: do it now.
        Again = "again",
        /// Go on without it.
        Skip = "skip",
    }
}

/// What a person says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Which answer.
    pub answer: Answer,
    /// The step's result, for [`Answer::Done`]: null, or what the person pasted.
    pub value: Value,
    /// Who.
    pub who: String,
}

/// A question, open or answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Its place in the order of asking.
    pub seq: i64,
    /// The run.
    pub run: RunId,
    /// The recipe's name.
    pub recipe: String,
    /// The account.
    pub connection: String,
    /// The step's path.
    pub path: String,
    /// What is known, as the driver describes it.
    pub failure: Value,
    /// Since when.
    pub asked_at: Timestamp,
    /// The answer.
    pub answer: Option<Answer>,
    /// Who gave it.
    pub by: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
}

impl Journal {
    /// Answers questions, singly or many at once (a run and, where it asks more than one, the step's path; without a path
    /// all of the run's). Answers the runs that go on. One that asks nothing there refuses the whole.
    pub async fn answer(
        &self,
        questions: Vec<(RunId, Option<String>)>,
        reply: Reply,
        now: Timestamp,
    ) -> Result<Vec<RunId>, JournalError> {
        self.state("answer", move |db| {
            let mut woken = Vec::new();
            for (run, path) in &questions {
                let seq = run::seq(db, run)?;
                let open: Vec<String> = open_paths(db, seq)?
                    .into_iter()
                    .filter(|open| path.as_ref().is_none_or(|path| path == open))
                    .collect();
                if open.is_empty() {
                    let state = run::state(db, seq)?;
                    return Err(if state.ended() {
                        Refusal::Ended {
                            run: run.clone(),
                            state,
                        }
                    } else {
                        Refusal::NoQuestion(run.clone())
                    }
                    .into());
                }
                for path in open {
                    answer(db, seq, run, &path, &reply, now)?;
                }
                lifecycle::wake(db, seq, &mut woken)?;
                if open_paths(db, seq)?.is_empty() {
                    // Nobody is needed any more, though it may take a while until a service goes on with it.
                    db.prepare_cached(
                        "UPDATE runs SET state = 'queued' WHERE seq = ?1 AND state = 'needs_attention'",
                    )?
                    .execute([seq])?;
                }
            }
            Ok(woken)
        })
        .await
    }
}

impl Look {
    /// Open questions, newest first.
    pub async fn questions(&self, page: Page) -> Result<Vec<Question>, JournalError> {
        self.read(move |db| {
            list(
                db,
                "WHERE q.answered_at IS NULL AND q.seq < ?1 ORDER BY q.seq DESC LIMIT ?2",
                params![page.below(), page.limit()],
            )
        })
        .await
    }

    /// A run's questions, open and answered, in their order.
    pub async fn questions_of(&self, run: &RunId) -> Result<Vec<Question>, JournalError> {
        let run = run.clone();
        self.read(move |db| of_run(db, run::seq(db, &run)?)).await
    }
}

pub(crate) fn of_run(db: &Connection, seq: i64) -> Result<Vec<Question>, JournalError> {
    list(db, "WHERE q.run = ?1 ORDER BY q.seq", [seq])
}

/// Asks, unless that step asks already.
pub(crate) fn ask(
    db: &Connection,
    seq: i64,
    path: &str,
    failure: &Value,
    now: Timestamp,
) -> Result<(), JournalError> {
    db.prepare_cached(
        "INSERT INTO questions (run, path, failure, asked_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute(params![seq, path, pack(&row(seq, path), failure)?, Moment(now)])?;
    Ok(())
}

pub(crate) fn withdraw(db: &Connection, seq: i64, path: &str) -> Result<(), JournalError> {
    db.prepare_cached("DELETE FROM questions WHERE run = ?1 AND path = ?2 AND answered_at IS NULL")?
        .execute(params![seq, path])?;
    Ok(())
}

pub(crate) fn open_paths(db: &Connection, seq: i64) -> Result<Vec<String>, JournalError> {
    Ok(db
        .prepare_cached("SELECT path FROM questions WHERE run = ?1 AND answered_at IS NULL ORDER BY seq")?
        .query_map([seq], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Steps to be done again, and up to which attempt nobody needs to wonder any more.
pub(crate) fn again(db: &Connection, seq: i64) -> Result<Vec<(String, u32)>, JournalError> {
    Ok(db
        .prepare_cached(
            "SELECT path, max(after) FROM questions q WHERE run = ?1 AND answer = 'again'
                 AND NOT EXISTS (SELECT 1 FROM effects e WHERE e.run = q.run AND e.path = q.path)
             GROUP BY path ORDER BY path",
        )?
        .query_map([seq], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?)
}

/// Those of them that no request has gone out for since.
pub(crate) fn again_unheard(db: &Connection, seq: i64) -> Result<Vec<(String, u32)>, JournalError> {
    let mut unheard = Vec::new();
    for (path, after) in again(db, seq)? {
        let begun = db
            .prepare_cached("SELECT 1 FROM attempts WHERE run = ?1 AND path = ?2 AND number > ?3")?
            .exists(params![seq, path, after])?;
        if !begun {
            unheard.push((path, after));
        }
    }
    Ok(unheard)
}

fn answer(
    db: &Connection,
    seq: i64,
    run: &RunId,
    path: &str,
    reply: &Reply,
    now: Timestamp,
) -> Result<(), JournalError> {
    let after: u32 = db
        .prepare_cached("SELECT coalesce(max(number), 0) FROM attempts WHERE run = ?1 AND path = ?2")?
        .query_row(params![seq, path], |row| row.get(0))?;
    db.prepare_cached(
        "UPDATE questions SET answer = ?3, value = ?4, by = ?5, answered_at = ?6, after = ?7
         WHERE run = ?1 AND path = ?2 AND answered_at IS NULL",
    )?
    .execute(params![
        seq,
        path,
        reply.answer,
        pack(&row(seq, path), &reply.value)?,
        reply.who,
        Moment(now),
        after
    ])?;
    match reply.answer {
        Answer::Done => {
            replay::record(db, seq, path, &Outcome::Done(reply.value.clone()), now)?;
        }
        Answer::Skip => {
            let why = format!("skipped by {}", reply.who);
            replay::record(db, seq, path, &Outcome::Skipped(why), now)?;
        }
        Answer::Again => {}
    }
    let said = format!("{path}: {}", reply.answer.word());
    audit::note(db, &reply.who, "run.answer", run.as_str(), Some(&said), now)
}

fn list(db: &Connection, which: &str, params: impl rusqlite::Params) -> Result<Vec<Question>, JournalError> {
    let rows: Vec<(i64, Question, Vec<u8>)> = db
        .prepare_cached(&format!(
            "SELECT q.run, q.seq, r.id, r.recipe, r.connection, q.path, q.failure, q.asked_at, q.answer, q.by,
                 q.answered_at FROM questions q JOIN runs r ON r.seq = q.run {which}"
        ))?
        .query_map(params, |row| {
            let question = Question {
                seq: row.get(1)?,
                run: row.get(2)?,
                recipe: row.get(3)?,
                connection: row.get(4)?,
                path: row.get(5)?,
                failure: Value::Null,
                asked_at: row.get::<_, Moment>(7)?.0,
                answer: row.get(8)?,
                by: row.get(9)?,
                answered_at: row.get::<_, Option<Moment>>(10)?.map(|Moment(at)| at),
            };
            Ok((row.get(0)?, question, row.get(6)?))
        })?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(seq, mut question, failure)| {
            question.failure = unpack(&row(seq, &question.path), &failure)?;
            Ok(question)
        })
        .collect()
}

fn row(seq: i64, path: &str) -> String {
    format!("question {path} of run {seq}")
}
