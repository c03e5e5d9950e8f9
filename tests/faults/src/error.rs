//! Why a trial could not be made. That a promise is broken is no error of the trial: see [`crate::check`].

use std::path::Path;

/// A trial that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file, a process or a connection.
    #[error("{doing}: {why}")]
    World {
        /// What was tried.
        doing: String,
        /// The system's words.
        why: std::io::Error,
    },
    /// The journal can't be read.
    #[error("the journal can't be read: {0}")]
    Journal(#[from] souschef_journal::JournalError),
    /// The journal's file can't be read.
    #[error("the journal's file can't be read: {0}")]
    File(#[from] rusqlite::Error),
    /// Something else than what was awaited.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// For `map_err`.
    pub fn world(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |why| Self::World { doing, why }
    }

    /// For `map_err`, with a path.
    pub fn file(doing: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        Self::world(format!("{doing} {}", path.display()))
    }
}
