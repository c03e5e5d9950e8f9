//! Mappings: a value taken from somewhere, with what is done to it on the way.

use serde_json::Value;
use souschef_recipe::ValueKind;

use crate::error::{EvalError, ExprError};
use crate::scope::Scope;
use crate::types::Type;
use crate::value::ValueExpr;

/// A compiled mapping. Order: `from`, `default` where it is absent, `transform`, `lookup`, `as`.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The field's name.
    pub name: String,
    /// Where the value comes from.
    pub from: ValueExpr,
    /// Taken where it is absent (or null), and where a lookup finds nothing.
    pub default: Option<ValueExpr>,
    /// Fails the run where the value is absent and there is no default.
    pub required: bool,
    /// In order.
    pub transform: Vec<Transform>,
    /// From value (compared as text) to value.
    pub lookup: Option<Vec<(String, ValueExpr)>>,
    /// What it is made into.
    pub kind: Option<ValueKind>,
    /// ISO region for phones without a country code (`US`).
    pub region: Option<String>,
    /// IANA zone for dates without one.
    pub time_zone: Option<String>,
}

/// A compiled transform.
#[derive(Clone, Debug)]
pub struct Transform {}

impl Transform {
    /// Compiles a transform by name and literal argument. Names are listed by [`Transform::names`].
    pub fn compile(_name: &str, _argument: Option<&Value>) -> Result<Self, ExprError> {
        todo!()
    }

    /// Every transform, with one line of help.
    pub fn names() -> &'static [(&'static str, &'static str)] {
        todo!()
    }
}

impl Mapping {
    /// The field's value.
    pub fn eval(&self, _scope: &Scope) -> Result<Value, EvalError> {
        todo!()
    }

    /// What kind of value it gives (see [`crate::Template::type_of`]).
    pub fn type_of(&self, _lookup: &dyn Fn(&[crate::Segment]) -> Option<Type>) -> Type {
        todo!()
    }
}
