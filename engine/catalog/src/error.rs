//! What can be wrong with a connector file.

/// A mistake in a connector file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct CatalogError {
    /// `SC3xx`.
    pub code: &'static str,
    /// The file as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// One sentence.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}
