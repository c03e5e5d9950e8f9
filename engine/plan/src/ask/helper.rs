//! The helpers of expressions, their options, and the blocks.

use souschef_expr::helpers;

use super::Question;
use super::caret::{self, Expression};
use super::offer::{Offer, OfferKind};

/// The options of the helper whose arguments are being written.
pub(super) fn options(expression: &Expression) -> Vec<Offer> {
    let helper = expression.helper.as_deref().and_then(helpers::find);
    helper
        .into_iter()
        .flat_map(|helper| helper.options)
        .filter(|option| !expression.before.contains(&format!("{option}=")))
        .map(|option| {
            Offer::plain(format!("{option}="), OfferKind::Field)
                .detail("an option")
                .insert(format!("{option}='$0'"))
        })
        .collect()
}

/// The helpers, and the blocks where an expression begins.
pub(super) fn helpers_for(expression: &Expression, question: &Question<'_>) -> Vec<Offer> {
    let inside = expression.before.contains('(');
    let text = question.source.text();
    let line = caret::line(text, question.at);
    let tail = text.get(question.at..line.end).unwrap_or_default();
    let closed = tail.contains("}}");
    let mut found: Vec<Offer> = helpers::all()
        .map(|helper| {
            let call = call(helper);
            let insert = if expression.first {
                call
            } else {
                format!("({call})")
            };
            Offer::plain(helper.name, OfferKind::Helper)
                .detail(helper.signature)
                .help(Some(help(helper)))
                .insert(insert)
        })
        .collect();
    if expression.first && !inside && !closed {
        for (name, about, body) in [
            (
                "#if",
                "What stands inside is written where a value is there.",
                "trigger.name",
            ),
            (
                "#unless",
                "What stands inside is written where a value is not there.",
                "trigger.name",
            ),
            (
                "#each",
                "What stands inside is written for each item of a list.",
                "trigger.tags as |item|",
            ),
            (
                "#with",
                "What stands inside is written with the fields of a map.",
                "trigger as |it|",
            ),
        ] {
            let word = name.trim_start_matches('#');
            found.push(
                Offer::plain(name, OfferKind::Snippet)
                    .help(Some(about))
                    .insert(format!("{name} ${{1:{body}}}\\}}\\}}$0{{{{/{word}")),
            );
        }
    }
    found
}

/// A helper with its arguments to be filled in, as its signature names them.
fn call(helper: &helpers::Helper) -> String {
    let names: Vec<&str> = helper
        .signature
        .split_whitespace()
        .skip(1)
        .filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .take(helper.least)
        .collect();
    let mut call = helper.name.to_owned();
    for (index, name) in names.iter().enumerate() {
        call.push_str(&format!(" ${{{}:{name}}}", index + 1));
    }
    if names.is_empty() && helper.least > 0 {
        call.push_str(" $1");
    }
    call
}

/// What there is to say of a helper.
pub(super) fn help(helper: &helpers::Helper) -> String {
    let mut text = format!("`{{{{ {} }}}}`\n\n{}", helper.signature, helper.help);
    for (expression, gives) in helper.examples.iter().take(3) {
        text.push_str(&format!("\n\n`{{{{ {expression} }}}}` gives `{gives}`"));
    }
    text
}
