//! What is offered at a place.

use serde_json::Value;
use souschef_catalog::example;
use souschef_recipe::Span;

/// What kind of thing is offered; an editor shows a sign for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum OfferKind {
    Key,
    Word,
    Operation,
    Event,
    Name,
    Field,
    Helper,
    Snippet,
}

/// One thing that may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is shown in the list.
    pub label: String,
    /// What kind of thing it is.
    pub kind: OfferKind,
    /// A few words beside it: its type, or how it is called.
    pub detail: Option<String>,
    /// More of it, in Markdown.
    pub help: Option<String>,
    /// What is written, in the form of snippets: `$0` is where the caret goes, `${1:word}` a part to fill in. A line that
    /// is not the first begins with its spaces beyond those of the line that it is written on.
    pub insert: String,
}

impl Offer {
    /// Something that is written as it is called.
    pub fn plain(label: impl Into<String>, kind: OfferKind) -> Self {
        let label = label.into();
        Self {
            insert: escaped(&label),
            label,
            kind,
            detail: None,
            help: None,
        }
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(super) fn help(mut self, help: Option<impl Into<String>>) -> Self {
        self.help = help.map(Into::into);
        self
    }

    pub(super) fn insert(mut self, insert: impl Into<String>) -> Self {
        self.insert = insert.into();
        self
    }
}

/// All that is offered at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// What is replaced by what is chosen: the word at the caret.
    pub replace: Span,
    /// In the order in which they are shown.
    pub items: Vec<Offer>,
}

/// A text as snippets write it, so that nothing in it is taken for a part to fill in.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

/// A value as YAML on one line.
pub(super) fn yaml(value: &Value) -> String {
    match value {
        // An expression stands in quotes.
        Value::String(text) if text.contains('$') && !text.contains("{{") && !text.starts_with('$') => {
            text.clone()
        }
        other => example::yaml(other),
    }
}
