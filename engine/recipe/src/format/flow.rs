//! Space in `{ … }` and `[ … ]` on one line: one inside the brackets, one after a comma and a colon.

use super::walk::Walk;
use crate::tree::{Node, NodeKind};

/// Puts the space of a flow collection right, as far as it stands on one line.
pub(super) fn spaces(walk: &mut Walk<'_>, node: &Node) {
    // Where each value begins and ends, and what stands before it.
    let mut parts: Vec<(usize, usize, &str)> = Vec::new();
    match &node.kind {
        NodeKind::List(items) => parts.extend(items.iter().map(|item| (item.span.start, item.span.end, ","))),
        NodeKind::Map(entries) => {
            for entry in entries {
                let (key, value) = (entry.key.span, entry.value.span);
                parts.push((key.start, key.end, ","));
                if value.end > value.start {
                    parts.push((value.start, value.end, ":"));
                }
            }
        }
        _ => return,
    }
    let (Some(first), Some(last)) = (parts.first().copied(), parts.last().copied()) else {
        walk.gap(node.span.start + 1, node.span.end.saturating_sub(1), "", "");
        return;
    };
    walk.gap(node.span.start + 1, first.0, "", " ");
    for pair in parts.windows(2) {
        let [(_, end, _), (start, _, sign)] = pair else {
            continue;
        };
        walk.gap(*end, *start, sign, &format!("{sign} "));
    }
    let close = node.span.end.saturating_sub(1);
    walk.gap(last.1, close, "", " ");
    walk.gap(last.1, close, ",", " ");
}
