//! A new project is right at once, whichever recipe it begins with.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;

/// A command in a folder: its exit code, and all that it said.
fn souschef(here: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = assert_cmd::Command::cargo_bin("souschef")
        .unwrap()
        .current_dir(here)
        .env_clear()
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn each_bundled_recipe_makes_a_project_without_mistakes() {
    let place = tempfile::tempdir().unwrap();
    let (_, list) = souschef(place.path(), &["init", "--list"]);
    let names: Vec<&str> = list
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 10, "{list}");
    let mut wrong = String::new();
    for name in names {
        for arguments in [
            vec!["init", name, "--recipe", name],
            vec!["check", "--project", name],
            vec!["test", "--project", name],
        ] {
            let (code, said) = souschef(place.path(), &arguments);
            let clean = arguments.first() != Some(&"check") || said.contains("no mistakes");
            if code != Some(0) || !clean {
                wrong.push_str(&format!("souschef {}\n{said}\n", arguments.join(" ")));
            }
        }
        let modeline = std::fs::read_to_string(
            place
                .path()
                .join(name)
                .join("recipes")
                .join(format!("{name}.yaml")),
        )
        .unwrap();
        let schema = modeline.lines().next().unwrap().split("$schema=").nth(1).unwrap();
        assert!(
            place.path().join(name).join("recipes").join(schema).is_file(),
            "{name}: {schema}"
        );
    }
    assert!(wrong.is_empty(), "{wrong}");
}
