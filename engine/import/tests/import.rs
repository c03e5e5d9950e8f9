//! Exports of other tools and what becomes of them: the folders of `tests/import` hold an export and the recipes made of it,
//! with the codes of all that `check` says of each, or why it is refused. `UPDATE=1 cargo test -p souschef-import` writes what comes out.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use souschef_catalog::Catalog;
use souschef_import::{LARGEST, Refusal, Tool, import};
use souschef_plan::{Context, check};
use souschef_recipe::SourceFile;
use souschef_recipe::format::format;

fn came_out(tool: Tool, export: &str, catalog: &Catalog) -> String {
    let recipes = match import(tool, export, catalog) {
        Ok(recipes) => recipes,
        Err(refusal) => return format!("refused: {refusal}\n"),
    };
    let mut text = String::new();
    for recipe in recipes {
        assert_eq!(format(&recipe.text).as_ref(), Ok(&recipe.text), "it is laid out");
        let source = SourceFile::new("recipe.yaml", recipe.text.clone());
        let context = Context {
            catalog,
            project: None,
            recipes: None,
        };
        let said = check("imported", &source, context).diagnostics;
        text.push_str(&recipe.text);
        text.push_str("--- check says:\n");
        if said.is_empty() {
            text.push_str("nothing\n");
        }
        for one in said {
            let line = source.place(one.span.start).line;
            text.push_str(&format!("{} in line {line}\n", one.code.id()));
        }
    }
    text
}

#[test]
fn exports_become_recipes_as_written_down() {
    let update = std::env::var_os("UPDATE").is_some();
    let catalog = Catalog::bundled();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/import");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 12);
    let mut wrong = String::new();
    for case in cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let tool = if name.starts_with("n8n") {
            Tool::N8n
        } else {
            Tool::Zapier
        };
        let export = std::fs::read_to_string(case.join("export.json")).unwrap();
        let now = came_out(tool, &export, &catalog);
        let file = case.join("recipes.txt");
        if update {
            std::fs::write(&file, &now).unwrap();
        }
        if std::fs::read_to_string(&file).unwrap_or_default() != now {
            wrong.push_str(&format!("{name}:\n{now}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn n8n(nodes: Vec<Value>, connections: Value) -> Result<usize, Refusal> {
    let export = json!({ "name": "x", "nodes": nodes, "connections": connections }).to_string();
    import(Tool::N8n, &export, &Catalog::bundled()).map(|recipes| recipes.len())
}

fn node(name: usize, kind: &str) -> Value {
    json!({ "name": format!("n{name}"), "type": format!("n8n-nodes-base.{kind}"), "parameters": {} })
}

/// Each node leads to the next, through both outputs.
fn row(count: usize) -> Value {
    let next = |number: usize| json!([{ "node": format!("n{}", number + 1), "type": "main", "index": 0 }]);
    let edges = (0..count).map(|number| (format!("n{number}"), json!({ "main": [next(number), []] })));
    Value::Object(edges.collect())
}

#[test]
fn what_is_too_much_is_refused_in_words() {
    let large = " ".repeat(LARGEST + 1);
    assert_eq!(
        import(Tool::Zapier, &large, &Catalog::bundled()).err(),
        Some(Refusal::TooLarge(LARGEST + 1))
    );
    let deep = "[".repeat(100_000);
    assert!(matches!(
        import(Tool::N8n, &deep, &Catalog::bundled()),
        Err(Refusal::NotJson(_))
    ));
    let many = (0..501).map(|number| node(number, "noOp")).collect();
    assert_eq!(n8n(many, json!({})), Err(Refusal::TooMany(501)));
    // Branches in branches, as deep as nodes go.
    let nested = (0..200).map(|number| node(number, "if")).collect();
    assert_eq!(n8n(nested, row(199)), Err(Refusal::TooDeep));
    // A long row without branches is fine.
    let long = (0..499).map(|number| node(number, "noOp")).collect();
    assert_eq!(n8n(long, row(498)), Ok(1));
    // Every node leads to every later one: many ways, but no circle.
    let wide: Vec<Value> = (0..200).map(|number| node(number, "noOp")).collect();
    let edges = (0..200).map(|number| {
        let later: Vec<Value> = (number + 1..200)
            .map(|to| json!({ "node": format!("n{to}") }))
            .collect();
        (format!("n{number}"), json!({ "main": [later] }))
    });
    assert_eq!(n8n(wide, Value::Object(edges.collect())), Ok(1));
}
