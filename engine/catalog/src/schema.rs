//! The JSON Schemas that editors use, all in draft-07: what YAML Language Server, monaco-yaml and JetBrains support.

mod catalog;
mod draft07;
mod language;
mod recipe;
mod share;
mod value;

use serde_json::Value;

use crate::file::ConnectorFile;

pub use draft07::draft07;
pub use recipe::recipe;

/// The schema of a connector file.
pub fn connector() -> Value {
    draft07(schemars::schema_for!(ConnectorFile), "souschef schema connector")
}
