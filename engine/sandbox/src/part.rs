//! The part that each operation plays, told from its method, path and output, and from its hint.
//!
//! A GET whose output is one thing reads it; one whose output is a list lists. POST creates (at the end of `/upsert`:
//! updates or creates; with polling: searches), PUT and PATCH update, DELETE deletes. POST and DELETE on a list of a thing
//! (`/contacts/{contactId}/tags` with a body of `tags`) add to it and take from it. The collection is the last fixed word
//! of the path before the thing's id, or the name of the list in the answer. Path inputs besides the thing's own are
//! fields of it: a task of `/contacts/{contactId}/tasks` has a `contactId`.

use std::sync::Arc;

use souschef_catalog::{Body, Catalog, HttpCall, InputPlace, Method, Operation, PathPart};
use souschef_expr::Type;

use crate::hint::{Settings, Verb};

/// How one request form of an operation is played.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The operation.
    pub(crate) operation: Arc<Operation>,
    /// The request form.
    pub(crate) call: HttpCall,
    /// What it does.
    pub(crate) verb: Verb,
    /// To which collection.
    pub(crate) collection: String,
    /// The path input that names the thing.
    pub(crate) key: Option<String>,
    /// The other path inputs: fields of the thing.
    pub(crate) parents: Vec<String>,
    /// For adding and removing: the list.
    pub(crate) list: Option<String>,
    /// Where in the answer the things are.
    pub(crate) place: Place,
    /// What the hint says.
    pub(crate) settings: Settings,
    /// What is wrong with the hint.
    pub(crate) broken: Option<String>,
}

/// Where in an answer the things are, and of what type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// The keys that lead there.
    pub(crate) path: Vec<String>,
    /// How many are there.
    pub(crate) holds: Holds,
    /// The type of one.
    pub(crate) item: Type,
}

/// How many things an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A list.
    Many,
    /// One.
    One,
    /// None.
    Nothing,
}

/// The parts of an operation, one for each of its request forms.
pub(crate) fn parts(catalog: &Catalog, operation: &Arc<Operation>) -> Vec<Part> {
    operation
        .calls
        .iter()
        .map(|call| part(catalog, operation, call))
        .collect()
}

fn part(catalog: &Catalog, operation: &Arc<Operation>, call: &HttpCall) -> Part {
    let hint = catalog.sandbox_hint(&operation.id).unwrap_or_default();
    let mut broken = None;
    let mut tell = |why: serde_json::Error| {
        broken = Some(format!("the sandbox hint of {} is wrong: {why}", operation.id))
    };
    let settings: Settings = serde_json::from_value(
        hint.settings
            .into_iter()
            .collect::<serde_json::Map<_, _>>()
            .into(),
    )
    .unwrap_or_else(|why| {
        tell(why);
        Settings::default()
    });
    let hinted = hint.does.and_then(|word| {
        serde_json::from_value::<Verb>(word.into())
            .map_err(&mut tell)
            .ok()
    });
    let inputs: Vec<String> = call.path.iter().filter_map(input_of).map(str::to_owned).collect();
    let literals: Vec<&str> = call
        .path
        .iter()
        .filter_map(literal_of)
        .filter(|word| !word.is_empty())
        .collect();
    let ends_with_input = call.path.last().is_some_and(|part| input_of(part).is_some());
    let place = place_of(operation, settings.at.as_deref());
    let list = literals
        .last()
        .filter(|_| !ends_with_input && !inputs.is_empty())
        .filter(|word| call.body == Body::Json && is_list_of_body(operation, word))
        .map(|word| (*word).to_owned());
    let verb = hinted.unwrap_or_else(|| match (call.method, ends_with_input) {
        (Method::Get, _) if place.holds == Holds::Many => Verb::List,
        (Method::Get, _) => Verb::Get,
        (Method::Post, _) if operation.poll.is_some() => Verb::List,
        (Method::Post, _) if list.is_some() => Verb::Add,
        (Method::Post, true) if inputs.len() > 1 => Verb::Link,
        (Method::Post, _) if literals.last() == Some(&"upsert") => Verb::Upsert,
        (Method::Post, _) => Verb::Create,
        (Method::Put | Method::Patch, _) => Verb::Update,
        (Method::Delete, _) if list.is_some() => Verb::Remove,
        (Method::Delete, _) => Verb::Delete,
    });
    let keyed = matches!(
        verb,
        Verb::Get | Verb::Update | Verb::Delete | Verb::Add | Verb::Remove | Verb::Slots | Verb::Text
    );
    let key = settings
        .key
        .clone()
        .or_else(|| inputs.last().filter(|_| keyed).cloned());
    let collection = hint.collection.unwrap_or_else(|| match verb {
        Verb::List => place.path.last().cloned().unwrap_or_else(|| last_word(&literals)),
        Verb::Upsert => literals
            .iter()
            .rev()
            .nth(1)
            .map_or_else(String::new, |word| (*word).to_owned()),
        _ => word_before(&call.path, key.as_deref()).unwrap_or_else(|| last_word(&literals)),
    });
    let parents = inputs
        .into_iter()
        .filter(|input| key.as_ref() != Some(input))
        .collect();
    Part {
        operation: Arc::clone(operation),
        call: call.clone(),
        verb,
        collection,
        key,
        parents,
        list,
        place,
        settings,
        broken,
    }
}

impl Part {
    /// The inputs that this form sends.
    pub(crate) fn sends(&self, name: &str) -> bool {
        self.call.sends.is_empty() || self.call.sends.iter().any(|sent| sent == name)
    }

    /// The input that is the whole body.
    pub(crate) fn whole_body(&self) -> Option<&str> {
        match &self.call.body {
            Body::Whole(name) => Some(name),
            _ => None,
        }
    }
}

fn input_of(part: &PathPart) -> Option<&str> {
    match part {
        PathPart::Input(name) => Some(name),
        PathPart::Literal(_) => None,
    }
}

fn literal_of(part: &PathPart) -> Option<&str> {
    match part {
        PathPart::Literal(word) => Some(word),
        PathPart::Input(_) => None,
    }
}

fn last_word(literals: &[&str]) -> String {
    literals
        .last()
        .map_or_else(String::new, |word| (*word).to_owned())
}

/// The last fixed word before an input of the path.
fn word_before(path: &[PathPart], input: Option<&str>) -> Option<String> {
    let input = input?;
    let end = path.iter().position(|part| input_of(part) == Some(input))?;
    let before = path.get(..end)?.iter().rev();
    before.filter_map(literal_of).next().map(str::to_owned)
}

fn is_list_of_body(operation: &Operation, word: &str) -> bool {
    operation
        .inputs
        .get(word)
        .is_some_and(|input| input.place == InputPlace::Body && matches!(input.ty, Type::List(_)))
}

/// The type without its "or null".
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(inner) => bare(inner),
        other => other,
    }
}

fn place_of(operation: &Operation, at: Option<&str>) -> Place {
    let said = at.or_else(|| operation.poll.as_ref().map(|poll| poll.items.as_str()));
    if let Some(place) = said.and_then(|said| place_at(&operation.output, said)) {
        return place;
    }
    let nothing = Place {
        path: Vec::new(),
        holds: Holds::Nothing,
        item: Type::Any,
    };
    match bare(&operation.output) {
        Type::List(item) => Place {
            path: Vec::new(),
            holds: Holds::Many,
            item: bare(item).clone(),
        },
        Type::Map(map) if map.fields.contains_key("id") || map.fields.contains_key("_id") => Place {
            path: Vec::new(),
            holds: Holds::One,
            item: operation.output.clone(),
        },
        Type::Map(map) => {
            let found = map.fields.iter().find_map(|(name, field)| match bare(&field.ty) {
                inner @ Type::Map(inside) if !inside.fields.is_empty() => Some((name, Holds::One, inner)),
                Type::List(item) => match bare(item) {
                    item @ Type::Map(_) => Some((name, Holds::Many, item)),
                    _ => None,
                },
                _ => None,
            });
            found.map_or(nothing, |(name, holds, item)| Place {
                path: vec![name.clone()],
                holds,
                item: item.clone(),
            })
        }
        _ => nothing,
    }
}

/// The place that a plain JSONPath tells: `$.messages.messages[*]`.
fn place_at(output: &Type, said: &str) -> Option<Place> {
    let said = said.strip_prefix('$')?;
    let (said, holds) = match said.strip_suffix("[*]") {
        Some(said) => (said, Holds::Many),
        None => (said, Holds::One),
    };
    if said.contains('*') {
        return None;
    }
    let path: Vec<String> = said
        .split('.')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut ty = bare(output);
    for word in &path {
        ty = match ty {
            Type::Map(map) => bare(&map.fields.get(word)?.ty),
            _ => return None,
        };
    }
    let item = match (holds, ty) {
        (Holds::Many, Type::List(item)) => bare(item).clone(),
        (Holds::Many, _) => Type::Any,
        (_, ty) => ty.clone(),
    };
    Some(Place { path, holds, item })
}
