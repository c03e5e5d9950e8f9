//! Whatever stands in a file, and wherever it is cut off: what is asked of a place is answered.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::Value;
use souschef_catalog::{Catalog, schema};
use souschef_plan::{Context, ask};
use souschef_recipe::SourceFile;

/// The catalog and the schema, made once.
fn known() -> &'static (Catalog, Value) {
    static KNOWN: OnceLock<(Catalog, Value)> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let catalog = Catalog::bundled();
        let schema = schema::recipe(&catalog);
        (catalog, schema)
    })
}

/// Asks everything of a place.
fn ask_all(text: &str, at: usize) {
    let (catalog, schema) = known();
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
    assert!(offers.replace.start <= offers.replace.end && offers.replace.end <= text.len());
    assert!(offers.items.is_empty() || text.get(offers.replace.range()).is_some());
    ask::about(&question);
    ask::definition(&question);
    for span in ask::uses(&question) {
        assert!(text.get(span.range()).is_some(), "{span:?} is in the text");
    }
    // Whether it can be renamed or not, there is an answer.
    let _ = ask::rename(&question, "other");
    ask::outline(&source);
    let lines = text.lines().count();
    for fold in ask::folds(text) {
        assert!(
            fold.first < fold.last && fold.last < lines,
            "{fold:?} of {lines} lines"
        );
    }
}

#[test]
fn prefixes_of_every_bundled_recipe_are_answered() {
    // Some of them; `EVERY=1` takes all, and `cargo xtask fuzz` hunts for more.
    let step = if std::env::var_os("EVERY").is_some() {
        1
    } else {
        31
    };
    let mut asked = 0;
    for (index, (_, text)) in souschef_cases::recipes().iter().enumerate() {
        let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        for end in ends.into_iter().skip(index % step).step_by(step) {
            ask_all(&text[..end], end);
            asked += 1;
        }
    }
    assert!(asked > 500, "{asked} places");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn cuts_anywhere_are_answered_anywhere(which in 0..11_usize, cut in 0.0..1.0_f64, length in 0..40_usize, place in 0.0..1.0_f64) {
        let text = souschef_cases::recipes().swap_remove(which).1;
        let chars: Vec<char> = text.chars().collect();
        let from = (cut * chars.len() as f64) as usize;
        let cut: String = chars.iter().take(from).chain(chars.iter().skip(from + length)).collect();
        ask_all(&cut, (place * cut.len() as f64) as usize);
    }

    #[test]
    fn anything_at_all_is_answered(text in "[-a-z :{}\\[\\]\"'.$#|>\n😀\\PC]{0,80}", at in 0..120_usize) {
        ask_all(&text, at);
    }
}
