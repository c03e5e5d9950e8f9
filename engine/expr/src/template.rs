//! Text with `{{ expressions }}`, compiled once.
//!
//! handlebars parses; its tree is lowered to ours ([`tree`]), which keeps the place of every name, and is evaluated to
//! JSON values by our own evaluator ([`eval`]). The library's own renderer makes text only, would give an empty text
//! for a missing name, and has no bound on loops and output.

pub mod eval;
mod foreign;
mod inner;
mod lower;
mod scan;
pub mod tree;

use std::ops::Range;

use serde_json::Value;

use crate::error::{EvalError, ExprError};
use crate::scope::Scope;
use crate::types::Type;

pub use inner::InnerRead;
use tree::{Call, Expr, Part};

/// A compiled text: literal, one expression, or a mixture.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
    /// The text is one expression and nothing else: its value keeps its type.
    single: bool,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The name, or the position as text.
    pub name: String,
    /// Where in the template's text, in bytes.
    pub range: Range<usize>,
}

/// A path that the template reads, from a name in scope: `steps.contact.id`. Names bound inside the template (by
/// `each … as |x|`) and paths relative to a block's `this` are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The path, its first segment a name in scope.
    pub segments: Vec<Segment>,
    /// Whether absence is fine here (an argument of `default`, `or`, `coalesce`, or a condition).
    pub optional: bool,
}

impl Reference {
    /// The whole path as it is written, `steps.contact.id`.
    pub fn path(&self) -> String {
        self.segments
            .iter()
            .map(|s| s.name.as_str())
            .collect::<Vec<_>>()
            .join(".")
    }
}

/// Whether a tag opens, parts or closes a block.
fn is_of_block(inner: &str) -> bool {
    let word = inner.trim_start();
    word.starts_with(['#', '/', '^']) || word.trim_end() == "else" || word.starts_with("else ")
}

impl Template {
    /// Compiles a text, within the limits of [`crate::limits`].
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        if !text.contains("{{") {
            return Ok(Self {
                parts: vec![Part::Text(text.to_owned())],
                single: false,
            });
        }
        scan::scan(text)?;
        let parts = lower::lower(text)?;
        let trimmed = text.trim();
        let single = match parts
            .iter()
            .filter(|part| !part.is_blank())
            .collect::<Vec<_>>()
            .as_slice()
        {
            [Part::Expr { .. }] => trimmed.starts_with("{{") && trimmed.ends_with("}}"),
            _ => false,
        };
        let parts = if single {
            parts.into_iter().filter(|part| !part.is_blank()).collect()
        } else {
            parts
        };
        Ok(Self { parts, single })
    }

    /// The expressions of a text, each compiled by itself, with where it begins: of a text that can't be compiled, which
    /// of them are at fault. None where they belong together, as the parts of a block do.
    pub fn pieces(text: &str) -> Vec<(usize, Result<Self, ExprError>)> {
        let tags = scan::tags(text).unwrap_or_default();
        if tags.iter().any(|tag| is_of_block(tag.inner)) {
            return Vec::new();
        }
        let piece = |tag: scan::Tag<'_>| {
            let start = tag.range.start;
            text.get(tag.range).map(|own| (start, Self::parse(own)))
        };
        tags.into_iter().filter_map(piece).collect()
    }

    /// Compiles one bare expression, as between `{{` and `}}`.
    ///
    /// # Errors
    /// What is wrong with it, and where (in bytes of this text).
    pub fn parse_expression(text: &str) -> Result<Self, ExprError> {
        Self::parse(&format!("{{{{{text}}}}}")).map_err(|mut error| {
            error.range =
                error.range.start.saturating_sub(2)..error.range.end.saturating_sub(2).min(text.len());
            error
        })
    }

    /// Whether there is no expression in it.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// The text, where there is no expression in it.
    pub fn literal(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// What it reads of the items of lists, by names of its own.
    pub fn inner_reads(&self) -> Vec<InnerRead> {
        inner::reads(&self.parts)
    }

    /// Every call of a helper, the inner ones too.
    pub fn calls(&self) -> Vec<&Call> {
        let mut found = Vec::new();
        tree::calls(&self.parts, &mut found);
        found
    }

    /// Every path it reads from the scope.
    pub fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        tree::references(&self.parts, &mut found);
        found
    }

    /// What kind of value it gives, where `lookup` tells the type of each path (`None`: nothing known).
    pub fn type_of(&self, lookup: &dyn Fn(&[Segment]) -> Option<Type>) -> Type {
        match self.parts.as_slice() {
            [Part::Expr { expr, .. }] if self.single => tree::type_of(expr, lookup),
            _ => Type::text(),
        }
    }

    /// The expression, where the text is one and nothing else.
    pub fn expression(&self) -> Option<&Expr> {
        match self.parts.as_slice() {
            [Part::Expr { expr, .. }] if self.single => Some(expr),
            _ => None,
        }
    }

    /// Its value. A text that is one expression keeps the expression's JSON type; any other gives text.
    ///
    /// # Errors
    /// A name that leads nowhere, a helper that can't work with a value, or a limit.
    pub fn eval(&self, scope: &Scope) -> Result<Value, EvalError> {
        eval::template(&self.parts, self.single, scope)
    }
}
