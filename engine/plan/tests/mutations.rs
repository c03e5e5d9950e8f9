//! Whatever is done to a recipe, `check` says something and never panics.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, Project, check};
use souschef_recipe::{Severity, SourceFile, decode};

const PROJECT: &str = "connections:\n  main: { connector: ghl, tags: [vip], scopes: [contacts.readonly] }\nsecrets: { lead_hook: { env: A } }\n";

/// The recipes of `tests/check`, and the project files among them.
fn recipes() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/check");
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    let files = cases
        .iter()
        .flat_map(|case| [case.join("recipe.yaml"), case.join("souschef.yaml")]);
    files
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .collect()
}

/// One change to a text: `place` and `other` choose where, `kind` what.
fn change(text: &str, place: usize, other: usize, kind: u8, word: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    if chars.is_empty() || lines.is_empty() {
        return word.to_owned();
    }
    let (at, line, next) = (place % chars.len(), place % lines.len(), other % lines.len());
    let joined = |chars: &[char]| chars.iter().collect::<String>();
    match kind {
        0 => joined(&chars[..at]) + &joined(&chars[at + 1..]),
        1 => joined(&chars[..at]) + word + &joined(&chars[at..]),
        2 => {
            lines.swap(line, next);
            lines.join("\n")
        }
        3 => {
            lines.remove(line);
            lines.join("\n")
        }
        4 => {
            lines.insert(line, lines[next]);
            lines.join("\n")
        }
        5 => joined(&chars[..at]),
        // A word is replaced by another, so that the text mostly stays a recipe.
        6 => {
            let words: Vec<&str> = text
                .split([' ', '\n', '"', '{', '}', '.', ':'])
                .filter(|one| one.len() > 2)
                .collect();
            match (
                words.get(place % words.len().max(1)),
                words.get(other % words.len().max(1)),
            ) {
                (Some(from), Some(to)) => text.replacen(from, to, 1 + other % 3),
                _ => word.to_owned(),
            }
        }
        _ => text.replacen(['"', '{', '[', ':'], word, 1 + other % 4),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn no_change_to_a_recipe_makes_check_panic(
        which in 0usize..1000,
        changes in prop::collection::vec((any::<usize>(), any::<usize>(), 0u8..8, "[ -~äß€\\n\\t]{0,6}|\\{\\{|\\}\\}|\\$\\.|steps\\.|- |: "), 1..6),
    ) {
        let all = recipes();
        let mut text = all[which % all.len()].clone();
        for (place, other, kind, word) in &changes {
            text = change(&text, *place, *other, *kind, word);
        }
        let source = SourceFile::new("recipe.yaml", text.clone());
        let (parsed, told) = Project::parse(&source);
        prop_assert!(parsed.is_some() || !told.is_empty(), "nothing is said of a project file that gives no project");
        let project = Project::parse(&SourceFile::new("souschef.yaml", PROJECT)).0.unwrap();
        let others: BTreeMap<String, OtherRecipe> =
            decode(&source).recipe.map(|recipe| ("welcome".to_owned(), OtherRecipe { recipe })).into_iter().collect();
        let catalog = Catalog::bundled();
        let checked = check("recipe", &source, Context { catalog: &catalog, project: Some(&project), recipes: Some(&others) });
        let errors = checked.diagnostics.iter().any(|one| one.severity() == Severity::Error);
        prop_assert_eq!(checked.plan.is_some(), !errors);
        for one in &checked.diagnostics {
            prop_assert!(one.span.start <= one.span.end && one.span.end <= text.len() + 1, "{:?} in {} bytes", one, text.len());
            prop_assert!(!one.message.ends_with('.'), "{:?}", one.message);
        }
    }
}
