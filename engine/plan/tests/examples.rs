//! The examples that `souschef catalog show` gives to paste pass `check` as they are.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use souschef_catalog::{Catalog, example};
use souschef_plan::{Context, check};
use souschef_recipe::{Severity, SourceFile, render};

#[test]
fn examples_can_be_pasted() {
    let catalog = Catalog::bundled();
    let mut wrong = String::new();
    let mut recipes = 0;
    for operation in catalog.operations() {
        let mut texts = vec![format!(
            "trigger: {{ manual: true }}\nactions:\n{}",
            example::step(&operation)
        )];
        if let Some(trigger) = example::trigger(&operation) {
            texts.push(format!("{trigger}actions:\n  - stop: done\n"));
        }
        for text in texts {
            recipes += 1;
            let source = SourceFile::new(format!("{}.yaml", operation.id), text);
            let context = Context {
                catalog: &catalog,
                project: None,
                recipes: None,
            };
            let told = check("recipe", &source, context).diagnostics;
            let errors: Vec<_> = told
                .into_iter()
                .filter(|one| one.severity() == Severity::Error)
                .collect();
            wrong.push_str(&render::human(&[(source, errors)], false, 160));
        }
    }
    assert!(recipes >= 126 + 55, "{recipes}");
    assert!(wrong.is_empty(), "{wrong}");
}
