//! What stands at a place: a name and its type, a helper, a key, an operation.

use serde_json::Value;
use souschef_catalog::{Event, HttpCall, Operation};
use souschef_expr::helpers;
use souschef_expr::types::Map;
use souschef_recipe::{Span, decode, tree};

use super::form::Schema;
use super::kind::{self, kind_of};
use super::place::{self, Step, Way};
use super::scope::follow;
use super::{Question, caret, helper, offer};
use crate::check::seen::{Notes, Seen, notes};

/// What there is to say of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// What it is said of.
    pub span: Span,
    /// In Markdown.
    pub text: String,
}

/// What stands at the place, where that is something to be told.
pub fn about(question: &Question<'_>) -> Option<About> {
    let question = Question {
        at: super::floor(question.source.text(), question.at),
        ..*question
    };
    if question.recipe {
        let met = notes(
            question.name,
            question.source,
            question.context,
            Some(question.at),
        );
        if let Some(about) = of_name(&question, &met).or_else(|| of_helper(&question)) {
            return Some(about);
        }
    }
    of_yaml(&question)
}

/// The path that is read at a place, and which of its names.
pub(super) fn read_at(met: &Notes, at: usize) -> Option<(&Seen, usize)> {
    met.reads.iter().find_map(|read| {
        let index = read
            .spans
            .iter()
            .position(|span| span.start <= at && at <= span.end && span.start < span.end)?;
        Some((read, index))
    })
}

fn of_name(question: &Question<'_>, met: &Notes) -> Option<About> {
    let (read, index) = read_at(met, question.at)?;
    let scope = met.scope.as_ref()?;
    let path = read.path.get(..=index)?;
    let ty = follow(scope, path);
    let written = path.join(".");
    let mut text = format!("`{written}`: {}", kind_of(&ty));
    let help = help_of(question, scope, path);
    if let Some(more) = kind::about(&ty, help.as_deref()) {
        text.push_str(&format!("\n\n{more}"));
    }
    if let Some(sample) = sample(question, path) {
        text.push_str(&format!("\n\nFor example `{sample}`"));
    }
    Some(About {
        span: *read.spans.get(index)?,
        text,
    })
}

/// The help of a name: a setting's description, or what the catalog says of a field.
fn help_of(question: &Question<'_>, scope: &Map, path: &[String]) -> Option<String> {
    let (last, before) = path.split_last()?;
    if let [root] = before
        && root == "inputs"
    {
        let recipe = decode(question.source).recipe?;
        let input = recipe.inputs.iter().find(|input| input.name.value == *last)?;
        let mut help = input.description.as_ref().map(|text| text.value.clone());
        if let Some(default) = &input.default {
            let default = match default.as_text() {
                Some(text) => text.to_owned(),
                None => offer::yaml(&default.to_json()),
            };
            let default = format!("`{default}` where nobody gives it.");
            help = Some(help.map_or(default.clone(), |help| format!("{help}\n\n{default}")));
        }
        return help;
    }
    let owner = if before.is_empty() {
        souschef_expr::Type::Map(scope.clone())
    } else {
        follow(scope, before)
    };
    field_help(&owner, last)
}

fn field_help(owner: &souschef_expr::Type, name: &str) -> Option<String> {
    use souschef_expr::Type;
    match owner {
        Type::Map(map) => map.fields.get(name)?.help.clone(),
        Type::Nullable(inner) => field_help(inner, name),
        Type::OneOf(kinds) => kinds.iter().find_map(|kind| field_help(kind, name)),
        _ => None,
    }
}

/// A value of the published sample of the event that starts the run.
fn sample(question: &Question<'_>, path: &[String]) -> Option<String> {
    let (root, rest) = path.split_first()?;
    if root != "trigger" || rest.is_empty() {
        return None;
    }
    let recipe = decode(question.source).recipe?;
    let event = recipe.triggers.iter().find_map(|trigger| match &trigger.kind {
        souschef_recipe::TriggerKind::Webhook(webhook) => {
            question.context.catalog.event(&webhook.event.value)
        }
        _ => None,
    })?;
    let value = rest.iter().try_fold(&event.example, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    })?;
    let text = offer::yaml(value);
    (!value.is_null() && text.len() <= 120).then_some(text)
}

/// A helper, where the word at the place inside braces is one's name.
fn of_helper(question: &Question<'_>) -> Option<About> {
    let text = question.source.text();
    let caret::Caret::Expression(_) = caret::caret(text, question.at) else {
        return None;
    };
    let span = word(text, question.at);
    let helper = helpers::find(text.get(span.range())?)?;
    Some(About {
        span,
        text: helper::help(helper),
    })
}

/// The word at a place.
fn word(text: &str, at: usize) -> Span {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let head = text.get(..at).unwrap_or_default();
    let tail = text.get(at..).unwrap_or_default();
    let start = head.trim_end_matches(part).len();
    let end = at + tail.find(|c| !part(c)).unwrap_or(tail.len());
    Span::new(start, end)
}

/// A key or a word of the file itself.
fn of_yaml(question: &Question<'_>) -> Option<About> {
    let text = question.source.text();
    let tree = tree::parse(text).tree?;
    let (way, span) = place::standing(&tree, question.at)?;
    let key = way.map.is_some();
    let schema = Schema::new(question.schema);
    let plain = Way {
        steps: way.steps.clone(),
        map: None,
    };
    let forms = schema.at(&plain);
    let last = way.steps.iter().rev().find_map(|(node, step)| match step {
        Step::Key(name) => Some((node, name.as_str())),
        Step::Item(_) => None,
    });
    if !key {
        let (owner, name) = last?;
        let word = owner.get(name).and_then(|node| node.as_text());
        if question.recipe
            && let Some(word) = word
        {
            match name {
                "action" | "poll" => {
                    if let Some(operation) = question.context.catalog.operation(word) {
                        return Some(About {
                            span,
                            text: operation_text(&operation),
                        });
                    }
                }
                "webhook" => {
                    if let Some(event) = question.context.catalog.event(word) {
                        return Some(About {
                            span,
                            text: event_text(&event),
                        });
                    }
                }
                _ => {}
            }
        }
        let written = text.get(span.range())?.trim_matches(['"', '\'']);
        let own = forms
            .iter()
            .find(|form| form.schema.get("const").and_then(Value::as_str) == Some(written));
        return Some(About {
            span,
            text: own?.own_help()?.to_owned(),
        });
    }
    let (_, name) = last?;
    let help = forms.iter().find_map(super::form::Form::help)?;
    let kind = super::yaml::describe(&forms).map_or_else(String::new, |kind| format!(": {kind}"));
    Some(About {
        span,
        text: format!("`{name}`{kind}\n\n{help}"),
    })
}

/// An operation: what it does, needs and gives, and what it calls.
fn operation_text(operation: &Operation) -> String {
    let mut text = format!("**{}** `{}`\n\n{}", operation.title, operation.id, operation.help);
    if let Some(why) = &operation.deprecated {
        text.push_str(&format!("\n\n**Should not be used any more.** {why}"));
    }
    let list = |names: Vec<&str>| format!("`{}`", names.join("`, `"));
    let needed: Vec<&str> = operation
        .inputs
        .iter()
        .filter(|(_, input)| input.required && input.fill.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    if !needed.is_empty() {
        text.push_str(&format!("\n\nNeeds {}", list(needed)));
    }
    let given = operation.output.field_names();
    if !given.is_empty() {
        text.push_str(&format!(
            "\n\nGives {}",
            list(given.into_iter().take(12).collect())
        ));
    }
    if let Some(call) = operation.call() {
        text.push_str(&format!(
            "\n\n`{} {}`",
            call.method.as_str(),
            HttpCall::path_text(call)
        ));
    }
    text.push_str(&format!("\n\nMore: `souschef catalog show {}`", operation.id));
    text
}

fn event_text(event: &Event) -> String {
    let mut text = format!("`{}`\n\n{}", event.id, event.help);
    let fields = event.shape.field_names();
    if !fields.is_empty() {
        text.push_str(&format!(
            "\n\nBrings `{}`",
            fields.into_iter().take(12).collect::<Vec<_>>().join("`, `")
        ));
    }
    text
}
