//! What the walk found, written.

use super::comments;
use super::order::Order;
use super::walk::{Place, Walk};

/// A line as it will be.
#[derive(Clone, Default)]
struct Written {
    indent: usize,
    text: String,
    /// Whether it stays although it is empty: it is part of a value.
    kept: bool,
}

/// Writes the text anew.
pub(super) fn write(text: &str, walk: &Walk<'_>) -> String {
    let mut edits = walk.edits.clone();
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut edits = edits.into_iter().peekable();
    let mut lines: Vec<Written> = Vec::new();
    for number in 0..walk.lines.len() {
        let range = walk.lines.range(number);
        let mut changed = String::new();
        let mut from = range.start + walk.lines.indent(number);
        while let Some((span, new)) = edits.next_if(|(span, _)| span.start < range.end) {
            if span.start >= from && span.end <= range.end {
                changed.push_str(text.get(from..span.start).unwrap_or_default());
                changed.push_str(&new);
                from = span.end;
            }
        }
        changed.push_str(text.get(from..range.end).unwrap_or_default());
        lines.push(written(walk, number, &changed));
    }
    for order in &walk.orders {
        reorder(&mut lines, order);
    }
    joined(&lines)
}

fn written(walk: &Walk<'_>, number: usize, changed: &str) -> Written {
    let is_value = |place: Option<&Place>| matches!(place, Some(Place::GoesOn { .. }));
    // A line that ends inside of a value keeps its end.
    let text = if is_value(walk.places.get(number + 1)) && changed.ends_with("\\ ") {
        changed.to_owned()
    } else {
        changed.trim_end().to_owned()
    };
    let kept = false;
    match walk.places.get(number) {
        Some(Place::Begins { indent, .. }) => Written {
            indent: *indent,
            text,
            kept,
        },
        Some(Place::GoesOn { indent }) => Written {
            indent: *indent,
            text,
            kept: true,
        },
        Some(Place::Text { from, to }) => {
            let raw = walk.lines.line(number);
            let said = raw.get(*from..).unwrap_or_default();
            Written {
                indent: if said.is_empty() { 0 } else { *to },
                text: said.to_owned(),
                kept: true,
            }
        }
        _ if text.starts_with('#') => Written {
            indent: comments::indent(walk, number),
            text,
            kept,
        },
        _ => Written {
            indent: walk.lines.indent(number),
            text,
            kept,
        },
    }
}

/// Puts the entries of a map in order. Dashes before the first key stay where they are.
fn reorder(lines: &mut [Written], order: &Order) {
    let (Some(first), Some(last)) = (order.entries.first(), order.entries.last()) else {
        return;
    };
    let whole = first.start..last.end;
    let Some(old) = lines.get(whole.clone()).map(<[Written]>::to_vec) else {
        return;
    };
    let part = |from: usize, to: usize| old.get(from - whole.start..to - whole.start).unwrap_or_default();
    let mut new: Vec<Written> = Vec::with_capacity(old.len());
    let mut head = None;
    let mut keys = Vec::new();
    for (place, entry) in order.order.iter().enumerate() {
        let (Some(range), Some(key_line)) = (order.entries.get(*entry), order.key_lines.get(*entry)) else {
            return;
        };
        let mut chunk = part(range.start, range.end).to_vec();
        let key = key_line - range.start;
        if *entry == 0
            && let Some(line) = chunk.get_mut(key)
        {
            head = Some(take_head(line));
        }
        keys.push(new.len() + key);
        new.extend(chunk);
        // The empty lines that stood at this place.
        if let (Some(this), Some(next)) = (order.entries.get(place), order.entries.get(place + 1)) {
            new.extend_from_slice(part(this.end, next.start));
        }
    }
    if let (Some(head), Some(line)) = (head, keys.first().and_then(|key| new.get_mut(*key))) {
        line.indent = line.indent.saturating_sub(head.len());
        line.text.insert_str(0, &head);
    }
    if let Some(place) = lines.get_mut(whole) {
        place.clone_from_slice(&new);
    }
}

/// Takes the dashes from the head of a line.
fn take_head(line: &mut Written) -> String {
    let len = line.text.len() - line.text.trim_start_matches(['-', ' ']).len();
    let head: String = line.text.drain(..len).collect();
    line.indent += head.len();
    head
}

/// The lines as a text: no two empty ones in a row, none at the head or the end.
fn joined(lines: &[Written]) -> String {
    let mut text = String::new();
    let mut empty = 0;
    for line in lines {
        if line.text.is_empty() && !line.kept {
            empty += 1;
            continue;
        }
        if empty > 0 && !text.is_empty() {
            text.push('\n');
        }
        empty = 0;
        if !line.text.is_empty() {
            text.push_str(&" ".repeat(line.indent));
            text.push_str(&line.text);
        }
        text.push('\n');
    }
    text
}
