//! What is said of two recipes, over all bundled ones: nothing of a recipe and itself, and the same of a pair from both sides.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use souschef_catalog::Catalog;
use souschef_plan::diff::{Diff, Kind, diff};
use souschef_recipe::SourceFile;

fn between(old: &str, new: &str) -> Diff {
    let source = |name: &str, text: &str| SourceFile::new(name, text);
    diff(&source("old", old), &source("new", new), &Catalog::bundled()).unwrap()
}

fn count(diff: &Diff, kind: Kind) -> usize {
    diff.changes.iter().filter(|change| change.kind == kind).count()
}

#[test]
fn a_recipe_is_the_same_as_itself_in_another_layout() {
    for (name, text) in souschef_cases::recipes() {
        let wide: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .map(|line| format!("{line}\n"))
            .collect();
        let found = between(&text, &wide);
        assert!(found.is_same() && found.effects.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn a_step_that_is_taken_out_is_gone_and_from_the_other_side_new() {
    let mut tried = 0;
    for (name, text) in souschef_cases::recipes() {
        let at = text.rfind("\n  - ").unwrap();
        let (whole, without) = (&text, &text[..=at]);
        let Ok(gone) = diff(
            &SourceFile::new("old", whole.as_str()),
            &SourceFile::new("new", without),
            &Catalog::bundled(),
        ) else {
            continue;
        };
        tried += 1;
        let back = between(without, whole);
        assert_eq!(
            (gone.changes.len(), count(&gone, Kind::Removed)),
            (1, 1),
            "{name}: {gone:?}"
        );
        assert_eq!(
            (back.changes.len(), count(&back, Kind::Added)),
            (1, 1),
            "{name}: {back:?}"
        );
    }
    assert!(tried >= 5, "only {tried} recipes were tried");
}

#[test]
fn any_two_recipes_can_be_held_against_each_other() {
    let all = souschef_cases::recipes();
    for (one, old) in &all {
        for (other, new) in &all {
            assert_eq!(between(old, new).is_same(), one == other, "{one} {other}");
        }
    }
}

#[test]
fn a_step_that_is_cut_out_and_put_elsewhere_has_moved() {
    let head = "trigger: { manual: true }\nactions:\n";
    let steps = ["a", "b", "c", "d", "e"].map(|name| format!("  - {{ stop: {name} }}\n"));
    let joined = |order: [usize; 5]| head.to_owned() + &order.map(|index| steps[index].clone()).concat();
    let old = joined([0, 1, 2, 3, 4]);
    for (order, moved) in [([1, 2, 3, 4, 0], 1), ([0, 1, 4, 2, 3], 1), ([4, 1, 2, 3, 0], 2)] {
        let found = between(&old, &joined(order));
        assert_eq!(count(&found, Kind::Moved), moved, "{order:?}: {found:?}");
        assert_eq!(found.changes.len(), moved, "{order:?}: {found:?}");
    }
}
