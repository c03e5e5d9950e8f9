//! Runs the folders of `tests/yaml`: a recipe, and exactly what is said of its YAML and its structure.
//!
//! `UPDATE=1 cargo test -p souschef-recipe --test yaml` writes what is said now. Where a recipe holds characters that
//! no one can see, the file is called `recipe.escaped` and writes them as `\u{0}`, `\r` and `\t`. The values of
//! `mappings:` are shown as JSON, so that a case can tell what a value became.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::fmt::Write;
use std::path::Path;

use souschef_recipe::{Severity, SourceFile, decode, render};

fn unescape(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('\\') {
        made.push_str(head);
        rest = if let Some(tail) = tail.strip_prefix("u{") {
            let (digits, tail) = tail.split_once('}').unwrap();
            made.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
            tail
        } else {
            let mut chars = tail.chars();
            made.push(match chars.next() {
                Some('r') => '\r',
                Some('t') => '\t',
                other => panic!("{other:?} after a backslash"),
            });
            chars.as_str()
        };
    }
    made + rest
}

/// What is said of the case in this folder, as a person reads it at a terminal of 100 columns.
fn said(case: &Path) -> String {
    let text = std::fs::read_to_string(case.join("recipe.yaml"))
        .unwrap_or_else(|_| unescape(&std::fs::read_to_string(case.join("recipe.escaped")).unwrap()));
    let source = SourceFile::new("recipe.yaml", text);
    let decoded = decode(&source);
    let count = |severity, word: &str| {
        let number = decoded
            .diagnostics
            .iter()
            .filter(|one| one.severity() == severity)
            .count();
        format!("{number} {word}{}", if number == 1 { "" } else { "s" })
    };
    let counts = format!(
        "{}, {}",
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning")
    );
    let mappings = decoded
        .tree
        .as_ref()
        .and_then(|tree| tree.get("mappings"))
        .map(|node| node.to_json());
    let mut said = render::human(&[(source, decoded.diagnostics)], false, 100);
    writeln!(said, "{counts}").unwrap();
    for (name, value) in mappings.iter().filter_map(|value| value.as_object()).flatten() {
        writeln!(said, "{name} = {value}").unwrap();
    }
    said
}

#[test]
fn every_case_says_exactly_what_is_expected() {
    souschef_cases::hold("yaml", "expected.txt", 60, |case| Ok(said(case)));
}
