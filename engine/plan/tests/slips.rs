//! Each bundled recipe with one slip of a person in it, at every place where that slip can be made: what is said is
//! said near the slip, and mostly in one message.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeMap;

use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, check};
use souschef_recipe::{Diagnostic, SourceFile, decode};

/// A slip: its name, and what becomes of a line, where it can be made there.
type Slip = (&'static str, fn(&str) -> Option<String>);

/// The part of a line before its comment.
fn said(line: &str) -> &str {
    line.find(" #").map_or(line, |at| &line[..at])
}

const SLIPS: &[Slip] = &[
    ("no space after a colon", |line| {
        let (key, value) = said(line).split_once(": ")?;
        let plain = !value.trim().is_empty() && !key.contains(['"', '{', '[', '\'', '#']);
        plain.then(|| format!("{key}:{}", value.trim_start()))
    }),
    ("a tab for the indent", |line| {
        let words = line.trim_start();
        (words.len() < line.len() && !words.starts_with('#') && !words.is_empty())
            .then(|| format!("\t{words}"))
    }),
    ("a quote that is not closed", |line| {
        let line = said(line).trim_end();
        (line.ends_with('"') && line.matches('"').count() == 2).then(|| line[..line.len() - 1].to_owned())
    }),
    ("an expression that is not closed", |line| {
        (said(line).matches("}}").count() == 1).then(|| line.replacen("}}", "", 1))
    }),
    ("an expression without quotes", |line| {
        let value = said(line).split_once(": ")?.1.trim();
        let only = value.starts_with("\"{{") && value.ends_with("}}\"") && value.matches('"').count() == 2;
        only.then(|| line.replacen('"', "", 2))
    }),
    ("a key with two letters turned round", |line| {
        let words = line.trim_start().trim_start_matches("- ");
        let (key, _) = words.split_once(':')?;
        let plain = key.len() > 3 && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let known = [
            "trigger", "actions", "action", "mappings", "inputs", "with", "poll", "webhook", "choose",
            "for_each", "every",
        ];
        (plain && known.contains(&key)).then(|| {
            let turned = format!("{}{}{}{}", &key[..1], &key[2..3], &key[1..2], &key[3..]);
            line.replacen(key, &turned, 1)
        })
    }),
    ("a brace that is not closed", |line| {
        let line = said(line).trim_end();
        (line.ends_with(" }") && !line.ends_with("}}") && line.contains("{ "))
            .then(|| line[..line.len() - 2].to_owned())
    }),
    ("an indent of one space more", |line| {
        let words = line.trim_start();
        let entry = words.contains(": ") && !words.starts_with(['-', '#']);
        (entry && words.len() < line.len()).then(|| format!(" {line}"))
    }),
    ("a name that does not exist", |line| {
        (!line.trim_start().starts_with('#') && line.contains("steps."))
            .then(|| line.replacen("steps.", "steps.un_", 1))
    }),
    ("a helper that does not exist", |line| {
        ["date_add ", "default ", "date_format ", "join ", "coalesce "]
            .iter()
            .find(|helper| said(line).contains(&format!("{{{{ {helper}")))
            .map(|helper| line.replacen(helper, &format!("x{helper}"), 1))
    }),
];

fn told(
    text: &str,
    catalog: &Catalog,
    others: &BTreeMap<String, OtherRecipe>,
) -> (SourceFile, Vec<Diagnostic>) {
    let source = SourceFile::new("recipe.yaml", text);
    let context = Context {
        catalog,
        project: None,
        recipes: Some(others),
    };
    let told = check("recipe", &source, context).diagnostics;
    (source, told)
}

#[test]
fn one_slip_is_told_where_it_is_and_mostly_once() {
    let catalog = Catalog::bundled();
    let all = souschef_cases::recipes();
    assert!(all.len() >= 10, "there are {} recipes", all.len());
    let others: BTreeMap<String, OtherRecipe> = all
        .iter()
        .filter_map(|(name, text)| {
            let recipe = decode(&SourceFile::new("other.yaml", text.as_str())).recipe?;
            Some((name.clone(), OtherRecipe { recipe }))
        })
        .collect();
    let mut wrong = Vec::new();
    for (slip, make) in SLIPS {
        let (mut counts, mut silent, mut far) = (Vec::new(), Vec::new(), Vec::new());
        for (name, text) in &all {
            let before = told(text, &catalog, &others).1.len();
            let lines: Vec<&str> = text.lines().collect();
            for (index, line) in lines.iter().enumerate() {
                let Some(made) = make(line).filter(|made| made != line) else {
                    continue;
                };
                let mut changed = lines.clone();
                changed[index] = &made;
                let changed = changed.join("\n") + "\n";
                let (source, now) = told(&changed, &catalog, &others);
                let case = format!("{name}:{}: {}", index + 1, made.trim());
                counts.push((now.len().saturating_sub(before), case.clone()));
                let near = now.iter().any(|one| {
                    let places = std::iter::once(one.span).chain(one.related.iter().map(|(span, _)| *span));
                    places
                        .into_iter()
                        .any(|span| source.place(span.start).line.abs_diff(index + 1) <= 1)
                });
                if now.len() <= before {
                    silent.push(case);
                } else if !near {
                    far.push(case);
                }
            }
        }
        counts.sort();
        let middle = counts.get(counts.len() / 2).map_or(0, |(count, _)| *count);
        let tried = counts.len();
        // A slip can make another right recipe: the one line of a map may stand one space further in.
        if tried < 10 || middle != 1 || silent.len() * 10 > tried || far.len() * 20 > tried {
            wrong.push(format!(
                "{slip}: {tried} tried, {middle} messages in the middle, silent at {silent:?}, told elsewhere at {far:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
