//! Runs the folders of `tests/run`: a recipe, `recipe.test.yaml` with its cases in the form of a recipe test, perhaps a
//! project file and further recipes. Every case must go as it is written down.
//!
//! `CASE=NAME` runs one folder; `UPDATE=1` writes what really happens into the test files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use souschef_recipe::render;
use souschef_runtime::OpenProject;
use souschef_runtime::project::read;
use souschef_runtime::testing::{CaseOutcome, rewrite, run_file};

#[tokio::test]
async fn runs_go_as_they_are_written_down() {
    let update = souschef_cases::updating();
    let only = std::env::var("CASE").ok();
    let mut wrong = String::new();
    let mut runs = 0;
    for folder in souschef_cases::cases(&souschef_cases::folder("run")) {
        let name = souschef_cases::name(&folder);
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let project = OpenProject::open(&folder).unwrap();
        assert!(
            project.problems.is_empty(),
            "{name}: {}",
            render::human(&project.problems, false, 100)
        );
        let path = folder.join("recipe.test.yaml");
        let report = run_file(&project, &path)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        wrong.push_str(&render::human(&report.problems, false, 100));
        if update && report.problems.is_empty() {
            let source = read(&path).unwrap();
            std::fs::write(&path, rewrite(&source, &report.actual).unwrap()).unwrap();
            continue;
        }
        runs += report.cases.len();
        for case in report
            .cases
            .iter()
            .filter(|case| case.outcome == CaseOutcome::Failed)
        {
            let detail = case.detail.as_deref().unwrap_or_default();
            wrong.push_str(&format!("{name}: {}\n{detail}\n\n", case.case));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(
        update || only.is_some() || runs >= 95,
        "only {runs} runs were found"
    );
}
