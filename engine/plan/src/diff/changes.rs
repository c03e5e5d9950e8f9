//! The changes, part by part.

use std::collections::BTreeMap;

use souschef_recipe::format::same;
use souschef_recipe::{Node, NodeKind, SourceFile};

use super::pairs::{Pairs, in_order, pairs};
use super::steps::{Place, all as all_steps, flat, leaves};
use super::{Change, Kind, Part, words};

/// The two files, for the lines.
pub(super) struct Sides<'a> {
    pub(super) old: &'a SourceFile,
    pub(super) new: &'a SourceFile,
}

/// The keys of a recipe and the part that each belongs to; what stands in none of them is a setting.
const PARTS: [(&str, Part); 9] = [
    ("name", Part::Recipe),
    ("description", Part::Recipe),
    ("enabled", Part::Recipe),
    ("inputs", Part::Inputs),
    ("trigger", Part::Trigger),
    ("if", Part::Condition),
    ("mappings", Part::Mappings),
    ("actions", Part::Steps),
    ("on_failure", Part::OnFailure),
];

/// Every change.
pub(super) fn all(sides: &Sides<'_>, old: Option<&Node>, new: Option<&Node>) -> Vec<Change> {
    let mut found = Found {
        sides,
        changes: Vec::new(),
    };
    let both = |key: &str| {
        (
            old.and_then(|node| node.get(key)),
            new.and_then(|node| node.get(key)),
        )
    };
    for key in keys(old, new) {
        let (before, after) = both(&key);
        let part = PARTS
            .iter()
            .find(|(known, _)| *known == key)
            .map_or(Part::Settings, |(_, part)| *part);
        match part {
            Part::Trigger => found.triggers(before, after),
            Part::Inputs => found.named(part, "setting", &key, before, after),
            Part::Mappings => found.named(part, "field", &key, before, after),
            Part::Steps | Part::OnFailure => {}
            _ => found.values(part, "", &key, &values(&key, before), &values(&key, after)),
        }
    }
    found.steps(&all_steps(old), &all_steps(new));
    found.changes.sort_by_key(|change| change.part);
    found.changes
}

/// The keys of two maps, those of the new one first.
fn keys(old: Option<&Node>, new: Option<&Node>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for node in [new, old].into_iter().flatten() {
        if let NodeKind::Map(entries) = &node.kind {
            for entry in entries {
                if !found.contains(&entry.key.value) {
                    found.push(entry.key.value.clone());
                }
            }
        }
    }
    found
}

fn values<'a>(path: &str, node: Option<&'a Node>) -> BTreeMap<String, &'a Node> {
    let mut found = BTreeMap::new();
    if let Some(node) = node {
        flat(node, path, &mut found);
    }
    found
}

struct Found<'a> {
    sides: &'a Sides<'a>,
    changes: Vec<Change>,
}

impl Found<'_> {
    fn tell(
        &mut self,
        (part, kind): (Part, Kind),
        (path, of): (&str, &str),
        text: String,
        old: Option<&Node>,
        new: Option<&Node>,
    ) {
        let text = match of {
            "" => text,
            // What is said of a value of it comes after a colon.
            _ if text.starts_with("is ") || text.starts_with("moved") => format!("{of} {text}"),
            _ => format!("{of}: {text}"),
        };
        let line = |source: &SourceFile, node: &Node| source.place(node.span.start).line;
        self.changes.push(Change {
            part,
            kind,
            path: path.to_owned(),
            of: of.to_owned(),
            text,
            old: old.map(Node::to_json),
            new: new.map(Node::to_json),
            old_line: old.map(|node| line(self.sides.old, node)),
            new_line: new.map(|node| line(self.sides.new, node)),
        });
    }

    /// Values that differ, each told by its place below `of`.
    fn values(
        &mut self,
        part: Part,
        of: &str,
        below: &str,
        old: &BTreeMap<String, &Node>,
        new: &BTreeMap<String, &Node>,
    ) {
        let mut paths: Vec<&String> = new.keys().collect();
        paths.extend(old.keys().filter(|path| !new.contains_key(*path)));
        for path in paths {
            let (before, after) = (old.get(path).copied(), new.get(path).copied());
            let shown = path.as_str();
            let (kind, text) = match (before, after) {
                (None, Some(after)) => (Kind::Added, format!("{shown} is {}", words::value(after))),
                (Some(before), None) => (
                    Kind::Removed,
                    format!("{shown} is left out, was {}", words::value(before)),
                ),
                (Some(before), Some(after)) if !same(before, after) => (
                    Kind::Changed,
                    format!("{shown} is {}, was {}", words::value(after), words::value(before)),
                ),
                _ => continue,
            };
            let rest = path.strip_prefix(below);
            let whole = match rest {
                Some(rest) if rest.is_empty() || rest.starts_with('.') => path.clone(),
                _ => format!("{below}.{path}"),
            };
            self.tell((part, kind), (&whole, of), text, before, after);
        }
    }

    /// The lines of a map whose keys are names that a person gave.
    fn named(&mut self, part: Part, word: &str, key: &str, old: Option<&Node>, new: Option<&Node>) {
        for name in keys(old, new) {
            let (before, after) = (
                old.and_then(|node| node.get(&name)),
                new.and_then(|node| node.get(&name)),
            );
            let (path, of) = (format!("{key}.{name}"), format!("{word} {name}"));
            match (before, after) {
                (None, Some(after)) => {
                    let text = format!("is new: {}", words::value(after));
                    self.tell((part, Kind::Added), (&path, &of), text, None, Some(after));
                }
                (Some(before), None) => {
                    let text = format!("is gone; it was {}", words::value(before));
                    self.tell((part, Kind::Removed), (&path, &of), text, Some(before), None);
                }
                (Some(before), Some(after)) => {
                    let map = |node: &Node| matches!(node.kind, NodeKind::Map(_));
                    if map(before) && map(after) {
                        self.values(part, &of, &path, &leaves(before), &leaves(after));
                    } else if !same(before, after) {
                        let text = format!("is {}, was {}", words::value(after), words::value(before));
                        let place = (path.as_str(), of.as_str());
                        self.tell((part, Kind::Changed), place, text, Some(before), Some(after));
                    }
                }
                (None, None) => {}
            }
        }
    }

    fn triggers(&mut self, old: Option<&Node>, new: Option<&Node>) {
        let (old, new) = (listed(old), listed(new));
        let alone = old.len() == 1 && new.len() == 1;
        let mut left: Vec<&(String, &Node)> = old.iter().collect();
        for (id, after) in &new {
            let found = left.iter().position(|(other, _)| alone || other == id);
            let of = if id.is_empty() {
                String::new()
            } else {
                format!("trigger {id}")
            };
            let path = if id.is_empty() {
                "trigger".to_owned()
            } else {
                format!("trigger.{id}")
            };
            let Some((_, before)) = found.map(|at| left.remove(at)) else {
                let too = if old.is_empty() { "" } else { " too" };
                let text = format!("{} starts it{too}", words::trigger(after));
                self.tell(
                    (Part::Trigger, Kind::Added),
                    (&path, &of),
                    text,
                    None,
                    Some(after),
                );
                continue;
            };
            let kind = |node: &Node| {
                ["poll", "webhook", "schedule", "manual"]
                    .into_iter()
                    .find(|key| node.get(key).is_some())
            };
            if kind(before) == kind(after) {
                self.values(Part::Trigger, &of, &path, &leaves(before), &leaves(after));
            } else {
                let text = format!(
                    "{} starts it; it was {}",
                    words::trigger(after),
                    words::trigger(before)
                );
                let place = (path.as_str(), of.as_str());
                self.tell(
                    (Part::Trigger, Kind::Changed),
                    place,
                    text,
                    Some(before),
                    Some(after),
                );
            }
        }
        for (id, before) in left {
            let text = format!("{} does not start it any more", words::trigger(before));
            let of = if id.is_empty() {
                String::new()
            } else {
                format!("trigger {id}")
            };
            let path = format!("trigger.{id}");
            let place = (path.trim_end_matches('.'), of.as_str());
            self.tell((Part::Trigger, Kind::Removed), place, text, Some(before), None);
        }
    }

    fn steps(&mut self, old: &[Place<'_>], new: &[Place<'_>]) {
        let pairs = pairs(old, new);
        let moved = moved(&pairs, old, new);
        for (index, step) in new.iter().enumerate() {
            let part = part_of(step);
            let before = pairs
                .old_of
                .get(index)
                .copied()
                .flatten()
                .and_then(|at| old.get(at));
            let Some(before) = before else {
                // What came with the step around it is told of there.
                let with_its_parent = step
                    .parent
                    .is_some_and(|parent| pairs.old_of.get(parent).is_some_and(Option::is_none));
                if !with_its_parent {
                    let text = format!("is new{}{}", position(new, index), holds(step));
                    let label = step.label();
                    self.tell(
                        (part, Kind::Added),
                        (&step.path, &label),
                        text,
                        None,
                        Some(step.node),
                    );
                }
                continue;
            };
            if moved.get(index) == Some(&true) {
                let text = format!(
                    "moved: it is step {} now, and was step {}",
                    step.number, before.number
                );
                let nodes = (Some(before.node), Some(step.node));
                let label = step.label();
                self.tell((part, Kind::Moved), (&step.path, &label), text, nodes.0, nodes.1);
            }
            let (was, is) = (leaves(before.node), leaves(step.node));
            self.values(part, &step.label(), &step.path, &was, &is);
        }
        for (index, step) in old.iter().enumerate() {
            let gone = |at: usize| pairs.new_of.get(at).is_some_and(Option::is_none);
            if gone(index) && !step.parent.is_some_and(gone) {
                let text = format!("is gone{}", holds(step));
                let label = step.label();
                self.tell(
                    (part_of(step), Kind::Removed),
                    (&step.path, &label),
                    text,
                    Some(step.node),
                    None,
                );
            }
        }
    }
}

fn part_of(step: &Place<'_>) -> Part {
    if step.path.starts_with("on_failure") {
        Part::OnFailure
    } else {
        Part::Steps
    }
}

fn holds(step: &Place<'_>) -> String {
    if step.within == 0 {
        String::new()
    } else {
        format!(", with {} in it", words::steps(step.within))
    }
}

/// ", after step contact (contacts.upsert)".
fn position(steps: &[Place<'_>], index: usize) -> String {
    let Some(step) = steps.get(index) else {
        return String::new();
    };
    let before = steps
        .get(..index)
        .unwrap_or_default()
        .iter()
        .rev()
        .find(|other| other.parent == step.parent && other.slot == step.slot);
    match (before, step.parent.and_then(|parent| steps.get(parent))) {
        (Some(before), _) => format!(", after {}", before.label()),
        (None, Some(parent)) => format!(", first in {}", parent.label()),
        (None, None) => ", at the start".to_owned(),
    }
}

/// Which of the new steps stand somewhere else than they did.
fn moved(pairs: &Pairs, old: &[Place<'_>], new: &[Place<'_>]) -> Vec<bool> {
    let mut moved = vec![false; new.len()];
    let mut lists: BTreeMap<(Option<usize>, &str), Vec<usize>> = BTreeMap::new();
    for (index, step) in old.iter().enumerate() {
        let Some(at) = pairs.new_of.get(index).copied().flatten() else {
            continue;
        };
        match new.get(at) {
            Some(other) if pairs.together(step, other) => {
                lists.entry((step.parent, &step.slot)).or_default().push(at);
            }
            _ => {
                if let Some(moved) = moved.get_mut(at) {
                    *moved = true;
                }
            }
        }
    }
    for list in lists.values() {
        for (at, kept) in list.iter().zip(in_order(list)) {
            if let Some(moved) = moved.get_mut(*at) {
                *moved |= !kept;
            }
        }
    }
    moved
}

/// Triggers with their ids; one alone has none.
pub(super) fn listed(trigger: Option<&Node>) -> Vec<(String, &Node)> {
    let id = |node: &Node| {
        node.get("id")
            .and_then(Node::as_text)
            .map(str::to_owned)
            .unwrap_or_default()
    };
    match trigger.map(|node| (&node.kind, node)) {
        Some((NodeKind::List(items), _)) => items.iter().map(|item| (id(item), item)).collect(),
        Some((_, node)) => vec![(String::new(), node)],
        None => Vec::new(),
    }
}
