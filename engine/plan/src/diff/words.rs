//! Values and steps in words.

use souschef_catalog::example::yaml;
use souschef_recipe::{Node, NodeKind, step_words};

/// The most characters of a value in a sentence.
const LONGEST: usize = 90;

/// A value on one line, as YAML, shortened.
pub(super) fn value(node: &Node) -> String {
    let text = match &node.kind {
        NodeKind::Text(text, _) => format!("\"{}\"", text.trim_end().replace('\n', "⏎")),
        _ => yaml(&node.to_json()),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    let short: String = text.chars().take(LONGEST - 1).collect();
    format!("{short}…")
}

/// What a trigger is: `the poll contacts.search`.
pub(super) fn trigger(node: &Node) -> String {
    let word = |key: &str| node.get(key).and_then(Node::as_text);
    let kinds = [
        ("poll", "the poll"),
        ("webhook", "the webhook"),
        ("schedule", "the schedule"),
    ];
    kinds
        .iter()
        .find_map(|(key, words)| word(key).map(|of| format!("{words} {of}")))
        .unwrap_or_else(|| "a person".to_owned())
}

/// The word that says what a step does, and its value.
pub(super) fn kind(step: &Node) -> Option<(&'static str, &Node)> {
    step_words().find_map(|word| step.get(word).map(|value| (word, value)))
}

/// What a step does, in a few words: `contacts.upsert`, `for_each task`, `wait 3d`.
pub(super) fn does(step: &Node) -> String {
    let Some((word, what)) = kind(step) else {
        return "a step".to_owned();
    };
    match (word, what.as_text()) {
        ("action", Some(operation)) => operation.to_owned(),
        ("for_each", _) => match step.get("as").and_then(Node::as_text) {
            Some(name) => format!("for_each {name}"),
            None => "for_each".to_owned(),
        },
        ("wait" | "wait_until" | "run_recipe", Some(text)) => format!("{word} {text}"),
        ("wait_for", _) => match what.get("webhook").and_then(Node::as_text) {
            Some(event) => format!("wait_for {event}"),
            None => word.to_owned(),
        },
        _ => word.to_owned(),
    }
}

/// "1 step", "2 steps".
pub(super) fn steps(count: usize) -> String {
    format!("{count} step{}", if count == 1 { "" } else { "s" })
}
