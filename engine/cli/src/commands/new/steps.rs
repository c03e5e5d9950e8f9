//! What is done, step after step.

use std::sync::Arc;

use indexmap::IndexMap;
use souschef_catalog::{Input, Operation, OperationKind};
use souschef_expr::Type;
use souschef_plan::propose;
use souschef_recipe::{Diagnostic, Severity, SourceFile};
use souschef_runtime::project::OpenProject;

use super::draft::{self, Draft, Step};
use super::search::{self, Thing};
use crate::commands::support;
use crate::exit::Exit;
use crate::show::questions::{Answers, below, option, wrong};
use crate::show::terminal;

/// Asks for steps until there are no more.
pub(super) fn asked(answers: &mut Answers, project: &OpenProject, draft: &mut Draft) -> Result<(), Exit> {
    loop {
        let first = draft.steps.is_empty();
        let question = if first {
            "What should be done (words to look for)"
        } else {
            "And then (empty: nothing more)"
        };
        let Some(operation) = operation(answers, project, question, !first, OperationKind::Action)? else {
            return Ok(());
        };
        below(&operation.help);
        draft.steps.push(Step {
            id: draft.id_for(&operation),
            operation: operation.id.clone(),
            with: Vec::new(),
        });
        inputs(answers, project, draft, &operation)?;
    }
}

/// Asks for an operation. Where an action is wanted, a read will do too: it comes after the actions.
pub(super) fn operation(
    answers: &mut Answers,
    project: &OpenProject,
    question: &str,
    may_be_none: bool,
    kind: OperationKind,
) -> Result<Option<Arc<Operation>>, Exit> {
    let fits = |operation: &Operation| kind == OperationKind::Action || operation.kind == kind;
    let thing = |operation: &Operation| Thing {
        id: operation.id.clone(),
        help: operation.help.clone(),
    };
    let find = |words: &str| {
        let mut found: Vec<Arc<Operation>> = project
            .catalog
            .search(words)
            .into_iter()
            .filter(|operation| fits(operation) && operation.deprecated.is_none())
            .filter(|operation| support::is_listed(project, &operation.connector))
            .collect();
        // Reads come after actions; what gives one thing is looked at less often than a list.
        let single = |operation: &Operation| operation.poll.as_ref().is_some_and(|poll| poll.id.is_none());
        found.sort_by_key(|operation| (operation.kind != kind, single(operation)));
        found.iter().map(|operation| thing(operation)).collect()
    };
    let by_id = |id: &str| {
        let found = project.catalog.operation(id)?;
        fits(&found).then(|| thing(&found))
    };
    let found = search::one(answers, question, may_be_none, find, by_id)?;
    Ok(found.and_then(|thing| project.catalog.operation(&thing.id)))
}

/// The inputs that a call can't do without, and that nobody else fills in.
pub(super) fn required(operation: &Operation) -> IndexMap<&String, &Input> {
    let needs = operation
        .call()
        .map(|call| call.needs.as_slice())
        .unwrap_or_default();
    operation
        .inputs
        .iter()
        .filter(|(name, input)| needs.first() == Some(*name) || (input.required && input.fill.is_none()))
        .collect()
}

fn inputs(
    answers: &mut Answers,
    project: &OpenProject,
    draft: &mut Draft,
    operation: &Operation,
) -> Result<(), Exit> {
    let required = required(operation);
    for (name, input) in &required {
        input_of(answers, project, draft, operation, (name, input), true)?;
    }
    let others: Vec<&str> = operation
        .inputs
        .iter()
        .filter(|(name, input)| !required.contains_key(name) && input.fill.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    below(&format!("it also takes: {}", others.join(", ")));
    let mut wanted = answers.ask("Which of these (names, with commas; empty: none)", "")?;
    loop {
        let names: Vec<&str> = wanted
            .split([',', ' '])
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        match names.iter().find(|name| !others.contains(name)) {
            None => {
                for name in names {
                    if let Some(input) = operation.inputs.get(name) {
                        input_of(answers, project, draft, operation, (name, input), false)?;
                    }
                }
                return Ok(());
            }
            Some(name) => {
                let near = souschef_recipe::nearest(name, others.iter().copied());
                let help = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
                wrong(&format!("it takes no {name}{help}"));
            }
        }
        wanted = answers.ask("Which of these (names, with commas; empty: none)", "")?;
    }
}

/// Asks for one input until the checker takes the answer.
fn input_of(
    answers: &mut Answers,
    project: &OpenProject,
    draft: &mut Draft,
    operation: &Operation,
    (name, input): (&str, &Input),
    needed: bool,
) -> Result<(), Exit> {
    let mut earlier = Draft::new("new", project, &project.root);
    earlier.trigger.clone_from(&draft.trigger);
    let before = draft.steps.len().saturating_sub(1);
    earlier.steps = draft.steps.get(..before).unwrap_or_default().to_vec();
    let known = earlier
        .recipe()
        .map(|recipe| propose::in_scope(&recipe, &project.catalog))
        .unwrap_or_default();
    let words = choices(&input.ty);
    let mut offered: Vec<String> = words.to_vec();
    if words.is_empty() {
        offered = propose::proposals(name, input, operation, &known);
    }
    terminal::say("");
    if let Some(help) = &input.help {
        below(help);
    }
    for (index, offer) in offered.iter().enumerate() {
        option(index, offer, "", 0);
    }
    let default = offered.first().cloned().unwrap_or_default();
    let mut doubted = None;
    loop {
        let question = format!("{name} ({})", input.ty.describe());
        let answer = answers.ask(&question, &default)?;
        if answer.is_empty() {
            if needed {
                wrong("this is needed");
                continue;
            }
            return Ok(());
        }
        let number = answer
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        let answer = number.and_then(|index| offered.get(index)).unwrap_or(&answer);
        let value = match draft::value(answer, &input.ty) {
            Ok(value) => value,
            Err(why) => {
                wrong(&why);
                continue;
            }
        };
        let Some(step) = draft.steps.last_mut() else {
            return Ok(());
        };
        step.with.push((name.to_owned(), value));
        let text = draft.text();
        // The last step is the last of the text, and its last input the last line.
        let source = SourceFile::new("new.yaml", text.clone());
        match said(project, &source, text.lines().count()) {
            None => return Ok(()),
            Some((Severity::Error, why)) => wrong(&why),
            // What is only doubtful is kept if it is said again.
            Some((Severity::Warning, _)) if doubted.as_ref() == Some(answer) => return Ok(()),
            Some((Severity::Warning, why)) => {
                wrong(&format!("{why} (answer the same again to keep it)"));
                doubted = Some(answer.clone());
            }
        }
        if let Some(step) = draft.steps.last_mut() {
            step.with.pop();
        }
    }
}

/// The words that a value may be.
fn choices(ty: &Type) -> &[String] {
    match souschef_catalog::listing::bare(ty) {
        Type::Text(text) => &text.one_of,
        _ => &[],
    }
}

/// What the checker says of one line, where it is a mistake.
pub(super) fn mistake(project: &OpenProject, source: &SourceFile, line: usize) -> Option<String> {
    said(project, source, line)
        .filter(|(severity, _)| *severity == Severity::Error)
        .map(|(_, why)| why)
}

/// The worst that the checker says of one line.
fn said(project: &OpenProject, source: &SourceFile, line: usize) -> Option<(Severity, String)> {
    let checked = project.check("new", source, None);
    let one = checked
        .diagnostics
        .into_iter()
        .filter(|one| source.place(one.span.start).line == line)
        .max_by_key(Diagnostic::severity)?;
    let help = one.help();
    let help = help.lines().next().unwrap_or_default();
    let why = if help.is_empty() {
        one.message.clone()
    } else {
        format!("{}: {help}", one.message)
    };
    Some((one.severity(), why))
}
