//! What a change to a recipe changes, in words.
//!
//! Two texts in, a list of changes out. Steps are held together by their id, then by what they hold, then by what they do,
//! so that one that moved is no step that went and another that came. It must never look at a project, a journal or a
//! clock: what a change means for runs and for what polls remember follows from the two recipes alone.

mod changes;
mod effects;
mod pairs;
mod steps;
mod words;

use serde::Serialize;
use serde_json::Value;
use souschef_catalog::Catalog;
use souschef_recipe::{Decoded, Diagnostic, Node, Severity, SourceFile, decode};

/// What differs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Diff {
    /// Every change, in the order of the recipe's parts.
    pub changes: Vec<Change>,
    /// What the changes mean for runs under way and for what starts runs, a sentence each.
    pub effects: Vec<String>,
}

impl Diff {
    /// Whether the two recipes say the same: nothing but comments and layout differs.
    pub fn is_same(&self) -> bool {
        self.changes.is_empty()
    }
}

/// The parts of a recipe, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// `name` and `description`.
    Recipe,
    /// `inputs`.
    Inputs,
    /// `trigger`.
    Trigger,
    /// `if`.
    Condition,
    /// `mappings`.
    Mappings,
    /// `actions`.
    Steps,
    /// `on_failure`.
    OnFailure,
    /// Everything else: accounts, concurrency, what is kept.
    Settings,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another.
    Changed,
    /// It stands somewhere else.
    Moved,
}

/// One thing that differs.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The part of the recipe.
    pub part: Part,
    /// How.
    pub kind: Kind,
    /// The place in the recipe, `actions[2].with.email`: in the new one, or in the old one where it is gone.
    pub path: String,
    /// What it is in a person's words, `step contact (contacts.upsert)`; empty where the part says it all.
    pub of: String,
    /// The change in words.
    pub text: String,
    /// What was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
    /// The line in the old file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_line: Option<usize>,
    /// The line in the new file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_line: Option<usize>,
}

/// A recipe that has mistakes: what it says can't be told.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Whether it is the old one.
    pub old: bool,
    /// The mistakes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Holds two recipes against each other. An empty text is no recipe yet, or none any more.
///
/// # Errors
/// Those of the two that can't be read.
pub fn diff(old: &SourceFile, new: &SourceFile, catalog: &Catalog) -> Result<Diff, Vec<Broken>> {
    let (before, after) = (read(old, true), read(new, false));
    let (before, after) = match (before, after) {
        (Ok(before), Ok(after)) => (before, after),
        (before, after) => return Err(before.err().into_iter().chain(after.err()).collect()),
    };
    let pair = changes::Sides { old, new };
    let changes = changes::all(&pair, before.as_ref(), after.as_ref());
    let effects = effects::of(&changes, before.as_ref(), after.as_ref(), catalog);
    Ok(Diff { changes, effects })
}

/// The recipe's tree; none of an empty file.
fn read(source: &SourceFile, old: bool) -> Result<Option<Node>, Broken> {
    if source.text().trim().is_empty() {
        return Ok(None);
    }
    let Decoded {
        recipe,
        tree,
        diagnostics,
        ..
    } = decode(source);
    let wrong = diagnostics.iter().any(|one| one.severity() == Severity::Error);
    match (wrong || recipe.is_none(), tree) {
        (false, Some(tree)) => Ok(Some(tree)),
        _ => Err(Broken { old, diagnostics }),
    }
}
