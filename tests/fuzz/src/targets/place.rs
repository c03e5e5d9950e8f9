//! A place of a recipe's text, asked about as an editor does: what is written up to `▮` is there, the rest may not be.

use std::sync::OnceLock;

use serde_json::Value;
use souschef_catalog::{Catalog, schema};
use souschef_plan::{Context, ask};
use souschef_recipe::SourceFile;

use crate::{Target, corpus};

const CARET: char = '▮';

pub(super) const PLACE: Target = Target {
    name: "place",
    words: &[
        "▮",
        "\"{{ ",
        " }}\"",
        "{{ steps.",
        "trigger.",
        "$.trigger.",
        "zone='",
        "(date_add ",
        "{{#each trigger.tags as |tag|}}",
        "- action: ",
        "contacts.create_task",
        "with:",
        "  ",
        "- ",
        "{ ",
        "[ ",
        "if:",
        "for_each: ",
        "as: item",
        "from: ",
        "😀",
        "\r\n",
    ],
    seeds: || {
        let mut seeds = Vec::new();
        for text in corpus::files("recipes", ".yaml") {
            // Carets all over it.
            for part in 1..8 {
                let mut at = text.len() * part / 8;
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                let (head, tail) = text.split_at(at);
                seeds.push(format!("{head}{CARET}{tail}"));
                seeds.push(format!("{head}{CARET}"));
            }
        }
        seeds
    },
    run,
};

fn run(text: &str) -> String {
    let at = text.find(CARET).unwrap_or(text.len());
    asked(&text.replacen(CARET, "", 1), at)
}

/// Asks everything of a place, in bytes; it need not be one where a character begins, nor lie in the text.
pub fn asked(text: &str, at: usize) -> String {
    static KNOWN: OnceLock<(Catalog, Value)> = OnceLock::new();
    let (catalog, schema) = KNOWN.get_or_init(|| {
        let catalog = Catalog::bundled();
        let schema = schema::recipe(&catalog);
        (catalog, schema)
    });
    let source = SourceFile::new("recipe.yaml", text);
    let question = ask::Question {
        name: "recipe",
        source: &source,
        at,
        context: Context {
            catalog,
            project: None,
            recipes: None,
        },
        schema,
        recipe: true,
    };
    let offers = ask::offers(&question);
    let replaced = offers.replace;
    assert!(
        replaced.start <= replaced.end && replaced.end <= text.len(),
        "{replaced:?} lies in the text"
    );
    if !offers.items.is_empty() {
        assert!(
            text.get(replaced.range()).is_some(),
            "{replaced:?} is a part of the text"
        );
        assert!(replaced.start <= at, "what is replaced begins after the caret");
    }
    let about = ask::about(&question);
    let defined = ask::definition(&question);
    for span in ask::uses(&question) {
        assert!(text.get(span.range()).is_some(), "{span:?} is a part of the text");
    }
    // Whether it can be renamed or not, there is an answer.
    if let Ok(fixes) = ask::rename(&question, "other") {
        assert!(
            fixes.iter().all(|fix| text.get(fix.span.range()).is_some()),
            "{fixes:?} are parts of the text"
        );
    }
    let parts = ask::outline(&source).len() + ask::outline_of_data(text).len();
    // As an editor counts them.
    let lines = text.replace("\r\n", "\n").split(['\n', '\r']).count();
    for fold in ask::folds(text) {
        assert!(
            fold.first < fold.last && fold.last < lines,
            "{fold:?} of {lines} lines"
        );
    }
    let kinds: std::collections::BTreeSet<String> = offers
        .items
        .iter()
        .map(|offer| format!("{:?}", offer.kind))
        .collect();
    format!("{kinds:?} {} {} {parts}", about.is_some(), defined.is_some())
}
