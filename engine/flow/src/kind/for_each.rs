//! `for_each:`.

use std::sync::Arc;

use serde_json::Value;
use souschef_expr::error::glimpse;
use souschef_expr::{Scope, ValueExpr};
use souschef_plan::StepPlan;
use souschef_recipe::Code;

use super::Begun;
use super::block::Block;
use crate::effect::Failure;
use crate::failure::{failure, helped, of_expression};

/// Item by item. Its result is the list of the items' results by step id, in the order of the items.
pub(super) fn begin(
    items: &ValueExpr,
    name: &str,
    body: &Arc<[StepPlan]>,
    at_once: u32,
    scope: &Scope,
) -> Result<Begun, Box<Failure>> {
    let value = items
        .eval(scope)
        .map_err(|error| of_expression(error, Some("the list")))?;
    let list = match (items, value) {
        (_, Value::Array(list)) => list,
        // A JSONPath gives its one match as it is, and null for none: here it is always meant as a list.
        (ValueExpr::Path(_), Value::Null) => Vec::new(),
        (ValueExpr::Path(_), one) => vec![one],
        (_, other) => {
            let message = format!("it needs a list, and was given {}", glimpse(&other));
            return Err(helped(
                failure(Code::NOT_A_LIST, message),
                "give it a list; where there may be none, write {{ default LIST (list) }}",
            ));
        }
    };
    Ok(Begun::Opens(Block::items(
        list,
        name,
        body,
        usize::try_from(at_once).unwrap_or(usize::MAX).max(1),
    )))
}
