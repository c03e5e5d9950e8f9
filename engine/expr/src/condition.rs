//! Conditions, compiled.

use serde_json::Value;
use souschef_recipe::Operator;

use crate::error::EvalError;
use crate::scope::Scope;
use crate::value::ValueExpr;

/// A compiled condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Every one must hold.
    All(Vec<Condition>),
    /// At least one must hold.
    Any(Vec<Condition>),
    /// It must not hold.
    Not(Box<Condition>),
    /// A comparison.
    Compare(Comparison),
    /// A value held by its truth: false, null, "", 0 and [] are not true.
    Truth {
        /// The value.
        value: ValueExpr,
        /// As it was written, for the message.
        written: String,
    },
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What is looked at; a path that leads nowhere is absent, no failure.
    pub left: ValueExpr,
    /// The operator.
    pub operator: Operator,
    /// What it is held against.
    pub right: ValueExpr,
    /// As it was written: `trigger.source: { is_not: import }`.
    pub written: String,
    /// A regular expression compiled beforehand where the operator is `matches` and `right` a literal.
    pub pattern: Option<regex::Regex>,
}

/// Whether it holds, and if not, the line that did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not: the line, and what was there instead ("trigger.source: { is_not: import }, but it was \"import\"").
    Fails(String),
}

impl Condition {
    /// Decides.
    pub fn test(&self, _scope: &Scope) -> Result<Verdict, EvalError> {
        todo!()
    }
}

/// Truth of a value: false, null, "", 0 and [] are not true.
pub fn is_true(_value: &Value) -> bool {
    todo!()
}
