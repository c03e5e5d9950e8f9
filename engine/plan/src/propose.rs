//! What a person may want to write for an input: values in scope that fit it by name and type, best first.
//!
//! `contactId` of a step is offered `{{ trigger.id }}` where a contact started the run, and `{{ steps.contact.contact.id }}`
//! where a step made one. What is offered is a guess that a person sees before it is taken; it decides nothing.

use souschef_catalog::listing::bare;
use souschef_catalog::{Catalog, Input, Operation};
use souschef_expr::Type;
use souschef_expr::types::Format;
use souschef_recipe::{FireOn, Poll, Recipe, StepKind, TriggerKind, ValueKind};

use crate::check::{item_type, type_of_kind};

/// How deep a value may lie.
const DEPTH: usize = 4;

/// A value in scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// How it is written: `steps.contact.contact.id`.
    pub path: String,
    /// What it is.
    pub ty: Type,
    /// The thing that it belongs to: `contact`.
    pub of: String,
}

/// Everything that a step at the end of a recipe can name.
pub fn in_scope(recipe: &Recipe, catalog: &Catalog) -> Vec<Known> {
    let mut found = Vec::new();
    if let [trigger] = recipe.triggers.as_slice() {
        match &trigger.kind {
            TriggerKind::Poll(poll) => polled(poll, catalog, &mut found),
            TriggerKind::Webhook(webhook) => {
                if let Some(event) = catalog.event(&webhook.event.value) {
                    let of = words(&event.name).into_iter().next().unwrap_or_default();
                    gather(&event.shape, "trigger", &of, 0, &mut found);
                }
            }
            TriggerKind::Schedule(_) | TriggerKind::Manual => {}
        }
    }
    for step in &recipe.actions {
        if let (Some(id), StepKind::Action { operation, .. }) = (&step.id, &step.kind)
            && let Some(operation) = catalog.operation(&operation.value)
        {
            let path = format!("steps.{}", id.value);
            gather(&operation.output, &path, &thing(&operation), 0, &mut found);
        }
    }
    for input in &recipe.inputs {
        found.push(Known {
            path: format!("inputs.{}", input.name.value),
            ty: of_kind(input.kind.value),
            of: String::new(),
        });
    }
    found
}

fn polled(poll: &Poll, catalog: &Catalog, found: &mut Vec<Known>) {
    let Some(operation) = catalog.operation(&poll.operation.value) else {
        return;
    };
    let own = operation.poll.as_ref().map(|own| own.items.clone());
    let items = poll.items.as_ref().map(|items| items.value.clone()).or(own);
    let item = item_type(&operation.output, &items.unwrap_or_else(|| "$".to_owned()));
    if poll.fire_on.value == FireOn::EveryPoll {
        let path = "trigger.items".to_owned();
        let ty = Type::List(Box::new(item));
        found.push(Known {
            path,
            ty,
            of: String::new(),
        });
    } else {
        gather(&item, "trigger", &thing(&operation), 0, found);
    }
}

/// The values of a map, at any depth.
pub(crate) fn gather(ty: &Type, path: &str, of: &str, depth: usize, found: &mut Vec<Known>) {
    match bare(ty) {
        Type::Map(map) if depth < DEPTH => {
            for (name, field) in &map.fields {
                let inner = match bare(&field.ty) {
                    Type::Map(_) => singular(&name.to_lowercase()),
                    _ => of.to_owned(),
                };
                gather(&field.ty, &format!("{path}.{name}"), &inner, depth + 1, found);
            }
        }
        Type::Map(_) | Type::Any => {}
        other => found.push(Known {
            path: path.to_owned(),
            ty: other.clone(),
            of: of.to_owned(),
        }),
    }
}

/// The values that fit an input of an operation, as templates, best first.
pub fn proposals(name: &str, input: &Input, operation: &Operation, known: &[Known]) -> Vec<String> {
    let mut fitting: Vec<(u8, usize, &Known)> = known
        .iter()
        .enumerate()
        .filter_map(|(order, one)| Some((score(name, input, operation, one)?, order, one)))
        .collect();
    fitting.sort_by_key(|(score, order, _)| (std::cmp::Reverse(*score), *order));
    fitting
        .iter()
        .take(4)
        .map(|(_, _, one)| format!("{{{{ {} }}}}", one.path))
        .collect()
}

/// How well a value fits; none where it does not.
fn score(name: &str, input: &Input, operation: &Operation, known: &Known) -> Option<u8> {
    if !input.ty.accepts(&known.ty) {
        return None;
    }
    let last = known.path.rsplit('.').next().unwrap_or_default();
    let wanted = plain(name);
    let has = plain(last);
    let whole = format!("{}{has}", plain(&known.of));
    let own_id = wanted == "id" && has == "id" && known.of == thing(operation);
    if wanted == whole {
        return Some(100);
    }
    if own_id || (wanted == has && has != "id") {
        return Some(90);
    }
    if let (Type::Text(asked), Type::Text(there)) = (bare(&input.ty), bare(&known.ty))
        && asked.format == there.format
        && matches!(asked.format, Format::Email | Format::Phone | Format::Url)
    {
        return Some(60);
    }
    let long = has.len().min(wanted.len()) > 4;
    (long && (has.ends_with(&wanted) || wanted.ends_with(&has))).then_some(40)
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// What an operation is about: `contact` of `contacts.create_note`, or of its own words where they name it better.
fn thing(operation: &Operation) -> String {
    let group = operation.id.rsplit('.').nth(1).unwrap_or_default();
    singular(group)
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or(word).to_owned(),
    }
}

/// `ContactCreate` as `contact`, `create`.
fn words(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for c in name.chars() {
        if c.is_uppercase() || found.is_empty() {
            found.push(String::new());
        }
        if let (Some(word), true) = (found.last_mut(), c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    found
}

fn of_kind(kind: ValueKind) -> Type {
    match kind {
        // A length of time is text, and no input that takes text means one.
        ValueKind::Duration => Type::Any,
        other => type_of_kind(other),
    }
}
