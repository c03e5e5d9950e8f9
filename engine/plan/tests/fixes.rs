//! Every "did you mean" of the cases in `tests/check` is a change of the text as well, and the change mends what is told.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, Project, check};
use souschef_recipe::{Diagnostic, SourceFile, decode};

/// A case: its recipe, its project file, and the recipes beside it.
struct Case {
    folder: PathBuf,
    recipe: Option<String>,
    project: Option<String>,
    others: BTreeMap<String, OtherRecipe>,
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let text = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
        let mut others = BTreeMap::new();
        for file in std::fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().path())
        {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let Some(own) = name.strip_suffix(".yaml").filter(|own| *own != "souschef") else {
                continue;
            };
            let source = SourceFile::new(name.as_str(), std::fs::read_to_string(&file).unwrap());
            if let Some(recipe) = decode(&source).recipe {
                others.insert(own.to_owned(), OtherRecipe { recipe });
            }
        }
        Self {
            recipe: text("recipe.yaml"),
            project: text("souschef.yaml"),
            others,
            folder,
        }
    }

    fn of_recipe(&self, text: &str, catalog: &Catalog) -> Vec<Diagnostic> {
        let project = self.project.as_ref().map(|text| {
            let parsed = Project::parse(&SourceFile::new("souschef.yaml", text.as_str()));
            parsed.0.unwrap_or_default()
        });
        let context = Context {
            catalog,
            project: project.as_ref(),
            recipes: (self.others.len() > 1).then_some(&self.others),
        };
        check("recipe", &SourceFile::new("recipe.yaml", text), context).diagnostics
    }

    fn of_project(text: &str) -> Vec<Diagnostic> {
        Project::parse(&SourceFile::new("souschef.yaml", text)).1
    }
}

/// Of how many places the same is said.
fn places(said: &[Diagnostic], one: &Diagnostic) -> usize {
    let same = said
        .iter()
        .filter(|other| other.code == one.code && other.message == one.message);
    same.map(|other| 1 + other.related.len()).sum()
}

/// What is wrong with the fixes of a text, and how many there are.
fn faults(text: &str, said: impl Fn(&str) -> Vec<Diagnostic>) -> (Vec<String>, usize) {
    let mut wrong = Vec::new();
    let mut fixes = 0;
    let before = said(text);
    for one in &before {
        let suggests = one
            .label
            .as_deref()
            .is_some_and(|label| label.starts_with("did you mean"));
        let Some(fix) = &one.fix else {
            if suggests {
                wrong.push(format!("no change for: {}", one.message));
            }
            continue;
        };
        fixes += 1;
        let mended = fix.apply(text);
        let after = said(&mended);
        // What is said of several places is said of one place less: the change is no new place of the same mistake.
        let elsewhere = places(&after, one) >= places(&before, one);
        // Nor is the same kind of mistake made at the same place.
        let still = elsewhere
            || after
                .iter()
                .any(|other| other.code == one.code && other.span.start == one.span.start);
        if still {
            let line = SourceFile::new("", text).place(fix.span.start).line;
            wrong.push(format!(
                "{} on line {line} is told still, once it is {}",
                one.message,
                SourceFile::new("", mended).line(line)
            ));
        }
    }
    (wrong, fixes)
}

#[test]
fn every_change_that_is_suggested_mends_what_is_told() {
    let catalog = Catalog::bundled();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/check");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let mut wrong = Vec::new();
    let mut fixes = 0;
    for case in folders.into_iter().map(Case::read) {
        let recipe = case
            .recipe
            .as_deref()
            .map(|text| faults(text, |text| case.of_recipe(text, &catalog)));
        let project = case.project.as_deref().map(|text| faults(text, Case::of_project));
        for (found, count) in recipe.into_iter().chain(project) {
            wrong.extend(
                found
                    .into_iter()
                    .map(|one| format!("{}: {one}", case.folder.display())),
            );
            fixes += count;
        }
    }
    assert!(fixes > 80, "there are {fixes} changes");
    assert!(
        wrong.is_empty(),
        "{} of {fixes}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_change_mends_every_place_of_one_wrong_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/check/147-one-slip-in-many-places");
    let case = Case::read(folder);
    let catalog = Catalog::bundled();
    let mut text = case.recipe.clone().unwrap();
    assert_eq!(text.matches("frist_name").count(), 5);
    // A wrong name and two values of another kind: each is one change.
    for left in (0..3).rev() {
        let said = case.of_recipe(&text, &catalog);
        assert_eq!(said.len(), left + 1, "{said:?}");
        text = said.iter().find_map(|one| one.fix.as_ref()).unwrap().apply(&text);
    }
    assert_eq!(case.of_recipe(&text, &catalog), Vec::new());
    assert_eq!(text.matches("fields.first_name").count(), 5);
    assert!(
        text.contains("contactId: \"{{ text (len trigger.tags) }}\""),
        "{text}"
    );
}
