//! Mappings.

use super::keys;
use super::reader::Reader;
use crate::ast::{Mapping, Transform, ValueKind};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::tree::{Entry, Node, NodeKind};

const KEYS: &[&str] = &[
    "from",
    "as",
    "default",
    "required",
    "lookup",
    "transform",
    "region",
    "time_zone",
];

pub(super) fn mappings(reader: &mut Reader<'_>, node: &Node) -> Vec<Mapping> {
    let Some(entries) = reader.entries(node, "mappings") else {
        return Vec::new();
    };
    entries.iter().map(|entry| mapping(reader, entry)).collect()
}

/// Whether a word is, or was meant as, one of the long form's.
fn is_known(word: &str) -> bool {
    keys::nearest(word, KEYS.iter().copied()).is_some() || keys::meant(word, KEYS).is_some()
}

fn mapping(reader: &mut Reader<'_>, entry: &Entry) -> Mapping {
    reader.name(&entry.key, "a field");
    let span = entry.key.span.to(entry.value.span);
    let short = Mapping {
        name: entry.key.clone(),
        from: entry.value.clone(),
        long: false,
        kind: None,
        default: None,
        required: false,
        region: None,
        time_zone: None,
        lookup: None,
        transform: Vec::new(),
        span,
    };
    // A map is the long form, but for `{ text: "$.99" }`, which is a value.
    let NodeKind::Map(lines) = &entry.value.kind else {
        if matches!(entry.value.kind, NodeKind::Null) {
            reader.wrong_kind(
                &entry.value,
                &format!("the field {}", entry.key.value),
                "a value, like \"{{ trigger.email }}\"",
            );
        }
        return short;
    };
    if matches!(lines.as_slice(), [only] if only.key.value == "text") {
        return short;
    }
    let what = format!("the field {}", entry.key.value);
    if let Some(first) = lines
        .first()
        .filter(|_| !lines.iter().any(|line| is_known(&line.key.value)))
    {
        // None of the long form's words: a map was meant as the value.
        let message = format!("{what} has no key \"{}\"", first.key.value);
        let diagnostic = Diagnostic::new(Code::UNKNOWN_KEY, first.key.span, message)
            .label("for a map as the value, write it after from:")
            .note(format!("keys here: {}", KEYS.join(", ")));
        reader.diagnostics.push(diagnostic);
        return short;
    }
    let Some(map) = reader.map(&entry.value, &what, KEYS) else {
        return short;
    };
    let absent = Node {
        kind: NodeKind::Null,
        span: entry.value.span,
    };
    let from = map.get("from").cloned().unwrap_or_else(|| {
        let told = lines.iter().any(|line| !KEYS.contains(&line.key.value.as_str()));
        if !told && map.get("default").is_none() {
            let label = "say where the value comes from, like from: trigger.email";
            reader.missing(&entry.value, &what, "from", label);
        }
        absent
    });
    let kind = map
        .get("as")
        .and_then(|node| reader.word(node, "as", &ValueKind::ALL, ValueKind::word));
    let required = map
        .get("required")
        .and_then(|node| reader.boolean(node, "required"))
        .unwrap_or(false);
    let region = map.get("region").and_then(|node| region(reader, node));
    let time_zone = map
        .get("time_zone")
        .and_then(|node| reader.text(node, "time_zone"));
    let lookup = map.get("lookup").map(|node| reader.pairs(node, "lookup"));
    let transform = map
        .get("transform")
        .map(|node| transforms(reader, node))
        .unwrap_or_default();
    Mapping {
        from,
        long: true,
        kind,
        default: map.get("default").cloned(),
        required,
        region,
        time_zone,
        lookup,
        transform,
        ..short
    }
}

/// Two capital letters. `region: NO` is Norway, and text already.
fn region(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<String>> {
    let region = reader.text(node, "region")?;
    let good = region.value.len() == 2 && region.value.chars().all(|c| c.is_ascii_uppercase());
    if !good {
        reader.diagnostics.push(
            Diagnostic::new(
                Code::UNKNOWN_WORD,
                region.span,
                format!("region can't be \"{}\"", region.value),
            )
            .label("two capital letters, like US, GB or DE"),
        );
        return None;
    }
    Some(region)
}

fn transforms(reader: &mut Reader<'_>, node: &Node) -> Vec<Transform> {
    let items = match &node.kind {
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut found = Vec::new();
    for item in items {
        match &item.kind {
            NodeKind::Text(name, _) => {
                found.push(Transform {
                    name: Spanned::new(name.clone(), item.span),
                    argument: None,
                });
            }
            NodeKind::Map(lines) => found.extend(lines.iter().map(|line| Transform {
                name: line.key.clone(),
                argument: Some(line.value.clone()),
            })),
            _ => reader.wrong_kind(item, "transform", "a list of names, like [trim, lower]"),
        }
    }
    found
}
