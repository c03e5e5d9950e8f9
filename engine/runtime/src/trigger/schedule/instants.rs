//! Which instants a timetable names in a time zone.
//!
//! A time of day that the clocks pass over comes once, at the first moment after the gap; one that they show twice comes
//! the first time only. So each line of a timetable is met exactly once for each day that it names.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};
use souschef_plan::{Timetable, TimetableError};

/// The longest stretch without any day of a timetable: 29 February over the turn of a century.
const LONGEST_GAP: i32 = 366 * 9;

/// A timetable in a time zone.
#[derive(Clone, Debug)]
pub struct Instants {
    table: Timetable,
    zone: TimeZone,
}

/// Why a schedule can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Its five fields.
    #[error(transparent)]
    Timetable(#[from] TimetableError),
    /// Its time zone.
    #[error("{0}")]
    Zone(String),
}

impl Instants {
    /// Reads a timetable and the IANA name of a time zone.
    ///
    /// # Errors
    /// Either can't be read.
    pub fn read(cron: &str, zone: &str) -> Result<Self, ScheduleError> {
        Ok(Self {
            table: Timetable::parse(cron)?,
            zone: souschef_expr::moment::zone_of(Some(zone)).map_err(ScheduleError::Zone)?,
        })
    }

    /// The first instant after a moment; none where time ends before.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        // Where a clock is set back, the civil time of `after` may be later than that of the next instant's first coming;
        // a day earlier is surely before it.
        let from = self.zone.to_datetime(after).date();
        let mut day = from.checked_sub(Span::new().days(1)).unwrap_or(from);
        for _ in 0..LONGEST_GAP {
            if self.has_day(day)
                && let Some(found) = self
                    .times(day)
                    .find_map(|time| self.instant(time).filter(|instant| *instant > after))
            {
                return Some(found);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The instants after one moment up to another, in order, and so many at most.
    pub fn between(&self, after: Timestamp, up_to: Timestamp, most: usize) -> Vec<Timestamp> {
        let mut found = Vec::new();
        let mut at = after;
        while found.len() < most
            && let Some(next) = self.next(at).filter(|next| *next <= up_to)
        {
            found.push(next);
            at = next;
        }
        found
    }

    /// The time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn has_day(&self, day: Date) -> bool {
        let number = |number: i8| u32::try_from(number).unwrap_or_default();
        self.table.has_day(
            number(day.month()),
            number(day.day()),
            number(day.weekday().to_sunday_zero_offset()),
        )
    }

    /// The day's times, in order.
    fn times(&self, day: Date) -> impl Iterator<Item = DateTime> {
        let small = |number: &u32| i8::try_from(*number).unwrap_or_default();
        self.table.hours.iter().flat_map(move |hour| {
            self.table
                .minutes
                .iter()
                .map(move |minute| day.at(small(hour), small(minute), 0, 0))
        })
    }

    /// When a time of day comes.
    fn instant(&self, time: DateTime) -> Option<Timestamp> {
        let at = self.zone.to_ambiguous_timestamp(time);
        match at.offset() {
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => at.earlier().ok(),
            AmbiguousOffset::Gap { after, .. } => {
                // With the later offset it lies before the moment at which the clocks are set.
                let before = after.to_timestamp(time).ok()?;
                self.zone
                    .following(before)
                    .next()
                    .map(|transition| transition.timestamp())
            }
        }
    }
}
