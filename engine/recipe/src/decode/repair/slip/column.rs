//! A line, or all of a block, in the wrong column.

use super::line::{Line, parent};
use super::{Change, Kind, Slip};
use crate::span::Span;

/// The line moved into each column that it may be due in: alone, with what stands in it, or with all that follows.
pub(super) fn moves(lines: &[Line<'_>], index: usize, found: &mut Vec<Slip>) {
    let Some(line) = lines.get(index).copied() else {
        return;
    };
    let mut tried = vec![line.indent];
    let block = 1 + lines
        .get(index + 1..)
        .unwrap_or_default()
        .iter()
        .take_while(|below| below.indent > line.indent)
        .count();
    let run = lines
        .get(index..)
        .unwrap_or_default()
        .iter()
        .take_while(|below| below.indent >= line.indent)
        .count();
    let tab = line
        .text
        .get(..line.indent)
        .is_some_and(|lead| lead.contains('\t'));
    for due in due(lines, index) {
        if (tried.contains(&due) && !tab) || due.abs_diff(line.indent) > 8 {
            continue;
        }
        tried.push(due);
        let mut counts = vec![1, block, run];
        counts.dedup();
        for count in counts {
            let moved: Option<Vec<Change>> = lines
                .get(index..index + count)
                .unwrap_or_default()
                .iter()
                .map(|one| {
                    let indent = (one.indent + due).checked_sub(line.indent)?;
                    Some(Change {
                        span: Span::new(one.start, one.start + one.indent),
                        text: " ".repeat(indent),
                    })
                })
                .collect();
            found.extend(moved.map(|changes| Slip {
                changes,
                place: line.span(),
                kind: Kind::Column {
                    was: line.indent,
                    due,
                    lines: if count == block { 1 } else { count },
                },
            }));
        }
    }
}

/// The columns of the lines around one.
fn due(lines: &[Line<'_>], index: usize) -> Vec<usize> {
    let mut due: Vec<usize> = Vec::new();
    if let Some(before) = index.checked_sub(1).and_then(|index| lines.get(index)) {
        due.extend([before.indent, before.inner()]);
        if before.opens() {
            due.push(before.inner() + 2);
        }
    }
    due.extend(lines.get(index + 1).map(|next| next.indent));
    let mut above = index;
    while let Some(up) = parent(lines, above) {
        due.extend(
            lines
                .get(up)
                .into_iter()
                .flat_map(|line| [line.indent, line.inner()]),
        );
        above = up;
    }
    due
}
