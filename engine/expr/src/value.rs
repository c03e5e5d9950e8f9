//! A value as a recipe writes it: a literal, a template, a JSONPath, or a list or map of these.

use serde_json::Value;

use crate::error::{EvalError, ExprError};
use crate::scope::Scope;
use crate::template::{Reference, Segment, Template};
use crate::types::Type;

/// A compiled value.
#[derive(Clone, Debug)]
pub enum ValueExpr {
    /// Itself.
    Literal(Value),
    /// Text with expressions.
    Template(Template),
    /// `$.…`, an RFC 9535 query over the names in scope.
    Path(Path),
    /// A list of values.
    List(Vec<ValueExpr>),
    /// A map of values; keys are literal.
    Map(Vec<(String, ValueExpr)>),
}

/// A compiled JSONPath.
#[derive(Clone, Debug)]
pub struct Path {}

impl ValueExpr {
    /// Compiles a scalar text: a JSONPath where it begins with `$.` (or is `$`), a template otherwise; a text without
    /// expressions is a literal.
    pub fn parse_text(_text: &str) -> Result<Self, ExprError> {
        todo!()
    }

    /// Every path it reads from the scope. Of a JSONPath, its leading names.
    pub fn references(&self) -> Vec<Reference> {
        todo!()
    }

    /// What kind of value it gives (see [`Template::type_of`]).
    pub fn type_of(&self, _lookup: &dyn Fn(&[Segment]) -> Option<Type>) -> Type {
        todo!()
    }

    /// The value, where it needs no scope.
    pub fn literal(&self) -> Option<Value> {
        todo!()
    }

    /// Its value: one match of a JSONPath gives the value, several a list, none null.
    pub fn eval(&self, _scope: &Scope) -> Result<Value, EvalError> {
        todo!()
    }
}
