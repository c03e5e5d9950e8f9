//! Where a comment on a line of its own goes.

use super::walk::{Place, Walk};

/// The column of a comment: that of what comes below it, or, where it is indented deeper than that, of the level it is in.
pub(super) fn indent(walk: &Walk<'_>, line: usize) -> usize {
    let column = walk.lines.indent(line);
    let below = (line + 1..walk.lines.len()).find_map(|below| match walk.places.get(below) {
        Some(Place::Begins { indent, .. }) => Some((walk.lines.indent(below), *indent)),
        _ => None,
    });
    if let Some((was, indent)) = below
        && column <= was
    {
        return indent;
    }
    let above = (0..line).rev().find_map(|above| match walk.places.get(above) {
        Some(Place::Begins { levels, .. }) => Some(levels),
        _ => None,
    });
    let level = above.and_then(|levels| levels.iter().rev().find(|(was, _)| *was <= column));
    level.copied().or(below).map_or(0, |(_, indent)| indent)
}
