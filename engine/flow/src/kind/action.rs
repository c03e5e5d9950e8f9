//! `action:`.

use std::sync::Arc;

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
) -> Result<Begun, Failure> {
    Ok(Begun::Asks(EffectKind::Call(Box::new(Call {
        operation: Arc::clone(operation),
        inputs: evaluated(with, "the input", scope)?,
        connection: connection.map(str::to_owned),
        retry: step.retry,
        timeout: step.timeout,
        if_unknown,
    }))))
}
