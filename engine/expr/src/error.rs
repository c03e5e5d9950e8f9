//! What can be wrong with an expression: when it is compiled, and when it is evaluated.

use std::ops::Range;

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
    /// Where in the expression's text, in bytes.
    pub range: Range<usize>,
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
