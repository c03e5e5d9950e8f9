//! Holds the JSON that other programs rely on against the schemas of `tests/cli/contract`.
//!
//! A schema names under `commands` the command lines whose stdout it describes, with their exit codes; they are carried
//! out in a copy of `tests/cli/contract/project`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use serde_json::Value;

#[test]
fn output_for_programs_is_as_it_was_promised() {
    let place = tempfile::tempdir().unwrap();
    let folder = souschef_cases::folder("cli/contract");
    souschef_cases::copy(&folder.join("project"), place.path(), &[]);
    let mut wrong = String::new();
    let mut lines = 0;
    for path in souschef_cases::entries(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
    {
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for command in schema["commands"].as_array().unwrap() {
            let line = command["line"].as_str().unwrap();
            let output = assert_cmd::Command::cargo_bin("souschef")
                .unwrap()
                .current_dir(place.path())
                .env_clear()
                .args(line.split_whitespace())
                .output()
                .unwrap();
            lines += 1;
            let mut told = |what: String| wrong.push_str(&format!("souschef {line}\n  {what}\n"));
            if output.status.code().map(i64::from) != command["exit"].as_i64() {
                let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
                told(format!("ended with {:?}: {stderr}", output.status.code()));
            }
            let text = String::from_utf8(output.stdout).unwrap();
            match serde_json::from_str::<Value>(&text) {
                Ok(value) => {
                    for error in validator.iter_errors(&value) {
                        told(format!("{}: {error}", error.instance_path()));
                    }
                    if let Some(items) = command.get("items").and_then(Value::as_u64) {
                        let there = value.as_array().unwrap().len();
                        if there as u64 != items {
                            told(format!("{there} items, not {items}"));
                        }
                    }
                }
                Err(why) => told(format!("no JSON: {why}: {text}")),
            }
        }
    }
    assert!(lines >= 10, "only {lines} command lines were found");
    assert!(wrong.is_empty(), "{wrong}");
}
