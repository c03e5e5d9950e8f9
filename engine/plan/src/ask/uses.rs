//! Where a name is made, where it is used, and how it gets another.

use souschef_recipe::{
    Decoded, Fix, Node, NodeKind, RESERVED, Recipe, Span, Spanned, Step, StepKind, decode, tree,
};

use super::Question;
use super::about::read_at;
use crate::check::seen::{Notes, notes};

/// Something that has a name in a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A step, by its id.
    Step(String),
    /// A field of `mappings`.
    Field(String),
    /// A setting under `inputs`.
    Input(String),
    /// The item of a loop, and the step that loops.
    Item(String, Span),
    /// Another recipe.
    Recipe(String),
}

/// Where something is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// In this file.
    Here(Span),
    /// It is another recipe of the project.
    Recipe(String),
    /// It is an input of another recipe.
    InputOf(String, String),
}

/// A recipe, and what is read in it.
struct Read {
    decoded: Decoded,
    met: Notes,
}

impl Read {
    fn new(question: &Question<'_>) -> Self {
        Self {
            decoded: decode(question.source),
            met: notes(
                question.name,
                question.source,
                question.context,
                Some(question.at),
            ),
        }
    }

    fn recipe(&self) -> Option<&Recipe> {
        self.decoded.recipe.as_ref()
    }
}

fn holds(span: Span, at: usize) -> bool {
    span.start <= at && at <= span.end
}

/// What has a name at the place, and where that stands.
pub fn named(question: &Question<'_>) -> Option<(Named, Span)> {
    question
        .recipe
        .then(|| find(question, &Read::new(question)))
        .flatten()
}

fn find(question: &Question<'_>, read: &Read) -> Option<(Named, Span)> {
    let at = question.at;
    if let Some((path, index)) = read_at(&read.met, at) {
        let span = *path.spans.get(index)?;
        let root = path.path.first()?.as_str();
        let name = path.path.get(index)?.clone();
        return match (root, index) {
            ("steps", 1) => Some((Named::Step(name), span)),
            ("fields", 1) => Some((Named::Field(name), span)),
            ("inputs", 1) => Some((Named::Input(name), span)),
            (_, 0) => {
                let (name, step) = item_of(read.recipe()?, &name, at)?;
                Some((Named::Item(name, step), span))
            }
            _ => None,
        };
    }
    let recipe = read.recipe()?;
    let own = |name: &Spanned<String>| holds(name.span, at).then(|| (name.value.clone(), name.span));
    if let Some((name, span)) = recipe.inputs.iter().find_map(|input| own(&input.name)) {
        return Some((Named::Input(name), span));
    }
    if let Some((name, span)) = recipe.mappings.iter().find_map(|mapping| own(&mapping.name)) {
        return Some((Named::Field(name), span));
    }
    for step in recipe.all_steps() {
        if let Some((name, span)) = step.id.as_ref().and_then(own) {
            return Some((Named::Step(name), span));
        }
        match &step.kind {
            StepKind::ForEach { name, .. } if is_written(question, name) => {
                if let Some((name, span)) = own(name) {
                    return Some((Named::Item(name, step.span), span));
                }
            }
            StepKind::RunRecipe { recipe, .. } => {
                if let Some((name, span)) = own(recipe) {
                    return Some((Named::Recipe(name), span));
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a name stands in the file: the item of a loop without `as:` is called so by nobody.
fn is_written(question: &Question<'_>, name: &Spanned<String>) -> bool {
    let text = question.source.text().get(name.span.range());
    text.is_some_and(|text| text.trim_matches(['"', '\'']) == name.value)
}

/// The loop whose item a name is at a place, the innermost first.
fn item_of(recipe: &Recipe, name: &str, at: usize) -> Option<(String, Span)> {
    let mut found: Option<(String, Span)> = None;
    for step in recipe.all_steps() {
        let StepKind::ForEach { name: item, .. } = &step.kind else {
            continue;
        };
        let own = name == item.value || name.strip_suffix("_index") == Some(item.value.as_str());
        if own && holds(step.span, at) {
            found = Some((item.value.clone(), step.span));
        }
    }
    found
}

/// Where what stands at the place is made.
pub fn definition(question: &Question<'_>) -> Option<Target> {
    if !question.recipe {
        return None;
    }
    let read = Read::new(question);
    match find(question, &read) {
        Some((Named::Recipe(name), _)) => Some(Target::Recipe(name)),
        Some((named, _)) => made(read.recipe()?, &named).map(Target::Here),
        None => input_of(question, read.recipe()?),
    }
}

/// An input of another recipe, where its name stands under the `with:` of `run_recipe`.
fn input_of(question: &Question<'_>, recipe: &Recipe) -> Option<Target> {
    recipe.all_steps().into_iter().find_map(|step| match &step.kind {
        StepKind::RunRecipe { recipe, with } => {
            let (name, _) = with.iter().find(|(name, _)| holds(name.span, question.at))?;
            Some(Target::InputOf(recipe.value.clone(), name.value.clone()))
        }
        _ => None,
    })
}

/// Where something is made.
fn made(recipe: &Recipe, named: &Named) -> Option<Span> {
    match named {
        Named::Step(id) => recipe
            .all_steps()
            .into_iter()
            .filter_map(|step| step.id.as_ref())
            .find(|own| own.value == *id)
            .map(|own| own.span),
        Named::Field(name) => recipe
            .mappings
            .iter()
            .find(|mapping| mapping.name.value == *name)
            .map(|mapping| mapping.name.span),
        Named::Input(name) => recipe
            .inputs
            .iter()
            .find(|input| input.name.value == *name)
            .map(|input| input.name.span),
        // The item of a loop that does not name it is made by the list itself.
        Named::Item(_, step) => recipe.all_steps().into_iter().find_map(|own| match &own.kind {
            StepKind::ForEach { name: item, .. } if own.span == *step => Some(item.span),
            _ => None,
        }),
        Named::Recipe(_) => None,
    }
}

/// Every place where what stands at the place is named, that where it is made first.
pub fn uses(question: &Question<'_>) -> Vec<Span> {
    if !question.recipe {
        return Vec::new();
    }
    let read = Read::new(question);
    match find(question, &read) {
        Some((named, _)) => all(&read, &named).into_iter().map(|(span, _)| span).collect(),
        None => Vec::new(),
    }
}

/// The places of a name, each with what follows it in the same word.
fn all(read: &Read, named: &Named) -> Vec<(Span, &'static str)> {
    let Some(recipe) = read.recipe() else {
        return Vec::new();
    };
    let mut found: Vec<(Span, &'static str)> =
        made(recipe, named).map(|span| (span, "")).into_iter().collect();
    let second = |root: &str, name: &str| {
        read.met
            .reads
            .iter()
            .filter(|path| path.path.first().is_some_and(|own| own == root))
            .filter(|path| path.path.get(1).is_some_and(|own| own == name))
            .filter_map(|path| path.spans.get(1).copied())
            .collect::<Vec<Span>>()
    };
    match named {
        Named::Step(id) => found.extend(second("steps", id).into_iter().map(|span| (span, ""))),
        Named::Field(name) => found.extend(second("fields", name).into_iter().map(|span| (span, ""))),
        Named::Input(name) => found.extend(second("inputs", name).into_iter().map(|span| (span, ""))),
        Named::Item(name, step) => {
            for path in &read.met.reads {
                let (Some(own), Some(span)) = (path.path.first(), path.spans.first()) else {
                    continue;
                };
                let suffix = if own == name {
                    ""
                } else if own.strip_suffix("_index") == Some(name) {
                    "_index"
                } else {
                    continue;
                };
                let inner = item_of(recipe, own, span.start);
                if inner.is_some_and(|(_, inner)| inner == *step) {
                    found.push((*span, suffix));
                }
            }
        }
        Named::Recipe(_) => {}
    }
    found.sort_by_key(|(span, _)| (span.start, span.end));
    found.dedup();
    found
}

/// The changes that give what stands at the place another name.
///
/// # Errors
/// Why it can't have it, in words for a person.
pub fn rename(question: &Question<'_>, name: &str) -> Result<Vec<Fix>, String> {
    let read = Read::new(question);
    let found = question.recipe.then(|| find(question, &read)).flatten();
    let (Some((named, _)), Some(recipe)) = (found, read.recipe()) else {
        return Err(
            "only the id of a step, a field and the item of a loop can be renamed: put the caret on one"
                .to_owned(),
        );
    };
    if !read.decoded.unread.is_empty() {
        return Err(
            "a part of the file can't be read, and the name may be used there: mend that first".to_owned(),
        );
    }
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !good {
        return Err(format!(
            "\"{name}\" is no name: it is made of letters, digits and _, and begins with no digit"
        ));
    }
    if let Some(why) = taken(recipe, &named, name) {
        return Err(why);
    }
    let unnamed = recipe
        .all_steps()
        .into_iter()
        .any(|step| match (&step.kind, &named) {
            (StepKind::ForEach { name, .. }, Named::Item(_, own)) => {
                step.span == *own && !is_written(question, name)
            }
            _ => false,
        });
    if unnamed {
        return Err(format!(
            "the loop does not name its item: write `as: {name}` beside its for_each first"
        ));
    }
    let text = question.source.text();
    Ok(all(&read, &named)
        .into_iter()
        .map(|(span, suffix)| {
            let written = text.get(span.range()).unwrap_or_default();
            let bare = written.trim_matches(['"', '\'']);
            // In brackets or quotes the name alone is changed.
            let inner = match bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(_) => Span::new(span.start + 1, span.end - 1),
                None => span,
            };
            Fix::new(inner, format!("{name}{suffix}"))
        })
        .map(|fix| Fix::new(fix.place(text), fix.text))
        .collect())
}

/// Why something can't be called so.
fn taken(recipe: &Recipe, named: &Named, name: &str) -> Option<String> {
    match named {
        Named::Step(id) => {
            let taken = id != name && made(recipe, &Named::Step(name.to_owned())).is_some();
            taken.then(|| format!("there is a step \"{name}\" already"))
        }
        Named::Field(own) => {
            let taken = own != name && made(recipe, &Named::Field(name.to_owned())).is_some();
            taken.then(|| format!("there is a field \"{name}\" already"))
        }
        Named::Item(own, _) => {
            let loops = recipe.all_steps();
            let other = loops.iter().any(|step| looped(step) == Some(name)) && own != name;
            if RESERVED.contains(&name) || other {
                Some(format!("\"{name}\" is the name of something else here"))
            } else {
                None
            }
        }
        Named::Input(_) => Some(
            "an input is named in other files too (souschef.yaml, tests, recipes that run this one): rename it by hand"
                .to_owned(),
        ),
        Named::Recipe(_) => Some("a recipe is called as its file is: rename the file".to_owned()),
    }
}

fn looped(step: &Step) -> Option<&str> {
    match &step.kind {
        StepKind::ForEach { name, .. } => Some(name.value.as_str()),
        _ => None,
    }
}

/// Where the tests of a recipe name one of its steps: what the step must have returned.
pub fn names_in_test(text: &str, step: &str) -> Vec<Span> {
    let Some(tree) = tree::parse(text).tree else {
        return Vec::new();
    };
    let Some(NodeKind::List(cases)) = tree.get("cases").map(|cases| &cases.kind) else {
        return Vec::new();
    };
    cases
        .iter()
        .filter_map(|case| case.get("expect").and_then(|expect| expect.get("results")))
        .flat_map(entries)
        .filter(|key| key.value == step)
        .map(|key| key.span)
        .collect()
}

fn entries(node: &Node) -> Vec<&Spanned<String>> {
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().map(|entry| &entry.key).collect(),
        _ => Vec::new(),
    }
}
