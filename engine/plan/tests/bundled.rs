//! Every bundled recipe, and every complete recipe shown in the docs, is checked clean: no error and no warning.
//!
//! A code block of the docs that is marked `yaml recipe` is a complete recipe; `yaml project` is a project file, and
//! `yaml connector` a connector file.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, Project, check};
use souschef_recipe::{SourceFile, decode, render};

/// One marked block of a page: what it is, the line it begins at, its text.
struct Block {
    kind: String,
    place: String,
    text: String,
}

/// The code blocks of a page that are marked with a second word after `yaml`.
fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match &mut open {
            None => {
                if let Some(kind) = line.strip_prefix("```yaml ") {
                    let place = format!("{}:{}", page.file_name().unwrap().to_str().unwrap(), index + 1);
                    open = Some(Block {
                        kind: kind.trim().to_owned(),
                        place,
                        text: String::new(),
                    });
                }
            }
            Some(_) if line.starts_with("```") => found.extend(open.take()),
            Some(block) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "{}: a code block is not closed", page.display());
    found
}

/// README.md and the guides of docs/.
fn pages() -> Vec<PathBuf> {
    let mut pages = souschef_cases::files(&souschef_cases::root().join("docs"), ".md");
    pages.push(souschef_cases::root().join("README.md"));
    pages
}

/// What `check` says of a recipe, empty where all is well.
fn said(name: &str, text: &str, others: &BTreeMap<String, OtherRecipe>) -> String {
    let catalog = Catalog::bundled();
    let source = SourceFile::new(format!("{name}.yaml"), text.to_owned());
    let context = Context {
        catalog: &catalog,
        project: None,
        recipes: Some(others),
    };
    let checked = check(name, &source, context);
    render::human(&[(source, checked.diagnostics)], false, 100)
}

fn others() -> BTreeMap<String, OtherRecipe> {
    souschef_cases::recipes()
        .into_iter()
        .filter_map(|(name, text)| {
            let recipe = decode(&SourceFile::new(format!("{name}.yaml"), text)).recipe?;
            Some((name, OtherRecipe { recipe }))
        })
        .collect()
}

#[test]
fn the_bundled_recipes_are_clean() {
    let others = others();
    let bad: Vec<String> = souschef_cases::recipes()
        .iter()
        .map(|(name, text)| said(name, text, &others))
        .filter(|said| !said.is_empty())
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn the_recipes_and_project_files_of_the_docs_are_clean() {
    let others = others();
    let mut bad = Vec::new();
    for block in pages().iter().flat_map(|page| blocks(page)) {
        let said = match block.kind.as_str() {
            "recipe" => said("recipe", &block.text, &others),
            "project" => {
                let source = SourceFile::new("souschef.yaml", block.text.clone());
                let (project, diagnostics) = Project::parse(&source);
                assert!(project.is_some() || !diagnostics.is_empty(), "{}", block.place);
                render::human(&[(source, diagnostics)], false, 100)
            }
            "connector" => match Catalog::with_files(&[("connector.yaml".to_owned(), block.text.clone())]) {
                Ok(_) => String::new(),
                Err(errors) => errors
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("\n"),
            },
            // A test file's form is known further up, in the runtime.
            "test" => continue,
            other => format!("there is no kind of block {other}"),
        };
        if !said.is_empty() {
            bad.push(format!("{}\n{said}", block.place));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn the_docs_say_which_scopes_the_bundled_recipes_need() {
    let page = std::fs::read_to_string(souschef_cases::root().join("docs/connecting-ghl.md")).unwrap();
    let catalog = Catalog::bundled();
    let others = others();
    let context = Context {
        catalog: &catalog,
        project: None,
        recipes: Some(&others),
    };
    let mut missing = Vec::new();
    for (name, text) in souschef_cases::recipes() {
        let plan = check(&name, &SourceFile::new(format!("{name}.yaml"), text), context)
            .plan
            .unwrap();
        let line = format!("| `{name}` | {} |", plan.scopes.join(", "));
        if !page.contains(&line) {
            missing.push(line);
        }
    }
    assert!(
        missing.is_empty(),
        "docs/connecting-ghl.md lacks:\n{}",
        missing.join("\n")
    );
}

/// A heading's anchor, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn the_links_of_the_docs_lead_somewhere() {
    let mut pages = pages();
    pages.push(souschef_cases::root().join("ARCHITECTURE.md"));
    let mut broken = Vec::new();
    let mut seen = 0;
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.contains(char::is_whitespace) {
                continue;
            }
            seen += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            let found = target.exists()
                && (heading.is_empty()
                    || std::fs::read_to_string(&target)
                        .unwrap()
                        .lines()
                        .any(|line| line.starts_with('#') && anchor(line) == heading));
            if !found {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(seen > 40, "only {seen} links were found");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
