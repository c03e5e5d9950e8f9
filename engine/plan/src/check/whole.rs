//! What can only be told of the recipe as a whole: what is never used, and what starts itself again.

use souschef_catalog::Effect;
use souschef_recipe::{
    Code, ConcurrencyMode, Diagnostic, FireOn, Node, NodeKind, Span, Step, StepKind, TriggerKind,
};

use super::Checker;
use super::names::Stage;
use crate::plan::ConcurrencyPlan;

impl<'a> Checker<'a> {
    /// `concurrency:`. Its key is computed before the run begins.
    pub(super) fn concurrency(&mut self) -> Option<ConcurrencyPlan> {
        self.names.stage = Stage::Start;
        let recipe = self.recipe;
        let written = recipe.concurrency.as_ref()?;
        // Without a limit, runs side by side are as many as come.
        let side_by_side = if written.mode.value == ConcurrencyMode::Parallel {
            u32::MAX
        } else {
            1
        };
        Some(ConcurrencyPlan {
            mode: written.mode.value,
            key: written.key.as_ref().map(|key| self.value(key)),
            limit: written.limit.as_ref().map_or(side_by_side, |limit| limit.value),
        })
    }

    pub(super) fn whole(&mut self) {
        self.lost_names();
        self.unused();
        self.echo();
    }

    fn unused(&mut self) {
        // What can't be read may use it all the same.
        let mistaken = self.half_read || self.told.iter().any(|one| one.code.id().starts_with("SC1"));
        if mistaken || !self.unread.is_empty() {
            return;
        }
        let recipe = self.recipe;
        let inputs = recipe.inputs.iter().map(|decl| (&decl.name, "input", "inputs"));
        let fields = recipe.mappings.iter().map(|one| (&one.name, "field", "fields"));
        for (name, what, root) in inputs.chain(fields) {
            let used = if what == "input" {
                &self.used_inputs
            } else {
                &self.used_fields
            };
            if used.contains(&name.value) || used.contains("*") {
                continue;
            }
            if recipe.redact.iter().any(|own| own.value == name.value) {
                continue;
            }
            self.told.push(
                Diagnostic::new(
                    Code::UNUSED,
                    name.span,
                    format!("the {what} \"{}\" is never used", name.value),
                )
                .label(format!(
                    "use it as {{{{ {root}.{} }}}}, or leave it out",
                    name.value
                )),
            );
        }
    }

    /// A recipe that is started by the change of a thing, and changes that thing every time it runs.
    fn echo(&mut self) {
        let recipe = self.recipe;
        if recipe.condition.is_some() {
            return;
        }
        let mut subjects: Vec<(String, Span)> = Vec::new();
        for trigger in &recipe.triggers {
            match &trigger.kind {
                TriggerKind::Poll(poll) if poll.fire_on.value == FireOn::Changed => {
                    let prefix = poll.operation.value.split('.').next().unwrap_or_default();
                    subjects.push((singular(prefix), poll.operation.span));
                }
                TriggerKind::Webhook(webhook) => {
                    let name = webhook.event.value.rsplit('.').next().unwrap_or_default();
                    if let Some(subject) = name.strip_suffix("Update") {
                        subjects.push((subject.to_lowercase(), webhook.event.span));
                    }
                }
                _ => {}
            }
        }
        if subjects.is_empty() {
            return;
        }
        for step in &recipe.actions {
            let found = self.changes(step);
            let Some((subject, place, operation)) = found else {
                continue;
            };
            if let Some((_, trigger)) = subjects.iter().find(|(own, _)| *own == subject) {
                let trigger = *trigger;
                self.tell(
                    Diagnostic::new(
                        Code::OWN_ECHO,
                        place,
                        format!("{operation} changes what starts this recipe, so it may start itself again and again"),
                    )
                    .label("add an if: that no longer holds after the change")
                    .related(trigger, "a change starts it"),
                );
                return;
            }
        }
    }

    /// What an unconditional step changes of the very thing that started the run: `contact`, `contacttag`.
    fn changes(&self, step: &Step) -> Option<(String, Span, String)> {
        if step.condition.is_some() {
            return None;
        }
        let StepKind::Action {
            operation: id, with, ..
        } = &step.kind
        else {
            return None;
        };
        let operation = self.context.catalog.operation(&id.value)?;
        if operation.effect == Effect::Read {
            return None;
        }
        let same = with.iter().any(|(name, node)| {
            operation
                .inputs
                .get(&name.value)
                .is_some_and(|input| input.place == souschef_catalog::InputPlace::Path)
                && of_trigger(node)
        });
        if !same {
            return None;
        }
        let (prefix, verb) = id.value.rsplit_once('.')?;
        let (word, rest) = verb.split_once('_').unwrap_or((verb, ""));
        if !matches!(word, "update" | "upsert" | "add" | "remove" | "set" | "replace") {
            return None;
        }
        let prefix = prefix.rsplit('.').next().unwrap_or(prefix);
        let subject = format!("{}{}", singular(prefix), singular(&rest.replace('_', "")));
        Some((subject, id.span, id.value.clone()))
    }
}

/// `contacts` → `contact`, `opportunities` → `opportunity`.
fn singular(word: &str) -> String {
    let word = word.to_lowercase();
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.strip_suffix('s').unwrap_or(&word).to_owned(),
    }
}

/// Whether a value is read from the trigger.
fn of_trigger(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Text(text, _) if text.contains("trigger."))
}
