//! What is said to a user about a file.

use crate::code::Code;
use crate::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but is probably not what was meant.
    Warning,
    /// It can't work.
    Error,
}

/// One thing to say about one place of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The stable code, which `souschef explain` expands; it also fixes the severity.
    pub code: Code,
    /// One sentence in the recipe's own words, without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What stands beside the carets: usually what to write instead.
    pub label: Option<String>,
    /// Lines below: what could be written, where else to look.
    pub notes: Vec<String>,
    /// Another place that belongs to it, with a word on why.
    pub related: Vec<(Span, String)>,
}

impl Diagnostic {
    /// A message about a place.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            span,
            label: None,
            notes: Vec::new(),
            related: Vec::new(),
        }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a line below.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, why: impl Into<String>) -> Self {
        self.related.push((span, why.into()));
        self
    }

    /// Error or warning, as the code says.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// The label and the notes as one text: what to do about it. Empty where nothing is known.
    pub fn help(&self) -> String {
        self.label
            .iter()
            .chain(&self.notes)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    }
}
