//! `action:`.

use std::sync::Arc;

use serde_json::Value;
use souschef_catalog::Operation;
use souschef_expr::{Scope, ValueExpr};
use souschef_plan::StepPlan;
use souschef_recipe::IfUnknown;

use super::{Begun, evaluated};
use crate::effect::{Call, EffectKind, Failure};

/// Its result is the call's answer.
pub(super) fn begin(
    step: &StepPlan,
    operation: &Arc<Operation>,
    with: &[(String, ValueExpr)],
    connection: Option<&str>,
    if_unknown: Option<IfUnknown>,
    scope: &Scope,
) -> Result<Begun, Box<Failure>> {
    let mut inputs = evaluated(with, "the input", scope)?;
    // What an expression had nothing for is left out, so that it empties no field of the thing that is changed. A null that
    // is written out is meant.
    for (name, value) in with {
        if value.literal().is_none() && inputs.get(name).is_some_and(Value::is_null) {
            inputs.shift_remove(name);
        }
    }
    Ok(Begun::Asks(EffectKind::Call(Arc::new(Call {
        operation: Arc::clone(operation),
        inputs,
        connection: connection.map(str::to_owned),
        retry: step.retry,
        timeout: step.timeout,
        if_unknown,
    }))))
}
