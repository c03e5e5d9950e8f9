//! The mistakes that are put in, and the case that catches each: a test that can't fail shows nothing.

/// A mistake.
#[derive(Clone, Copy, Debug)]
pub struct Bug {
    /// Its name in `SOUSCHEF_BUG`.
    pub name: &'static str,
    /// The case that catches it.
    pub case: &'static str,
    /// What the case says, at least.
    pub letter: &'static str,
}

/// Those that only the whole service shows; `engine/journal/tests/faults/bugs.rs` has the journal's own.
pub const CAUGHT: &[Bug] = &[
    Bug {
        name: "ack_before_commit",
        case: "kill-at-points",
        letter: "I",
    },
    Bug {
        name: "check_then_insert",
        case: "duplicates",
        letter: "I2",
    },
    Bug {
        name: "forget_attempts",
        case: "killed-while-sending",
        letter: "I",
    },
    Bug {
        name: "repeat_unknown",
        case: "lost-answers",
        letter: "I4",
    },
    Bug {
        name: "wait_ends_early",
        case: "edited-recipe",
        letter: "P6",
    },
    Bug {
        name: "forget_recipe_hash",
        case: "edited-recipe",
        letter: "",
    },
    Bug {
        name: "go_on_after_failed_sync",
        case: "failed-sync",
        letter: "C5",
    },
    Bug {
        name: "attempt_row_after_send",
        case: "slow-disk",
        letter: "I5",
    },
    Bug {
        name: "overtake_queue",
        case: "poison",
        letter: "queue",
    },
];
