//! A recipe's parts, as an editor lists them: what starts it, and its steps.

use souschef_recipe::{OnError, SourceFile, Span, Step, StepKind, Trigger, TriggerKind, decode};

/// A part of a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub detail: String,
    /// Whether it starts the recipe; otherwise it is a step, or a list of steps.
    pub trigger: bool,
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
        trigger: true,
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
        trigger: false,
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
        trigger: false,
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
