//! Which waits a foreground run takes upon itself.

use std::time::Duration;

use souschef_expr::ValueExpr;
use souschef_plan::{OnErrorPlan, Plan, StepPlan, StepPlanKind};

/// The longest wait that a foreground run sits through.
pub const LONGEST: Duration = Duration::from_secs(120);

/// The waits of a recipe that are known to be too long for a foreground run: the step's title and path, and how long.
/// Waits whose length is computed are found out when they come.
pub fn too_long(plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    walk(&plan.steps, &mut found);
    walk(&plan.on_failure, &mut found);
    found
}

fn walk(steps: &[StepPlan], found: &mut Vec<String>) {
    for step in steps {
        match &step.kind {
            StepPlanKind::Wait {
                duration: ValueExpr::Literal(value),
            } => {
                let text = value.as_str().unwrap_or_default();
                if souschef_recipe::duration::parse(text).is_ok_and(|length| length > LONGEST) {
                    found.push(format!("{} waits {text}", step.path));
                }
            }
            StepPlanKind::WaitFor { event, .. } => found.push(format!("{} waits for {event}", step.path)),
            StepPlanKind::Choose { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| walk(body, found));
                walk(otherwise, found);
            }
            StepPlanKind::ForEach { body, .. } => walk(body, found),
            StepPlanKind::Parallel { branches } => branches.iter().for_each(|body| walk(body, found)),
            _ => {}
        }
        if let OnErrorPlan::Handle(body) = &step.on_error {
            walk(body, found);
        }
    }
}
