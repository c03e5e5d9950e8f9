//! Expressions: templates, JSONPaths and conditions, compiled and evaluated.

use std::sync::OnceLock;

use serde_json::{Value, json};
use souschef_expr::jsonpath::Path;
use souschef_expr::{Condition, Scope, ValueExpr, condition::Verdict, helpers};
use souschef_recipe::{SourceFile, decode};

use super::way;
use crate::{Target, corpus};

/// The names in scope.
fn scope() -> &'static Scope {
    static SCOPE: OnceLock<Scope> = OnceLock::new();
    SCOPE.get_or_init(|| {
        let now = "2026-01-15T09:00:00Z".parse().unwrap_or_default();
        let mut scope = Scope::new(now);
        let contact = json!({
            "id": "abc", "name": "Ana {{ secret }}", "email": "ana@example.com", "tags": ["vip", "new"], "total": 12.5,
            "dateAdded": "2026-01-02T03:04:05Z", "none": null, "yes": true, "orders": [{ "id": 1, "lines": [[1], [2, 3]] }],
        });
        scope.set("trigger", contact.clone());
        scope.set("steps", json!({ "contact": { "contact": contact } }));
        scope.set("fields", json!({ "first_name": "Ana", "vip": true }));
        scope.set("inputs", json!({ "owner": "me", "days": 2 }));
        scope.set("run", json!({ "id": "r", "started_at": "2026-01-15T09:00:00Z" }));
        scope
    })
}

fn examples() -> Vec<String> {
    helpers::all()
        .flat_map(|helper| helper.examples)
        .map(|(example, _)| (*example).to_owned())
        .collect()
}

pub(super) const TEMPLATE: Target = Target {
    name: "template",
    words: &[
        "{{ trigger.name }}",
        "{{",
        "}}",
        "{{#if trigger.yes}}",
        "{{else}}",
        "{{/if}}",
        "{{#each trigger.tags}}",
        "{{/each}}",
        "{{#with trigger}}",
        "{{#unless ",
        "{{{",
        "{{> a}}",
        "{{!-- a --}}",
        "{{~",
        "~}}",
        "this",
        "@index",
        "../",
        "as |a b|",
        "(len trigger.tags)",
        "(or a b)",
        "date_add ",
        "date_format ",
        "zone=\"Europe/Vienna\"",
        "split ",
        "replace ",
        "repeat ",
        "trigger.orders.0.lines.[1].0",
        "\"text\"",
        "1e308",
        "-0.5",
        "true",
        "null",
        "default ",
        "json ",
        "round ",
        "pad_left ",
    ],
    seeds: || {
        let mut seeds = examples();
        let mut texts = corpus::files("tests/check", "recipe.yaml");
        texts.extend(corpus::files("tests/expr", ".yaml"));
        texts.extend(corpus::files("recipes", ".yaml"));
        seeds.extend(corpus::parts(&texts, "{{", "}}"));
        seeds
    },
    run: |text| match ValueExpr::parse_text(text) {
        Err(why) => format!("not parsed: {}", way(&why.to_string())),
        Ok(expression) => {
            let known = expression.type_of(&|_| None);
            expression.references();
            match expression.eval(scope()) {
                Ok(value) => {
                    let size = value.to_string().len();
                    assert!(size <= 1 << 20, "{size} bytes come out of {} bytes", text.len());
                    format!("{} {}", known.describe().len(), kind(&value))
                }
                Err(why) => way(&why.to_string()),
            }
        }
    },
};

pub(super) const JSONPATH: Target = Target {
    name: "jsonpath",
    words: &[
        "$",
        "$.",
        "$..",
        ".trigger",
        "['trigger']",
        "[*]",
        "[0]",
        "[-1]",
        "[1:2]",
        "[::-1]",
        "[?",
        "@",
        "@.id",
        " == ",
        " != ",
        " < ",
        " && ",
        " || ",
        "!",
        "length(@)",
        "count(@.*)",
        "match(@, 'a.*')",
        "search(@, '(a+)+$')",
        "value(@..id)",
        "'vip'",
        "1",
        "-0",
        "1e99",
        "null",
        "true",
        "\\u0041",
        ",",
        "]",
    ],
    seeds: || {
        let mut texts = corpus::files("tests/check", "recipe.yaml");
        texts.extend(corpus::files("tests/expr", ".yaml"));
        texts.extend(corpus::files("recipes", ".yaml"));
        let mut seeds = corpus::parts(&texts, "$.", "]");
        seeds.extend(
            [
                "$.trigger.tags[?@ == 'vip']",
                "$.trigger.orders[*].lines[0][-1]",
                "$..id",
            ]
            .map(str::to_owned),
        );
        seeds
    },
    run: |text| match Path::parse(text) {
        Err(why) => way(&why.to_string()),
        Ok(path) => {
            path.reference();
            kind(&path.eval(scope())).to_owned()
        }
    },
};

pub(super) const CONDITION: Target = Target {
    name: "condition",
    words: &[
        "trigger.name: ",
        "trigger.total: ",
        "is: ",
        "is_not: ",
        "in: [a, b]",
        "not_in: ",
        "contains: ",
        "starts_with: ",
        "matches: \"(a+)+$\"",
        "matches: \"\\\\pL{1000}\"",
        "greater_than: 1",
        "at_most: ",
        "before: ",
        "after: 2026-01-01",
        "exists: true",
        "is_empty: false",
        "all:\n",
        "any:\n",
        "not:\n",
        "- ",
        "\"{{ trigger.yes }}\"",
        "$.trigger.tags",
    ],
    seeds: || {
        let written = corpus::files("tests/expr", "conditions.yaml");
        let mut seeds: Vec<String> = written
            .iter()
            .flat_map(|text| text.lines())
            .filter_map(|line| line.split_once("condition: ")?.1.rsplit_once(", holds:"))
            .map(|(condition, _)| condition.to_owned())
            .collect();
        seeds.extend(
            [
                "trigger.source: { is_not: import }",
                "any:\n  - trigger.name: Ana\n  - not: { trigger.total: { at_least: 5 } }",
            ]
            .map(str::to_owned),
        );
        seeds
    },
    run: |text| {
        let lines: Vec<String> = text.lines().map(|line| format!("  {line}\n")).collect();
        let recipe = format!(
            "trigger: {{ manual: true }}\nactions: [ {{ stop: true }} ]\nif:\n{}",
            lines.concat()
        );
        let source = SourceFile::new("recipe.yaml", recipe);
        let Some(written) = decode(&source).recipe.and_then(|recipe| recipe.condition) else {
            return "not decoded".to_owned();
        };
        match Condition::compile(&written, &source) {
            Err(mistakes) => mistakes
                .iter()
                .map(|(_, why)| way(&why.to_string()))
                .collect::<Vec<_>>()
                .join(" "),
            Ok(condition) => match condition.test(scope()) {
                Ok(Verdict::Holds) => format!("holds {}", condition.comparisons().len()),
                Ok(_) => format!("does not hold {}", condition.comparisons().len()),
                Err(why) => way(&why.to_string()),
            },
        }
    },
};

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}
