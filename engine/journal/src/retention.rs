//! What is let go, and when: in small batches, so that nothing waits for it.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::error::JournalError;
use crate::journal::Journal;
use crate::moment::Moment;

/// How long things are kept.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Keys of events: so long a repeat is known.
    pub keys: Duration,
    /// For so long a sender may repeat an event: keys are never kept shorter.
    pub replay_window: Duration,
    /// Runs that have ended.
    pub runs: Duration,
    /// Of single recipes (`keep_runs:`).
    pub runs_of: Vec<(String, Duration)>,
    /// Items that a poll has not met for so long before its last time. None keeps them for good, which is right for polls
    /// that do not list everything each time: an item that was forgotten is new when it comes again.
    pub seen: Option<Duration>,
    /// The audit log and the list of missed instants.
    pub audit: Duration,
    /// So many rows of a kind at once.
    pub batch: u32,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Retention {
    fn default() -> Self {
        Self {
            keys: 90 * DAY,
            replay_window: Duration::from_secs(2 * 60 * 60),
            runs: 30 * DAY,
            runs_of: Vec::new(),
            seen: None,
            audit: 365 * DAY,
            batch: 200,
        }
    }
}

/// What was let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Runs, with their steps and attempts.
    pub runs: usize,
    /// Events that no run refers to.
    pub events: usize,
    /// Keys.
    pub keys: usize,
    /// Items seen by polls.
    pub seen: usize,
    /// Recipes' texts that no run refers to.
    pub recipes: usize,
    /// Lines of the audit log and missed instants.
    pub audit: usize,
    /// Whether there is more: ask again, after others had their turn.
    pub more: bool,
}

impl Journal {
    /// Lets one batch go of what is kept longer than it should be. Runs that have not ended stay, whatever their age.
    pub async fn retain(&self, retention: Retention, now: Timestamp) -> Result<Removed, JournalError> {
        self.state("retain", move |db| remove(db, &retention, now)).await
    }
}

fn remove(db: &Connection, retention: &Retention, now: Timestamp) -> Result<Removed, JournalError> {
    let before = |length: Duration| Moment(now.checked_sub(length).unwrap_or(Timestamp::MIN));
    let batch = retention.batch.max(1);
    let mut removed = Removed::default();
    let mut more = false;
    let mut run = |sql: &str, params: &[&dyn rusqlite::ToSql]| -> Result<usize, JournalError> {
        let rows = db.prepare_cached(sql)?.execute(params)?;
        more |= rows >= batch as usize;
        Ok(rows)
    };
    // A run that another still going run has called is part of that one.
    for (recipe, length) in &retention.runs_of {
        removed.runs += run(
            "DELETE FROM runs WHERE seq IN (
                 SELECT r.seq FROM runs r LEFT JOIN runs p ON p.seq = r.parent
                 WHERE r.recipe = ?1 AND r.ended_at < ?2 AND (p.seq IS NULL OR p.ended_at IS NOT NULL) LIMIT ?3)",
            params![recipe, before(*length), batch],
        )?;
    }
    let named: Vec<&str> = retention
        .runs_of
        .iter()
        .map(|(recipe, _)| recipe.as_str())
        .collect();
    let named = serde_json::to_string(&named).unwrap_or_default();
    removed.runs += run(
        "DELETE FROM runs WHERE seq IN (
             SELECT r.seq FROM runs r LEFT JOIN runs p ON p.seq = r.parent
             WHERE r.ended_at < ?1 AND r.recipe NOT IN (SELECT value FROM json_each(?2))
                 AND (p.seq IS NULL OR p.ended_at IS NOT NULL) LIMIT ?3)",
        params![before(retention.runs), named, batch],
    )?;
    // Events are kept as long as runs are; while one of their runs is kept, longer.
    removed.events = run(
        "DELETE FROM events WHERE seq IN (
             SELECT seq FROM events e WHERE received_at < ?1
                 AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.event = e.id)
                 AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.event = e.id) LIMIT ?2)",
        params![before(retention.runs), batch],
    )?;
    removed.keys = run(
        "DELETE FROM keys WHERE (connection, source, dedupe_key) IN (
             SELECT connection, source, dedupe_key FROM keys WHERE seen_at < ?1 LIMIT ?2)",
        params![before(retention.keys.max(retention.replay_window)), batch],
    )?;
    if let Some(seen) = retention.seen {
        removed.seen = run(
            "DELETE FROM seen WHERE (poll, item) IN (
             SELECT s.poll, s.item FROM seen s JOIN polls p ON p.key = s.poll
             WHERE s.last_seen < p.at - ?1 LIMIT ?2)",
            params![i64::try_from(seen.as_nanos()).unwrap_or(i64::MAX), batch],
        )?;
    }
    removed.recipes = run(
        "DELETE FROM recipes WHERE hash IN (
             SELECT hash FROM recipes c WHERE kept_at < ?1
                 AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.hash = c.hash) LIMIT ?2)",
        params![before(retention.runs), batch],
    )?;
    removed.audit = run(
        "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < ?1 LIMIT ?2)",
        params![before(retention.audit), batch],
    )?;
    removed.audit += run(
        "DELETE FROM missed WHERE (schedule, instant) IN (
             SELECT schedule, instant FROM missed WHERE noted_at < ?1 LIMIT ?2)",
        params![before(retention.audit), batch],
    )?;
    removed.more = more;
    Ok(removed)
}
