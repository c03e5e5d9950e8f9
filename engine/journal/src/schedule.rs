//! Schedules: each instant once, and those that were missed are listed.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::claim::Claims;
use crate::error::JournalError;
use crate::event::{self, Accepted, NewEvent};
use crate::journal::Journal;
use crate::look::{Look, Page};
use crate::moment::{Moment, nanos};

/// An instant of a schedule has come.
#[derive(Clone, Debug)]
pub struct ScheduleFire {
    /// Which: the recipe and its trigger, in the driver's words.
    pub schedule: String,
    /// The instant. Everything up to it is done with.
    pub instant: Timestamp,
    /// What it starts; none where it is only passed over.
    pub event: Option<NewEvent>,
    /// Instants that were missed and are not made up for.
    pub missed: Vec<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It was new.
    New(Option<Accepted>),
    /// This instant or a later one had come already.
    Past,
}

/// Where a schedule stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleState {
    /// The last instant that is done with.
    pub instant: Timestamp,
}

impl Journal {
    /// Notes that an instant has come, with what it starts: at most once for each instant, and never backwards.
    pub async fn fire(&self, fire: ScheduleFire) -> Result<Fired, JournalError> {
        self.intake("schedule", move |db| {
            let rows = db
                .prepare_cached(
                    "INSERT INTO schedules (key, instant) VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET instant = excluded.instant WHERE instant < excluded.instant",
                )?
                .execute(params![fire.schedule, Moment(fire.instant)])?;
            if rows == 0 {
                return Ok(Fired::Past);
            }
            for missed in &fire.missed {
                db.prepare_cached(
                    "INSERT INTO missed (schedule, instant, noted_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute(params![fire.schedule, Moment(*missed), Moment(fire.at)])?;
            }
            let accepted = fire.event.as_ref().map(|new| event::accept(db, new, &mut Claims::at_most(0))).transpose()?;
            Ok(Fired::New(accepted))
        })
        .await
    }
}

impl Look {
    /// Where a schedule stands; none where it never fired.
    pub async fn schedule(&self, schedule: &str) -> Result<Option<ScheduleState>, JournalError> {
        let schedule = schedule.to_owned();
        self.read(move |db| {
            let instant: Option<Moment> = db
                .prepare_cached("SELECT instant FROM schedules WHERE key = ?1")?
                .query_row([schedule], |row| row.get(0))
                .optional()?;
            Ok(instant.map(|Moment(instant)| ScheduleState { instant }))
        })
        .await
    }

    /// Instants that were missed, newest first; the next page begins below the last one's nanoseconds.
    pub async fn missed(&self, schedule: &str, page: Page) -> Result<Vec<Timestamp>, JournalError> {
        let schedule = schedule.to_owned();
        self.read(move |db| {
            let rows = db
                .prepare_cached(
                    "SELECT instant FROM missed WHERE schedule = ?1 AND instant < ?2 ORDER BY instant DESC LIMIT ?3",
                )?
                .query_map(params![schedule, page.below(), page.limit()], |row| {
                    Ok(row.get::<_, Moment>(0)?.0)
                })?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }
}

/// The place of a missed instant, for the next page.
impl From<Timestamp> for Page {
    fn from(instant: Timestamp) -> Self {
        Self {
            below: Some(nanos(instant)),
            ..Self::default()
        }
    }
}
