//! What can go wrong, in words for the person who runs the service.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi;
use thiserror::Error;

use crate::id::{EventId, RunId};
use crate::run::RunState;

/// Why the journal did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JournalError {
    /// Another process has the data folder.
    #[error("the data folder {} is in use by {}; only one souschef may have it", .folder.display(), owner(*.pid))]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// Who has it, where the lock file tells.
        pid: Option<u32>,
    },
    /// The file is another program's, or no database at all.
    #[error("{} is not a souschef journal: {why}; it was left as it is", .path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        why: String,
    },
    /// A later release has written it.
    #[error("{} was written by a newer souschef (journal version {found}, this one knows {known}); it was left as it is", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// What is on the disk is not what was written.
    #[error("the journal is damaged: {what}{}", newest(.copy.as_deref()))]
    Damaged {
        /// What was found.
        what: String,
        /// The newest copy that can be gone back to.
        copy: Option<PathBuf>,
    },
    /// One row does not hold what was written into it; the rest is untouched by it.
    #[error("the content of {0} is not what was written")]
    Spoiled(String),
    /// The SQLite that was linked has a fault that loses data (the WAL reset fault, mended in 3.51.3).
    #[error("this souschef was built with SQLite {found}; it needs 3.51.3 or newer")]
    OldLibrary {
        /// The linked version.
        found: String,
    },
    /// No room on the disk. Nothing that was accepted is lost; it is tried again by itself.
    #[error("the disk that holds the journal is full")]
    DiskFull,
    /// More is waiting to be written than the queue takes.
    #[error("too many writes are waiting")]
    Busy,
    /// Another program holds the journal file locked.
    #[error("another program holds the journal file locked")]
    Blocked,
    /// A write or sync failed earlier; what is on the disk is no longer certain, so the process must stop.
    #[error("the journal has stopped: {0}")]
    Broken(String),
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
    /// A file or folder beside the journal.
    #[error("{doing} {}: {why}", .path.display())]
    File {
        /// "can't create" and the like.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The key that secrets are sealed with.
    #[error("{0}")]
    Key(String),
    /// The request does not fit what the journal holds.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// SQLite refused a statement: a fault of this crate.
    #[error("the journal's database refused: {0}")]
    Database(String),
}

/// Why a request does not fit what the journal holds. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No such run.
    #[error("there is no run {0}")]
    NoRun(RunId),
    /// No such event.
    #[error("there is no event {0}")]
    NoEvent(EventId),
    /// No recipe text of this hash is kept.
    #[error("no recipe text with the hash {0} is kept")]
    NoRecipe(String),
    /// The run has ended.
    #[error("run {run} has ended ({})", .state.word())]
    Ended {
        /// Which.
        run: RunId,
        /// How.
        state: RunState,
    },
    /// The driver that asks no longer has the run.
    #[error("run {0} is no longer this driver's")]
    NotYours(RunId),
    /// The run has no open question there.
    #[error("run {0} asks nothing that this would answer")]
    NoQuestion(RunId),
    /// The run would rest for ever: nothing would wake it.
    #[error("run {0} has nothing to wait for")]
    NothingToWaitFor(RunId),
    /// The attempt was never begun.
    #[error("run {run} has no attempt {number} at {path}")]
    NoAttempt {
        /// Which run.
        run: RunId,
        /// Which step.
        path: String,
        /// From 1.
        number: u32,
    },
    /// Somebody else moved the poll on meanwhile.
    #[error("poll {0} was moved on by somebody else")]
    PollMoved(String),
    /// Somebody else holds the lease, or it ran out.
    #[error("{0} is not leased to the one that asks")]
    NotLeased(String),
    /// A secret was changed meanwhile.
    #[error("{0} was changed meanwhile")]
    SecretMoved(String),
}

fn owner(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

fn newest(path: Option<&Path>) -> String {
    path.map_or_else(
        || "; there is no copy to go back to".to_owned(),
        |path| format!("; the newest copy is {}", path.display()),
    )
}

/// A short way to say that something on disk is not what was written.
pub(crate) fn damaged(what: impl Into<String>) -> JournalError {
    JournalError::Damaged {
        what: what.into(),
        copy: None,
    }
}

pub(crate) fn file_error(doing: &'static str, path: &Path, error: &std::io::Error) -> JournalError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return JournalError::DiskFull;
    }
    JournalError::File {
        doing,
        path: path.to_owned(),
        why: error.to_string(),
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        match error
            .sqlite_error()
            .map(|error| (error.code, error.extended_code))
        {
            // The shared-memory file could not grow: a full disk too, and nothing durable lies in it.
            Some((ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE)) => Self::DiskFull,
            Some((ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _)) => Self::Blocked,
            Some((ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)) => damaged(error.to_string()),
            Some((ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory, _)) => {
                Self::Broken(error.to_string())
            }
            _ => match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..)
                | rusqlite::Error::InvalidColumnType(..) => Self::Spoiled(error.to_string()),
                other => Self::Database(other.to_string()),
            },
        }
    }
}

impl JournalError {
    /// Whether the database can no longer be trusted to keep what it is given.
    pub(crate) fn breaks(&self) -> bool {
        matches!(self, Self::Broken(_) | Self::Damaged { .. })
    }
}
