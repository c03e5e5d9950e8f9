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
    let runs = Aged {
        sql: "SELECT r.seq, r.accepted_at,
                  coalesce(r.ended_at < ?1 AND (p.seq IS NULL OR p.ended_at IS NOT NULL), 0)
              FROM runs r LEFT JOIN runs p ON p.seq = r.parent WHERE r.recipe = ?2 ORDER BY r.seq",
        remove: "DELETE FROM runs WHERE seq = ?1",
        batch,
    };
    for (recipe, length) in &retention.runs_of {
        let rows = runs.remove(db, before(*length), params![before(*length), recipe])?;
        removed.runs += rows;
        more |= rows >= batch as usize;
    }
    let mut rows = 0;
    for recipe in recipes(db)? {
        if rows < batch as usize && !retention.runs_of.iter().any(|(named, _)| *named == recipe) {
            let left = Aged {
                batch: batch - u32::try_from(rows).unwrap_or(batch),
                ..runs
            };
            rows += left.remove(
                db,
                before(retention.runs),
                params![before(retention.runs), recipe],
            )?;
        }
    }
    removed.runs += rows;
    more |= rows >= batch as usize;
    // Events are kept as long as runs are; while one of their runs is kept, longer.
    let events = Aged {
        sql: "SELECT seq, received_at, CASE WHEN received_at < ?1 THEN
                  NOT EXISTS (SELECT 1 FROM runs r WHERE r.event = e.id)
                  AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.event = e.id) ELSE 0 END
              FROM events e ORDER BY seq",
        remove: "DELETE FROM events WHERE seq = ?1",
        batch,
    };
    removed.events = events.remove(db, before(retention.runs), params![before(retention.runs)])?;
    more |= removed.events >= batch as usize;
    let mut run = |sql: &str, params: &[&dyn rusqlite::ToSql]| -> Result<usize, JournalError> {
        let rows = db.prepare_cached(sql)?.execute(params)?;
        more |= rows >= batch as usize;
        Ok(rows)
    };
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

/// The recipes that have runs.
fn recipes(db: &Connection) -> Result<Vec<String>, JournalError> {
    let mut next = db.prepare_cached("SELECT min(recipe) FROM runs WHERE recipe > ?1")?;
    let mut names: Vec<String> = Vec::new();
    let mut last = String::new();
    while let Some(name) = next.query_row([&last], |row| row.get::<_, Option<String>>(0))? {
        last.clone_from(&name);
        names.push(name);
    }
    Ok(names)
}

/// Rows that are looked through from the oldest on: an index by age would have to be written with each of them.
#[derive(Clone, Copy)]
struct Aged {
    /// Tells of each row its place, its moment, and whether it is to go, in the order in which they came.
    sql: &'static str,
    /// Removes one.
    remove: &'static str,
    /// So many at most.
    batch: u32,
}

impl Aged {
    /// Removes what is to go; tells how many that were. None goes whose moment is later than `before`: after some of those
    /// in a row, the rest is not looked at. Some, and not one: clocks are set wrong at times.
    fn remove(
        self,
        db: &Connection,
        before: Moment,
        params: impl rusqlite::Params,
    ) -> Result<usize, JournalError> {
        const LATER: u32 = 100;
        let mut select = db.prepare_cached(self.sql)?;
        let mut rows = select.query(params)?;
        let mut old: Vec<i64> = Vec::new();
        let mut later = 0;
        while old.len() < self.batch as usize && later < LATER {
            let Some(row) = rows.next()? else { break };
            let Moment(at) = row.get(1)?;
            later = if at >= before.0 { later + 1 } else { 0 };
            if row.get(2)? {
                old.push(row.get(0)?);
            }
        }
        drop(rows);
        let mut remove = db.prepare_cached(self.remove)?;
        for seq in &old {
            remove.execute([seq])?;
        }
        Ok(old.len())
    }
}
