//! Plans and beginnings of runs.

use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};
use souschef_catalog::Catalog;
use souschef_flow::Start;
use souschef_plan::{Context, Plan, check};
use souschef_recipe::{SourceFile, render};

/// The catalog, read once.
static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::bundled);

/// When every run of the tests begins.
pub(crate) const BEGIN: &str = "2026-01-15T09:00:00Z";

/// The plan of a recipe, or what is wrong with it.
pub(crate) fn plan(text: &str) -> Result<Arc<Plan>, String> {
    let source = SourceFile::new("recipe.yaml", text);
    let context = Context {
        catalog: &CATALOG,
        project: None,
        recipes: None,
    };
    let checked = check("recipe", &source, context);
    checked
        .plan
        .ok_or_else(|| render::human(&[(source, checked.diagnostics)], false, 100))
}

/// A run's beginning.
pub(crate) fn start(plan: Arc<Plan>, event: Value, inputs: Map<String, Value>) -> Start {
    Start {
        plan,
        run_id: "run-1".to_owned(),
        started_at: BEGIN.parse().unwrap(),
        trigger: "trigger".to_owned(),
        event,
        inputs,
        connection: json!({ "name": "main", "location_id": "loc1", "company_id": null }),
    }
}
