//! Which waits a foreground run takes upon itself.

use std::time::Duration;

use jiff::Timestamp;
use souschef_expr::ValueExpr;
use souschef_flow::Failure;
use souschef_plan::{Plan, StepPlanKind};

/// The longest wait that a foreground run sits through.
pub const LONGEST: Duration = Duration::from_secs(120);

/// The failure of a wait that is longer than that.
pub(crate) fn past_bearing(until: Timestamp) -> Failure {
    Failure {
        code: Some("SC480".to_owned()),
        message: format!(
            "this wait would last until {until}, longer than a run in the foreground sits through"
        ),
        help: Some("pass over waits with --skip-waits".to_owned()),
        ..Failure::default()
    }
}

/// The failure of a wait for an event that can't come.
pub(crate) fn never_heard(event: &str) -> Failure {
    Failure {
        code: Some("SC481".to_owned()),
        message: format!("a run in the foreground hears no events, so {event} can't come"),
        help: Some("pass over waits with --skip-waits".to_owned()),
        ..Failure::default()
    }
}

/// The waits of a recipe that are known to be too long for a foreground run: the step's title and path, and how long.
/// Waits whose length is computed are found out when they come.
pub fn too_long(plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    for step in plan.all_steps() {
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
            _ => {}
        }
    }
    found
}
