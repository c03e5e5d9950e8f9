//! Steps that do not say what they do, and keys that a step does not have.

use super::{COMMON, KINDS, is_key, step_words};
use crate::code::Code;
use crate::decode::keys;
use crate::decode::reader::{Fields, Reader};
use crate::diagnostic::{Advice, Diagnostic};
use crate::span::{Span, Spanned};
use crate::tree::{Node, NodeKind};

/// The id of a step whose `id` is misspelt: a short key that no step has, and something reads `steps.` and its value.
pub(super) fn misspelt_id(reader: &mut Reader<'_>, node: &Node, map: &Fields<'_>) -> Option<Spanned<String>> {
    let NodeKind::Map(entries) = &node.kind else {
        return None;
    };
    if map.get("id").is_some() {
        return None;
    }
    let entry = entries.iter().find(|entry| {
        let key = entry.key.value.as_str();
        let meant = entry
            .value
            .as_text()
            .filter(|id| !id.is_empty() && reader.source.text().contains(&format!("steps.{id}")));
        key.len() <= 4 && !is_key(key) && meant.is_some()
    })?;
    let id = entry.value.as_text()?;
    let message = format!("a step has no key \"{}\"", entry.key.value);
    reader
        .diagnostics
        .push(Diagnostic::new(Code::UNKNOWN_KEY, entry.key.span, message).did_you_mean("id"));
    Some(Spanned::new(id.to_owned(), entry.value.span))
}

/// Tells keys that the step does not have. Those that look like inputs of an action are given back, so that they are
/// not told as missing too.
pub(super) fn unknown_keys(
    reader: &mut Reader<'_>,
    node: &Node,
    word: &str,
    own: &[&str],
    map: &Fields<'_>,
    told: Option<Span>,
) -> Vec<(Spanned<String>, Node)> {
    let NodeKind::Map(entries) = &node.kind else {
        return Vec::new();
    };
    let mut known: Vec<&str> = vec![word];
    known.extend(own);
    known.extend(COMMON);
    let mut stray = Vec::new();
    for entry in entries
        .iter()
        .filter(|entry| !known.contains(&entry.key.value.as_str()) && Some(entry.value.span) != told)
    {
        let key = entry.key.value.as_str();
        // `title` and `body` are inputs of many actions, and only words of other tools where a map follows.
        let an_input = word == "action"
            && matches!(keys::meant(key, &known), Some("with" | "name"))
            && !matches!(entry.value.kind, NodeKind::Map(_));
        let near = keys::nearest(key, known.iter().copied()).is_some()
            || (keys::meant(key, &known).is_some() && !an_input);
        let other_kind = KINDS
            .iter()
            .find(|(kind, own)| *kind != word && own.contains(&key));
        if word == "action" && !near && other_kind.is_none() {
            stray.push((entry.key.clone(), entry.value.clone()));
        } else if let (Some((kind, _)), false) = (other_kind, near) {
            reader.diagnostics.push(
                Diagnostic::new(
                    Code::UNKNOWN_KEY,
                    entry.key.span,
                    format!("a step with {word} has no key \"{key}\""),
                )
                .label(format!("{key} belongs to a step with {kind}")),
            );
        } else {
            reader.unknown_key(&entry.key, &format!("a step with {word}"), &known);
        }
    }
    misplaced(reader, map, &stray);
    stray
}

/// Tells inputs that stand beside `action`: all of them at once.
fn misplaced(reader: &mut Reader<'_>, map: &Fields<'_>, stray: &[(Spanned<String>, Node)]) {
    let Some(((first, _), others)) = stray.split_first() else {
        return;
    };
    let operation = map.get("action").and_then(Node::as_text).unwrap_or("the action");
    let them = match others {
        [] => format!("\"{}\" stands", first.value),
        [(other, _)] => format!("\"{}\" and \"{}\" stand", first.value, other.value),
        more => format!("\"{}\" and {} more stand", first.value, more.len()),
    };
    let diagnostic = Diagnostic::new(
        Code::MISPLACED_INPUT,
        first.span,
        format!("{them} beside action, not under with"),
    );
    reader.diagnostics.push(diagnostic.label(format!(
        "inputs of {operation} go under `with:`, indented by two more spaces"
    )));
}

/// A step that does nothing that is known.
pub(super) fn no_kind(reader: &mut Reader<'_>, node: &Node, told: Option<Span>) {
    let NodeKind::Map(entries) = &node.kind else {
        return;
    };
    let words: Vec<&str> = step_words().collect();
    for entry in entries {
        let key = entry.key.value.as_str();
        if COMMON.contains(&key) || Some(entry.value.span) == told {
            continue;
        }
        if reader.hidden(&entry.key) {
            return;
        }
        let near = keys::nearest(key, words.iter().copied()).or_else(|| keys::meant(key, &words));
        // `contacts.create_note: { … }` is how other tools write it.
        let advice = match near {
            Some(near) => Some(Advice::Meant(near.to_owned())),
            None if key.contains('.') => Some(Advice::Say(format!(
                "write `- action: {key}` and put its inputs under with:"
            ))),
            // Two ways are how other tools write a choice.
            None if matches!(key, "then" | "else") => Some(Advice::Say(
                "write `choose:` with a list of `- if: …` and `do: …`, and `otherwise:` for the rest"
                    .to_owned(),
            )),
            None => None,
        };
        if let Some(advice) = advice {
            reader.diagnostics.push(
                Diagnostic::new(
                    Code::NO_STEP_KIND,
                    entry.key.span,
                    format!("a step has no key \"{key}\""),
                )
                .advice(advice)
                .note(format!("a step has one of: {}", words.join(", "))),
            );
            return;
        }
    }
    if entries.is_empty() {
        reader.wrong_kind(
            node,
            "a step",
            "a map that begins with `action:` or another of the step words",
        );
        return;
    }
    // What belongs to a word that is not there tells where it should stand.
    let owner = entries.iter().find_map(|entry| {
        let key = entry.key.value.as_str();
        let (kind, _) = KINDS.iter().find(|(_, own)| own.contains(&key))?;
        Some((entry.key.span, key, *kind))
    });
    let inside = entries
        .iter()
        .filter(|entry| entry.key.value == "with")
        .find_map(|entry| match &entry.value.kind {
            NodeKind::Map(inner) => inner.iter().find(|inner| inner.key.value == "action"),
            _ => None,
        });
    if let Some(inside) = inside {
        reader.diagnostics.push(
            Diagnostic::new(
                Code::NO_STEP_KIND,
                inside.key.span,
                "action stands inside with, not beside it",
            )
            .label("move this line above `with:`, into the column of `with:`"),
        );
        return;
    }
    if let Some((span, key, kind)) = owner {
        let message = format!("this step has {key}: and no {kind}:");
        reader.diagnostics.push(
            Diagnostic::new(Code::NO_STEP_KIND, span, message)
                .label(format!("write `{kind}:` and what is meant above it"))
                .note(format!("a step has one of: {}", words.join(", "))),
        );
        return;
    }
    let before = reader.diagnostics.len();
    reader.missing(node, "a step", "action", "say what it does");
    if reader.diagnostics.len() > before
        && let Some(last) = reader.diagnostics.last_mut()
    {
        last.code = Code::NO_STEP_KIND;
        last.message = "this step does not say what it does".to_owned();
        last.notes
            .push(format!("a step has one of: {}", words.join(", ")));
    }
}
