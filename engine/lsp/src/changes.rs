//! Changes that mend what is told of a file.

use serde_json::{Value, json};
use souschef_plan::ask;
use souschef_recipe::Fix;

use crate::answers::edits;
use crate::message::{self, at, number};
use crate::world::{Document, World};

/// The kind of a change that mends one thing.
pub(crate) const FIX: &str = "quickfix";

/// The kind of a change that mends all of a file; editors have it made at each save where a person wants that.
pub(crate) const FIX_ALL: &str = "source.fixAll.souschef";

/// The changes that mend what is told of a range, and the one that mends all of the file.
pub(crate) fn code_actions(world: &mut World, document: &Document, parameters: &Value) -> Value {
    let (text, lines) = (document.text(), &document.lines);
    let place = |end: &str| {
        let line = number(parameters, &format!("range.{end}.line"))?;
        let character = number(parameters, &format!("range.{end}.character"))?;
        Some(lines.offset(text, line, character))
    };
    let (Some(start), Some(end)) = (place("start"), place("end")) else {
        return json!([]);
    };
    let only = at(parameters, "context.only").and_then(Value::as_array);
    let asked_for = |kind: &str| {
        let is = |one: &Value| one.as_str().is_some_and(|one| is_of_kind(kind, one));
        only.is_none_or(|only| only.iter().any(is))
    };
    let problems = world.problems(document);
    let change = |fixes: &[Fix]| json!({ "changes": { &document.uri: edits(text, lines, fixes) } });
    let mut actions: Vec<Value> = Vec::new();
    if asked_for(FIX) {
        let here = problems
            .iter()
            .filter(|one| one.span.start <= end && start <= one.span.end);
        actions.extend(here.filter_map(|one| {
            let fix = one.fix.as_ref()?;
            let places = match fix.each().len() {
                1 => String::new(),
                several => format!(" in {several} places"),
            };
            Some(json!({
                "title": format!("Change to \"{}\"{places}", fix.text),
                "kind": FIX,
                "isPreferred": true,
                "diagnostics": [message::diagnostic(&document.uri, text, lines, one)],
                "edit": change(std::slice::from_ref(fix)),
            }))
        }));
    }
    if asked_for(FIX_ALL) {
        let all = ask::fixes_of_all(&problems, text);
        // One alone is offered where it is; who asks for all of the file gets that one too.
        if all.len() > 1 || (only.is_some() && !all.is_empty()) {
            actions.push(json!({
                "title": format!("Make all {} suggested changes of this file", all.len()),
                "kind": FIX_ALL,
                "edit": change(&all),
            }));
        }
    }
    Value::Array(actions)
}

/// Whether a kind of change is one that was asked for: `source` asks for `source.fixAll` too.
fn is_of_kind(kind: &str, asked: &str) -> bool {
    match kind.strip_prefix(asked) {
        Some(rest) => asked.is_empty() || rest.is_empty() || rest.starts_with('.'),
        None => false,
    }
}
