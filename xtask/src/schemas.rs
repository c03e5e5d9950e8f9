//! The JSON Schemas that editors use, made from their sources.

use serde_json::Value;
use souschef_catalog::{Catalog, schema};
use souschef_plan::Project;

use crate::error::Error;
use crate::generated::Generated;

fn all() -> [(&'static str, Value); 4] {
    [
        ("recipe", schema::recipe(&Catalog::bundled())),
        ("test", souschef_runtime::testing::schema()),
        ("project", Project::schema()),
        ("connector", schema::connector()),
    ]
}

/// Every schema, as `schemas/NAME.schema.json`.
///
/// # Errors
/// A schema can't be written as JSON.
pub(crate) fn files() -> Result<Vec<Generated>, Error> {
    all()
        .iter()
        .map(|(name, schema)| {
            Ok(Generated {
                path: format!("schemas/{name}.schema.json").into(),
                text: lines(schema)?,
            })
        })
        .collect()
}

/// JSON with a line for each definition: short enough to be loaded by an editor, and a change can still be read.
fn lines(schema: &Value) -> Result<String, Error> {
    let mut text = String::from("{\n");
    for (index, (key, value)) in schema.as_object().into_iter().flatten().enumerate() {
        if index > 0 {
            text.push_str(",\n");
        }
        text.push_str(&format!("  {}: ", serde_json::to_string(key)?));
        match value.as_object() {
            Some(entries) if matches!(key.as_str(), "definitions" | "properties") => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, entry)| {
                        Ok(format!(
                            "    {}: {}",
                            serde_json::to_string(name)?,
                            serde_json::to_string(entry)?
                        ))
                    })
                    .collect::<Result<_, Error>>()?;
                text.push_str(&format!("{{\n{}\n  }}", entries.join(",\n")));
            }
            _ => text.push_str(&serde_json::to_string(value)?),
        }
    }
    text.push_str("\n}\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_current() {
        let stale = crate::generated::differences(&files().unwrap()).unwrap();
        assert!(stale.is_empty(), "run `cargo xtask schemas`: {stale:?}");
    }

    #[test]
    fn lines_are_the_same_json() {
        for (name, schema) in all() {
            let read: Value = serde_json::from_str(&lines(&schema).unwrap()).unwrap();
            assert_eq!(read, schema, "{name}");
        }
    }
}
