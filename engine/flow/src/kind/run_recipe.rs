//! `run_recipe:`.

use souschef_expr::{Scope, ValueExpr};

use super::{Begun, evaluated};
use crate::effect::{EffectKind, Failure};

/// Its result is what the driver gives of the other run.
pub(super) fn begin(
    recipe: &str,
    with: &[(String, ValueExpr)],
    scope: &Scope,
) -> Result<Begun, Box<Failure>> {
    Ok(Begun::Asks(EffectKind::Run {
        recipe: recipe.to_owned(),
        inputs: evaluated(with, "the input", scope)?,
    }))
}
