//! From the spanned tree to the typed recipe, with every mistake on the way.

mod condition;
mod keys;
mod mapping;
mod reader;
mod repair;
mod step;
mod trigger;

use std::time::Duration;

use crate::ast::{Concurrency, ConcurrencyMode, ConnectionChoice, InputDecl, Recipe, ValueKind};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::{SourceFile, Span, Spanned};
use crate::tree::{self, Node, NodeKind, Parsed};

pub use keys::nearest;
pub use reader::RESERVED;
use reader::Reader;
pub use step::step_words;

/// What decoding gives: as much of the recipe as could be read, and everything that was wrong.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The recipe; absent only where the file is no YAML map at all.
    pub recipe: Option<Recipe>,
    /// The tree it was decoded from; absent where the text is no YAML.
    pub tree: Option<Node>,
    /// Every mistake, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// Parts of the text that could not be read: what seems to be missing there is no further mistake.
    pub unread: Vec<Span>,
}

/// The keys of a recipe.
pub const RECIPE_KEYS: &[&str] = &[
    "name",
    "description",
    "enabled",
    "inputs",
    "trigger",
    "if",
    "mappings",
    "actions",
    "on_failure",
    "concurrency",
    "connection",
    "connections",
    "keep_runs",
    "redact",
];

const INPUT_KEYS: &[&str] = &["type", "description", "default", "required", "one_of", "region"];

/// Reads a recipe file. Never fails and never panics: what is wrong is in the diagnostics.
pub fn decode(source: &SourceFile) -> Decoded {
    let first = decode_tree(source, tree::parse(source.text()));
    if first.diagnostics.is_empty() {
        return first;
    }
    repair::mended(source, first)
}

/// Reads a tree; its places are those of the source.
fn decode_tree(source: &SourceFile, parsed: Parsed) -> Decoded {
    let mut reader = Reader::new(source, parsed.diagnostics, parsed.unread);
    let recipe = match &parsed.tree {
        Some(node) if matches!(node.kind, NodeKind::Map(_)) => recipe(&mut reader, node),
        tree => {
            // A warning alone does not say why there is no recipe.
            if !reader
                .diagnostics
                .iter()
                .any(|one| one.severity() == Severity::Error)
            {
                let span = tree.as_ref().map_or(Span::default(), |node| node.span);
                let there = tree.as_ref().map_or("nothing", Node::kind_name);
                let message = if there == "nothing" {
                    "the file is empty".to_owned()
                } else {
                    format!("a recipe is a map of keys such as trigger: and actions:, and this is {there}")
                };
                reader.diagnostics.push(
                    Diagnostic::new(Code::NO_RECIPE, span, message)
                        .note("`souschef init` writes a recipe to begin with"),
                );
            }
            None
        }
    };
    let mut diagnostics = reader.diagnostics;
    diagnostics.sort_by_key(|one| (one.span.start, one.span.end));
    diagnostics.dedup();
    Decoded {
        recipe,
        tree: parsed.tree,
        diagnostics,
        unread: reader.unread,
    }
}

fn recipe(reader: &mut Reader<'_>, node: &Node) -> Option<Recipe> {
    let map = reader.map(node, "a recipe", RECIPE_KEYS)?;
    let name = map.get("name").and_then(|node| reader.text(node, "name"));
    let description = map
        .get("description")
        .and_then(|node| reader.text(node, "description"));
    let inputs = map
        .get("inputs")
        .map(|node| inputs(reader, node))
        .unwrap_or_default();
    let triggers = match map.get("trigger") {
        Some(node) => trigger::triggers(reader, node),
        None => {
            reader.missing(
                node,
                "the recipe",
                "trigger",
                "say what starts it, for example `trigger: { manual: true }`",
            );
            Vec::new()
        }
    };
    let condition = map.get("if").and_then(|node| condition::condition(reader, node));
    let mappings = map
        .get("mappings")
        .map(|node| mapping::mappings(reader, node))
        .unwrap_or_default();
    let actions = match map.get("actions") {
        Some(node) => step::steps(reader, node, "actions", true),
        None => {
            reader.missing(
                node,
                "the recipe",
                "actions",
                "a list of steps, each beginning with `- action:`",
            );
            Vec::new()
        }
    };
    let on_failure = map
        .get("on_failure")
        .map(|node| step::steps(reader, node, "on_failure", true))
        .unwrap_or_default();
    let concurrency = map.get("concurrency").and_then(|node| concurrency(reader, node));
    let connection = connection(reader, &map);
    let enabled = map
        .get("enabled")
        .and_then(|node| reader.boolean(node, "enabled"));
    let keep_runs = map
        .get("keep_runs")
        .and_then(|node| reader.duration(node, "keep_runs"));
    let redact = match map.get("redact") {
        Some(node) => reader.texts(node, "redact"),
        None => Vec::new(),
    };
    let recipe = Recipe {
        name,
        description,
        enabled: enabled.unwrap_or(true),
        inputs,
        triggers,
        condition,
        mappings,
        actions,
        on_failure,
        concurrency,
        connection,
        keep_runs,
        redact,
        span: node.span,
    };
    step::unique_ids(reader, &recipe);
    Some(recipe)
}

fn inputs(reader: &mut Reader<'_>, node: &Node) -> Vec<InputDecl> {
    let Some(entries) = reader.entries(node, "inputs") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        reader.name(&entry.key, "an input");
        // `owner: text` is short for `owner: { type: text }`; `owner:` alone is a text.
        let short = match &entry.value.kind {
            NodeKind::Null => Some(Spanned::new(ValueKind::Text, entry.value.span)),
            NodeKind::Text(..) => reader.word(&entry.value, "type", &ValueKind::ALL, ValueKind::word),
            _ => None,
        };
        if let Some(kind) = short {
            found.push(plain_input(entry.key.clone(), kind));
            continue;
        }
        let what = format!("the input {}", entry.key.value);
        if matches!(entry.value.kind, NodeKind::Text(..)) {
            found.push(plain_input(
                entry.key.clone(),
                Spanned::new(ValueKind::Any, entry.value.span),
            ));
            continue;
        }
        let Some(map) = reader.map(&entry.value, &what, INPUT_KEYS) else {
            found.push(plain_input(
                entry.key.clone(),
                Spanned::new(ValueKind::Any, entry.value.span),
            ));
            continue;
        };
        let kind = match map.get("type") {
            Some(node) => reader
                .word(node, "type", &ValueKind::ALL, ValueKind::word)
                .unwrap_or(Spanned::new(ValueKind::Any, node.span)),
            None => Spanned::new(ValueKind::Text, entry.key.span),
        };
        let default = map.get("default").cloned();
        let required = map
            .get("required")
            .and_then(|node| reader.boolean(node, "required"));
        let choices = match map.get("one_of").map(|node| (&node.kind, node)) {
            Some((NodeKind::List(items), _)) => items.clone(),
            Some((_, node)) => {
                reader.wrong_kind(node, "one_of", "a list of words, like [red, green]");
                Vec::new()
            }
            None => Vec::new(),
        };
        let description = map
            .get("description")
            .and_then(|node| reader.text(node, "description"));
        let region = map.get("region").and_then(|node| reader.text(node, "region"));
        let required = required.unwrap_or(default.is_none());
        found.push(InputDecl {
            name: entry.key.clone(),
            kind,
            description,
            default,
            required,
            choices,
            region,
        });
    }
    found
}

fn plain_input(name: Spanned<String>, kind: Spanned<ValueKind>) -> InputDecl {
    InputDecl {
        name,
        kind,
        description: None,
        default: None,
        required: true,
        choices: Vec::new(),
        region: None,
    }
}

fn concurrency(reader: &mut Reader<'_>, node: &Node) -> Option<Concurrency> {
    let modes = [
        ConcurrencyMode::Queue,
        ConcurrencyMode::Parallel,
        ConcurrencyMode::Skip,
        ConcurrencyMode::Restart,
    ];
    let word = |mode: ConcurrencyMode| match mode {
        ConcurrencyMode::Queue => "queue",
        ConcurrencyMode::Parallel => "parallel",
        ConcurrencyMode::Skip => "skip",
        ConcurrencyMode::Restart => "restart",
    };
    if matches!(node.kind, NodeKind::Text(..)) {
        let mode = reader.word(node, "concurrency", &modes, word)?;
        return Some(Concurrency {
            mode,
            key: None,
            limit: None,
        });
    }
    let map = reader.map(node, "concurrency", &["mode", "key", "limit"])?;
    let mode = map
        .get("mode")
        .and_then(|node| reader.word(node, "mode", &modes, word));
    let limit = map
        .get("limit")
        .and_then(|node| reader.count(node, "limit", 1, 1000));
    Some(Concurrency {
        mode: mode.unwrap_or(Spanned::new(ConcurrencyMode::Queue, node.span)),
        key: map.get("key").cloned(),
        limit,
    })
}

fn connection(reader: &mut Reader<'_>, map: &reader::Fields<'_>) -> Option<ConnectionChoice> {
    let named = map
        .get("connection")
        .and_then(|node| reader.text(node, "connection"));
    let tagged = map.get("connections").and_then(|node| {
        let inner = reader.map(node, "connections", &["tagged"])?;
        match inner.get("tagged") {
            Some(tag) => reader.text(tag, "tagged"),
            None => {
                reader.missing(
                    node,
                    "connections",
                    "tagged",
                    "for example `connections: { tagged: vip }`",
                );
                None
            }
        }
    });
    match (named, tagged) {
        (Some(_), Some(tag)) => {
            reader.diagnostics.push(
                Diagnostic::new(
                    Code::KEYS_EXCLUDE,
                    tag.span,
                    "a recipe has either connection or connections, not both",
                )
                .label("leave one of them out"),
            );
            Some(ConnectionChoice::Tagged(tag))
        }
        (Some(name), None) => Some(ConnectionChoice::Named(name)),
        (None, Some(tag)) => Some(ConnectionChoice::Tagged(tag)),
        (None, None) => None,
    }
}

/// The bounds of `every:`.
pub(crate) const EVERY: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(7 * 86_400));
