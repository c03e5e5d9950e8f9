//! The bundled recipes pass their tests, and so do the recipes that the docs show with a test.
//!
//! A code block of the docs that is marked `yaml test` tests the recipe that it names: a bundled one, or else the last
//! `yaml recipe` above it.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;

use souschef_recipe::SourceFile;
use souschef_runtime::project::OpenProject;
use souschef_runtime::testing::{self, CaseOutcome};

/// Every case of a test file that did not go as expected, and how many cases there were.
async fn failures(project: &OpenProject, path: &Path) -> (Vec<String>, usize) {
    let report = testing::run_file(project, path).await.unwrap();
    let count = report.cases.len();
    let failed = report
        .cases
        .into_iter()
        .filter(|case| case.outcome != CaseOutcome::Passed);
    let told = failed.map(|case| {
        format!(
            "{}: {}\n{}",
            case.recipe,
            case.case,
            case.detail.unwrap_or_default()
        )
    });
    (told.collect(), count)
}

#[tokio::test]
async fn the_bundled_recipes_pass_their_tests() {
    let project = OpenProject::open(&souschef_cases::root()).unwrap();
    let recipes = souschef_cases::files(&souschef_cases::root().join("recipes"), ".yaml");
    let (tests, recipes): (Vec<_>, Vec<_>) = recipes
        .into_iter()
        .partition(|path| path.to_str().unwrap().ends_with(".test.yaml"));
    assert_eq!(tests.len(), recipes.len(), "each recipe has a test file");
    let mut failed = Vec::new();
    for path in &tests {
        let (told, count) = failures(&project, path).await;
        assert!(count >= 4, "{} has {count} cases", path.display());
        failed.extend(told);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn the_recipe_tests_of_the_docs_pass() {
    let mut read = 0;
    for page in souschef_cases::files(&souschef_cases::root().join("docs"), ".md") {
        let text = std::fs::read_to_string(&page).unwrap();
        for (place, _) in text.match_indices("```yaml test\n") {
            let block = text[place..]
                .lines()
                .skip(1)
                .take_while(|line| !line.starts_with("```"));
            let block: String = block.flat_map(|line| [line, "\n"]).collect();
            let source = SourceFile::new(page.display().to_string(), block.clone());
            let name = testing::parse(&source).unwrap().recipe.unwrap();
            let folder = tempfile::tempdir().unwrap();
            let recipe = std::fs::read_to_string(souschef_cases::root().join(format!("recipes/{name}.yaml")))
                .unwrap_or_else(|_| {
                    let above = text[..place].rsplit("```yaml recipe\n").next().unwrap();
                    above.split("```").next().unwrap().to_owned()
                });
            std::fs::write(folder.path().join(format!("{name}.yaml")), recipe).unwrap();
            let test = folder.path().join(format!("{name}.test.yaml"));
            std::fs::write(&test, block).unwrap();
            let (failed, count) = failures(&OpenProject::empty(folder.path()), &test).await;
            assert!(
                failed.is_empty() && count > 0,
                "{}: {}",
                page.display(),
                failed.join("\n")
            );
            read += 1;
        }
    }
    assert!(read >= 2, "the docs show {read} recipe tests");
}
