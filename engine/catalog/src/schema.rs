//! The JSON Schemas that editors use.

use serde_json::Value;

use crate::load::Catalog;

/// The schema of a recipe, with every operation of the catalog.
pub fn recipe(_catalog: &Catalog) -> Value {
    todo!()
}

/// The schema of a connector file.
pub fn connector() -> Value {
    todo!()
}
