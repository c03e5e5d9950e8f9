//! What each kind of step has.

use super::{step, steps};
use crate::ast::{Branch, Condition, IfUnknown, StepKind};
use crate::code::Code;
use crate::decode::reader::{Fields, Reader};
use crate::decode::{condition, trigger};
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::tree::{Node, NodeKind};

/// What a step does; `None` where it is too broken to be looked at further.
pub(super) fn kind(
    reader: &mut Reader<'_>,
    node: &Node,
    map: &Fields<'_>,
    word: &str,
    stray: Vec<(Spanned<String>, Node)>,
) -> Option<StepKind> {
    let value = map.get(word)?;
    match word {
        "action" => {
            let operation = reader.text(value, "action")?;
            let mut with = map
                .get("with")
                .map(|node| reader.pairs(node, "with"))
                .unwrap_or_default();
            with.extend(stray);
            let connection = map
                .get("connection")
                .and_then(|node| reader.text(node, "connection"));
            let all = [IfUnknown::Repeat, IfUnknown::Attention, IfUnknown::Fail];
            let if_unknown = map.get("if_unknown").and_then(|node| {
                reader.word(node, "if_unknown", &all, |one| match one {
                    IfUnknown::Repeat => "repeat",
                    IfUnknown::Attention => "attention",
                    IfUnknown::Fail => "fail",
                })
            });
            Some(StepKind::Action {
                operation,
                with,
                connection,
                if_unknown,
            })
        }
        "choose" => choose(reader, value, map),
        "for_each" => for_each(reader, node, value, map),
        "parallel" => parallel(reader, value),
        "wait" => {
            if let Some(text) = value
                .as_text()
                .filter(|text| !text.contains("{{") && !text.starts_with("$."))
            {
                let _ = text;
                reader.duration(value, "wait")?;
            } else if !matches!(value.kind, NodeKind::Text(..)) {
                reader.duration(value, "wait")?;
            }
            Some(StepKind::Wait {
                duration: value.clone(),
            })
        }
        "wait_until" => match value.kind {
            NodeKind::Text(..) => Some(StepKind::WaitUntil { until: value.clone() }),
            _ => {
                reader.wrong_kind(
                    value,
                    "wait_until",
                    "a moment, like \"2026-12-24T09:00:00Z\" or \"{{ … }}\"",
                );
                None
            }
        },
        "wait_for" => wait_for(reader, value),
        "run_recipe" => {
            let recipe = reader.text(value, "run_recipe")?;
            let with = map
                .get("with")
                .map(|node| reader.pairs(node, "with"))
                .unwrap_or_default();
            Some(StepKind::RunRecipe { recipe, with })
        }
        "set" => {
            if !matches!(value.kind, NodeKind::Map(_) | NodeKind::Null) {
                reader.wrong_kind(value, "set", "a map (lines of `key: value`)");
                return None;
            }
            let values = reader.pairs(value, "set");
            if values.is_empty() && matches!(value.kind, NodeKind::Map(_) | NodeKind::Null) {
                reader.wrong_kind(value, "set", "at least one `name: value`");
            }
            values.iter().for_each(|(name, _)| {
                reader.name(name, "a value");
            });
            Some(StepKind::Set { values })
        }
        "stop" => Some(StepKind::Stop {
            reason: value.clone(),
        }),
        _ => Some(StepKind::Fail {
            reason: value.clone(),
        }),
    }
}

fn choose(reader: &mut Reader<'_>, value: &Node, map: &Fields<'_>) -> Option<StepKind> {
    let NodeKind::List(items) = &value.kind else {
        reader.wrong_kind(value, "choose", "a list of branches, each with if: and do:");
        return None;
    };
    if items.is_empty() {
        reader.wrong_kind(value, "choose", "a list of at least one branch");
    }
    let mut branches = Vec::new();
    for item in items {
        let Some(inner) = reader.map(item, "a branch of choose", &["if", "do"]) else {
            continue;
        };
        let condition = match inner.get("if") {
            Some(node) => condition::condition(reader, node),
            None => {
                reader.missing(
                    item,
                    "a branch of choose",
                    "if",
                    "what is done where nothing else holds goes under otherwise:",
                );
                None
            }
        };
        let body = match inner.get("do") {
            Some(node) => steps(reader, node, "do", true),
            None => {
                reader.missing(
                    item,
                    "a branch of choose",
                    "do",
                    "put the branch's steps under do:",
                );
                Vec::new()
            }
        };
        let holds = Node {
            kind: NodeKind::Bool(true),
            span: item.span,
        };
        let condition = condition.unwrap_or(Condition::Truth(holds));
        branches.push(Branch {
            condition,
            body,
            span: item.span,
        });
    }
    let otherwise = map
        .get("otherwise")
        .map(|node| steps(reader, node, "otherwise", true))
        .unwrap_or_default();
    Some(StepKind::Choose { branches, otherwise })
}

fn for_each(reader: &mut Reader<'_>, node: &Node, value: &Node, map: &Fields<'_>) -> Option<StepKind> {
    let good = matches!(value.kind, NodeKind::List(_) | NodeKind::Text(..));
    if !good {
        reader.wrong_kind(value, "for_each", "a list, or an expression that gives one");
    } else if let Some(text) = value
        .as_text()
        .filter(|text| !text.contains("{{") && !text.starts_with("$."))
    {
        reader.diagnostics.push(
            Diagnostic::new(
                Code::WRONG_KIND,
                value.span,
                "for_each should be a list, and this is text",
            )
            .label(if text.contains([',', ' ']) {
                format!("write [{}] for a list", text.trim())
            } else {
                format!(
                    "write \"{{{{ {0} }}}}\" for the list of that name, or [{0}] for a list of it",
                    text.trim()
                )
            }),
        );
    }
    let name = match map.get("as") {
        Some(node) => reader
            .text(node, "as")
            .unwrap_or(Spanned::new("item".to_owned(), node.span)),
        None => Spanned::new("item".to_owned(), value.span),
    };
    if reader.name(&name, "a loop's item") {
        reader.not_reserved(&name);
    }
    let at_once = map
        .get("at_once")
        .and_then(|node| reader.count(node, "at_once", 1, 50));
    let body = match map.get("do") {
        Some(node) => steps(reader, node, "do", true),
        None => {
            reader.missing(node, "for_each", "do", "put the steps for each item under do:");
            Vec::new()
        }
    };
    Some(StepKind::ForEach {
        items: value.clone(),
        name,
        body,
        at_once,
    })
}

fn parallel(reader: &mut Reader<'_>, value: &Node) -> Option<StepKind> {
    let NodeKind::List(items) = &value.kind else {
        reader.wrong_kind(
            value,
            "parallel",
            "a list of branches, each a step or a list of steps",
        );
        return None;
    };
    let branches = items
        .iter()
        .map(|item| match &item.kind {
            NodeKind::List(_) => steps(reader, item, "a branch of parallel", true),
            NodeKind::Map(entries) if matches!(entries.as_slice(), [only] if only.key.value == "do") => item
                .get("do")
                .map(|body| steps(reader, body, "do", true))
                .unwrap_or_default(),
            _ => vec![step(reader, item)],
        })
        .collect();
    Some(StepKind::Parallel { branches })
}

fn wait_for(reader: &mut Reader<'_>, value: &Node) -> Option<StepKind> {
    if let Some(length) = value
        .as_text()
        .filter(|text| crate::duration::parse(text).is_ok())
    {
        let message = "wait_for waits for an event, and this is a length of time";
        reader.diagnostics.push(
            Diagnostic::new(Code::WRONG_KIND, value.span, message).label(format!("write `wait: {length}`")),
        );
        return None;
    }
    if let Some(event) = value.as_text() {
        let message = "wait_for should be a map (lines of `key: value`), and this is text";
        reader.diagnostics.push(
            Diagnostic::new(Code::WRONG_KIND, value.span, message)
                .label(format!("write `wait_for: {{ webhook: {event} }}`")),
        );
        return None;
    }
    let map = reader.map(value, "wait_for", &["webhook", "path", "auth", "if", "timeout"])?;
    if map.get("webhook").is_none() {
        reader.missing(
            value,
            "wait_for",
            "webhook",
            "name the event to wait for, like webhook: ghl.InboundMessage",
        );
    }
    let webhook = trigger::webhook(reader, &map)?;
    let condition = map.get("if").and_then(|node| condition::condition(reader, node));
    let timeout = map
        .get("timeout")
        .and_then(|node| reader.duration(node, "timeout"));
    Some(StepKind::WaitFor {
        webhook: Box::new(webhook),
        condition,
        timeout,
    })
}
