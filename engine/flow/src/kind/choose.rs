//! `choose:`.

use std::sync::Arc;

use souschef_expr::condition::Verdict;
use souschef_expr::{Condition, Scope};
use souschef_plan::StepPlan;

use super::Begun;
use super::block::{Block, Branch};
use crate::effect::Failure;
use crate::failure::of_expression;
use crate::label;

/// The first branch whose condition holds. Its result is the map of that branch's results by step id.
pub(super) fn begin(
    branches: &[(Condition, Arc<[StepPlan]>)],
    otherwise: &Arc<[StepPlan]>,
    scope: &Scope,
) -> Result<Begun, Box<Failure>> {
    for (number, (condition, body)) in branches.iter().enumerate() {
        let verdict = condition
            .test(scope)
            .map_err(|error| of_expression(error, Some(&format!("the if of branch {}", number + 1))))?;
        if verdict == Verdict::Holds {
            return Ok(Begun::Opens(Block::choice(Branch {
                steps: Arc::clone(body),
                label: label::condition(condition),
            })));
        }
    }
    if otherwise.is_empty() {
        return Ok(Begun::Opens(Block::none("no branch holds")));
    }
    Ok(Begun::Opens(Block::choice(Branch {
        steps: Arc::clone(otherwise),
        label: "otherwise".to_owned(),
    })))
}
