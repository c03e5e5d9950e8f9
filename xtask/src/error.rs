//! What can go wrong with a chore.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// What went wrong.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// What went wrong is printed already.
    #[error("something failed")]
    Told,
    /// A program could not be started.
    #[error("{program} can't be started: {why}")]
    Start { program: String, why: io::Error },
    /// A program that had to succeed did not.
    #[error("{0} failed")]
    Failed(String),
    /// A file could not be read or written.
    #[error("{}: {why}", path.display())]
    File { path: PathBuf, why: io::Error },
    /// Something that is needed is not there and can't be installed.
    #[error("{what} is needed: {how}")]
    Needed { what: &'static str, how: &'static str },
    /// A value could not be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// A fault with a file.
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |why| Self::File { path, why }
    }
}
