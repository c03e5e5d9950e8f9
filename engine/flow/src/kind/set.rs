//! `set:`.

use serde_json::Value;
use souschef_expr::{Scope, ValueExpr};

use super::{Begun, evaluated};
use crate::effect::Failure;
use crate::lane::StepEnd;

/// Its result is the map of its values. None of them sees another.
pub(super) fn begin(values: &[(String, ValueExpr)], scope: &Scope) -> Result<Begun, Box<Failure>> {
    Ok(Begun::Ended(StepEnd::Done {
        value: Value::Object(evaluated(values, "the value", scope)?),
        reason: None,
    }))
}
