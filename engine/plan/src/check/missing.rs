//! Inputs that an operation needs and was not given.

use souschef_catalog::{Advance, Fill, Input, Paging};
use souschef_expr::types::{Format, Text};
use souschef_expr::{Type, ValueExpr};
use souschef_recipe::{Code, Diagnostic, Span};

use super::operation::With;
use super::walk::bare;
use super::{Checker, and};

impl Checker<'_> {
    pub(super) fn missing_inputs(
        &mut self,
        call: &With<'_>,
        given: &[(String, ValueExpr)],
        meant: &[String],
    ) {
        let unread = call.with.is_empty() && self.wrong_kinds.iter().any(|span| within(*span, call.whole));
        if unread || self.is_torn(call.whole) {
            return;
        }
        let operation = call.operation;
        let slots_into = operation
            .slots
            .as_ref()
            .filter(|slots| given.iter().any(|(name, _)| name.starts_with(&slots.prefix)));
        // What decoding told to stand in a wrong place is not missing too.
        let misplaced = self.misplaced(call.whole);
        let there = |name: &str| {
            misplaced.iter().any(|own| own == name)
                || given.iter().any(|(own, _)| own == name)
                || meant.iter().any(|own| own == name)
                || slots_into.is_some_and(|slots| slots.into == name)
        };
        let chosen = operation
            .calls
            .iter()
            .find(|form| form.needs.is_empty() || form.needs.iter().any(|need| there(need)));
        let Some(form) = chosen else {
            let forms: Vec<&str> = operation
                .calls
                .iter()
                .flat_map(|form| &form.needs)
                .map(String::as_str)
                .collect();
            return self.tell(
                Diagnostic::new(
                    Code::MISSING_INPUT,
                    call.named,
                    format!("{} needs {}", operation.id, and(&forms, "or")),
                )
                .label(if self.plain {
                    "give at least one of them"
                } else {
                    "give at least one of them under with:"
                }),
            );
        };
        let paging = if call.paged {
            operation.poll.as_ref().and_then(|poll| poll.paging.as_ref())
        } else {
            None
        };
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
        let them = match names.as_slice() {
            [only] if self.plain => format!("give {only} too"),
            _ if self.plain => "give them too".to_owned(),
            [only] => format!("add `{only}:` under with:"),
            _ => "add them under with:".to_owned(),
        };
        let mut diagnostic = Diagnostic::new(
            Code::MISSING_INPUT,
            call.named,
            format!("{} needs {}", operation.id, and(&names, "and")),
        )
        .label(them);
        if let Some((place, why)) = self.place_of(call, &names) {
            diagnostic = diagnostic.related(place, why);
        }
        for (name, input) in missing.iter().take(6) {
            let help = input
                .help
                .as_deref()
                .map(|help| format!("  # {}", help.trim_end_matches('.')))
                .unwrap_or_default();
            diagnostic = diagnostic.note(format!("{name}: {}{help}", example(input)));
        }
        self.tell(diagnostic);
    }

    /// Beside which input a missing one is due, in the order of the catalog.
    fn place_of(&self, call: &With<'_>, missing: &[&str]) -> Option<(Span, &'static str)> {
        let [only] = missing else { return None };
        let order: Vec<&str> = call.operation.inputs.keys().map(String::as_str).collect();
        let at = order.iter().position(|name| name == only)?;
        let (before, after) = order.split_at(at);
        let given = |name: &&str| {
            let own = call.with.iter().find(|(own, _)| own.value == **name);
            own.map(|(name, _)| name.span)
        };
        let (first, last) = (call.with.first()?.0.span, call.with.last()?.0.span);
        before
            .iter()
            .rev()
            .find_map(given)
            .map(|place| (place.to(last), "it goes after this"))
            .or_else(|| {
                let place = after.iter().find_map(given)?;
                Some((first.to(place), "it goes before this"))
            })
    }

    /// Keys of a step that decoding could not place.
    fn misplaced(&self, step: Span) -> Vec<String> {
        let inside = |span: &&Span| within(**span, step);
        let text = |span: &Span| self.source.text().get(span.range()).map(str::to_owned);
        self.unknown_keys.iter().filter(inside).filter_map(text).collect()
    }

    /// An input that the connection fills, where the connection has nothing to fill it with.
    fn fill(&mut self, call: &With<'_>, name: &str, fill: Fill) {
        let Some((account, config)) = call.account else {
            return;
        };
        let (key, value) = match fill {
            Fill::LocationId => ("location_id", &config.location_id),
            Fill::CompanyId => ("company_id", &config.company_id),
        };
        if value.is_none() && config.connector == call.operation.connector {
            self.tell(
                Diagnostic::new(
                    Code::MISSING_INPUT,
                    call.named,
                    format!(
                        "{} needs {name}, and the connection {account} has no {key}",
                        call.operation.id
                    ),
                )
                .label(format!(
                    "add {key}: to the connection in souschef.yaml, or {name}: under with:"
                )),
            );
        }
    }
}

/// Whether a place is inside another.
fn within(inner: Span, outer: Span) -> bool {
    inner.start >= outer.start && inner.end <= outer.end
}

/// Whether paging sets this input.
fn moves(paging: &Paging, name: &str) -> bool {
    paging.size.as_ref().is_some_and(|(input, _)| input == name)
        || match &paging.advance {
            Advance::Page { input, .. } | Advance::Skip { input } => input == name,
            Advance::Answer(inputs) | Advance::LastItem(inputs) => inputs.contains_key(name),
        }
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
        Type::Text(Text {
            format: Format::Datetime,
            ..
        }) => "\"2026-12-01T09:00:00Z\"".to_owned(),
        Type::Text(Text {
            format: Format::Date, ..
        }) => "\"2026-12-01\"".to_owned(),
        Type::Text(Text {
            format: Format::Phone,
            ..
        }) => "\"+12025550143\"".to_owned(),
        Type::Text(Text {
            format: Format::Email,
            ..
        }) => "ana@example.com".to_owned(),
        Type::Number { .. } => "1".to_owned(),
        Type::Boolean => "false".to_owned(),
        Type::List(_) => "[…]".to_owned(),
        Type::Map(_) => "{ … }".to_owned(),
        _ => "\"…\"".to_owned(),
    }
}

fn plain_text(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_alphanumeric() || " ._@/".contains(c))
}

fn shortened(text: &str) -> String {
    if text.chars().count() > 50 {
        "…".to_owned()
    } else {
        text.to_owned()
    }
}
