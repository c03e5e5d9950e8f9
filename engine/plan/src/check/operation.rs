//! Operations and their inputs.

use std::sync::Arc;

use souschef_catalog::{Operation, OperationKind};
use souschef_recipe::{Code, Diagnostic, Node, Span, Spanned};

use super::Checker;
use crate::project::ConnectionConfig;

/// `with:` and where it belongs.
pub(super) struct With<'r> {
    pub(super) operation: &'r Arc<Operation>,
    pub(super) with: &'r [(Spanned<String>, Node)],
    /// Where the operation is named.
    pub(super) named: Span,
    /// The whole step or trigger.
    pub(super) whole: Span,
    /// The account, where it is known.
    pub(super) account: Option<(&'r str, &'r ConnectionConfig)>,
    /// Whether pages are followed: then the engine fills the inputs that move on.
    pub(super) paged: bool,
}

/// Other tools' words for the engine's own steps, written after `action:`.
const STEP_WORDS: &[(&str, &str)] = &[
    ("delay", "wait: 2d"),
    ("sleep", "wait: 2d"),
    ("wait", "wait: 2d"),
    ("if", "if: on a step, or choose:"),
    ("filter", "if: on a step, or of the recipe"),
    ("loop", "for_each:"),
    ("for_each", "for_each:"),
    ("foreach", "for_each:"),
    ("stop", "stop: a reason"),
    ("set", "set:"),
    ("code", "set: with helpers in its expressions"),
    ("http", "an operation; a connector file of your own adds any API"),
    (
        "webhook",
        "an operation; a connector file of your own adds any API",
    ),
];

/// Verbs that mean the same of an operation, here and in other tools.
const VERBS: &[&[&str]] = &[
    &["create", "add", "new", "make", "insert"],
    &["delete", "remove", "destroy"],
    &["get", "find", "fetch", "read", "search", "list", "lookup"],
    &["update", "edit", "change", "modify", "set"],
    &["send", "post"],
];

impl Checker<'_> {
    /// Finds an operation, or says what is near.
    pub(super) fn operation(&mut self, id: &Spanned<String>, poll: bool) -> Option<Arc<Operation>> {
        let catalog = self.context.catalog;
        let Some(operation) = catalog.operation(&id.value) else {
            self.unknown_operation(id, poll);
            return None;
        };
        if let Some(why) = &operation.deprecated {
            self.tell(
                Diagnostic::new(
                    Code::DEPRECATED,
                    id.span,
                    format!("{} should not be used any more", id.value),
                )
                .label(begun_small(why)),
            );
        }
        Some(operation)
    }

    fn unknown_operation(&mut self, id: &Spanned<String>, poll: bool) {
        let catalog = self.context.catalog;
        let word = id.value.as_str();
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_OPERATION,
            id.span,
            format!("there is no operation \"{word}\""),
        );
        let short = word.rsplit('.').next().unwrap_or(word).to_lowercase();
        if let Some((_, meant)) = STEP_WORDS.iter().find(|(from, _)| *from == short)
            && !word.contains('.')
        {
            return self.tell(diagnostic.label(format!("write {meant}, in the place of action:")));
        }
        if catalog.event(word).is_some() {
            let label = if poll {
                format!("this is an event: write webhook: {word}")
            } else {
                "this is an event; it can start a recipe (webhook:) or be waited for (wait_for:)".to_owned()
            };
            return self.tell(diagnostic.label(label));
        }
        if let Some(other) = self.context.recipes.filter(|recipes| recipes.contains_key(word)) {
            let _ = other;
            return self.tell(diagnostic.label(format!("this is a recipe: write run_recipe: {word}")));
        }
        let near = self
            .same_verb(word)
            .or_else(|| self.other_verb(word))
            .or_else(|| catalog.nearest(word));
        if let Some(near) = &near {
            diagnostic = diagnostic.did_you_mean(near);
        }
        let words = word.replace(['.', '_', '-'], " ");
        let found: Vec<String> = catalog
            .search(&words)
            .iter()
            .filter(|one| (!poll || one.kind == OperationKind::Trigger) && Some(&one.id) != near.as_ref())
            .filter(|one| self.is_connected(&one.connector))
            .map(|one| one.id.clone())
            .take(4)
            .collect();
        diagnostic = match found.as_slice() {
            [] => diagnostic.note("`souschef catalog WORDS` finds operations by what they do"),
            found => diagnostic.note(format!("also near: {}", found.join(", "))),
        };
        self.tell(diagnostic);
    }

    /// The operation of this name with another verb of the same meaning: `contacts.create_note` of `contacts.add_note`.
    fn other_verb(&self, word: &str) -> Option<String> {
        let word = word.to_lowercase();
        let (group, own) = word.rsplit_once('.').unwrap_or(("", &word));
        let (verb, thing) = own.split_once('_').unwrap_or((own, ""));
        let verbs = VERBS.iter().find(|verbs| verbs.contains(&verb))?;
        verbs.iter().filter(|other| **other != verb).find_map(|other| {
            let name = if thing.is_empty() {
                (*other).to_owned()
            } else {
                format!("{other}_{thing}")
            };
            match group {
                "" => self.same_verb(&name),
                _ => {
                    let operation = self.context.catalog.operation(&format!("{group}.{name}"))?;
                    Some(operation.id.clone())
                }
            }
        })
    }

    /// Whether the project has a connection to this API; without a project file, it may.
    fn is_connected(&self, connector: &str) -> bool {
        self.context.project.is_none_or(|project| {
            project.connections.is_empty()
                || project.connections.values().any(|one| one.connector == connector)
        })
    }

    /// An operation of a well-known name without its category: `create_task`. Those of the API that most recipes are
    /// about go first: their names do not begin with the connector's.
    fn same_verb(&self, word: &str) -> Option<String> {
        let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
        let wanted = plain(word);
        let all = self.context.catalog.operations();
        let own =
            |operation: &&Arc<Operation>| !operation.id.starts_with(&format!("{}.", operation.connector));
        // `GoHighLevel Create Contact` is how other tools call it: the title is in it.
        let title = |operation: &&Arc<Operation>| {
            let title = plain(&operation.title);
            title.len() > 8 && wanted.ends_with(&title)
        };
        let verb = |operation: &&Arc<Operation>| {
            operation
                .id
                .rsplit('.')
                .next()
                .is_some_and(|verb| plain(verb) == wanted)
        };
        all.iter()
            .filter(own)
            .find(verb)
            .or_else(|| all.iter().filter(own).find(title))
            .map(|one| one.id.clone())
    }
}

/// A sentence as it goes beside the carets.
fn begun_small(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
