//! Runs the rows of `tests/expr`: a value, a mapping or a condition, what is in scope, and what it gives.
//!
//! A row has one of `value`, `mapping`, `condition`, and one of `gives` (a value), `holds` (true, or the line that says
//! why not) and `fails` (code, message and help).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeSet;

use serde_json::Value;
use souschef_expr::condition::Verdict;
use souschef_expr::{Condition, EvalError, ExprError, Mapping, Scope, ValueExpr, helpers};
use souschef_recipe::{Node, NodeKind, Operator, Severity, SourceFile, ValueKind, decode, tree};

/// What a row comes to, in the words of the file.
#[derive(Debug, PartialEq)]
enum Outcome {
    Gives(Value),
    Holds(Value),
    Fails(String),
}

fn wrong(code: &str, message: &str, help: Option<&String>) -> Outcome {
    let help = help.map(|help| format!(" / {help}")).unwrap_or_default();
    Outcome::Fails(format!("{code} {message}{help}"))
}

fn mistaken(error: &ExprError) -> Outcome {
    wrong(error.code, &error.message, error.help.as_ref())
}

fn given(result: Result<Value, EvalError>) -> Outcome {
    match result {
        Ok(value) => Outcome::Gives(value),
        Err(error) => wrong(error.code, &error.message, error.help.as_ref()),
    }
}

/// A recipe around a part of it, so that it is decoded as in a recipe.
fn recipe_of(key: &str, node: &Node, source: &SourceFile) -> (SourceFile, souschef_recipe::Recipe) {
    let written = &source.text()[node.span.range()];
    let text = format!("trigger: {{ manual: true }}\n{key} {written}\nactions:\n  - stop: true\n");
    let source = SourceFile::new("recipe.yaml", text);
    let decoded = decode(&source);
    assert_eq!(decoded.diagnostics, [], "{}", source.text());
    (source, decoded.recipe.unwrap())
}

fn outcome(row: &Node, source: &SourceFile, scope: &Scope) -> Outcome {
    if let Some(node) = row.get("value") {
        return match ValueExpr::compile(node, source) {
            Ok(value) => given(value.eval(scope)),
            Err(mistakes) => mistaken(&mistakes[0].1),
        };
    }
    if let Some(node) = row.get("mapping") {
        let (source, recipe) = recipe_of("mappings:\n  it:", node, source);
        return match Mapping::compile(&recipe.mappings[0], &source) {
            Ok(mapping) => given(mapping.eval(scope)),
            Err(mistakes) => mistaken(&mistakes[0].1),
        };
    }
    let (source, recipe) = recipe_of("if:", row.get("condition").unwrap(), source);
    match Condition::compile(&recipe.condition.unwrap(), &source).map(|condition| condition.test(scope)) {
        Ok(Ok(Verdict::Holds)) => Outcome::Holds(Value::Bool(true)),
        Ok(Ok(Verdict::Fails(line))) => Outcome::Holds(line.into()),
        Ok(Err(error)) => wrong(error.code, &error.message, error.help.as_ref()),
        Err(mistakes) => mistaken(&mistakes[0].1),
    }
}

fn expected(row: &Node) -> Outcome {
    let text = |node: &Node| node.as_text().unwrap_or_default().to_owned();
    match (row.get("gives"), row.get("holds"), row.get("fails")) {
        (Some(node), None, None) => Outcome::Gives(node.to_json()),
        (None, Some(node), None) => Outcome::Holds(node.to_json()),
        (None, None, Some(node)) => Outcome::Fails(text(node)),
        _ => panic!("a row has one outcome: {row:?}"),
    }
}

/// The files of the folder: their names, trees and sources.
fn files() -> Vec<(SourceFile, Node)> {
    souschef_cases::entries(&souschef_cases::folder("expr"))
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let source = SourceFile::new(name, std::fs::read_to_string(path).unwrap());
            let parsed = tree::parse(source.text());
            let read: Vec<_> = parsed
                .diagnostics
                .iter()
                .filter(|one| one.severity() == Severity::Error)
                .map(|one| (source.place(one.span.start).line, &one.message))
                .collect();
            assert!(read.is_empty(), "{name}: {read:?}");
            (source, parsed.tree.unwrap())
        })
        .collect()
}

fn rows(file: &Node) -> &[Node] {
    match &file.get("rows").unwrap().kind {
        NodeKind::List(rows) => rows,
        _ => panic!("rows is a list"),
    }
}

#[test]
fn every_row_comes_to_what_it_says() {
    let (mut count, mut failed) = (0, Vec::new());
    for (source, file) in files() {
        let now = file
            .get("now")
            .and_then(Node::as_text)
            .unwrap_or("2026-01-15T09:00:00Z");
        let mut scope = Scope::new(now.parse().unwrap());
        for (name, value) in file.get("scope").unwrap().to_json().as_object().unwrap() {
            scope.set(name.clone(), value.clone());
        }
        for row in rows(&file) {
            count += 1;
            let (is, should) = (outcome(row, &source, &scope), expected(row));
            if is != should {
                let written = &source.text()[row.span.range()];
                failed.push(format!("{}: {written}\n    comes to {is:?}", source.name()));
            }
        }
    }
    assert!(count >= 200, "there are {count} rows");
    assert!(
        failed.is_empty(),
        "{} rows come to something else:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// A helper, an operator or a conversion that no row tries is one that may do anything.
#[test]
fn every_helper_operator_and_kind_has_rows() {
    let text: String = files()
        .iter()
        .map(|(source, _)| source.text().to_owned())
        .collect();
    let words: BTreeSet<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let helpers = helpers::all().map(|helper| helper.name);
    let operators = Operator::ALL.iter().map(|operator| operator.word());
    let kinds = ValueKind::ALL.iter().map(|kind| kind.word());
    let missing: Vec<&str> = helpers
        .chain(operators)
        .chain(kinds)
        .filter(|word| !words.contains(word))
        .collect();
    assert!(missing.is_empty(), "no row tries {missing:?}");
}
