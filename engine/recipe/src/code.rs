//! The stable codes of messages, each with a page that `souschef explain` shows.

use crate::diagnostic::Severity;

/// A message's code, `SC012`. Codes are never reused for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static CodeInfo);

/// What is known of a code.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeInfo {
    /// `SC012`.
    pub id: &'static str,
    /// Whether it is a warning.
    pub warning: bool,
    /// The page, in Markdown: a title line, what it means, a wrong and a right example.
    pub page: &'static str,
}

impl Code {
    /// `SC012`.
    pub fn id(self) -> &'static str {
        self.0.id
    }
    /// Error or warning.
    pub fn severity(self) -> Severity {
        if self.0.warning { Severity::Warning } else { Severity::Error }
    }
    /// The page that `explain` shows.
    pub fn page(self) -> &'static str {
        self.0.page
    }
}
