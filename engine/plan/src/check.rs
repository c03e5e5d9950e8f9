//! Checking: from text to plan.

mod accounts;
mod brace;
mod comparison;
mod condition;
mod event;
mod inputs;
mod keys;
mod literals;
mod lost;
mod missing;
mod names;
mod operation;
mod part;
mod plain;
mod recipes;
mod reference;
pub(crate) mod seen;
mod sides;
mod slots;
mod steps;
mod time;
mod trigger;
mod types;
mod unknown;
mod values;
mod waits;
pub(crate) mod walk;
mod whole;
mod with;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use souschef_catalog::Catalog;
use souschef_recipe::{Code, Diagnostic, Recipe, Severity, SourceFile, Span, decode};

use crate::plan::Plan;
use crate::project::Project;
use names::Names;

pub(crate) use inputs::type_of_kind;
pub use plain::check_inputs;
pub(crate) use trigger::item_type;

/// What a recipe is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Every operation and event known.
    pub catalog: &'a Catalog,
    /// The project file; without one, connection names can't be checked and are let be.
    pub project: Option<&'a Project>,
    /// The project's other recipes by name (file name without `.yaml`), for `run_recipe`; `None` where they are not known.
    pub recipes: Option<&'a BTreeMap<String, OtherRecipe>>,
}

/// What must be known of another recipe to call it.
#[derive(Clone, Debug)]
pub struct OtherRecipe {
    /// Its decoded form.
    pub recipe: Recipe,
}

/// What checking gives.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The plan, where there is no error (warnings don't matter).
    pub plan: Option<Arc<Plan>>,
    /// Everything there is to say, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks one recipe. `name` is the recipe's name in the project: its file name without `.yaml`.
pub fn check(name: &str, source: &SourceFile, context: Context<'_>) -> Checked {
    let decoded = decode(source);
    let mut diagnostics = decoded.diagnostics;
    event::form_of_trigger(&mut diagnostics, source, context.catalog);
    let mut plan = None;
    if let Some(recipe) = &decoded.recipe {
        let mut checker = Checker::new(name, source, context, recipe, &decoded.unread);
        // What is unused can't be told for sure of a recipe that was read only in part.
        checker.half_read = diagnostics.iter().any(|one| one.severity() == Severity::Error);
        let spans = |code: Code| {
            diagnostics
                .iter()
                .filter(|one| one.code == code)
                .map(|one| one.span)
                .collect()
        };
        checker.unknown_keys = spans(Code::UNKNOWN_KEY);
        checker.wrong_kinds = spans(Code::WRONG_KIND);
        plan = Some(checker.recipe());
        // What decoding told of a place is not told again in other words.
        let known: Vec<usize> = diagnostics
            .iter()
            .filter(|one| one.severity() == Severity::Error)
            .map(|one| one.span.start)
            .collect();
        let torn = |span: Span| {
            decoded
                .unread
                .iter()
                .any(|lost| beside(source.text(), span, *lost))
        };
        let of_value =
            |code: Code| matches!(code, Code::INPUT_TYPE | Code::EXPRESSION_TYPE | Code::EMPTY_VALUE);
        let more = checker
            .told
            .into_iter()
            .filter(|one| !of_value(one.code) || !(known.contains(&one.span.start) || torn(one.span)));
        diagnostics.extend(more);
    }
    tidy(&mut diagnostics);
    let plan = plan
        .filter(|_| diagnostics.iter().all(|one| one.severity() == Severity::Warning))
        .map(Arc::new);
    Checked { plan, diagnostics }
}

/// Puts messages in the order of the file, each once.
fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    // A number that should have quotes is told once: as the input's wrong kind where there is such a message.
    let wrong: Vec<usize> = diagnostics
        .iter()
        .filter(|one| one.code == Code::INPUT_TYPE)
        .map(|one| one.span.start)
        .collect();
    diagnostics.retain(|one| one.code != Code::UNQUOTED_NUMBER || !wrong.contains(&one.span.start));
    // Where the quotes are not closed, the expression in them is not either.
    let open: Vec<Span> = diagnostics
        .iter()
        .filter(|one| one.code == Code::QUOTE_NOT_CLOSED)
        .map(|one| one.span)
        .collect();
    diagnostics.retain(|one| {
        one.code != Code::EXPRESSION_NOT_CLOSED
            || !open
                .iter()
                .any(|quote| quote.start <= one.span.start && one.span.end <= quote.end)
    });
    // Where a value's quotes end too early, what is to be written instead is told with them.
    let cut: Vec<usize> = diagnostics
        .iter()
        .filter(|one| one.code == Code::TEXT_AFTER_QUOTE)
        .map(|one| one.span.start)
        .collect();
    diagnostics.retain(|one| {
        one.code != Code::FOREIGN_SYNTAX || !cut.iter().any(|at| one.span.range().contains(at))
    });
    diagnostics.sort_by_key(|one| (one.span.start, one.span.end));
    diagnostics
        .dedup_by(|two, one| one.code == two.code && one.span == two.span && one.message == two.message);
}

/// Whether a value and a part that could not be read touch, but for space, a quote and the colon of an empty value:
/// it is not all there, or not what was meant.
fn beside(text: &str, value: Span, lost: Span) -> bool {
    let gap = if value.end <= lost.start {
        value.end..lost.start
    } else if lost.end <= value.start {
        lost.end..value.start
    } else {
        return true;
    };
    text.get(gap)
        .is_some_and(|gap| gap.chars().all(|c| matches!(c, ' ' | ':' | '"' | '\'')))
}

/// The state of one check.
struct Checker<'a> {
    name: &'a str,
    source: &'a SourceFile,
    context: Context<'a>,
    recipe: &'a Recipe,
    /// Parts of the text that could not be read.
    unread: &'a [Span],
    /// Whether decoding told errors.
    half_read: bool,
    /// Whether values are what they are, and nothing in them is an expression.
    plain: bool,
    /// Keys that decoding did not know, and values that it could not take.
    unknown_keys: Vec<Span>,
    wrong_kinds: Vec<Span>,
    told: Vec<Diagnostic>,
    /// What is met on the way, where somebody asks for it.
    notes: Option<seen::Notes>,
    names: Names<'a>,
    /// Inputs and fields that something reads; `*` for all of them.
    used_inputs: BTreeSet<String>,
    used_fields: BTreeSet<String>,
    /// Steps and loop items that something reads.
    used_steps: BTreeSet<String>,
    used_items: BTreeSet<String>,
    lost: Vec<lost::Lost>,
    scopes: BTreeSet<String>,
}

impl<'a> Checker<'a> {
    fn new(
        name: &'a str,
        source: &'a SourceFile,
        context: Context<'a>,
        recipe: &'a Recipe,
        unread: &'a [Span],
    ) -> Self {
        Self {
            name,
            source,
            context,
            recipe,
            unread,
            half_read: false,
            plain: false,
            unknown_keys: Vec::new(),
            wrong_kinds: Vec::new(),
            told: Vec::new(),
            notes: None,
            names: Names::new(recipe),
            used_inputs: BTreeSet::new(),
            used_fields: BTreeSet::new(),
            used_steps: BTreeSet::new(),
            used_items: BTreeSet::new(),
            lost: Vec::new(),
            scopes: BTreeSet::new(),
        }
    }

    fn tell(&mut self, diagnostic: Diagnostic) {
        self.told.push(diagnostic);
    }

    /// Whether a part of this span, or the lines just below it, could not be read: what is missing there is no mistake.
    fn is_torn(&self, span: Span) -> bool {
        let end = span.end + 200;
        self.unread
            .iter()
            .any(|lost| lost.start < end && lost.end + 1 >= span.start)
    }

    fn recipe(&mut self) -> Plan {
        let recipe = self.recipe;
        let connection = self.connection();
        let inputs = self.inputs();
        let triggers = self.triggers();
        let condition = self.recipe_condition();
        let concurrency = self.concurrency();
        let mappings = self.mappings();
        let steps = self.actions();
        let on_failure = self.on_failure();
        self.whole();
        Plan {
            recipe: self.name.to_owned(),
            title: recipe
                .name
                .as_ref()
                .map_or_else(|| self.name.to_owned(), |name| name.value.clone()),
            description: recipe.description.as_ref().map(|text| text.value.clone()),
            hash: Sha256::digest(self.source.text())
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            text: self.source.text().into(),
            enabled: recipe.enabled,
            inputs,
            triggers,
            condition,
            mappings,
            steps,
            on_failure,
            concurrency,
            connection,
            keep_runs: recipe.keep_runs.as_ref().map(|length| length.value),
            redact: recipe.redact.iter().map(|name| name.value.clone()).collect(),
            scopes: std::mem::take(&mut self.scopes).into_iter().collect(),
        }
    }
}

/// Names as a person lists them, at most so many.
fn listed<'t>(names: impl IntoIterator<Item = &'t str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let most = 15;
    let mut text = names.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    if names.len() > most {
        text.push_str(&format!(" … ({} in all)", names.len()));
    }
    text
}

/// `a`, `a and b`, `a, b and c`.
fn and(names: &[&str], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} {word} {last}", head.join(", ")),
    }
}
