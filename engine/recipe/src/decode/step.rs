//! Steps.

mod kind;
mod slip;

use super::condition;
use super::keys;
use super::reader::Reader;
use crate::ast::{Condition, OnError, Recipe, Retry, Step, StepKind};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::{Span, Spanned};
use crate::tree::{Node, NodeKind};

/// The keys that every step may have.
const COMMON: &[&str] = &["id", "name", "if", "retry", "timeout", "on_error"];
/// What a step can do, and the keys that go with it.
const KINDS: &[(&str, &[&str])] = &[
    ("action", &["with", "connection", "if_unknown"]),
    ("choose", &["otherwise"]),
    ("for_each", &["as", "do", "at_once"]),
    ("parallel", &[]),
    ("wait", &[]),
    ("wait_until", &[]),
    ("wait_for", &[]),
    ("run_recipe", &["with"]),
    ("set", &[]),
    ("stop", &[]),
    ("fail", &[]),
];

/// The words that say what a step does, of which each step has one.
pub fn step_words() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(word, _)| *word)
}

/// Whether a step has a key of this name.
pub(super) fn is_key(word: &str) -> bool {
    COMMON.contains(&word)
        || KINDS
            .iter()
            .any(|(kind, own)| *kind == word || own.contains(&word))
}

/// A list of steps; one step alone stands for a list of it, with a word about it.
pub(super) fn steps(reader: &mut Reader<'_>, node: &Node, what: &str, needed: bool) -> Vec<Step> {
    match &node.kind {
        NodeKind::List(items) => {
            if items.is_empty() && needed {
                reader.wrong_kind(node, what, "a list of at least one step");
            }
            items.iter().map(|item| step(reader, item)).collect()
        }
        NodeKind::Map(entries) => {
            if let Some(first) = entries.iter().find(|entry| entry.key.value.starts_with('-')) {
                dash(reader, &first.key);
                return Vec::new();
            }
            reader.wrong_kind(node, what, "a list of steps");
            if let Some(last) = reader.diagnostics.last_mut() {
                last.label = Some("begin the step with `- `".to_owned());
            }
            vec![step(reader, node)]
        }
        _ => {
            reader.wrong_kind(node, what, "a list of steps, each beginning with `- action:`");
            Vec::new()
        }
    }
}

/// `-action:`, or a dash with something after it that only looks like a space.
fn dash(reader: &mut Reader<'_>, key: &Spanned<String>) {
    if reader.hidden(key) {
        return;
    }
    let word = key.value.trim_start_matches('-');
    let diagnostic = Diagnostic::new(
        Code::NO_SPACE_AFTER_COLON,
        key.span,
        "a space is missing after the dash",
    );
    reader
        .diagnostics
        .push(diagnostic.label(format!("write \"- {word}:\"")));
}

fn broken(span: Span, id: Option<Spanned<String>>) -> Step {
    Step {
        id,
        name: None,
        condition: None,
        retry: None,
        timeout: None,
        on_error: OnError::Continue,
        kind: StepKind::Broken,
        span,
    }
}

fn step(reader: &mut Reader<'_>, node: &Node) -> Step {
    if let NodeKind::Text(word, _) = &node.kind {
        let diagnostic = Diagnostic::new(
            Code::WRONG_KIND,
            node.span,
            "a step should be a map, and this is text",
        );
        let label = if word.contains('.') && !word.contains(' ') {
            format!("write `- action: {word}` with its inputs under with:")
        } else {
            "begin it with `- action:` and the name of what is done".to_owned()
        };
        reader.diagnostics.push(diagnostic.label(label));
        return broken(node.span, None);
    }
    let Some(map) = reader.fields(node, "a step") else {
        return broken(node.span, None);
    };
    let misspelt = slip::misspelt_id(reader, node, &map);
    let id = match &misspelt {
        Some(id) => Some(id.clone()),
        None => map.get("id").and_then(|node| reader.text(node, "id")),
    };
    if let Some(id) = &id {
        reader.name(id, "a step");
    } else if let Some(node) = map.get("id") {
        // What uses the id makes no further mistake.
        reader.unread.push(Span::new(node.span.start, node.span.start));
    }
    let kinds: Vec<&(&str, &[&str])> = KINDS.iter().filter(|(word, _)| map.get(word).is_some()).collect();
    let (word, own) = match kinds.as_slice() {
        [one] => **one,
        [] => {
            slip::no_kind(reader, node, misspelt.as_ref().map(|id| id.span));
            return broken(node.span, id);
        }
        [..] => {
            // The one that stands further down begins the new step.
            let mut placed: Vec<_> = kinds
                .iter()
                .filter_map(|(word, _)| Some((map.entry(word)?.key.span.start, *word)))
                .collect();
            placed.sort_unstable();
            let (Some((_, first)), Some((_, second))) = (placed.first(), placed.get(1)) else {
                return broken(node.span, id);
            };
            // What uses the ids of either makes no further mistake.
            reader.unread.push(Span::new(node.span.start, node.span.start));
            let mut span = map.entry(second).map_or(node.span, |entry| entry.key.span);
            // Its id, name and condition may stand before it.
            if let NodeKind::Map(entries) = &node.kind {
                let at = entries.iter().position(|entry| entry.key.value == *second);
                let head = entries.get(..at.unwrap_or(0)).unwrap_or_default();
                let own = head
                    .iter()
                    .rev()
                    .take_while(|entry| COMMON.contains(&entry.key.value.as_str()));
                span = own.last().map_or(span, |entry| entry.key.span);
            }
            reader.diagnostics.push(
                Diagnostic::new(
                    Code::SEVERAL_STEP_KINDS,
                    span,
                    format!(
                        "a step does one thing, and this one has both {} and {}",
                        first, second
                    ),
                )
                .label(format!("begin a new step here: `- {}:`", second)),
            );
            return broken(node.span, id);
        }
    };
    let told = misspelt.as_ref().map(|id| id.span);
    let stray = slip::unknown_keys(reader, node, word, own, &map, told);
    let name = map.get("name").and_then(|node| reader.text(node, "name"));
    // A condition that can't be read is one all the same: what comes after the step is not unreachable for it.
    let condition = map.get("if").map(|node| {
        condition::condition(reader, node).unwrap_or_else(|| Condition::All(Vec::new(), node.span))
    });
    let retry = map.get("retry").and_then(|node| retry(reader, node));
    let timeout = map
        .get("timeout")
        .and_then(|node| reader.duration(node, "timeout"));
    let on_error = map
        .get("on_error")
        .map(|node| on_error(reader, node))
        .unwrap_or_default();
    let kind = kind::kind(reader, node, &map, word, stray).unwrap_or(StepKind::Broken);
    Step {
        id,
        name,
        condition,
        retry,
        timeout,
        on_error,
        kind,
        span: node.span,
    }
}

fn retry(reader: &mut Reader<'_>, node: &Node) -> Option<Retry> {
    let span = node.span;
    if matches!(node.kind, NodeKind::Int(_)) {
        let times = reader.count(node, "retry", 0, 20);
        return Some(Retry {
            times,
            first_wait: None,
            longest_wait: None,
            span,
        });
    }
    let map = reader.map(node, "retry", &["times", "first_wait", "longest_wait"])?;
    Some(Retry {
        times: map
            .get("times")
            .and_then(|node| reader.count(node, "times", 0, 20)),
        first_wait: map
            .get("first_wait")
            .and_then(|node| reader.duration(node, "first_wait")),
        longest_wait: map
            .get("longest_wait")
            .and_then(|node| reader.duration(node, "longest_wait")),
        span,
    })
}

fn on_error(reader: &mut Reader<'_>, node: &Node) -> OnError {
    match &node.kind {
        NodeKind::Text(word, _) if word == "stop" => OnError::Stop,
        NodeKind::Text(word, _) if word == "continue" => OnError::Continue,
        NodeKind::Text(word, _) => {
            let near = match word.as_str() {
                "ignore" | "skip" | "resume" => Some("continue"),
                "fail" | "abort" => Some("stop"),
                other => keys::nearest(other, ["stop", "continue"]),
            };
            let mut diagnostic = Diagnostic::new(
                Code::UNKNOWN_WORD,
                node.span,
                format!("on_error can't be \"{word}\""),
            )
            .note("on_error is stop, continue, or a list of steps");
            if let Some(near) = near {
                diagnostic = diagnostic.did_you_mean(near);
            }
            reader.diagnostics.push(diagnostic);
            OnError::Continue
        }
        _ => OnError::Handle(steps(reader, node, "on_error", true)),
    }
}

/// Tells ids that stand twice, at any depth: `steps.ID` must mean one step.
pub(super) fn unique_ids(reader: &mut Reader<'_>, recipe: &Recipe) {
    let mut seen: Vec<Spanned<String>> = Vec::new();
    for step in recipe.all_steps() {
        let Some(id) = &step.id else { continue };
        match seen.iter().find(|other| other.value == id.value) {
            Some(first) => reader.diagnostics.push(
                Diagnostic::new(
                    Code::DUPLICATE_ID,
                    id.span,
                    format!("two steps have the id \"{}\"", id.value),
                )
                .label("give one of them another")
                .related(first.span, "the first one is here"),
            ),
            None => seen.push(id.clone()),
        }
    }
}
