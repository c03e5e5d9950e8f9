//! A file's parts, as an editor lists them: of a recipe what starts it and its steps, of others what they name.

use souschef_recipe::{
    Node, NodeKind, OnError, SourceFile, Span, Step, StepKind, Trigger, TriggerKind, decode, tree,
};

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It starts the recipe.
    Trigger,
    /// A step, or a list of steps.
    Step,
    /// A key, or an item of a list, of another file.
    Entry,
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is called.
    pub name: String,
    /// More of it, where there is something to tell.
    pub detail: String,
    /// What it is.
    pub part: Part,
    /// All of it.
    pub span: Span,
    /// Where its name stands.
    pub select: Span,
    /// What is in it.
    pub inside: Vec<Symbol>,
}

/// What starts the recipe, and its steps.
pub fn outline(source: &SourceFile) -> Vec<Symbol> {
    let Some(recipe) = decode(source).recipe else {
        return Vec::new();
    };
    let mut found: Vec<Symbol> = recipe.triggers.iter().map(trigger).collect();
    found.extend(recipe.actions.iter().map(step));
    if let Some(first) = recipe.on_failure.first() {
        found.push(group(
            "on_failure",
            "when the run fails",
            first.span,
            &recipe.on_failure,
        ));
    }
    found
}

/// The keys of a file that is no recipe, and what stands under each by name: its cases, its connections, its operations.
pub fn outline_of_data(text: &str) -> Vec<Symbol> {
    match tree::parse(text).tree {
        Some(tree) => entries(&tree, true),
        None => Vec::new(),
    }
}

/// The entries of a map, or the items of a list that have a name; of each what is in it, or nothing more.
fn entries(node: &Node, deeper: bool) -> Vec<Symbol> {
    let entry = |name: &str, select: Span, value: &Node| Symbol {
        name: name.to_owned(),
        detail: String::new(),
        part: Part::Entry,
        span: select.to(value.span),
        select,
        inside: if deeper { entries(value, false) } else { Vec::new() },
    };
    match &node.kind {
        NodeKind::Map(entries) => entries
            .iter()
            .map(|one| entry(&one.key.value, one.key.span, &one.value))
            .collect(),
        NodeKind::List(items) => items
            .iter()
            .filter_map(|item| {
                let named = ["name", "id"].into_iter().find_map(|key| item.get(key))?;
                Some(Symbol {
                    span: item.span.to(named.span),
                    ..entry(named.as_text()?, named.span, named)
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn trigger(trigger: &Trigger) -> Symbol {
    let (detail, select) = match &trigger.kind {
        TriggerKind::Poll(poll) => (format!("poll {}", poll.operation.value), poll.operation.span),
        TriggerKind::Webhook(webhook) => (format!("webhook {}", webhook.event.value), webhook.event.span),
        TriggerKind::Schedule(schedule) => (format!("schedule {}", schedule.cron.value), schedule.cron.span),
        TriggerKind::Manual => ("manual".to_owned(), trigger.span),
    };
    Symbol {
        name: trigger
            .id
            .as_ref()
            .map_or("trigger", |id| id.value.as_str())
            .to_owned(),
        detail,
        part: Part::Trigger,
        span: trigger.span.to(select),
        select,
        inside: Vec::new(),
    }
}

fn group(name: &str, detail: &str, first: Span, steps: &[Step]) -> Symbol {
    let span = steps.iter().fold(first, |span, step| span.to(step.span));
    Symbol {
        name: name.to_owned(),
        detail: detail.to_owned(),
        part: Part::Step,
        span,
        select: first,
        inside: steps.iter().map(step).collect(),
    }
}

fn step(step: &Step) -> Symbol {
    let (detail, place, mut inside) = kind(step);
    if let OnError::Handle(steps) = &step.on_error
        && let Some(first) = steps.first()
    {
        inside.push(group("on_error", "when it fails", first.span, steps));
    }
    let named = step.name.as_ref().or(step.id.as_ref());
    let select = named.map_or(place, |name| name.span);
    Symbol {
        name: named.map_or_else(|| detail.clone(), |name| name.value.clone()),
        detail: if named.is_some() { detail } else { String::new() },
        part: Part::Step,
        span: step.span.to(select),
        select,
        inside,
    }
}

/// What a step does, where it says so, and the steps in it.
fn kind(own: &Step) -> (String, Span, Vec<Symbol>) {
    let all = |steps: &[Step]| steps.iter().map(step).collect::<Vec<_>>();
    let plain = |word: &str| (word.to_owned(), own.span, Vec::new());
    match &own.kind {
        StepKind::Action { operation, .. } => (operation.value.clone(), operation.span, Vec::new()),
        StepKind::Choose { branches, otherwise } => {
            let mut inside: Vec<Symbol> = branches
                .iter()
                .enumerate()
                .map(|(index, branch)| group(&format!("branch {}", index + 1), "", branch.span, &branch.body))
                .collect();
            if let Some(first) = otherwise.first() {
                inside.push(group("otherwise", "", first.span, otherwise));
            }
            ("choose".to_owned(), own.span, inside)
        }
        StepKind::ForEach { name, body, .. } => (format!("for each {}", name.value), own.span, all(body)),
        StepKind::Parallel { branches } => {
            let inside = branches.iter().flat_map(|branch| all(branch)).collect();
            ("parallel".to_owned(), own.span, inside)
        }
        StepKind::Wait { .. } => plain("wait"),
        StepKind::WaitUntil { .. } => plain("wait until"),
        StepKind::WaitFor { webhook, .. } => (
            format!("wait for {}", webhook.event.value),
            webhook.event.span,
            Vec::new(),
        ),
        StepKind::RunRecipe { recipe, .. } => (format!("run {}", recipe.value), recipe.span, Vec::new()),
        StepKind::Set { .. } => plain("set"),
        StepKind::Stop { .. } => plain("stop"),
        StepKind::Fail { .. } => plain("fail"),
        StepKind::Broken => plain("step"),
    }
}
