//! Keys and values of the file itself, from its schema.

use serde_json::{Map, Value};
use souschef_recipe::{Node, NodeKind};

use super::Question;
use super::caret::line;
use super::form::{Form, Key, Schema};
use super::offer::{Offer, OfferKind, Offers, escaped, yaml};
use super::place::{self, Site, Step};
use super::{name, word};

/// What may be written at a key's or a value's place.
pub(super) fn offers(question: &Question<'_>) -> Offers {
    let text = question.source.text();
    let Some(site) = place::site(text, question.at) else {
        return Offers::default();
    };
    let schema = Schema::new(question.schema);
    let forms = schema.at(&site.way);
    let mut offers = Offers {
        replace: site.word,
        items: Vec::new(),
    };
    match &site.way.map {
        Some(map) => {
            let written = Written::new(question, &site);
            for key in schema.keys(&forms, map) {
                offers.items.push(written.key(&schema, &key, map));
            }
            offers.items.extend(word::keys(question, &site));
            if question.recipe && forms.iter().any(is_condition) {
                let names = name::in_condition(question, &site);
                if names.replace.start > site.word.start {
                    // After a dot there are fields, and nothing else.
                    return names;
                }
                offers.items.extend(names.items);
            }
            if entries(map) == 1 {
                for form in &forms {
                    offers.items.extend(written.snippets(form));
                }
            }
            // An item of a list may be a word too.
            if matches!(site.way.steps.last(), Some((_, Step::Item(_)))) && entries(map) == 1 {
                offers.items.extend(values(&forms));
            }
        }
        None => {
            offers.items.extend(word::values(question, &site));
            if offers.items.is_empty() {
                offers.items.extend(values(&forms));
            }
            if question.recipe {
                offers.items.extend(name::as_value(question, &site, &forms));
            }
        }
    }
    dedup(&mut offers.items);
    offers
}

fn entries(map: &Node) -> usize {
    match &map.kind {
        NodeKind::Map(entries) => entries.len(),
        _ => 0,
    }
}

/// Whether a map's keys are names that a condition compares.
pub(super) fn is_condition(form: &Form<'_>) -> bool {
    let other = form
        .schema
        .get("additionalProperties")
        .and_then(|other| other.get("$ref"));
    other.and_then(Value::as_str) == Some("#/definitions/comparison")
}

fn dedup(items: &mut Vec<Offer>) {
    let mut seen: Vec<(String, OfferKind)> = Vec::new();
    items.retain(|item| {
        let key = (item.label.clone(), item.kind);
        let new = !seen.contains(&key);
        if new {
            seen.push(key);
        }
        new
    });
}

/// The words that a value may be.
pub(super) fn values(forms: &[Form<'_>]) -> Vec<Offer> {
    let mut found = Vec::new();
    for form in forms {
        if form.get("deprecationMessage").is_some() || form.get("doNotSuggest").is_some() {
            continue;
        }
        if let Some(value) = form.schema.get("const") {
            let kind = match value.as_str() {
                Some(word) if form.schema.contains_key("markdownDescription") && word.contains('.') => {
                    OfferKind::Operation
                }
                Some(word) if word.contains('.') => OfferKind::Event,
                _ => OfferKind::Word,
            };
            found.push(literal(value, kind).help(form.own_help()));
            continue;
        }
        let listed = form.schema.get("enum").and_then(Value::as_array);
        for value in listed.into_iter().flatten().filter(|value| !value.is_null()) {
            found.push(literal(value, OfferKind::Word).help(form.own_help()));
        }
        if form.schema.get("type").and_then(Value::as_str) == Some("boolean") {
            for value in [true, false] {
                found.push(literal(&Value::Bool(value), OfferKind::Word).help(form.own_help()));
            }
        }
        let examples = form.get("examples").and_then(Value::as_array);
        for value in examples.into_iter().flatten() {
            found.push(
                literal(value, OfferKind::Word)
                    .detail("example")
                    .help(form.own_help()),
            );
        }
    }
    found
}

fn literal(value: &Value, kind: OfferKind) -> Offer {
    let written = yaml(value);
    let label = match value {
        Value::String(text) => text.clone(),
        _ => written.clone(),
    };
    Offer::plain(label, kind).insert(escaped(&written))
}

/// How keys are written at this place.
struct Written {
    /// Spaces that a further line needs beyond those of the caret's line.
    pad: String,
    /// Whether the place is inside brackets.
    flow: bool,
    /// Whether a colon stands there already.
    colon: bool,
}

impl Written {
    fn new(question: &Question<'_>, site: &Site) -> Self {
        let text = question.source.text();
        let line = line(text, question.at);
        let head = text
            .get(line.start..site.word.start.max(line.start))
            .unwrap_or_default();
        let tail = text.get(site.word.end..line.end).unwrap_or_default();
        let content = head.trim_start();
        Self {
            pad: " ".repeat(content.len()),
            flow: !content.chars().all(|c| c == '-' || c == ' '),
            colon: tail.trim_start().starts_with(':'),
        }
    }

    /// A key, with what comes after it.
    fn key(&self, schema: &Schema<'_>, key: &Key<'_>, map: &Node) -> Offer {
        let help = key.forms.iter().find_map(Form::help).map(str::to_owned);
        let detail = match (describe(&key.forms), key.required) {
            (Some(kind), true) => Some(format!("{kind}, needed")),
            (Some(kind), false) => Some(kind),
            (None, true) => Some("needed".to_owned()),
            (None, false) => None,
        };
        let mut offer =
            Offer::plain(key.name, OfferKind::Key).help(help.map(|help| with_example(&help, &key.forms)));
        offer.detail = detail;
        offer.insert = if self.colon {
            escaped(key.name)
        } else {
            format!("{}:{}", escaped(key.name), self.after(schema, key, map))
        };
        offer
    }

    fn after(&self, schema: &Schema<'_>, key: &Key<'_>, map: &Node) -> String {
        let is = |kind: &str| {
            !key.forms.is_empty()
                && key
                    .forms
                    .iter()
                    .all(|form| form.schema.get("type").and_then(Value::as_str) == Some(kind))
        };
        if self.flow {
            return " $0".to_owned();
        }
        let inner = format!("\n{}  ", self.pad);
        if is("array") {
            return format!("{inner}- $0");
        }
        if is("object") {
            // All that is needed, to be filled in.
            let empty = Node {
                kind: NodeKind::Map(Vec::new()),
                span: map.span,
            };
            let needed: Vec<String> = schema
                .keys(&key.forms, &empty)
                .iter()
                .filter(|inner| inner.required)
                .enumerate()
                .map(|(index, one)| format!("{}: {}", one.name, placeholder(index + 1, &one.forms)))
                .collect();
            return match needed.is_empty() {
                true => format!("{inner}$0"),
                false => format!("{inner}{}", needed.join(&inner)),
            };
        }
        " $0".to_owned()
    }

    /// The forms that a schema offers to begin with.
    fn snippets(&self, form: &Form<'_>) -> Vec<Offer> {
        let all = form.schema.get("defaultSnippets").and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .filter(|_| !self.flow && !self.colon)
            .filter_map(|snippet| {
                let label = snippet.get("label")?.as_str()?;
                let Value::Object(body) = snippet.get("body")? else {
                    return None;
                };
                let help = snippet.get("description").and_then(Value::as_str);
                let mut text = String::new();
                block(body, &self.pad, &mut text);
                Some(
                    Offer::plain(label, OfferKind::Snippet)
                        .detail(help.unwrap_or_default())
                        .insert(text.trim_start_matches(['\n', ' '])),
                )
            })
            .collect()
    }
}

/// A snippet's map as lines of YAML; `${1:…}` stays as it is.
fn block(map: &Map<String, Value>, pad: &str, text: &mut String) {
    for (key, value) in map {
        text.push_str(&format!("\n{pad}{key}:"));
        inner(value, pad, text);
    }
}

fn inner(value: &Value, pad: &str, text: &mut String) {
    match value {
        Value::Object(map) if map.is_empty() => text.push_str(&format!("\n{pad}  $0")),
        Value::Object(map) => block(map, &format!("{pad}  "), text),
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Object(map) => {
                        let mut lines = String::new();
                        block(map, &format!("{pad}    "), &mut lines);
                        text.push_str(&format!("\n{pad}  - {}", lines.trim_start()));
                    }
                    other => text.push_str(&format!("\n{pad}  - {}", scalar(other))),
                }
            }
        }
        other => text.push_str(&format!(" {}", scalar(other))),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains("{{") => format!("\"{text}\""),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A part of a snippet for a value: its words to choose from, or its example.
fn placeholder(number: usize, forms: &[Form<'_>]) -> String {
    let words: Vec<String> = values(forms)
        .iter()
        .filter(|offer| offer.detail.is_none())
        .map(|offer| offer.insert.replace([',', '|'], " "))
        .collect();
    if !words.is_empty() && words.len() <= 12 {
        return format!("${{{number}|{}|}}", words.join(","));
    }
    let example = forms
        .iter()
        .find_map(|form| form.get("examples")?.as_array()?.first())
        .map(yaml);
    match example {
        Some(example) => format!("${{{number}:{}}}", escaped(&example)),
        None => format!("${number}"),
    }
}

/// The help, and an example below it.
fn with_example(help: &str, forms: &[Form<'_>]) -> String {
    let example = forms
        .iter()
        .find_map(|form| form.get("examples")?.as_array()?.first())
        .map(yaml);
    match example {
        Some(example) if example.len() <= 200 => format!("{help}\n\nExample: `{example}`"),
        _ => help.to_owned(),
    }
}

/// What a key's value is, in a few words.
pub(super) fn describe(forms: &[Form<'_>]) -> Option<String> {
    let mut kinds: Vec<&str> = Vec::new();
    for form in forms {
        let kind = match form.schema.get("type").and_then(Value::as_str) {
            _ if form.schema.contains_key("const") || form.schema.contains_key("enum") => "a word of a list",
            Some("string") => "text",
            Some("integer") => "a whole number",
            Some("number") => "a number",
            Some("boolean") => "true or false",
            Some("array") => "a list",
            Some("object") if form.schema.get("title").is_none() && forms.len() > 1 => continue,
            Some("object") => "a map",
            _ => continue,
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    (!kinds.is_empty() && kinds.len() < 4).then(|| kinds.join(" or "))
}
