//! Runs the folders of `tests/check`: a recipe, perhaps a project file, and exactly what is said of it.
//!
//! `UPDATE=1 cargo test -p souschef-plan --test check` writes what is said now.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, Project, check};
use souschef_recipe::{Severity, SourceFile, decode, render};

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// What `check` says of the case in this folder, as a person reads it at a terminal of 100 columns.
fn said(case: &Path, catalog: &Catalog) -> String {
    let mut problems = Vec::new();
    let project = read(&case.join("souschef.yaml")).map(|text| {
        let source = SourceFile::new("souschef.yaml", text);
        let (project, diagnostics) = Project::parse(&source);
        problems.push((source, diagnostics));
        project.unwrap_or_default()
    });
    let mut others = BTreeMap::new();
    for path in souschef_cases::entries(case) {
        let file = souschef_cases::name(&path);
        if let Some(name) = file.strip_suffix(".yaml").filter(|name| *name != "souschef")
            && let Some(recipe) = decode(&SourceFile::new(&file, read(&path).unwrap())).recipe
        {
            others.insert(name.to_owned(), OtherRecipe { recipe });
        }
    }
    let alone = others.len() == 1;
    let context = Context {
        catalog,
        project: project.as_ref(),
        recipes: (!alone).then_some(&others),
    };
    if let Some(text) = read(&case.join("recipe.yaml")) {
        let source = SourceFile::new("recipe.yaml", text);
        let checked = check("recipe", &source, context);
        let errors = checked
            .diagnostics
            .iter()
            .any(|one| one.severity() == Severity::Error);
        assert_eq!(
            checked.plan.is_some(),
            !errors,
            "{}: there is a plan where there is no error",
            case.display()
        );
        problems.push((source, checked.diagnostics));
    }
    let mut text = render::human(&problems, false, 100);
    let (mut errors, mut warnings) = (0, 0);
    for one in problems.iter().flat_map(|(_, diagnostics)| diagnostics) {
        match one.severity() {
            Severity::Error => errors += 1,
            Severity::Warning => warnings += 1,
        }
    }
    let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    writeln!(text, "{}, {}", count(errors, "error"), count(warnings, "warning")).unwrap();
    text
}

#[test]
fn every_case_says_exactly_what_is_expected() {
    let catalog = Catalog::bundled();
    souschef_cases::hold("check", "expected.txt", 80, |case| Ok(said(case, &catalog)));
}
