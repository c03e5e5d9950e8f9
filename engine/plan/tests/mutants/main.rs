//! Every bundled recipe, spoilt by machine in every way at every line: what is said is said there, once, or the spoilt
//! recipe is another right one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops where it fails, and prints its figures"
)]

mod make;

use std::collections::BTreeMap;

use serde_json::Value;
use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, check};
use souschef_recipe::{Code, Diagnostic, SourceFile, decode};

/// In how many places two recipes differ; a line that only one of them has counts once, and so does a key under another name:
/// where it is not told, any name will do.
fn differences(one: &Value, two: &Value) -> usize {
    match (one, two) {
        (Value::Object(left), Value::Object(right)) => {
            let own = left
                .iter()
                .map(|(key, value)| right.get(key).map_or(1, |other| differences(value, other)));
            let new: Vec<&Value> = right
                .iter()
                .filter(|(key, _)| !left.contains_key(*key))
                .map(|(_, value)| value)
                .collect();
            let old: Vec<&Value> = left
                .iter()
                .filter(|(key, _)| !right.contains_key(*key))
                .map(|(_, value)| value)
                .collect();
            match (old.as_slice(), new.as_slice()) {
                ([old], [new]) if old == new => own.sum::<usize>(),
                _ => own.sum::<usize>() + new.len(),
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .map(|(one, two)| differences(one, two))
            .sum(),
        (one, two) => usize::from(one != two),
    }
}

/// What came of the mutants.
#[derive(Default)]
struct Figures {
    tried: usize,
    /// Nothing is said, and the recipe says the same as before, or has another word, number or line in one place.
    same: usize,
    other: usize,
    /// A line is gone, and all that is told is what nothing uses any more: another right recipe.
    unused: usize,
    /// How many messages there were of each that was told, by how it was spoilt.
    counts: BTreeMap<&'static str, Vec<usize>>,
    at: usize,
    near: usize,
    far: Vec<String>,
    silent: Vec<String>,
}

#[test]
fn a_spoilt_recipe_is_told_where_it_was_spoilt() {
    let catalog = Catalog::bundled();
    let all = souschef_cases::recipes();
    let others: BTreeMap<String, OtherRecipe> = all
        .iter()
        .filter_map(|(name, text)| {
            let recipe = decode(&SourceFile::new("other.yaml", text.as_str())).recipe?;
            Some((name.clone(), OtherRecipe { recipe }))
        })
        .collect();
    let context = Context {
        catalog: &catalog,
        project: None,
        recipes: Some(&others),
    };
    // All of them take a minute; a part is as good a guard.
    let every = if std::env::var_os("MUTANTS").is_some() {
        1
    } else {
        5
    };
    let mut figures = Figures::default();
    for (name, text) in &all {
        let tree = |text: &str| {
            let tree = decode(&SourceFile::new("recipe.yaml", text)).tree;
            tree.map(|node| node.to_json())
        };
        let right = tree(text).unwrap();
        for mutant in make::mutants(text).iter().step_by(every) {
            figures.tried += 1;
            let source = SourceFile::new("recipe.yaml", mutant.text.as_str());
            let told = check(name, &source, context).diagnostics;
            let line = mutant.text.lines().nth(mutant.first - 1).unwrap_or_default();
            let case = format!("{name}:{} {}: {line}", mutant.first, mutant.kind);
            if told.is_empty() {
                let now = tree(&mutant.text).unwrap();
                match differences(&right, &now) {
                    0 => figures.same += 1,
                    // The checker finds a word, number or line as good as the one that was there.
                    1 => figures.other += 1,
                    _ if mutant.lines => figures.other += 1,
                    _ => figures.silent.push(case),
                }
                continue;
            }
            if mutant.lines && told.iter().all(|one| one.code == Code::UNUSED) {
                figures.unused += 1;
                continue;
            }
            figures.counts.entry(mutant.kind).or_default().push(told.len());
            let distance = told
                .iter()
                .flat_map(|one| std::iter::once(one.span).chain(one.related.iter().map(|(span, _)| *span)))
                .map(|span| (source.place(span.start).line, source.place(span.end).line))
                .map(|(from, to)| {
                    let above = steps(&mutant.text, to, mutant.first);
                    above.max(steps(&mutant.text, mutant.last, from))
                })
                .min()
                .unwrap();
            match distance {
                0 => figures.at += 1,
                1 => figures.near += 1,
                _ => figures.far.push(format!("{case} => {}", words(&source, &told))),
            }
            if every == 1 && told.len() > 2 {
                println!("{} messages: {case} => {}", told.len(), words(&source, &told));
            }
        }
    }
    let mut counts: Vec<usize> = figures.counts.values().flatten().copied().collect();
    let told = counts.len();
    let middle = median(&mut counts);
    let most = counts[told - 1];
    println!(
        "{} tried: {told} told ({} at the line, {} within one, {} elsewhere), median {middle} and at most {most} \
         messages; {} told as unused only; not told: {} the same recipe, {} another that is right, {} unclear",
        figures.tried,
        figures.at,
        figures.near,
        figures.far.len(),
        figures.unused,
        figures.same,
        figures.other,
        figures.silent.len(),
    );
    assert!(figures.tried >= 2000, "{} tried", figures.tried);
    assert_eq!(middle, 1, "messages in the middle");
    assert_eq!(
        figures.counts.len(),
        make::KINDS,
        "ways of spoiling that came about"
    );
    for (kind, counts) in &mut figures.counts {
        let tried = counts.len();
        assert_eq!(median(counts), 1, "messages in the middle of {tried}: {kind}");
    }
    assert!(
        figures.far.is_empty(),
        "told elsewhere:\n{}",
        figures.far.join("\n")
    );
    assert!(
        figures.silent.is_empty(),
        "not told:\n{}",
        figures.silent.join("\n")
    );
}

fn median(counts: &mut [usize]) -> usize {
    counts.sort_unstable();
    counts[counts.len() / 2]
}

fn words(source: &SourceFile, told: &[Diagnostic]) -> String {
    let each = told.iter().map(|one| {
        format!(
            "{} {}: {}",
            source.place(one.span.start).line,
            one.code.id(),
            one.message
        )
    });
    each.collect::<Vec<_>>().join(" | ")
}

/// How many lines that say something it is from one line down to another; 0 where that is none or above.
fn steps(text: &str, from: usize, to: usize) -> usize {
    let silent = |line: &&str| line.trim().is_empty() || line.trim().starts_with('#');
    text.lines()
        .skip(from)
        .take(to.saturating_sub(from))
        .filter(|line| !silent(line))
        .count()
}
