//! Steps.

use super::keys;
use super::reader::{Fields, Reader};
use super::{condition, trigger};
use crate::ast::{Branch, Condition, IfUnknown, OnError, Recipe, Retry, Step, StepKind};
use crate::code::Code;
use crate::diagnostic::{Advice, Diagnostic};
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
    let misspelt = misspelt_id(reader, node, &map);
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
            no_kind(reader, node, misspelt.as_ref().map(|id| id.span));
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
    let stray = unknown_keys(reader, node, word, own, &map, told);
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
    let kind = kind(reader, node, &map, word, stray).unwrap_or(StepKind::Broken);
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

/// The id of a step whose `id` is misspelt: a short key that no step has, and something reads `steps.` and its value.
fn misspelt_id(reader: &mut Reader<'_>, node: &Node, map: &Fields<'_>) -> Option<Spanned<String>> {
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
fn unknown_keys(
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
fn no_kind(reader: &mut Reader<'_>, node: &Node, told: Option<Span>) {
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

/// What a step does; `None` where it is too broken to be looked at further.
fn kind(
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
