//! What is missing: a key, or a mark on a line.

use super::super::super::{RECIPE_KEYS, keys, step};
use super::line::Line;
use super::{Change, Kind, Slip};
use crate::span::Span;

/// Keys that open a block.
const BLOCKS: &[&str] = &[
    "inputs",
    "trigger",
    "mappings",
    "actions",
    "on_failure",
    "with",
    "do",
    "choose",
    "otherwise",
    "parallel",
    "set",
    "wait_for",
    "any",
    "all",
    "not",
    "on_error",
    "retry",
    "concurrency",
    "connections",
    "lookup",
    "auth",
    "if",
    "for_each",
];

/// A key of the recipe that is missing above this line.
pub(super) fn heads(text: &str, lines: &[Line<'_>], at: usize, found: &mut Vec<Slip>) {
    let Some(line) = lines.get(at).filter(|line| (1..=2).contains(&line.indent)) else {
        return;
    };
    // A gap in the text shows where another part of the recipe begins.
    let above = text.get(..line.start.saturating_sub(1)).unwrap_or_default();
    let above = above.rsplit('\n').next().unwrap_or_default().trim();
    if !(above.is_empty() || above.starts_with('#')) {
        return;
    }
    for key in ["inputs", "trigger", "mappings", "actions"] {
        let there = |line: &Line<'_>| line.indent == 0 && line.word() == key;
        if !lines.iter().any(there) {
            found.push(Slip {
                changes: vec![Change {
                    span: Span::new(line.start, line.start),
                    text: format!("{key}:\n"),
                }],
                place: line.span(),
                kind: Kind::Head(key),
            });
        }
    }
}

/// What is missing on this line.
pub(super) fn on_line(
    line: Line<'_>,
    before: Option<Line<'_>>,
    next: Option<Line<'_>>,
    found: &mut Vec<Slip>,
) {
    let inner = line.start + line.inner();
    let rest = line.text.get(line.inner()..).unwrap_or_default();
    let word = line.word();
    let change = |start: usize, end: usize, text: &str, kind: Kind| Slip {
        changes: vec![Change {
            span: Span::new(start, end),
            text: text.to_owned(),
        }],
        place: line.span(),
        kind,
    };
    let put = |at: usize, text: &str, kind: Kind| change(at, at, text, kind);
    let after = rest.get(word.len()..).unwrap_or_default();
    let end = inner + word.len();
    if !word.is_empty()
        && (after.trim().is_empty() || after.starts_with(' '))
        && !after.trim().starts_with(':')
    {
        found.push(put(end, ":", Kind::Colon(word.to_owned(), short(after))));
    }
    if !word.is_empty() && after.trim().is_empty() {
        let begun = BLOCKS
            .iter()
            .filter(|key| key.starts_with(word) || keys::nearest(word, [**key]).is_some());
        for key in begun {
            let kind = Kind::Word(word.to_owned(), Some(key));
            found.push(change(inner, end, &format!("{key}:"), kind));
        }
        // An item of which the first line is not all there.
        if next.is_some_and(|next| next.indent == line.inner() && next.indent > line.indent) {
            found.push(change(inner, end, "name: x", Kind::Word(word.to_owned(), None)));
        }
    }
    if !word.is_empty() && after.starts_with(':') && after.len() > 1 && !after.starts_with(": ") {
        found.push(put(end + 1, " ", Kind::Space(word.to_owned())));
    }
    in_brackets(line, &put, found);
    let value = after.strip_prefix(": ").map(str::trim);
    if let Some(value) = value
        && let Some(open) = value.chars().last().and_then(|last| match last {
            '}' if !value.contains("}}") || value.ends_with(" }") => Some('{'),
            ']' => Some('['),
            _ => None,
        })
        && !value.starts_with(['{', '[', '|', '>'])
    {
        found.push(put(end + 2, &format!("{open} "), Kind::Opening(open)));
    }
    if !line.text.trim_start().starts_with('-') {
        found.push(put(line.start + line.indent, "- ", Kind::Dash));
        if line.indent >= 2 {
            let start = line.start + line.indent;
            found.push(change(start - 2, start, "- ", Kind::Dash));
        }
    }
    let own = step::is_key(word) || RECIPE_KEYS.contains(&word);
    if let Some(before) = before.filter(|before| !own && !before.opens() && line.indent > before.inner()) {
        let with = format!("{}with:\n", " ".repeat(before.inner()));
        found.push(put(line.start, &with, Kind::With));
    }
    if let Some(next) = next {
        let swapped = format!("{}\n{}", next.text, line.text);
        found.push(change(
            line.start,
            next.start + next.text.len(),
            &swapped,
            Kind::Swapped,
        ));
    }
}

/// What goes into a message: nothing where it is long.
fn short(rest: &str) -> String {
    let rest = rest.trim_end();
    if rest.len() > 40 || rest.contains('"') {
        String::new()
    } else {
        rest.to_owned()
    }
}

/// A colon, or the space after it, that is missing within brackets: `{ key "value" }`.
fn in_brackets(line: Line<'_>, put: &dyn Fn(usize, &str, Kind) -> Slip, found: &mut Vec<Slip>) {
    let mut from = 0;
    while let Some(at) = line
        .text
        .get(from..)
        .and_then(|rest| rest.find(['{', ',']))
        .map(|at| from + at + 1)
    {
        from = at;
        let rest = line.text.get(at..).unwrap_or_default();
        let lead = rest.len() - rest.trim_start().len();
        let word: String = rest
            .trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            .collect();
        let end = at + lead + word.len();
        let after = line.text.get(end..).unwrap_or_default();
        let begins = |text: &str| text.starts_with(['"', '\'', '[', '{']);
        if word.is_empty() {
            continue;
        }
        if begins(after.trim_start()) {
            found.push(put(line.start + end, ": ", Kind::Colon(word, String::new())));
        } else if after.strip_prefix(':').is_some_and(begins) {
            found.push(put(line.start + end + 1, " ", Kind::Space(word)));
        }
    }
}
