//! `stop:` and `fail:`.

use serde_json::Value;
use souschef_expr::{Scope, ValueExpr};
use souschef_recipe::Code;

use super::Begun;
use crate::effect::Failure;
use crate::failure::{failure, of_expression};
use crate::lane::StepEnd;

/// Ends the run well; the reason is said where there is one (`stop: true` has none).
pub(super) fn stop(reason: &ValueExpr, scope: &Scope) -> Result<Begun, Box<Failure>> {
    let reason = reason
        .eval(scope)
        .map_err(|error| of_expression(error, Some("the reason")))?;
    Ok(Begun::Ended(StepEnd::Stopped(words(reason))))
}

/// The failure that a `fail:` step is. A reason that can't be evaluated is told in its place: the step fails either way.
pub(super) fn fail(reason: &ValueExpr, scope: &Scope) -> Box<Failure> {
    match reason.eval(scope) {
        Ok(reason) => failure(
            Code::FAILED_BY_RECIPE,
            words(reason).unwrap_or_else(|| "the recipe says so".to_owned()),
        ),
        Err(error) => of_expression(error, Some("the reason")),
    }
}

fn words(reason: Value) -> Option<String> {
    match reason {
        Value::Null | Value::Bool(_) => None,
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}
