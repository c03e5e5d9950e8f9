//! One way to lay a recipe out.
//!
//! The text is rewritten line by line, never written anew from the tree: what a person wrote stays where no rule speaks
//! of it. The tree only tells which line belongs where. What was laid out is read again, and a text whose meaning would
//! change is given back as it was.
//!
//! The rules, which `docs/commands.md` tells to people: two spaces a level; one space after a colon, unless values of
//! neighbouring lines stand in one column; the head of a recipe and of a step in the language's order; quotes where
//! they are needed, and then double ones; no two empty lines in a row; one line end at the end.

mod comments;
mod entries;
mod flow;
mod lines;
mod order;
mod quotes;
mod shape;
mod walk;
mod write;

use crate::diagnostic::{Diagnostic, Severity};
use crate::tree::{self, Node, NodeKind};
use order::Role;

/// Lays a recipe out. A text that can't be read is refused with what is wrong with it.
///
/// Comments, texts of several lines and the order of everything that has one stay. Line ends are those of the first line.
///
/// # Errors
/// Every mistake of the YAML; what is wrong with the recipe beyond that does not stop the layout.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    laid_out(text, Role::Recipe)
}

/// Lays out another YAML file of a project, where the order of keys is its author's.
///
/// # Errors
/// Every mistake of the YAML.
pub fn format_data(text: &str) -> Result<String, Vec<Diagnostic>> {
    laid_out(text, Role::Other)
}

fn laid_out(text: &str, role: Role) -> Result<String, Vec<Diagnostic>> {
    let parsed = tree::parse(text);
    let wrong = |one: &Diagnostic| one.severity() == Severity::Error;
    if parsed.diagnostics.iter().any(wrong) || !parsed.unread.is_empty() {
        return Err(parsed.diagnostics);
    }
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let end = line_end(body);
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let Some(tree) = tree::parse(&body).tree else {
        // Nothing but comments, or nothing at all.
        return Ok(text.to_owned());
    };
    let laid_out = write::write(&body, &walk::walk(&body, &tree, role));
    let kept = tree::parse(&laid_out)
        .tree
        .is_some_and(|after| same(&tree, &after));
    if !kept {
        return Ok(text.to_owned());
    }
    let laid_out = if end == "\n" {
        laid_out
    } else {
        laid_out.replace('\n', end)
    };
    Ok(format!("{mark}{laid_out}"))
}

/// How the first line ends; `\n` also stands for a return alone, which no editor writes any more.
fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// Whether two trees say the same: the values are equal, whatever their quotes and the order of keys in a map.
pub fn same(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (NodeKind::Text(one, _), NodeKind::Text(other, _)) => one == other,
        (NodeKind::List(one), NodeKind::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (NodeKind::Map(entries), NodeKind::Map(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|entry| {
                    other
                        .get(&entry.key.value)
                        .is_some_and(|value| same(&entry.value, value))
                })
        }
        (one, other) => one == other,
    }
}
