//! Schedules: instants of timetables, each of which starts its runs once.
//!
//! Pure: [`instants`] (which instants a timetable names in a time zone) and [`catch_up`] (what is done about those that
//! have come). [`keeper`] holds them against what the journal has of each. A schedule is known by its recipe, trigger,
//! account and timetable: another timetable is another schedule and begins with what comes next.

pub mod catch_up;
pub mod instants;
pub mod keeper;

pub use catch_up::{Due, MOST, due, horizon};
pub use instants::{Instants, ScheduleError};
pub use keeper::{ScheduleHealth, Schedules};
