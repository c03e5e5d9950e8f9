//! Reading a test file, with all that is wrong with its form. What reads YAML into types stops at the first slip: the part
//! that holds it is taken out then, and the rest is read again.

use souschef_catalog::file::{Fault, read};
use souschef_recipe::{Code, Diagnostic, Node, NodeKind, SourceFile, Span, tree};

use super::file::RecipeTest;

/// How often a file is read again at the most.
const MOST: usize = 50;

/// What is said of a key that must be there.
const MISSING: &str = "a key is missing:";

/// Reads a test file.
///
/// # Errors
/// Every slip in its form.
pub fn parse(source: &SourceFile) -> Result<RecipeTest, Vec<Diagnostic>> {
    match parts(source) {
        (Some(test), told) if told.is_empty() => Ok(test),
        (_, told) => Err(told),
    }
}

/// What of a test file can be read, and every slip in its form.
pub(super) fn parts(source: &SourceFile) -> (Option<RecipeTest>, Vec<Diagnostic>) {
    let mut told: Vec<Diagnostic> = Vec::new();
    // Keys that were taken out, or were meant by those, and where they stood.
    let mut taken: Vec<(String, Span)> = Vec::new();
    let mut text = source.text().to_owned();
    for _ in 0..MOST {
        let fault = match read(&text) {
            Ok(test) => return (Some(test), told),
            Err(fault) => fault,
        };
        let diagnostic = slip(source, &fault);
        let missing = fault.message.strip_prefix(MISSING);
        let at = SourceFile::new("", text.as_str()).offset(fault.line, fault.column);
        let parsed = tree::parse(&text);
        let part = parsed
            .tree
            .filter(|_| parsed.diagnostics.is_empty())
            .and_then(|tree| part_at(&text, &tree, at, missing.is_some()));
        let inside = |place: &Span| {
            part.as_ref()
                .is_none_or(|(_, part)| part.start <= place.start && place.end <= part.end)
        };
        let caused = missing
            .map(|key| key.trim().trim_matches('`'))
            .is_some_and(|key| taken.iter().any(|(one, place)| one == key && inside(place)));
        let meant = diagnostic.fix.as_ref().map(|fix| fix.text.clone());
        if !caused {
            if told.iter().any(|one| one.span.start == diagnostic.span.start) {
                break;
            }
            told.push(diagnostic);
        }
        let Some((key, span)) = part else {
            break;
        };
        taken.extend(key.into_iter().chain(meant).map(|key| (key, span)));
        text = without(&text, span);
    }
    (None, told)
}

/// The smallest part of a tree around a place that can be left out by itself: a key and its value, or an item of a list.
/// What lacks a key is left out whole.
fn part_at(text: &str, node: &Node, at: usize, whole: bool) -> Option<(Option<String>, Span)> {
    match &node.kind {
        NodeKind::Map(entries) => {
            let around = |span: Span| span.start <= at && at < span.end.max(span.start + 1);
            let entry = entries
                .iter()
                .find(|entry| around(entry.key.span.to(entry.value.span)))?;
            let inner = part_at(text, &entry.value, at, whole);
            let own = || {
                let span = entry.key.span.to(entry.value.span);
                (entries.len() > 1 && !whole).then(|| (Some(entry.key.value.clone()), span))
            };
            inner.or_else(own)
        }
        NodeKind::List(items) => {
            let item = items
                .iter()
                .find(|item| item.span.start <= at && at < item.span.end)?;
            let head = text.get(..item.span.start).unwrap_or_default().trim_end();
            // The dash before it goes too.
            let start = head.strip_suffix('-').map_or(item.span.start, str::len);
            let own = || (items.len() > 1).then(|| (None, Span::new(start, item.span.end)));
            part_at(text, item, at, whole).or_else(own)
        }
        _ => None,
    }
}

/// The text with spaces where a part of it was, and the comma after it, so that every other place stays what it is.
fn without(text: &str, part: Span) -> String {
    let rest = text.get(part.end..).unwrap_or_default();
    let comma = rest.trim_start().starts_with(',');
    let end = part.end
        + if comma {
            rest.find(',').map_or(0, |comma| comma + 1)
        } else {
            0
        };
    let blank = |c: char| if c == '\n' { c } else { ' ' };
    let head = text.get(..part.start).unwrap_or_default();
    let gone: String = text
        .get(part.start..end)
        .unwrap_or_default()
        .chars()
        .map(blank)
        .collect();
    format!("{head}{gone}{}", text.get(end..).unwrap_or_default())
}

/// What is said of a slip.
fn slip(source: &SourceFile, fault: &Fault) -> Diagnostic {
    let start = source.offset(fault.line, fault.column);
    let end = source.text().get(start..).map_or(start, |rest| {
        start + rest.find([':', ',', '}', '\n']).unwrap_or(rest.len())
    });
    // The keys are told below, where they are wrapped.
    let (message, expected) = fault
        .message
        .split_once(", expected ")
        .filter(|(slip, _)| slip.starts_with("there is no key"))
        .unwrap_or((&fault.message, ""));
    let diagnostic = Diagnostic::new(Code::of("SC340"), Span::new(start, end), message);
    if expected.is_empty() {
        return diagnostic;
    }
    // `one of a, b, c`, `a or b`, or `a` alone.
    let keys: Vec<&str> = expected
        .trim_start_matches("one of ")
        .split(", ")
        .flat_map(|part| part.split(" or "))
        .map(|key| key.trim_matches('`'))
        .collect();
    let written = message.split('`').nth(1).unwrap_or_default();
    let diagnostic = match souschef_recipe::nearest(written, keys.iter().copied()) {
        Some(near) => diagnostic.did_you_mean(near),
        None => diagnostic,
    };
    diagnostic.note(format!("keys here: {}", keys.join(", ")))
}
