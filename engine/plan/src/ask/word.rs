//! Words that no schema can list: those of the project, and of the world.

use souschef_recipe::{Node, ValueKind};

use super::Question;
use super::offer::{Offer, OfferKind, escaped, yaml};
use super::place::{Site, Step};

/// The words for a value's place, where there is a list of them.
pub(super) fn values(question: &Question<'_>, site: &Site) -> Vec<Offer> {
    let keys = site.way.keys();
    let (last, outer) = match keys.as_slice() {
        [.., outer, last] => (*last, *outer),
        [last] => (*last, ""),
        [] => return Vec::new(),
    };
    let word = |name: &str| Offer::plain(name, OfferKind::Word).insert(escaped(&yaml(&name.into())));
    if last == "time_zone" && question.recipe {
        return zones().into_iter().map(|zone| word(&zone)).collect();
    }
    if !question.recipe {
        return Vec::new();
    }
    let project = question.context.project;
    match (last, outer) {
        ("connection", _) => project
            .iter()
            .flat_map(|project| &project.connections)
            .map(|(name, connection)| word(name).detail(connection.connector.clone()))
            .collect(),
        ("tagged", "connections") => {
            let mut tags: Vec<&String> = project
                .iter()
                .flat_map(|project| project.connections.values())
                .flat_map(|connection| &connection.tags)
                .collect();
            tags.sort();
            tags.dedup();
            tags.into_iter().map(|tag| word(tag)).collect()
        }
        ("token" | "basic" | "hmac", "auth") => project
            .iter()
            .flat_map(|project| project.secrets.keys())
            .map(|name| word(name).detail("a secret of souschef.yaml"))
            .collect(),
        ("run_recipe", _) => question
            .context
            .recipes
            .into_iter()
            .flatten()
            .filter(|(name, _)| *name != question.name)
            .map(|(name, other)| {
                let help = other.recipe.description.as_ref().map(|text| text.value.clone());
                let title = other
                    .recipe
                    .name
                    .as_ref()
                    .map_or("a recipe", |name| name.value.as_str());
                word(name).detail(title).help(help)
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Keys that belong to another recipe: the inputs of the one that is run.
pub(super) fn keys(question: &Question<'_>, site: &Site) -> Vec<Offer> {
    let Some((parent, Step::Key(key))) = site.way.steps.last() else {
        return Vec::new();
    };
    if !question.recipe || key != "with" {
        return Vec::new();
    }
    let Some(name) = parent.get("run_recipe").and_then(Node::as_text) else {
        return Vec::new();
    };
    let other = question.context.recipes.and_then(|recipes| recipes.get(name));
    let Some(other) = other else { return Vec::new() };
    let mut inputs: Vec<_> = other.recipe.inputs.iter().collect();
    inputs.sort_by_key(|input| !input.required);
    inputs
        .into_iter()
        .filter(|input| {
            site.way
                .map
                .as_ref()
                .is_none_or(|map| map.get(&input.name.value).is_none())
        })
        .map(|input| {
            let needed = if input.required { ", needed" } else { "" };
            Offer::plain(&input.name.value, OfferKind::Key)
                .detail(format!("{}{needed}", kind(input.kind.value)))
                .help(input.description.as_ref().map(|text| text.value.clone()))
                .insert(format!("{}: $0", escaped(&input.name.value)))
        })
        .collect()
}

fn kind(kind: ValueKind) -> &'static str {
    kind.word()
}

/// The names of all time zones.
pub(super) fn zones() -> Vec<String> {
    let mut zones: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect();
    zones.sort();
    zones
}
