//! Every helper's examples are run, and every helper has one or is tested in the cases.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use souschef_expr::{Scope, Template, helpers};

fn scope() -> Scope {
    let mut scope = Scope::new("2026-01-15T09:00:00Z".parse().unwrap());
    scope.set("trigger", serde_json::json!({ "name": "Ana" }));
    scope
}

#[test]
fn examples_give_what_they_say() {
    let mut wrong = Vec::new();
    for helper in helpers::all() {
        for (expression, gives) in helper.examples {
            let wanted: serde_json::Value = serde_json::from_str(gives).unwrap();
            match Template::parse(expression).map(|template| template.eval(&scope())) {
                Ok(Ok(value)) if value == wanted => {}
                other => wrong.push(format!("{expression}: {other:?}, not {wanted}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique_and_sentences_end() {
    let mut names: Vec<&str> = helpers::all().map(|helper| helper.name).collect();
    for helper in helpers::all() {
        assert!(helper.help.ends_with('.'), "{}", helper.name);
        assert!(helper.signature.starts_with(helper.name), "{}", helper.name);
        assert!(helper.least <= helper.most, "{}", helper.name);
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
