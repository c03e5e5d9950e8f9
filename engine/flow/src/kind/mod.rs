//! What each kind of step does when it begins: a pure function from the step and its scope to what it asks for.

mod action;
mod block;
mod choose;
mod end;
mod for_each;
mod parallel;
mod run_recipe;
mod set;
mod wait;

use serde_json::{Map, Value};
use souschef_expr::{Scope, ValueExpr};
use souschef_plan::{StepPlan, StepPlanKind};

pub(crate) use block::{Block, Opening};
pub(crate) use wait::{after, limit};

use crate::effect::{EffectKind, Failure};
use crate::failure::of_expression;
use crate::lane::StepEnd;

/// What beginning a step gives.
#[derive(Debug)]
pub(crate) enum Begun {
    /// It is over already.
    Ended(StepEnd),
    /// It waits for an effect.
    Asks(EffectKind),
    /// It opens lanes.
    Opens(Block),
}

/// Begins a step.
pub(crate) fn begin(step: &StepPlan, scope: &Scope) -> Result<Begun, Box<Failure>> {
    match &step.kind {
        StepPlanKind::Action {
            operation,
            with,
            connection,
            if_unknown,
        } => action::begin(step, operation, with, connection.as_deref(), *if_unknown, scope),
        StepPlanKind::Choose { branches, otherwise } => choose::begin(branches, otherwise, scope),
        StepPlanKind::ForEach {
            items,
            name,
            body,
            at_once,
        } => for_each::begin(items, name, body, *at_once, scope),
        StepPlanKind::Parallel { branches } => Ok(Begun::Opens(parallel::begin(branches))),
        StepPlanKind::Wait { duration } => wait::so_long(duration, scope),
        StepPlanKind::WaitUntil { until } => wait::until(until, scope),
        StepPlanKind::WaitFor {
            event,
            path,
            auth,
            condition,
            timeout,
        } => Ok(Begun::Asks(EffectKind::Signal {
            event: event.clone(),
            path: path.clone(),
            auth: auth.clone(),
            condition: condition.clone(),
            until: limit(*timeout, step.timeout).map(|limit| after(scope.now(), limit)),
        })),
        StepPlanKind::RunRecipe { recipe, with } => run_recipe::begin(recipe, with, scope),
        StepPlanKind::Set { values } => set::begin(values, scope),
        StepPlanKind::Stop { reason } => end::stop(reason, scope),
        StepPlanKind::Fail { reason } => Err(end::fail(reason, scope)),
    }
}

/// Whether the interpreter keeps the step's limit of time. That of a call is kept by who makes it, that of a `wait_for`
/// is part of what it asks for, and the others take no time.
pub(crate) fn is_timed(step: &StepPlan) -> bool {
    step.timeout.is_some()
        && matches!(
            step.kind,
            StepPlanKind::Choose { .. }
                | StepPlanKind::ForEach { .. }
                | StepPlanKind::Parallel { .. }
                | StepPlanKind::Wait { .. }
                | StepPlanKind::WaitUntil { .. }
                | StepPlanKind::RunRecipe { .. }
        )
}

/// Named values, evaluated; a failure names the one at fault.
fn evaluated(
    values: &[(String, ValueExpr)],
    what: &str,
    scope: &Scope,
) -> Result<Map<String, Value>, Box<Failure>> {
    values
        .iter()
        .map(|(name, value)| {
            let value = value
                .eval(scope)
                .map_err(|error| of_expression(error, Some(&format!("{what} {name}"))))?;
            Ok((name.clone(), value))
        })
        .collect()
}
