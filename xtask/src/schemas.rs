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
    use std::path::PathBuf;

    use souschef_recipe::SourceFile;

    use super::*;
    use crate::root;

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

    fn schema(name: &str) -> jsonschema::Validator {
        let (_, schema) = all().into_iter().find(|(own, _)| *own == name).unwrap();
        jsonschema::draft7::new(&schema).unwrap()
    }

    /// The files with this end under a folder.
    fn found(folder: &str, end: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![root().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with(end) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// Holds files against a schema; gives how many there were.
    fn held(name: &str, files: &[PathBuf], right: impl Fn(&str) -> bool) -> (usize, usize) {
        let schema = schema(name);
        let (mut fit, mut wrong) = (0, Vec::new());
        let mut counts = (0, 0);
        for path in files {
            let text = std::fs::read_to_string(path).unwrap();
            let Ok(value) = souschef_catalog::file::read::<Value>(&text) else {
                continue;
            };
            let right = right(&text);
            let fits = schema.is_valid(&value);
            fit += usize::from(fits);
            if right && !fits {
                let faults: Vec<String> = schema
                    .iter_errors(&value)
                    .map(|fault| format!("{fault} at {}", fault.instance_path()))
                    .collect();
                wrong.push(format!("{}: {}", path.display(), faults.join("; ")));
            }
            if right {
                counts.0 += 1;
            } else if !fits {
                counts.1 += 1;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(fit > 0, "no file fits {name}");
        counts
    }

    #[test]
    fn every_schema_is_one_of_draft_07() {
        for (name, schema) in all() {
            if let Err(fault) = jsonschema::draft7::meta::validate(&schema) {
                panic!("{name}: {fault} at {}", fault.instance_path());
            }
        }
    }

    #[test]
    fn connector_files_fit() {
        let (right, _) = held("connector", &found("engine/catalog/connectors", ".yaml"), |_| {
            true
        });
        assert!(right > 10, "{right} connector files");
        assert!(!schema("connector").is_valid(&serde_json::json!({ "connector": "a", "operation": {} })));
    }

    #[test]
    fn recipe_tests_fit() {
        let (right, _) = held("test", &found("recipes", ".test.yaml"), |_| true);
        assert!(right > 0, "no recipe tests");
        assert!(!schema("test").is_valid(&serde_json::json!({ "cases": [{ "name": "a", "expects": {} }] })));
    }

    #[test]
    fn project_files_fit_where_they_are_read_without_a_fault() {
        let (right, refused) = held("project", &found("tests/check", "souschef.yaml"), |text| {
            let (_, told) = Project::parse(&SourceFile::new("souschef.yaml", text));
            told.is_empty()
        });
        assert!(right > 3 && refused > 0, "{right} right ones, {refused} refused");
    }
}
