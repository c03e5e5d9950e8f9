//! What can be wrong with an expression: when it is compiled, and when it is evaluated.

use std::ops::Range;

use serde_json::Value;

/// A mistake in the text of an expression, found before anything runs.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// The stable code of the message (`SC1xx`).
    pub code: &'static str,
    /// One sentence in the recipe's words, without a full stop.
    pub message: String,
    /// What to write instead, where it is known.
    pub help: Option<String>,
    /// The word that was probably meant by the part at fault.
    pub meant: Option<Box<str>>,
    /// Where in the expression's text, in bytes.
    pub range: Range<usize>,
    /// Other places that have to do with it, and why; in the expression's text, or in the file once the place of the text is
    /// known.
    pub related: Vec<(Range<usize>, String)>,
}

impl ExprError {
    /// A mistake in a part of the text.
    pub fn new(code: &'static str, range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code,
            message: bounded(message.into()),
            help: None,
            meant: None,
            range,
            related: Vec::new(),
        }
    }

    /// Adds the word that was probably meant.
    #[must_use]
    pub fn did_you_mean(mut self, word: &str) -> Self {
        self.meant = Some(word.into());
        self.help(format!("did you mean \"{word}\"?"))
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, range: Range<usize>, why: impl Into<String>) -> Self {
        self.related.push((range, why.into()));
        self
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(bounded(help.into()));
        self
    }
}

/// What went wrong while evaluating.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// The stable code of the message (`SC4xx`).
    pub code: &'static str,
    /// One sentence that names the expression's part at fault, the kind of the value met, and the reason.
    pub message: String,
    /// What to write instead, where it is known.
    pub help: Option<String>,
}

impl EvalError {
    /// A failure with its reason.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: bounded(message.into()),
            help: None,
        }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(bounded(help.into()));
        self
    }
}

/// What a person calls a value, with a glimpse of it: `the text "soon"`, `a list of 3`.
pub fn glimpse(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.chars().count() > 40 => {
            format!("the text \"{}…\"", text.chars().take(39).collect::<String>())
        }
        Value::String(text) => format!("the text \"{text}\""),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => {
            let names: Vec<&str> = fields.keys().map(String::as_str).take(5).collect();
            format!(
                "a map with {}",
                if names.is_empty() {
                    "nothing in it".to_owned()
                } else {
                    names.join(", ")
                }
            )
        }
    }
}

/// A sentence of which a name or value in it can't make a page.
fn bounded(sentence: String) -> String {
    const MOST: usize = 400;
    match sentence.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", sentence.get(..end).unwrap_or_default()),
        None => sentence,
    }
}

/// A text cut to 40 characters.
pub(crate) fn short(text: &str) -> String {
    if text.chars().count() > 40 {
        format!("{}…", text.chars().take(39).collect::<String>())
    } else {
        text.to_owned()
    }
}
