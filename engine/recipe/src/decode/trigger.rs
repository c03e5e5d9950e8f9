//! Triggers.

use super::reader::{Fields, Reader};
use super::{EVERY, keys};
use crate::ast::{CatchUp, FireOn, Poll, Schedule, Trigger, TriggerKind, Webhook, WebhookAuth};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::duration;
use crate::span::Spanned;
use crate::tree::{Node, NodeKind};

const POLL: &[&str] = &[
    "every", "fire_on", "with", "items", "id", "item_id", "changed", "backfill",
];
const WEBHOOK: &[&str] = &["path", "auth", "reconcile"];
const SCHEDULE: &[&str] = &["time_zone", "catch_up"];
const FORMS: [&str; 4] = ["poll", "webhook", "schedule", "manual"];

pub(super) fn triggers(reader: &mut Reader<'_>, node: &Node) -> Vec<Trigger> {
    match &node.kind {
        NodeKind::List(items) if items.is_empty() => {
            reader.wrong_kind(node, "trigger", "at least one trigger");
            Vec::new()
        }
        NodeKind::List(items) => {
            let several = items.len() > 1;
            let found: Vec<Trigger> = items
                .iter()
                .filter_map(|item| trigger(reader, item, true))
                .collect();
            for (index, one) in found.iter().enumerate() {
                match &one.id {
                    None if several => {
                        let node = Node {
                            kind: NodeKind::Null,
                            span: one.span,
                        };
                        reader.missing(
                            &node,
                            "a trigger in a list",
                            "id",
                            "add `id: NAME`, so that run.trigger can tell which one fired",
                        );
                    }
                    Some(id) => {
                        let earlier = found.iter().take(index).filter_map(|other| other.id.as_ref());
                        if let Some(first) = earlier.into_iter().find(|other| other.value == id.value) {
                            let first = first.span;
                            reader.diagnostics.push(
                                Diagnostic::new(
                                    Code::DUPLICATE_ID,
                                    id.span,
                                    format!("two triggers have the id \"{}\"", id.value),
                                )
                                .label("give one of them another")
                                .related(first, "the first one is here"),
                            );
                        }
                    }
                    None => {}
                }
            }
            found
        }
        _ => trigger(reader, node, false).into_iter().collect(),
    }
}

fn trigger(reader: &mut Reader<'_>, node: &Node, in_list: bool) -> Option<Trigger> {
    if let NodeKind::Text(word, _) = &node.kind {
        let diagnostic = Diagnostic::new(
            Code::TRIGGER_FORM,
            node.span,
            "trigger should be a map, and this is text",
        );
        let label = if word == "manual" {
            "write `trigger: { manual: true }`".to_owned()
        } else if word.contains('.') {
            format!("write `trigger: {{ poll: {word} }}`, or webhook: for an event")
        } else {
            "write one of poll:, webhook:, schedule: or manual: below it".to_owned()
        };
        reader.diagnostics.push(diagnostic.label(label));
        return None;
    }
    let map = reader.fields(node, "trigger")?;
    let id = map.get("id").filter(|_| in_list || map.get("poll").is_none());
    let id = id.and_then(|node| reader.text(node, "id"));
    if let Some(id) = &id {
        reader.name(id, "a trigger");
    }
    let forms: Vec<&str> = FORMS.into_iter().filter(|form| map.get(form).is_some()).collect();
    let kind = match forms.as_slice() {
        [] => {
            no_form(reader, node);
            return None;
        }
        [form] => kind(reader, node, &map, form, in_list),
        [first, second, ..] => {
            let span = map.entry(second).map_or(node.span, |entry| entry.key.span);
            reader.diagnostics.push(
                Diagnostic::new(
                    Code::TRIGGER_FORM,
                    span,
                    format!("a trigger is either {first} or {second}, not both"),
                )
                .label("to have both, write trigger: as a list with an id for each"),
            );
            return None;
        }
    }?;
    Some(Trigger {
        id,
        kind,
        span: node.span,
    })
}

/// A map that says neither poll nor webhook nor any other form.
fn no_form(reader: &mut Reader<'_>, node: &Node) {
    let NodeKind::Map(entries) = &node.kind else {
        return;
    };
    // `type: webhook` says it as other tools do.
    let form = entries.iter().find_map(|entry| {
        let word = entry.value.as_text()?;
        FORMS.into_iter().find(|form| *form == word)
    });
    if let Some(form) = form {
        // Names of operations and events have a dot, and timetables spaces.
        let mark = if form == "schedule" { ' ' } else { '.' };
        let named = entries
            .iter()
            .filter_map(|other| other.value.as_text())
            .find(|text| text.contains(mark));
        let value = match (form, named.unwrap_or("…")) {
            ("manual", _) => "true".to_owned(),
            ("schedule", cron) => format!("\"{cron}\""),
            (_, name) => name.to_owned(),
        };
        let label = format!("write `{form}: {value}`, without a line for the type");
        return reader.missing(node, "the trigger", form, &label);
    }
    let near = entries.iter().find_map(|entry| {
        let word = entry.key.value.as_str();
        keys::nearest(word, FORMS)
            .or_else(|| keys::meant(word, &FORMS))
            .map(|near| (entry.key.clone(), near))
    });
    match near {
        Some((key, near)) => reader.diagnostics.push(
            Diagnostic::new(
                Code::UNKNOWN_KEY,
                key.span,
                format!("a trigger has no key \"{}\"", key.value),
            )
            .did_you_mean(near)
            .note("a trigger has one of: poll, webhook, schedule, manual"),
        ),
        None => reader.missing(
            node,
            "the trigger",
            "poll",
            "say what starts it: poll:, webhook:, schedule: or manual: true",
        ),
    }
}

fn kind(
    reader: &mut Reader<'_>,
    node: &Node,
    map: &Fields<'_>,
    form: &str,
    in_list: bool,
) -> Option<TriggerKind> {
    let own: &[&str] = match form {
        "poll" => POLL,
        "webhook" => WEBHOOK,
        "schedule" => SCHEDULE,
        _ => &[],
    };
    let mut known: Vec<&str> = vec![form];
    known.extend(own);
    if in_list && !known.contains(&"id") {
        known.push("id");
    }
    reader.map(node, &format!("a {form} trigger"), &known)?;
    match form {
        "poll" => {
            // In a list, `id` names the trigger, and `item_id` the field that is an item's id.
            let poll = poll(reader, map, !in_list)?;
            Some(TriggerKind::Poll(Box::new(poll)))
        }
        "webhook" => Some(TriggerKind::Webhook(Box::new(webhook(reader, map)?))),
        "schedule" => schedule(reader, map).map(TriggerKind::Schedule),
        _ => {
            if let Some(node) = map.get("manual")
                && reader.boolean(node, "manual") == Some(false)
            {
                reader.diagnostics.push(
                    Diagnostic::new(Code::UNKNOWN_WORD, node.span, "manual can only be true")
                        .label("a trigger that never fires is no trigger"),
                );
            }
            Some(TriggerKind::Manual)
        }
    }
}

fn poll(reader: &mut Reader<'_>, map: &Fields<'_>, with_id: bool) -> Option<Poll> {
    let operation = reader.text(map.get("poll")?, "poll")?;
    let every = map
        .get("every")
        .and_then(|node| reader.duration(node, "every"))
        .filter(|every| {
            let good = (EVERY.0..=EVERY.1).contains(&every.value);
            if !good {
                reader.diagnostics.push(
                    Diagnostic::new(
                        Code::OUT_OF_BOUNDS,
                        every.span,
                        format!(
                            "every is {}, and must be from 10s to 7d",
                            duration::format(every.value)
                        ),
                    )
                    .label("most recipes do well with 5m"),
                );
            }
            good
        });
    let fire_on = map
        .get("fire_on")
        .and_then(|node| reader.word(node, "fire_on", &FireOn::ALL, FireOn::word));
    let with = map
        .get("with")
        .map(|node| reader.pairs(node, "with"))
        .unwrap_or_default();
    let items = map.get("items").and_then(|node| reader.text(node, "items"));
    let item_id = map
        .get("item_id")
        .map(|node| (node, "item_id"))
        .or_else(|| map.get("id").filter(|_| with_id).map(|node| (node, "id")))
        .and_then(|(node, key)| reader.text(node, key));
    let changed = map.get("changed").and_then(|node| reader.text(node, "changed"));
    let backfill = map
        .get("backfill")
        .and_then(|node| reader.boolean(node, "backfill"))
        .unwrap_or(false);
    let fire_on = fire_on.unwrap_or(Spanned::new(FireOn::New, operation.span));
    Some(Poll {
        operation,
        every,
        fire_on,
        with,
        items,
        item_id,
        changed,
        backfill,
    })
}

/// The webhook of a trigger or of a `wait_for`.
pub(super) fn webhook(reader: &mut Reader<'_>, map: &Fields<'_>) -> Option<Webhook> {
    let event = reader.text(map.get("webhook")?, "webhook")?;
    let path = map.get("path").and_then(|node| reader.text(node, "path"));
    let auth = map
        .get("auth")
        .and_then(|node| auth(reader, node).map(|auth| Spanned::new(auth, node.span)));
    let reconcile = map.get("reconcile").and_then(|node| {
        let mut known = vec!["poll"];
        known.extend(POLL);
        let inner = reader.map(node, "reconcile", &known)?;
        if inner.get("poll").is_none() {
            reader.missing(
                node,
                "reconcile",
                "poll",
                "the read that shows what the webhook tells of",
            );
        }
        poll(reader, &inner, true)
    });
    Some(Webhook {
        event,
        path,
        auth,
        reconcile,
    })
}

fn auth(reader: &mut Reader<'_>, node: &Node) -> Option<WebhookAuth> {
    if let Some(word) = node.as_text() {
        if word == "none" {
            return Some(WebhookAuth::None);
        }
        reader.diagnostics.push(
            Diagnostic::new(Code::UNKNOWN_WORD, node.span, format!("auth can't be \"{word}\""))
                .label("write { token: NAME }, where NAME is one of the project file's secrets")
                .note("auth is one of: { token: NAME }, { basic: NAME }, { hmac: NAME, header, algorithm }, none"),
        );
        return None;
    }
    if matches!(node.kind, NodeKind::Null) {
        reader.wrong_kind(
            node,
            "auth",
            "{ token: NAME }, { basic: NAME }, { hmac: NAME, header, algorithm } or none",
        );
        return None;
    }
    let map = reader.map(
        node,
        "auth",
        &["token", "basic", "hmac", "header", "algorithm", "in_query"],
    )?;
    if let Some(secret) = map.get("token") {
        let in_query = map
            .get("in_query")
            .and_then(|node| reader.boolean(node, "in_query"))
            .unwrap_or(false);
        return Some(WebhookAuth::Token {
            secret: reader.text(secret, "token")?,
            in_query,
        });
    }
    if let Some(secret) = map.get("basic") {
        return Some(WebhookAuth::Basic {
            secret: reader.text(secret, "basic")?,
        });
    }
    let Some(secret) = map.get("hmac") else {
        reader.missing(
            node,
            "auth",
            "token",
            "name one of the project file's secrets: { token: NAME }",
        );
        return None;
    };
    let secret = reader.text(secret, "hmac")?;
    let Some(header) = map.get("header") else {
        reader.missing(
            node,
            "auth with hmac",
            "header",
            "the header that carries the signature",
        );
        return None;
    };
    let header = reader.text(header, "header")?;
    let algorithm = match map.get("algorithm") {
        Some(node) => {
            let words = ["sha256", "sha512"];
            let word = reader.word(node, "algorithm", &words, |word| word)?;
            Spanned::new(word.value.to_owned(), word.span)
        }
        None => Spanned::new("sha256".to_owned(), node.span),
    };
    Some(WebhookAuth::Hmac {
        secret,
        header,
        algorithm,
    })
}

fn schedule(reader: &mut Reader<'_>, map: &Fields<'_>) -> Option<Schedule> {
    let node = map.get("schedule")?;
    let cron = reader.text(node, "schedule")?;
    let time_zone = map
        .get("time_zone")
        .and_then(|node| reader.text(node, "time_zone"));
    let all = [CatchUp::None, CatchUp::Last, CatchUp::All];
    let word = |catch_up| match catch_up {
        CatchUp::None => "none",
        CatchUp::Last => "last",
        CatchUp::All => "all",
    };
    let catch_up = map
        .get("catch_up")
        .and_then(|node| reader.word(node, "catch_up", &all, word));
    Some(Schedule {
        cron,
        time_zone,
        catch_up: catch_up.map_or(CatchUp::None, |word| word.value),
    })
}
