//! Places of the drivers where the fault tests stop the process, and mistakes that they put in to see themselves fail. What
//! the names do is told at [`souschef_journal::fault`].

/// The kill points of this crate.
pub const POINTS: &[&str] = &[
    "driver.run.claimed",
    "driver.run.caught_up",
    "driver.call.begun",
    "driver.call.leaves",
    "driver.call.ended",
    "driver.call.over",
    "driver.run.ended",
];

/// The mistakes that can be put in: each must be caught by a test.
pub const BUGS: &[&str] = &[
    "attempt_row_after_send",
    "forget_attempts",
    "repeat_unknown",
    "wait_ends_early",
];
