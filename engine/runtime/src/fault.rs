//! Places of the drivers and of the accounts where the fault tests stop the process, and mistakes that they put in to see themselves fail. What
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
    "accounts.refresh.before_send",
    "accounts.refresh.after_send",
    "accounts.refresh.kept",
];

/// The mistakes that can be put in: each must be caught by a test.
pub const BUGS: &[&str] = &[
    "answer_503",
    "attempt_row_after_send",
    "forget_attempts",
    "forget_seen",
    "no_single_flight_refresh",
    "repeat_unknown",
    "wait_ends_early",
];
