//! Text with `{{ expressions }}`, compiled once.

use std::ops::Range;

use serde_json::Value;

use crate::error::{EvalError, ExprError};
use crate::scope::Scope;
use crate::types::Type;

/// A compiled text: literal, one expression, or a mixture.
#[derive(Clone, Debug)]
pub struct Template {}

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
        self.segments.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(".")
    }
}

impl Template {
    /// Compiles a text, within the limits of [`crate::limits`].
    pub fn parse(_text: &str) -> Result<Self, ExprError> {
        todo!()
    }

    /// Compiles one bare expression, as between `{{` and `}}`.
    pub fn parse_expression(_text: &str) -> Result<Self, ExprError> {
        todo!()
    }

    /// Whether there is no expression in it.
    pub fn is_literal(&self) -> bool {
        todo!()
    }

    /// Every path it reads from the scope.
    pub fn references(&self) -> Vec<Reference> {
        todo!()
    }

    /// What kind of value it gives, where `lookup` tells the type of each path (`None`: nothing known).
    pub fn type_of(&self, _lookup: &dyn Fn(&[Segment]) -> Option<Type>) -> Type {
        todo!()
    }

    /// Its value. A text that is one expression keeps the expression's JSON type; any other gives text.
    pub fn eval(&self, _scope: &Scope) -> Result<Value, EvalError> {
        todo!()
    }
}
