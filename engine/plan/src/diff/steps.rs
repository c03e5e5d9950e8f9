//! The steps of a recipe, at any depth, and the places they stand in.

use std::collections::BTreeMap;

use souschef_recipe::{Node, NodeKind};

use super::words;

/// A step and its place.
pub(super) struct Place<'a> {
    pub(super) node: &'a Node,
    /// `actions[2].do[0]`.
    pub(super) path: String,
    /// `3.1`: as a person counts.
    pub(super) number: String,
    /// The step that it stands in, by its place in the list of all.
    pub(super) parent: Option<usize>,
    /// Where in that: `do`, `choose[1].do`; `actions` or `on_failure` at the top.
    pub(super) slot: String,
    /// How many steps stand in it.
    pub(super) within: usize,
}

impl Place<'_> {
    pub(super) fn id(&self) -> Option<&str> {
        self.node.get("id").and_then(Node::as_text)
    }

    /// What a person calls it.
    pub(super) fn label(&self) -> String {
        let name = self
            .id()
            .or_else(|| self.node.get("name").and_then(Node::as_text));
        match name {
            Some(name) => format!("step {name} ({})", words::does(self.node)),
            None => format!("step {} ({})", self.number, words::does(self.node)),
        }
    }
}

/// All steps, outer ones before those in them.
pub(super) fn all(recipe: Option<&Node>) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    for slot in ["actions", "on_failure"] {
        if let Some(list) = recipe.and_then(|recipe| recipe.get(slot)) {
            gather(list, slot, "", None, slot, &mut found);
        }
    }
    found
}

fn gather<'a>(
    list: &'a Node,
    path: &str,
    number: &str,
    parent: Option<usize>,
    slot: &str,
    found: &mut Vec<Place<'a>>,
) {
    let NodeKind::List(items) = &list.kind else { return };
    for (index, node) in items.iter().enumerate() {
        let here = found.len();
        let path = format!("{path}[{index}]");
        let number = format!("{number}{}", index + 1);
        found.push(Place {
            node,
            path: path.clone(),
            number: number.clone(),
            parent,
            slot: slot.to_owned(),
            within: 0,
        });
        for (slot, list) in inner(node) {
            gather(
                list,
                &format!("{path}.{slot}"),
                &within(&number, &slot),
                Some(here),
                &slot,
                found,
            );
        }
        let within = found.len() - here - 1;
        if let Some(place) = found.get_mut(here) {
            place.within = within;
        }
    }
}

/// How the steps of a list are counted: `3.` for those of a loop, `3.2.` for those of a second branch.
fn within(number: &str, slot: &str) -> String {
    let branch = slot
        .split_once('[')
        .and_then(|(_, rest)| rest.split(']').next()?.parse::<usize>().ok());
    match (branch, slot) {
        (Some(branch), _) => format!("{number}.{}.", branch + 1),
        (None, "do") => format!("{number}."),
        (None, word) => format!("{number}.{word}."),
    }
}

/// The lists of steps that stand in a step, each with where.
fn inner(step: &Node) -> Vec<(String, &Node)> {
    let mut lists = Vec::new();
    let list = |node: Option<&'_ Node>| matches!(node.map(|node| &node.kind), Some(NodeKind::List(_)));
    for slot in ["do", "otherwise", "on_error"] {
        if list(step.get(slot)) {
            lists.extend(step.get(slot).map(|list| (slot.to_owned(), list)));
        }
    }
    for slot in ["choose", "parallel"] {
        let Some(NodeKind::List(items)) = step.get(slot).map(|node| &node.kind) else {
            continue;
        };
        for (index, item) in items.iter().enumerate() {
            match (&item.kind, item.get("do")) {
                (NodeKind::List(_), _) => lists.push((format!("{slot}[{index}]"), item)),
                (_, Some(body)) => lists.push((format!("{slot}[{index}].do"), body)),
                // One step alone, as a branch of parallel: it has no list, and is told as a value.
                _ => {}
            }
        }
    }
    lists
}

/// Every value of a step that is its own and of no step in it, by its place.
pub(super) fn leaves(step: &Node) -> BTreeMap<String, &Node> {
    let mut found = BTreeMap::new();
    let NodeKind::Map(entries) = &step.kind else {
        return found;
    };
    for entry in entries {
        let key = entry.key.value.as_str();
        match (key, &entry.value.kind) {
            ("do" | "otherwise" | "on_error", NodeKind::List(_)) => {}
            ("choose", NodeKind::List(branches)) => {
                for (index, branch) in branches.iter().enumerate() {
                    if let Some(condition) = branch.get("if") {
                        flat(condition, &format!("choose[{index}].if"), &mut found);
                    }
                }
            }
            ("parallel", NodeKind::List(branches)) => {
                for (index, branch) in branches.iter().enumerate() {
                    if matches!(branch.kind, NodeKind::Map(_)) && branch.get("do").is_none() {
                        flat(branch, &format!("parallel[{index}]"), &mut found);
                    }
                }
            }
            _ => flat(&entry.value, key, &mut found),
        }
    }
    found
}

/// The values of a map, at any depth, by their place; a list is one value.
pub(super) fn flat<'a>(node: &'a Node, path: &str, found: &mut BTreeMap<String, &'a Node>) {
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => {
            for entry in entries {
                flat(&entry.value, &format!("{path}.{}", entry.key.value), found);
            }
        }
        _ => {
            found.insert(path.to_owned(), node);
        }
    }
}
