//! Operations and events, as a person reads them.

use std::sync::Arc;

use souschef_catalog::{Connector, Effect, Event, Fill, Input, Operation, OperationKind, example, listing};
use souschef_expr::Type;

use super::terminal::{self, AnsiColor, ink};
use super::values;

/// How many lines of an answer's fields are shown.
const FIELDS: usize = 40;

/// Operations, a line each; under their categories where they come in that order.
pub(crate) fn list(operations: &[Arc<Operation>], grouped: bool, width: usize) -> String {
    let longest = operations
        .iter()
        .map(|operation| operation.id.chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    let mut category = "";
    for operation in operations {
        if grouped && operation.category != category {
            let gap = if category.is_empty() { "" } else { "\n" };
            category = &operation.category;
            text.push_str(&format!("{gap}{}\n", terminal::bold(category)));
        }
        let kind = match operation.kind {
            OperationKind::Trigger => terminal::out("trigger", ink(AnsiColor::Magenta)),
            OperationKind::Action => terminal::out("action ", ink(AnsiColor::Blue)),
        };
        let id = format!("{:<longest$}", operation.id);
        let room = width.saturating_sub(longest + 13);
        let help = terminal::cut(&operation.help, room.max(10));
        text.push_str(&format!(
            "  {kind}  {}  {}\n",
            terminal::out(&id, ink(AnsiColor::Cyan)),
            help
        ));
    }
    text
}

/// Events, a line each.
pub(crate) fn events(events: &[Arc<Event>], width: usize) -> String {
    let longest = events
        .iter()
        .map(|event| event.id.chars().count())
        .max()
        .unwrap_or(0);
    let room = width.saturating_sub(longest + 4).max(10);
    events
        .iter()
        .map(|event| {
            let id = format!("{:<longest$}", event.id);
            format!(
                "  {}  {}\n",
                terminal::out(&id, ink(AnsiColor::Cyan)),
                terminal::cut(&event.help, room)
            )
        })
        .collect()
}

/// All of an operation.
pub(crate) fn operation(operation: &Operation, connector: Option<&Connector>, width: usize) -> String {
    let mut text = format!(
        "{}  {}\n{}\n",
        terminal::out(&operation.id, ink(AnsiColor::Cyan).bold()),
        terminal::bold(&operation.title),
        wrapped(&operation.help, 0, width)
    );
    if let Some(why) = &operation.deprecated {
        text.push_str(&format!(
            "{} {}\n",
            terminal::out("deprecated:", ink(AnsiColor::Yellow)),
            wrapped(why, 12, width)
        ));
    }
    text.push('\n');
    let mut facts: Vec<(&str, String)> = Vec::new();
    for (index, call) in operation.calls.iter().enumerate() {
        let needs = match call.needs.as_slice() {
            [] => String::new(),
            needs => format!("  (with {})", needs.join(" or ")),
        };
        let name = if index == 0 { "request" } else { "or" };
        facts.push((
            name,
            format!("{} {}{needs}", call.method.as_str(), call.path_text()),
        ));
    }
    facts.push(("kind", kind(operation)));
    if let Some(connector) = connector {
        facts.push(("connector", format!("{} ({})", connector.name, connector.title)));
    }
    if !operation.scopes.is_empty() {
        facts.push(("scopes", operation.scopes.join(", ")));
    }
    facts.push(("repeating", effect(operation.effect).to_owned()));
    if let Some(poll) = &operation.poll {
        facts.push(("polling", polling(poll)));
    }
    for (name, fact) in facts {
        text.push_str(&format!(
            "  {}  {}\n",
            terminal::faint(&format!("{name:<9}")),
            wrapped(&fact, 13, width)
        ));
    }
    text.push_str(&inputs(operation, width));
    text.push_str(&answer("Answer, under steps.ID", &operation.output, width));
    if let Some(trigger) = example::trigger(operation) {
        text.push_str(&pasted("Example, as a trigger", &trigger));
    }
    text.push_str(&pasted("Example, as a step", &example::step(operation)));
    text
}

/// All of an event.
pub(crate) fn event(event: &Event, width: usize) -> String {
    let mut text = format!(
        "{}\n{}\n",
        terminal::out(&event.id, ink(AnsiColor::Cyan).bold()),
        wrapped(&event.help, 0, width)
    );
    text.push_str(&answer("Body, under trigger", &event.shape, width));
    text.push_str(&pasted(
        "Example",
        &format!("trigger: {{ webhook: {} }}", event.id),
    ));
    let sample = serde_json::to_string_pretty(&event.example).unwrap_or_default();
    text.push_str(&pasted("A published sample", &sample));
    text
}

fn kind(operation: &Operation) -> String {
    match operation.kind {
        OperationKind::Trigger => "trigger: polled on a timetable; also a step that reads".to_owned(),
        OperationKind::Action => "action".to_owned(),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "it only reads, so it is repeated freely",
        Effect::Settled => "the same again changes nothing more, so it is repeated after a lost answer",
        Effect::Checkable => {
            "after a lost answer it is looked up whether it happened, before it is tried again"
        }
        Effect::Unsafe => "could do harm, so after a lost answer a person is asked",
    }
}

fn polling(poll: &souschef_catalog::Poll) -> String {
    let mut text = format!("items {}", poll.items);
    match (&poll.id, &poll.changed) {
        (Some(id), Some(changed)) => {
            text.push_str(&format!(", told apart by {id}, changed when {changed} differs"))
        }
        (Some(id), None) => text.push_str(&format!(", told apart by {id}, changed when anything differs")),
        (None, _) => text.push_str(", which have no id: use fire_on: every_item or every_poll"),
    }
    if let Some(paging) = &poll.paging {
        text.push_str(&format!(", paged by {}", paging.label));
    }
    text
}

fn inputs(operation: &Operation, width: usize) -> String {
    if operation.inputs.is_empty() {
        return format!("\n{}\n  none\n", terminal::bold("Inputs"));
    }
    let mut rows: Vec<(String, &'static str, &'static str, String)> = operation
        .inputs
        .iter()
        .map(|(name, input)| (name.clone(), listing::word(&input.ty), need(input), help(input)))
        .collect();
    if let Some(slots) = &operation.slots {
        rows.push((
            format!("{}1 … {}", slots.prefix, slots.count),
            "map",
            "",
            format!(
                "{{ {}, value }}: added to {}.",
                or(slots.item.keys().filter(|key| *key != "value")),
                slots.into
            ),
        ));
    }
    let names = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
    let words = rows.iter().map(|row| row.1.len()).max().unwrap_or(0);
    let needs = rows.iter().map(|row| row.2.len()).max().unwrap_or(0);
    let before = names + words + needs + 8;
    let mut text = format!("\n{}\n", terminal::bold("Inputs"));
    for (name, word, need, help) in rows {
        let name = terminal::out(&format!("{name:<names$}"), ink(AnsiColor::Cyan));
        let need = match need {
            "required" => terminal::out(&format!("{need:<needs$}"), ink(AnsiColor::Yellow)),
            other => terminal::faint(&format!("{other:<needs$}")),
        };
        let help = wrapped(&help, before, width);
        text.push_str(format!("  {name}  {word:<words$}  {need}  {help}").trim_end());
        text.push('\n');
    }
    text
}

fn or<'t>(names: impl Iterator<Item = &'t String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(" or ")
}

fn need(input: &Input) -> &'static str {
    match (input.fill, input.required) {
        (Some(Fill::LocationId | Fill::CompanyId), _) => "connection",
        (None, true) => "required",
        (None, false) => "",
    }
}

fn help(input: &Input) -> String {
    let mut text = input.help.clone().unwrap_or_default();
    if let Type::Text(known) = listing::bare(&input.ty)
        && !known.one_of.is_empty()
    {
        let kind = input.ty.describe();
        text.push_str(&format!(
            " {}{}.",
            kind.get(..1).unwrap_or_default().to_uppercase(),
            kind.get(1..).unwrap_or_default()
        ));
    }
    if let Some(default) = &input.default {
        text.push_str(&format!(
            " The API takes {} where left out.",
            values::inline(default, 40)
        ));
    }
    text.trim().to_owned()
}

fn answer(title: &str, ty: &Type, width: usize) -> String {
    let mut rows = Vec::new();
    fields(ty, 0, &mut rows);
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", terminal::bold(title));
    let longest = rows
        .iter()
        .take(FIELDS)
        .map(|(depth, name, _)| depth * 2 + name.chars().count())
        .max()
        .unwrap_or(0);
    for (depth, name, kind) in rows.iter().take(FIELDS) {
        let name = format!("{}{name}", "  ".repeat(*depth));
        let room = width.saturating_sub(longest + 4).max(10);
        text.push_str(&format!(
            "  {name:<longest$}  {}\n",
            terminal::faint(&terminal::cut(kind, room))
        ));
    }
    if rows.len() > FIELDS {
        let more = format!(
            "  … and {} more; `--format json` shows them all",
            rows.len() - FIELDS
        );
        text.push_str(&format!("{}\n", terminal::faint(&more)));
    }
    text
}

/// The fields of an answer, outer ones before inner ones of the same map.
fn fields(ty: &Type, depth: usize, rows: &mut Vec<(usize, String, String)>) {
    let Type::Map(map) = listing::bare(ty) else { return };
    for (name, field) in &map.fields {
        let (inner, kind) = match listing::bare(&field.ty) {
            Type::List(item) => (item.as_ref(), "list".to_owned()),
            other => (other, listing::word(other).to_owned()),
        };
        let kind = match field.ty.describe() {
            words if words.starts_with("one of ") => words,
            words if words.starts_with("a list of ") && kind == "list" => {
                words.trim_start_matches("a ").to_owned()
            }
            _ => kind,
        };
        rows.push((depth, name.clone(), kind));
        if depth < 2 {
            fields(inner, depth + 1, rows);
        }
    }
}

fn pasted(title: &str, example: &str) -> String {
    let mut text = format!("\n{}\n", terminal::bold(title));
    for line in example.lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// Text broken into lines; those after the first are indented to stand below it.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    terminal::wrap(text, width.saturating_sub(indent).max(24)).join(&format!("\n{}", " ".repeat(indent)))
}
