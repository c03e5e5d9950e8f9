//! Places where the fault tests stop the process, and mistakes that they put in to see themselves fail.
//!
//! Without the `faults` feature nothing of this is left. With it, `SOUSCHEF_KILL_AT=name:n` ends the process by SIGKILL
//! when the point is met for the n-th time, and `SOUSCHEF_BUG=name` (several by comma) makes one of [`BUGS`].

/// The kill points of this crate. A write's own are `journal.WRITE.before_commit`, `.after_commit` and `.answered`, for
/// each of [`WRITES`].
pub const POINTS: &[&str] = &[
    "journal.open.created",
    "journal.open.locked",
    "journal.migrate.before_copy",
    "journal.migrate.copied",
    "journal.migrate.before_commit",
    "journal.migrate.after_commit",
    "journal.recover.before_commit",
    "journal.recover.after_commit",
    "journal.checkpoint.before",
    "journal.checkpoint.after",
    "journal.backup.written",
    "journal.backup.named",
];

/// The writes that have points around their commit.
pub const WRITES: &[&str] = &[
    "accept",
    "answer",
    "audit",
    "cancel",
    "claim",
    "confirm_secret",
    "count",
    "forget_connection",
    "forget_poll",
    "keep_recipe",
    "late_answer",
    "lease",
    "poll",
    "progress",
    "put_secret",
    "release",
    "replay",
    "reset",
    "retain",
    "rotate_secret",
    "schedule",
    "settle",
];

/// The mistakes that can be put in: each must be caught by a test.
pub const BUGS: &[&str] = &[
    "ack_before_commit",
    "cursor_committed_first",
    "synchronous_normal",
    "check_then_insert",
    "forget_recipe_hash",
    "late_answer_as_newer",
    "state_without_effect",
    "go_on_after_failed_sync",
    "overtake_queue",
    "drop_offer",
    "forget_lock",
];

/// A place where the process may be ended.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &str) {}

/// The points around one write's commit.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) fn write_point(_write: &str, _place: &str) {}

/// Whether a mistake was put in.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn bug(_name: &str) -> bool {
    false
}

#[cfg(feature = "faults")]
pub(crate) use armed::write_point;
#[cfg(feature = "faults")]
pub use armed::{bug, point};

#[cfg(feature = "faults")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Kill {
        name: String,
        left: AtomicU64,
    }

    /// A place where the process may be ended.
    pub fn point(name: &str) {
        static KILL: OnceLock<Option<Kill>> = OnceLock::new();
        let kill = KILL.get_or_init(|| {
            let text = std::env::var("SOUSCHEF_KILL_AT").ok()?;
            let (name, count) = text.rsplit_once(':').unwrap_or((&text, "1"));
            Some(Kill {
                name: name.to_owned(),
                left: AtomicU64::new(count.parse().unwrap_or(1)),
            })
        });
        let Some(kill) = kill.as_ref().filter(|kill| kill.name == name) else {
            return;
        };
        if kill.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            // The signal may take a moment: nothing of this thread happens meanwhile.
            loop {
                std::thread::park();
            }
        }
    }

    /// The points around one write's commit.
    pub(crate) fn write_point(write: &str, place: &str) {
        point(&format!("journal.{write}.{place}"));
    }

    /// Whether a mistake was put in.
    pub fn bug(name: &str) -> bool {
        static BUGS: OnceLock<Vec<String>> = OnceLock::new();
        BUGS.get_or_init(|| {
            let text = std::env::var("SOUSCHEF_BUG").unwrap_or_default();
            text.split(',').map(|name| name.trim().to_owned()).collect()
        })
        .iter()
        .any(|known| known == name)
    }
}
