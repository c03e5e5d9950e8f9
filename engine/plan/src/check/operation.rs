//! Operations and their inputs.

use std::sync::Arc;

use souschef_catalog::{Advance, Fill, Input, Operation, OperationKind, Paging};
use souschef_expr::types::{Format, Text};
use souschef_expr::{Type, ValueExpr};
use souschef_recipe::{Code, Diagnostic, Node, NodeKind, Span, Spanned, nearest};

use super::walk::bare;
use super::{Checker, and, listed};
use crate::project::ConnectionConfig;

/// `with:` and where it belongs.
pub(super) struct With<'r> {
    pub(super) operation: &'r Arc<Operation>,
    pub(super) with: &'r [(Spanned<String>, Node)],
    /// Where the operation is named.
    pub(super) named: Span,
    /// The whole step or trigger.
    pub(super) whole: Span,
    /// The account, where it is known.
    pub(super) account: Option<(&'r str, &'r ConnectionConfig)>,
    /// Whether pages are followed: then the engine fills the inputs that move on.
    pub(super) paged: bool,
}

/// Other tools' words for the engine's own steps, written after `action:`.
const STEP_WORDS: &[(&str, &str)] = &[
    ("delay", "wait: 2d"),
    ("sleep", "wait: 2d"),
    ("wait", "wait: 2d"),
    ("if", "if: on a step, or choose:"),
    ("filter", "if: on a step, or of the recipe"),
    ("loop", "for_each:"),
    ("for_each", "for_each:"),
    ("foreach", "for_each:"),
    ("stop", "stop: a reason"),
    ("set", "set:"),
    ("code", "set: with helpers in its expressions"),
    ("http", "an operation; a connector file of your own adds any API"),
    ("webhook", "an operation; a connector file of your own adds any API"),
];

impl Checker<'_> {
    /// Finds an operation, or says what is near.
    pub(super) fn operation(&mut self, id: &Spanned<String>, poll: bool) -> Option<Arc<Operation>> {
        let catalog = self.context.catalog;
        let Some(operation) = catalog.operation(&id.value) else {
            self.unknown_operation(id, poll);
            return None;
        };
        if let Some(why) = &operation.deprecated {
            self.tell(
                Diagnostic::new(Code::DEPRECATED, id.span, format!("{} should not be used any more", id.value))
                    .label(begun_small(why)),
            );
        }
        Some(operation)
    }

    fn unknown_operation(&mut self, id: &Spanned<String>, poll: bool) {
        let catalog = self.context.catalog;
        let word = id.value.as_str();
        let mut diagnostic = Diagnostic::new(Code::UNKNOWN_OPERATION, id.span, format!("there is no operation \"{word}\""));
        let short = word.rsplit('.').next().unwrap_or(word).to_lowercase();
        if let Some((_, meant)) = STEP_WORDS.iter().find(|(from, _)| *from == short)
            && !word.contains('.')
        {
            return self.tell(diagnostic.label(format!("write {meant}, in the place of action:")));
        }
        if catalog.event(word).is_some() {
            let label = if poll { format!("this is an event: write webhook: {word}") } else { "this is an event; it can start a recipe (webhook:) or be waited for (wait_for:)".to_owned() };
            return self.tell(diagnostic.label(label));
        }
        if let Some(other) = self.context.recipes.filter(|recipes| recipes.contains_key(word)) {
            let _ = other;
            return self.tell(diagnostic.label(format!("this is a recipe: write run_recipe: {word}")));
        }
        let near = self.same_verb(word).or_else(|| catalog.nearest(word));
        if let Some(near) = &near {
            diagnostic = diagnostic.label(format!("did you mean \"{near}\"?"));
        }
        let words = word.replace(['.', '_', '-'], " ");
        let found: Vec<String> = catalog
            .search(&words)
            .iter()
            .filter(|one| (!poll || one.kind == OperationKind::Trigger) && Some(&one.id) != near.as_ref())
            .map(|one| one.id.clone())
            .take(4)
            .collect();
        diagnostic = match found.as_slice() {
            [] => diagnostic.note("`souschef catalog WORDS` finds operations by what they do"),
            found => diagnostic.note(format!("also near: {}", found.join(", "))),
        };
        self.tell(diagnostic);
    }

    /// An operation of a well-known name without its category: `create_task`. Those of the API that most recipes are
    /// about go first: their names do not begin with the connector's.
    fn same_verb(&self, word: &str) -> Option<String> {
        let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
        let wanted = plain(word);
        let all = self.context.catalog.operations();
        let own = |operation: &&Arc<Operation>| !operation.id.starts_with(&format!("{}.", operation.connector));
        // `GoHighLevel Create Contact` is how other tools call it: the title is in it.
        let title = |operation: &&Arc<Operation>| {
            let title = plain(&operation.title);
            title.len() > 8 && wanted.ends_with(&title)
        };
        let verb = |operation: &&Arc<Operation>| operation.id.rsplit('.').next().is_some_and(|verb| plain(verb) == wanted);
        all.iter().filter(own).find(verb).or_else(|| all.iter().filter(own).find(title)).map(|one| one.id.clone())
    }

    /// Checks and compiles the inputs of an operation.
    pub(super) fn with(&mut self, call: &With<'_>) -> Vec<(String, ValueExpr)> {
        let operation = call.operation;
        let mut given: Vec<(String, ValueExpr)> = Vec::new();
        // Inputs that were written under a wrong name are not missing too.
        let mut meant: Vec<String> = Vec::new();
        for (name, node) in call.with {
            if let Some(input) = operation.inputs.get(&name.value) {
                let value = self.typed(node, &input.ty, input.required, &name.value);
                given.push((name.value.clone(), value));
                continue;
            }
            if let Some(good) = slot(operation, &name.value) {
                let value = self.value(node);
                if good {
                    self.slot_value(operation, name, node, &value);
                    given.push((name.value.clone(), value));
                } else {
                    let (prefix, count) = operation.slots.as_ref().map_or(("", 0), |slots| (slots.prefix.as_str(), slots.count));
                    self.tell(
                        Diagnostic::new(Code::UNKNOWN_INPUT, name.span, format!("{} has no input \"{}\"", operation.id, name.value))
                            .label(format!("there are {count} of them: {prefix}1 to {prefix}{count}")),
                    );
                }
                continue;
            }
            // What stands in it is still looked at.
            self.value(node);
            meant.extend(self.unknown_input(operation, name, call.with));
        }
        self.missing_inputs(call, &given, &meant);
        given
    }

    /// Tells an input that the operation does not have. Gives the one that was meant, where that is plain.
    fn unknown_input(
        &mut self,
        operation: &Operation,
        name: &Spanned<String>,
        with: &[(Spanned<String>, Node)],
    ) -> Option<String> {
        let known: Vec<&str> = operation.inputs.keys().map(String::as_str).collect();
        let mut diagnostic =
            Diagnostic::new(Code::UNKNOWN_INPUT, name.span, format!("{} has no input \"{}\"", operation.id, name.value));
        let free = |candidate: &str| !with.iter().any(|(own, _)| own.value == candidate);
        if let Some(slot) = slot_meant(operation, &name.value) {
            self.tell(diagnostic.label(format!("did you mean \"{slot}\"?")));
            return None;
        }
        let near = nearest(&name.value, known.iter().copied())
            .or_else(|| synonym(&name.value, &known))
            .or_else(|| self.only_id(operation, &name.value))
            .map(str::to_owned);
        diagnostic = match &near {
            Some(near) if free(near) => diagnostic.label(format!("did you mean \"{near}\"?")),
            Some(near) => diagnostic.label(format!("{near} is given already; leave this line out")),
            None => diagnostic,
        };
        let mut inputs = if known.is_empty() { "it takes no inputs".to_owned() } else { format!("inputs: {}", listed(known)) };
        if let Some(slots) = &operation.slots {
            inputs.push_str(&format!(", {}1 to {}{}", slots.prefix, slots.prefix, slots.count));
        }
        self.tell(diagnostic.note(inputs));
        near.filter(|near| free(near))
    }

    /// `id` where the operation needs just one id.
    fn only_id<'o>(&self, operation: &'o Operation, name: &str) -> Option<&'o str> {
        if name != "id" {
            return None;
        }
        let mut ids = operation.inputs.iter().filter(|(_, input)| input.place == souschef_catalog::InputPlace::Path);
        match (ids.next(), ids.next()) {
            (Some((only, _)), None) => Some(only),
            _ => None,
        }
    }

    fn missing_inputs(&mut self, call: &With<'_>, given: &[(String, ValueExpr)], meant: &[String]) {
        if self.is_torn(call.whole) {
            return;
        }
        let operation = call.operation;
        let slots_into = operation.slots.as_ref().filter(|slots| given.iter().any(|(name, _)| name.starts_with(&slots.prefix)));
        // What decoding told to stand in a wrong place is not missing too.
        let misplaced = self.misplaced(call.whole);
        let there = |name: &str| {
            misplaced.iter().any(|own| own == name) || given.iter().any(|(own, _)| own == name)
                || meant.iter().any(|own| own == name)
                || slots_into.is_some_and(|slots| slots.into == name)
        };
        let chosen = operation
            .calls
            .iter()
            .find(|form| form.needs.is_empty() || form.needs.iter().any(|need| there(need)));
        let Some(form) = chosen else {
            let forms: Vec<&str> = operation.calls.iter().flat_map(|form| &form.needs).map(String::as_str).collect();
            return self.tell(
                Diagnostic::new(Code::MISSING_INPUT, call.named, format!("{} needs {}", operation.id, and(&forms, "or")))
                    .label("give at least one of them under with:"),
            );
        };
        let paging = if call.paged { operation.poll.as_ref().and_then(|poll| poll.paging.as_ref()) } else { None };
        let mut missing: Vec<(&str, &Input)> = Vec::new();
        for (name, input) in operation.inputs.iter().filter(|(_, input)| input.required) {
            let sent = form.sends.is_empty() || form.sends.iter().any(|own| own == name);
            if there(name) || !sent || paging.is_some_and(|paging| moves(paging, name)) {
                continue;
            }
            match input.fill {
                Some(fill) => self.fill(call, name, fill),
                None => missing.push((name, input)),
            }
        }
        if missing.is_empty() {
            return;
        }
        let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
        let them = if let [only] = names.as_slice() { format!("add `{only}:` under with:") } else { "add them under with:".to_owned() };
        let mut diagnostic =
            Diagnostic::new(Code::MISSING_INPUT, call.named, format!("{} needs {}", operation.id, and(&names, "and"))).label(them);
        for (name, input) in missing.iter().take(6) {
            let help = input.help.as_deref().map(|help| format!("  # {}", help.trim_end_matches('.'))).unwrap_or_default();
            diagnostic = diagnostic.note(format!("{name}: {}{help}", example(input)));
        }
        self.tell(diagnostic);
    }

    /// Keys of a step that decoding could not place.
    fn misplaced(&self, step: Span) -> Vec<String> {
        let inside = |span: &&Span| span.start >= step.start && span.end <= step.end;
        let text = |span: &Span| self.source.text().get(span.range()).map(str::to_owned);
        self.unknown_keys.iter().filter(inside).filter_map(text).collect()
    }

    /// An input that the connection fills, where the connection has nothing to fill it with.
    fn fill(&mut self, call: &With<'_>, name: &str, fill: Fill) {
        let Some((account, config)) = call.account else { return };
        let (key, value) = match fill {
            Fill::LocationId => ("location_id", &config.location_id),
            Fill::CompanyId => ("company_id", &config.company_id),
        };
        if value.is_none() && config.connector == call.operation.connector {
            self.tell(
                Diagnostic::new(Code::MISSING_INPUT, call.named, format!("{} needs {name}, and the connection {account} has no {key}", call.operation.id))
                    .label(format!("add {key}: to the connection in souschef.yaml, or {name}: under with:")),
            );
        }
    }

    /// `custom_field_1: { key or id, value }`.
    fn slot_value(&mut self, operation: &Operation, name: &Spanned<String>, node: &Node, value: &ValueExpr) {
        let Some(slots) = &operation.slots else { return };
        let keys: Vec<&str> = slots.item.keys().map(String::as_str).collect();
        let others: Vec<&str> = keys.iter().copied().filter(|key| *key != "value").collect();
        let form = format!("{{ {}: {}, value: … }}", others.last().unwrap_or(&"key"), "the_field");
        let tell = |span, message: String| Diagnostic::new(Code::INPUT_TYPE, span, message);
        let NodeKind::Map(entries) = &node.kind else {
            let known_map = match value {
                ValueExpr::Literal(_) => false,
                other => {
                    let got = other.type_of(&|path| self.names.type_at(path));
                    matches!(bare(&got), Type::Any | Type::Map(_))
                }
            };
            if !known_map {
                let span = self.first_line(node.span);
                self.tell(
                    tell(span, format!("{} should be a map with {} and value", name.value, and(&others, "or")))
                        .label(format!("write {form}")),
                );
            }
            return;
        };
        for entry in entries.iter().filter(|entry| !keys.contains(&entry.key.value.as_str())) {
            let mut diagnostic = tell(entry.key.span, format!("{} has no \"{}\"", name.value, entry.key.value));
            let meant = nearest(&entry.key.value, keys.iter().copied()).or(match entry.key.value.as_str() {
                "name" | "field" | "fieldKey" | "field_key" => keys.iter().copied().find(|key| *key == "key"),
                "field_value" | "fieldValue" => Some("value"),
                _ => None,
            });
            diagnostic.label = meant.map(|meant| format!("did you mean \"{meant}\"?"));
            self.tell(diagnostic.note(format!("it has: {}", keys.join(", "))));
        }
        let unknown = entries.iter().any(|entry| !keys.contains(&entry.key.value.as_str()));
        let has = |key: &str| entries.iter().any(|entry| entry.key.value == key);
        if !unknown && !others.iter().any(|key| has(key)) {
            self.tell(tell(name.span, format!("{} does not say which field it is", name.value)).label(format!("write {form}")));
        } else if !unknown && !has("value") {
            self.tell(tell(name.span, format!("{} has no value", name.value)).label(format!("write {form}")));
        }
    }
}

/// `customField4` where `custom_field_4` is meant.
fn slot_meant(operation: &Operation, name: &str) -> Option<String> {
    let slots = operation.slots.as_ref()?;
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let number: u8 = plain(name).strip_prefix(&plain(&slots.prefix))?.parse().ok()?;
    (1..=slots.count).contains(&number).then(|| format!("{}{number}", slots.prefix))
}

/// Whether a name is one of the operation's numbered inputs: `Some(false)` where the number is out of range.
fn slot(operation: &Operation, name: &str) -> Option<bool> {
    let slots = operation.slots.as_ref()?;
    let number: u32 = name.strip_prefix(&slots.prefix)?.parse().ok()?;
    Some((1..=u32::from(slots.count)).contains(&number))
}

/// Whether paging sets this input.
fn moves(paging: &Paging, name: &str) -> bool {
    paging.size.as_ref().is_some_and(|(input, _)| input == name)
        || match &paging.advance {
            Advance::Page { input, .. } | Advance::Skip { input } => input == name,
            Advance::Answer(inputs) | Advance::LastItem(inputs) => inputs.contains_key(name),
        }
}

/// Names of inputs as people write them elsewhere.
fn synonym<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    const PAIRS: &[(&str, &str)] = &[
        ("text", "body"),
        ("note", "body"),
        ("content", "body"),
        ("message", "body"),
        ("description", "body"),
        ("name", "title"),
        ("subject", "title"),
        ("due", "dueDate"),
        ("due_at", "dueDate"),
        ("deadline", "dueDate"),
        ("done", "completed"),
        ("assignee", "assignedTo"),
        ("owner", "assignedTo"),
        ("user", "userId"),
        ("contact", "contactId"),
        ("tag", "tags"),
        ("mail", "email"),
        ("phoneNumber", "phone"),
        ("message", "message"),
        ("body", "message"),
        ("text", "message"),
        ("zip", "postalCode"),
        ("address", "address1"),
        ("value", "monetaryValue"),
        ("amount", "monetaryValue"),
    ];
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = plain(name);
    known
        .iter()
        .copied()
        .find(|candidate| plain(candidate) == wanted)
        .or_else(|| PAIRS.iter().filter(|(from, _)| plain(from) == wanted).find_map(|(_, to)| known.iter().copied().find(|own| own == to)))
}

/// A sentence as it goes beside the carets.
fn begun_small(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A value to write for an input.
fn example(input: &Input) -> String {
    if let Some(example) = &input.example {
        return match example {
            serde_json::Value::String(text) if plain_text(text) => text.clone(),
            other => shortened(&other.to_string()),
        };
    }
    match bare(&input.ty) {
        Type::Text(Text { one_of, .. }) if !one_of.is_empty() => one_of.first().cloned().unwrap_or_default(),
        Type::Text(Text { format: Format::Datetime, .. }) => "\"2026-12-01T09:00:00Z\"".to_owned(),
        Type::Text(Text { format: Format::Date, .. }) => "\"2026-12-01\"".to_owned(),
        Type::Text(Text { format: Format::Phone, .. }) => "\"+12025550143\"".to_owned(),
        Type::Text(Text { format: Format::Email, .. }) => "ana@example.com".to_owned(),
        Type::Number { .. } => "1".to_owned(),
        Type::Boolean => "false".to_owned(),
        Type::List(_) => "[…]".to_owned(),
        Type::Map(_) => "{ … }".to_owned(),
        _ => "\"…\"".to_owned(),
    }
}

fn plain_text(text: &str) -> bool {
    text.len() <= 40 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_alphanumeric() || " ._@/".contains(c))
}

fn shortened(text: &str) -> String {
    if text.chars().count() > 50 { "…".to_owned() } else { text.to_owned() }
}
