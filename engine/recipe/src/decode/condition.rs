//! Conditions.

use super::keys;
use super::reader::Reader;
use crate::ast::{Condition, Operator};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::{Span, Spanned};
use crate::tree::{Entry, Node, NodeKind, Style};

/// A condition: a map, a list of maps that must all hold, a `{{ … }}` text, or true or false.
pub(super) fn condition(reader: &mut Reader<'_>, node: &Node) -> Option<Condition> {
    match &node.kind {
        NodeKind::Map(entries) if entries.is_empty() => {
            reader.wrong_kind(node, "if", "a condition");
            None
        }
        NodeKind::Map(entries) => {
            let mut all: Vec<Condition> = Vec::new();
            for entry in entries {
                line(reader, entry, &mut all);
            }
            match all.len() {
                0 => None,
                1 => all.pop(),
                _ => Some(Condition::All(all, node.span)),
            }
        }
        NodeKind::List(_) => Some(Condition::All(list(reader, node, "if")?, node.span)),
        NodeKind::Bool(_) => Some(Condition::Truth(node.clone())),
        NodeKind::Text(text, _) if text.contains("{{") => Some(Condition::Truth(node.clone())),
        NodeKind::Text(text, _) => {
            let written = text.trim();
            let diagnostic = Diagnostic::new(Code::BAD_CONDITION, node.span, "this is no condition");
            let diagnostic = match split_comparison(written) {
                Some((left, operator, right)) if is_path(left) && presence(written).is_none() => {
                    diagnostic.label(format!("write `{left}: {{ {operator}: {right} }}`"))
                }
                _ => match presence(written) {
                    Some((left, line)) => diagnostic.label(format!("write `{left}: {{ {line} }}`")),
                    None if is_path(written) => {
                        diagnostic.label(format!("write `{written}: value`, or `\"{{{{ {written} }}}}\"`"))
                    }
                    None => diagnostic.label("write a line such as `trigger.status: won`"),
                },
            };
            reader.diagnostics.push(diagnostic);
            None
        }
        _ => {
            reader.wrong_kind(node, "if", "a condition (lines of `name: value`)");
            None
        }
    }
}

/// `a == b` as people of other tools write it.
fn split_comparison(text: &str) -> Option<(&str, &'static str, &str)> {
    const SIGNS: &[(&str, &str)] = &[
        ("!==", "is_not"),
        ("===", "is"),
        ("==", "is"),
        ("!=", "is_not"),
        (">=", "at_least"),
        ("<=", "at_most"),
        (">", "greater_than"),
        ("<", "less_than"),
        (" contains ", "contains"),
        (" is not ", "is_not"),
        (" is ", "is"),
        ("=", "is"),
    ];
    SIGNS.iter().find_map(|(sign, operator)| {
        let (left, right) = text.split_once(sign)?;
        Some((left.trim(), *operator, right.trim()))
    })
}

/// `email exists` and its like.
fn presence(text: &str) -> Option<(&str, &'static str)> {
    const ENDS: &[(&str, &str)] = &[
        (" does not exist", "exists: false"),
        (" doesn't exist", "exists: false"),
        (" not exists", "exists: false"),
        (" exists", "exists: true"),
        (" is not empty", "is_empty: false"),
        (" not empty", "is_empty: false"),
        (" is empty", "is_empty: true"),
    ];
    ENDS.iter()
        .find_map(|(end, line)| Some((text.strip_suffix(end)?.trim(), *line)))
        .filter(|(left, _)| is_path(left))
}

fn list(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<Vec<Condition>> {
    match &node.kind {
        NodeKind::List(items) if !items.is_empty() => {
            Some(items.iter().filter_map(|item| condition(reader, item)).collect())
        }
        // One map where a list of them is due means what it says.
        NodeKind::Map(_) => Some(condition(reader, node).into_iter().collect()),
        _ => {
            reader.wrong_kind(
                node,
                what,
                "a list of conditions, each on a line that begins with `- `",
            );
            None
        }
    }
}

fn line(reader: &mut Reader<'_>, entry: &Entry, all: &mut Vec<Condition>) {
    let span = entry.key.span.to(entry.value.span);
    match entry.key.value.as_str() {
        "all" => all.extend(list(reader, &entry.value, "all").map(|list| Condition::All(list, span))),
        "any" => all.extend(list(reader, &entry.value, "any").map(|list| Condition::Any(list, span))),
        "not" => {
            all.extend(condition(reader, &entry.value).map(|inner| Condition::Not(Box::new(inner), span)))
        }
        "and" | "or" => {
            let meant = if entry.key.value == "and" { "all" } else { "any" };
            reader.diagnostics.push(
                Diagnostic::new(
                    Code::BAD_CONDITION,
                    entry.key.span,
                    format!("a condition has no \"{}\"", entry.key.value),
                )
                .did_you_mean(meant),
            );
        }
        _ => comparison(reader, entry, span, all),
    }
}

fn comparison(reader: &mut Reader<'_>, entry: &Entry, span: Span, all: &mut Vec<Condition>) {
    let left = entry.key.clone();
    if !is_path(&left.value) {
        let mut diagnostic = Diagnostic::new(
            Code::BAD_CONDITION,
            left.span,
            format!("\"{}\" is no name to look at", left.value),
        );
        diagnostic = match Operator::from_word(&left.value).or_else(|| {
            keys::nearest(&left.value, Operator::ALL.iter().map(|operator| operator.word()))
                .and_then(Operator::from_word)
        }) {
            Some(operator) => diagnostic.label(format!(
                "first say what it is about: `trigger.name: {{ {}: … }}`",
                operator.word()
            )),
            None => diagnostic.label("write a path such as trigger.email, or \"{{ … }}\""),
        };
        reader.diagnostics.push(diagnostic);
        return;
    }
    if let NodeKind::Text(text, Style::Plain) = &entry.value.kind
        && let Some(("", operator, right)) = split_comparison(text)
        && !right.is_empty()
    {
        // `trigger.status: == won` would wait for the text `== won`.
        reader.diagnostics.push(
            Diagnostic::new(
                Code::BAD_CONDITION,
                entry.value.span,
                "a sign of comparison is no part of a value",
            )
            .label(format!("write `{{ {operator}: {right} }}`")),
        );
        return;
    }
    let NodeKind::Map(operators) = &entry.value.kind else {
        let operator = Spanned::new(Operator::Is, left.span);
        all.push(Condition::Compare {
            left,
            operator,
            right: entry.value.clone(),
            span,
        });
        return;
    };
    if operators.is_empty() {
        reader.wrong_kind(&entry.value, &left.value, "a value or `{ operator: value }`");
    }
    for one in operators {
        let word = one.key.value.as_str();
        let Some(operator) = Operator::from_word(word) else {
            unknown_operator(reader, &one.key);
            continue;
        };
        all.push(Condition::Compare {
            left: left.clone(),
            operator: Spanned::new(operator, one.key.span),
            right: one.value.clone(),
            span,
        });
    }
}

fn unknown_operator(reader: &mut Reader<'_>, key: &Spanned<String>) {
    let words: Vec<&str> = Operator::ALL.iter().map(|operator| operator.word()).collect();
    let meant = match key.value.as_str() {
        "equals" | "equal" | "eq" | "==" | "=" => Some("is"),
        "not_equals" | "not_equal" | "ne" | "!=" | "not" => Some("is_not"),
        "gt" | ">" | "more_than" | "above" => Some("greater_than"),
        "gte" | ">=" => Some("at_least"),
        "lt" | "<" | "below" => Some("less_than"),
        "lte" | "<=" => Some("at_most"),
        "regex" | "like" | "pattern" => Some("matches"),
        "empty" => Some("is_empty"),
        "one_of" | "any_of" => Some("in"),
        "none_of" => Some("not_in"),
        "includes" | "has" => Some("contains"),
        other => keys::nearest(other, words.iter().copied()),
    };
    let mut diagnostic = Diagnostic::new(
        Code::UNKNOWN_OPERATOR,
        key.span,
        format!("a condition has no operator \"{}\"", key.value),
    );
    if let Some(meant) = meant {
        diagnostic = diagnostic.did_you_mean(meant);
    }
    reader
        .diagnostics
        .push(diagnostic.note(format!("operators: {}", words.join(", "))));
}

/// A dotted path, a JSONPath or an expression.
fn is_path(text: &str) -> bool {
    if text.contains("{{") || text.starts_with("$.") {
        return true;
    }
    let first = text.split(['.', '[']).next().unwrap_or_default();
    let name = !first.is_empty()
        && first.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && first.chars().all(|c| c.is_alphanumeric() || c == '_');
    name && !text.contains(char::is_whitespace) && Operator::from_word(text).is_none()
}
