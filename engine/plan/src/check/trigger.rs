//! Triggers.

use std::time::Duration;

use souschef_catalog::{Operation, OperationKind};
use souschef_expr::jsonpath::Path;
use souschef_expr::{Segment, Type};
use souschef_recipe::{Code, Diagnostic, FireOn, Poll, Spanned, Trigger, TriggerKind};

use super::names::{Known, Stage, map, trigger_id};
use super::operation::With;
use super::part::alike;
use super::walk::{Walk, bare, fields, walk};
use super::{Checker, listed};
use crate::plan::{PollPlan, TriggerPlan, TriggerPlanKind};

const EVERY: Duration = Duration::from_secs(300);

impl Checker<'_> {
    /// The recipe's triggers; afterwards `trigger` has its type.
    pub(super) fn triggers(&mut self) -> Vec<TriggerPlan> {
        self.names.stage = Stage::Poll;
        let recipe = self.recipe;
        let mut plans = Vec::new();
        let mut kinds = Vec::new();
        for trigger in &recipe.triggers {
            let (kind, known) = self.trigger(trigger);
            kinds.push(known);
            plans.extend(kind.map(|kind| TriggerPlan {
                id: trigger_id(trigger),
                kind,
            }));
        }
        self.names.trigger = kinds;
        plans
    }

    fn trigger(&mut self, trigger: &Trigger) -> (Option<TriggerPlanKind>, Known) {
        let any = || Known::Own(Type::Any);
        match &trigger.kind {
            TriggerKind::Poll(poll) => match self.poll(poll, trigger) {
                Some((plan, ty)) => (Some(TriggerPlanKind::Poll(plan)), Known::Own(ty)),
                None => (None, any()),
            },
            TriggerKind::Webhook(webhook) => self.webhook(webhook, trigger),
            TriggerKind::Schedule(schedule) => {
                let known = Known::Own(map([(
                    "scheduled_at",
                    Type::formatted(souschef_expr::types::Format::Datetime),
                )]));
                (Some(self.schedule(schedule)), known)
            }
            TriggerKind::Manual => (Some(TriggerPlanKind::Manual), any()),
        }
    }

    /// A poll and the type of its items.
    pub(super) fn poll(&mut self, poll: &Poll, trigger: &Trigger) -> Option<(PollPlan, Type)> {
        let Some(operation) = self.operation(&poll.operation, true) else {
            // What stands in the inputs is still looked at.
            poll.with.iter().for_each(|(_, node)| drop(self.value(node)));
            return None;
        };
        if operation.kind != OperationKind::Trigger {
            self.not_a_trigger(&poll.operation, &operation);
            poll.with.iter().for_each(|(_, node)| drop(self.value(node)));
            return None;
        }
        let accounts = self.accounts(&operation, poll.operation.span, None);
        let account = accounts.first().copied();
        let whole = trigger.span;
        let with = self.with(&With {
            operation: &operation,
            with: &poll.with,
            named: poll.operation.span,
            whole,
            account,
            paged: true,
        });
        self.need_scopes(&operation, poll.operation.span, &accounts);
        let own = operation.poll.as_ref();
        let items = match (&poll.items, own) {
            (Some(items), _) => {
                self.items_path(items);
                items.value.clone()
            }
            (None, Some(own)) => own.items.clone(),
            (None, None) => "$".to_owned(),
        };
        let item = item_type(&operation.output, &items);
        let path = |written: &Option<Spanned<String>>, own: Option<&String>| {
            written
                .as_ref()
                .map(|one| one.value.clone())
                .or_else(|| own.cloned())
        };
        for written in [&poll.item_id, &poll.changed].into_iter().flatten() {
            self.item_path(written, &item, &operation);
        }
        let id = path(&poll.item_id, own.and_then(|own| own.id.as_ref()));
        let remembers = matches!(poll.fire_on.value, FireOn::New | FireOn::Changed);
        if remembers && id.is_none() {
            let word = poll.fire_on.value.word();
            self.tell(
                Diagnostic::new(
                    Code::ITEM_WITHOUT_ID,
                    poll.fire_on.span,
                    format!("the items of {} have no id to remember them by, as fire_on: {word} must", operation.id),
                )
                .label("write fire_on: every_poll for one run with all items, or name the field that tells them apart: item_id: NAME"),
            );
        }
        let plan = PollPlan {
            every: poll.every.as_ref().map_or(EVERY, |every| every.value),
            fire_on: poll.fire_on.value,
            with,
            items,
            id,
            changed: path(&poll.changed, own.and_then(|own| own.changed.as_ref())),
            backfill: poll.backfill,
            operation,
        };
        let ty = if plan.fire_on == FireOn::EveryPoll {
            map([("items", Type::List(Box::new(item)))])
        } else {
            item
        };
        Some((plan, ty))
    }

    fn not_a_trigger(&mut self, named: &Spanned<String>, operation: &Operation) {
        let prefix = operation.id.split('.').next().unwrap_or_default();
        let all = self.context.catalog.operations();
        let near: Vec<&str> = all
            .iter()
            .filter(|one| one.kind == OperationKind::Trigger && one.id.split('.').next() == Some(prefix))
            .map(|one| one.id.as_str())
            .collect();
        let mut diagnostic = Diagnostic::new(
            Code::NOT_A_TRIGGER,
            named.span,
            format!("{} changes something, so it can't be polled", operation.id),
        )
        .label("a poll reads; write this as a step under actions:");
        if !near.is_empty() {
            diagnostic = diagnostic.note(format!("reads of {prefix}: {}", listed(near)));
        }
        self.tell(diagnostic);
    }

    fn items_path(&mut self, items: &Spanned<String>) {
        if items.value == "$" {
            return;
        }
        if let Err(error) = Path::parse(&items.value) {
            let help = if items.value.starts_with('$') {
                error.help
            } else {
                Some(format!("write $.{}[*]", items.value))
            };
            let mut diagnostic = Diagnostic::new(Code::of(error.code), items.span, error.message);
            diagnostic.label = help;
            self.tell(diagnostic);
        }
    }

    /// `id:` and `changed:`: a dotted path in an item.
    fn item_path(&mut self, written: &Spanned<String>, item: &Type, operation: &Operation) {
        let segments: Vec<Segment> = written
            .value
            .split('.')
            .map(|name| Segment {
                name: name.to_owned(),
                range: 0..0,
            })
            .collect();
        let Walk::Nowhere { at, parent, .. } = walk(item, &segments) else {
            return;
        };
        let name = segments.get(at).map_or("", |one| one.name.as_str()).to_owned();
        let names: Vec<String> = fields(parent).into_iter().map(str::to_owned).collect();
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_FIELD_OF_ANSWER,
            written.span,
            format!(
                "the items of {} have no \"{name}\" that is known of",
                operation.id
            ),
        );
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(near) = alike(&name, &known) {
            diagnostic = diagnostic.did_you_mean(near);
        }
        if !names.is_empty() {
            diagnostic = diagnostic.note(format!(
                "an item has: {}",
                listed(names.iter().map(String::as_str))
            ));
        }
        self.tell(diagnostic);
    }
}

/// The type of what a plain JSONPath (`$.contacts[*]`) finds in an answer.
pub(crate) fn item_type(answer: &Type, path: &str) -> Type {
    let mut here = answer.clone();
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[*]") {
            here = match bare(&here) {
                Type::List(item) => item.as_ref().clone(),
                _ => return Type::Any,
            };
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let len = after.find(['.', '[']).unwrap_or(after.len());
            let name = after.get(..len).unwrap_or_default();
            here = match here.at(name) {
                Some(next) if name != "*" => next,
                _ => return Type::Any,
            };
            rest = after.get(len..).unwrap_or_default();
        } else {
            return Type::Any;
        }
    }
    // A path to a list without [*] finds one thing, the list; its items are meant.
    match bare(&here) {
        Type::List(item) if !path.ends_with("[*]") => item.as_ref().clone(),
        other => other.clone(),
    }
}
