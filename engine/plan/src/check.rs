//! Checking: from text to plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use souschef_catalog::Catalog;
use souschef_recipe::{Diagnostic, Recipe, SourceFile};

use crate::plan::Plan;
use crate::project::Project;

/// What a recipe is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Every operation and event known.
    pub catalog: &'a Catalog,
    /// The project file; without one, connection names can't be checked and are let be.
    pub project: Option<&'a Project>,
    /// The project's other recipes by name (file name without `.yaml`), for `run_recipe`; `None` where they are not known.
    pub recipes: Option<&'a BTreeMap<String, OtherRecipe>>,
}

/// What must be known of another recipe to call it.
#[derive(Clone, Debug)]
pub struct OtherRecipe {
    /// Its decoded form.
    pub recipe: Recipe,
}

/// What checking gives.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The plan, where there is no error (warnings don't matter).
    pub plan: Option<Arc<Plan>>,
    /// Everything there is to say, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks one recipe. `name` is the recipe's name in the project: its file name without `.yaml`.
pub fn check(_name: &str, _source: &SourceFile, _context: Context<'_>) -> Checked {
    todo!()
}
