//! What a change means for runs under way, for settings, and for what triggers remember.

use souschef_catalog::{Advance, Catalog};
use souschef_recipe::format::same;
use souschef_recipe::{Node, NodeKind};

use super::changes::listed;
use super::{Change, Part};

/// A sentence for each thing that a person should know.
pub(super) fn of(
    changes: &[Change],
    old: Option<&Node>,
    new: Option<&Node>,
    catalog: &Catalog,
) -> Vec<String> {
    let mut said = Vec::new();
    let (Some(old), Some(new)) = (old, new) else {
        return said;
    };
    if changes.is_empty() {
        return said;
    }
    let run = [
        Part::Condition,
        Part::Mappings,
        Part::Steps,
        Part::OnFailure,
        Part::Inputs,
    ];
    if changes.iter().any(|change| run.contains(&change.part)) {
        said.push(
            "Runs that are under way or waiting keep the recipe as it was; only runs that start from now on follow the new one"
                .to_owned(),
        );
    }
    settings(old, new, &mut said);
    let account = ["connection", "connections"]
        .iter()
        .any(|key| !alike(old.get(key), new.get(key)));
    triggers(old, new, account, catalog, &mut said);
    if account {
        said.push("Steps without a connection of their own go to another account".to_owned());
    }
    let key = |node: &Node| node.get("concurrency").and_then(|held| held.get("key")).cloned();
    if !alike(key(old).as_ref(), key(new).as_ref()) {
        said.push("Runs with the old key of concurrency do not hold back those with the new one".to_owned());
    }
    if changes.iter().any(|change| change.path.starts_with("redact")) {
        said.push(
            "What is hidden changes for new runs; what was kept of older ones stays as it was".to_owned(),
        );
    }
    said
}

fn alike(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Settings that the project must give from now on.
fn settings(old: &Node, new: &Node, said: &mut Vec<String>) {
    let Some(NodeKind::Map(inputs)) = new.get("inputs").map(|node| &node.kind) else {
        return;
    };
    let needed = |input: &Node| {
        input.get("default").is_none()
            && !matches!(
                input.get("required").map(|node| &node.kind),
                Some(NodeKind::Bool(false))
            )
    };
    for entry in inputs {
        let name = entry.key.value.as_str();
        let before = old.get("inputs").and_then(|inputs| inputs.get(name));
        if needed(&entry.value) && !before.is_some_and(needed) {
            said.push(format!(
                "The setting {name} has no default: give it under inputs: in souschef.yaml, or no run can start"
            ));
        }
    }
}

fn triggers(old: &Node, new: &Node, account: bool, catalog: &Catalog, said: &mut Vec<String>) {
    let (old, new) = (listed(old.get("trigger")), listed(new.get("trigger")));
    let alone = old.len() == 1 && new.len() == 1;
    for (id, after) in &new {
        let before = old.iter().find(|(other, _)| alone || other == id);
        let named = if id.is_empty() {
            "the trigger".to_owned()
        } else {
            format!("the trigger {id}")
        };
        let Some((was, before)) = before else {
            if after.get("poll").is_some() {
                said.push(first_look(&format!("{named} is a new poll"), after));
            }
            continue;
        };
        let renamed = was != id;
        poll(&named, before, after, renamed || account, catalog, said);
        let pair = (before.get("reconcile"), after.get("reconcile"));
        if let (Some(before), Some(after)) = pair {
            let named = format!("the reconcile poll of {named}");
            poll(&named, before, after, renamed || account, catalog, said);
        }
        schedule(&named, before, after, renamed, said);
        webhook(&named, before, after, said);
    }
}

/// What a poll remembers is kept by account, operation, inputs and id.
fn poll(named: &str, old: &Node, new: &Node, other: bool, catalog: &Catalog, said: &mut Vec<String>) {
    let Some(operation) = new.get("poll").and_then(Node::as_text) else {
        return;
    };
    if old.get("poll").is_none() {
        said.push(first_look(&format!("{named} becomes a poll"), new));
        return;
    }
    let pages = pages(operation, catalog);
    let asked = |node: &Node| -> Vec<(String, Node)> {
        match node.get("with").map(|with| &with.kind) {
            Some(NodeKind::Map(entries)) => entries
                .iter()
                .filter(|entry| !pages.contains(&entry.key.value))
                .map(|entry| (entry.key.value.clone(), entry.value.clone()))
                .collect(),
            _ => Vec::new(),
        }
    };
    let (was, is) = (asked(old), asked(new));
    let same_inputs = was.len() == is.len()
        && was.iter().all(|(name, value)| {
            is.iter()
                .any(|(other, there)| name == other && same(value, there))
        });
    let keys = ["poll", "items", "item_id"];
    let id = |node: &Node| node.get("id").cloned();
    let other_id = other || !alike(id(old).as_ref(), id(new).as_ref());
    let other_list = keys.iter().any(|key| !alike(old.get(key), new.get(key)));
    if other_list || other_id || !same_inputs {
        said.push(first_look(
            &format!("{named} looks at another list from now on"),
            new,
        ));
    } else if !same(old, new) {
        said.push(sentence(&format!(
            "{named} goes on where it stood: what it has seen is kept"
        )));
    }
}

/// What the first look at a list does.
fn first_look(what: &str, poll: &Node) -> String {
    let backfill = matches!(
        poll.get("backfill").map(|node| &node.kind),
        Some(NodeKind::Bool(true))
    );
    let does = if backfill {
        "starts a run for everything that is there (backfill: true)"
    } else {
        "only remembers what is there, and starts no run"
    };
    sentence(&format!("{what}: the first look {does}"))
}

/// The inputs that only say which page is read.
fn pages(operation: &str, catalog: &Catalog) -> Vec<String> {
    let operation = catalog.operation(operation);
    let paging = operation
        .as_ref()
        .and_then(|operation| operation.poll.as_ref())
        .and_then(|poll| poll.paging.as_ref());
    let Some(paging) = paging else {
        return Vec::new();
    };
    let mut names: Vec<String> = paging.size.iter().map(|(name, _)| name.clone()).collect();
    if let Advance::Page { input, .. } | Advance::Skip { input } = &paging.advance {
        names.push(input.clone());
    }
    names
}

fn schedule(named: &str, old: &Node, new: &Node, renamed: bool, said: &mut Vec<String>) {
    if new.get("schedule").is_none() {
        return;
    }
    let other = renamed
        || ["schedule", "time_zone"]
            .iter()
            .any(|key| !alike(old.get(key), new.get(key)));
    if other {
        said.push(sentence(&format!(
            "{named} is another schedule: it begins with the next time that it names, and what the old one missed is not made up for"
        )));
    }
}

fn webhook(named: &str, old: &Node, new: &Node, said: &mut Vec<String>) {
    let path = |node: &Node| node.get("path").and_then(Node::as_text).map(str::to_owned);
    if let (Some(was), Some(is)) = (path(old), path(new))
        && was != is
    {
        said.push(sentence(&format!(
            "{named} hears at /hooks/custom/{is}: senders to /hooks/custom/{was} are told 404 until they are changed"
        )));
    }
    if !alike(old.get("auth"), new.get("auth"))
        && new.get("webhook").is_some()
        && old.get("webhook").is_some()
    {
        said.push(sentence(&format!(
            "{named} asks for another proof: senders with the old one are refused"
        )));
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
