//! Where slips are looked for: at the lines that messages name, and at those around them.

use super::line::{Line, head, parent, said};
use super::{Slip, column, marks};

/// What may be wrong at these lines (from 1), the likeliest first.
pub(in super::super) fn slips(text: &str, places: &[usize]) -> Vec<Slip> {
    let (lines, index_of) = said(text);
    let mut found: Vec<Slip> = Vec::new();
    for place in places {
        let Some(&at) = index_of.get(place.saturating_sub(1)) else {
            continue;
        };
        let at = at.min(lines.len().saturating_sub(1));
        marks::heads(text, &lines, at, &mut found);
        let mut near = vec![at];
        near.extend(at.checked_sub(1));
        near.push(at + 1);
        near.extend(head(&lines, at));
        near.extend(parent(&lines, at));
        let mut looked_at = Vec::new();
        for index in near {
            if index < lines.len() && !looked_at.contains(&index) {
                looked_at.push(index);
                at_line(&lines, index, &mut found);
            }
        }
    }
    // The smallest change is the likeliest.
    found.sort_by_key(|slip| slip.changes.len());
    found
}

fn at_line(lines: &[Line<'_>], index: usize, found: &mut Vec<Slip>) {
    let Some(line) = lines.get(index).copied() else {
        return;
    };
    let before = index.checked_sub(1).and_then(|index| lines.get(index)).copied();
    marks::on_line(line, before, lines.get(index + 1).copied(), found);
    column::moves(lines, index, found);
}
