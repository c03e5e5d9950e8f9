//! Triggers.

use std::sync::Arc;
use std::time::Duration;

use souschef_catalog::{Operation, OperationKind};
use souschef_expr::jsonpath::Path;
use souschef_expr::moment::zone_of;
use souschef_expr::value::range_in;
use souschef_expr::{Segment, Type};
use souschef_recipe::{Code, Diagnostic, FireOn, Poll, Schedule, Spanned, Trigger, TriggerKind, Webhook, nearest};

use super::names::{Known, Stage, map, trigger_id};
use super::operation::With;
use super::values::text_node;
use super::walk::{Walk, bare, fields, walk};
use super::{Checker, listed};
use crate::plan::{PollPlan, TriggerPlan, TriggerPlanKind};
use crate::timetable::Timetable;

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
            plans.extend(kind.map(|kind| TriggerPlan { id: trigger_id(trigger), kind }));
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
                let known = Known::Own(map([("scheduled_at", Type::formatted(souschef_expr::types::Format::Datetime))]));
                (Some(self.schedule(schedule)), known)
            }
            TriggerKind::Manual => (Some(TriggerPlanKind::Manual), any()),
        }
    }

    fn poll(&mut self, poll: &Poll, trigger: &Trigger) -> Option<(PollPlan, Type)> {
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
        let with = self.with(&With { operation: &operation, with: &poll.with, named: poll.operation.span, whole, account, paged: true });
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
        let path = |written: &Option<Spanned<String>>, own: Option<&String>| written.as_ref().map(|one| one.value.clone()).or_else(|| own.cloned());
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
                .label("write fire_on: every_poll for one run with all items, or name the field that tells them apart: id: NAME"),
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
        let ty = if plan.fire_on == FireOn::EveryPoll { map([("items", Type::List(Box::new(item)))]) } else { item };
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
            let help = if items.value.starts_with('$') { error.help } else { Some(format!("write $.{}[*]", items.value)) };
            let mut diagnostic = Diagnostic::new(Code::of(error.code), items.span, error.message);
            diagnostic.label = help;
            self.tell(diagnostic);
        }
    }

    /// `id:` and `changed:`: a dotted path in an item.
    fn item_path(&mut self, written: &Spanned<String>, item: &Type, operation: &Operation) {
        let segments: Vec<Segment> =
            written.value.split('.').map(|name| Segment { name: name.to_owned(), range: 0..0 }).collect();
        let Walk::Nowhere { at, parent, .. } = walk(item, &segments) else { return };
        let name = segments.get(at).map_or("", |one| one.name.as_str()).to_owned();
        let names: Vec<String> = fields(parent).into_iter().map(str::to_owned).collect();
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_FIELD_OF_ANSWER,
            written.span,
            format!("the items of {} have no \"{name}\" that is known of", operation.id),
        );
        if let Some(near) = nearest(&name, names.iter().map(String::as_str)) {
            diagnostic = diagnostic.label(format!("did you mean \"{near}\"?"));
        }
        if !names.is_empty() {
            diagnostic = diagnostic.note(format!("an item has: {}", listed(names.iter().map(String::as_str))));
        }
        self.tell(diagnostic);
    }

    fn webhook(&mut self, webhook: &Webhook, trigger: &Trigger) -> (Option<TriggerPlanKind>, Known) {
        let known = self.event(webhook, "this trigger");
        let reconcile = webhook.reconcile.as_ref().and_then(|poll| self.poll(poll, trigger)).map(|(plan, _)| plan);
        let kind = match (&known, webhook.event.value.as_str()) {
            (Some(Known::Event(event)), _) => Some(TriggerPlanKind::Webhook { event: Arc::clone(event), reconcile }),
            (_, "custom") => webhook.path.as_ref().zip(webhook.auth.as_ref()).map(|(path, auth)| TriggerPlanKind::Custom {
                path: path.value.clone(),
                auth: auth.value.clone(),
            }),
            _ => None,
        };
        (kind, known.unwrap_or(Known::Own(Type::Any)))
    }

    /// The event of a trigger or of a `wait_for`, with its path and auth.
    pub(super) fn event(&mut self, webhook: &Webhook, what: &str) -> Option<Known> {
        let name = &webhook.event;
        if name.value == "custom" {
            self.custom(webhook);
            return Some(Known::Own(Type::Any));
        }
        let form = [webhook.path.as_ref().map(|one| ("path", one.span)), webhook.auth.as_ref().map(|one| ("auth", one.span))];
        let event = self.context.catalog.event(&name.value);
        if event.is_some() {
            if let Some((key, span)) = form.into_iter().flatten().next() {
                self.tell(
                    Diagnostic::new(Code::WEBHOOK_FORM, span, format!("{what} has no {key}: {} proves itself by its signature", name.value))
                        .label(format!("leave {key}: out; only webhook: custom has it")),
                );
            }
            return event.map(Known::Event);
        }
        self.unknown_event(name);
        None
    }

    fn custom(&mut self, webhook: &Webhook) {
        let span = webhook.event.span;
        match &webhook.path {
            None => self.tell(
                Diagnostic::new(Code::WEBHOOK_FORM, span, "a custom webhook has a path:, the end of its address")
                    .label("write `path: leads` for /hooks/custom/leads"),
            ),
            Some(path) => {
                let good = !path.value.is_empty()
                    && path.value.split('/').all(|part| {
                        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                    });
                if !good {
                    let mut better: String = path
                        .value
                        .trim_start_matches("/hooks/custom")
                        .trim_matches('/')
                        .chars()
                        .map(|c| if c.is_ascii_alphanumeric() || c == '/' || c == '_' { c.to_ascii_lowercase() } else { '-' })
                        .collect();
                    if better.is_empty() {
                        better = "leads".to_owned();
                    }
                    self.tell(
                        Diagnostic::new(Code::WEBHOOK_FORM, path.span, format!("path can't be \"{}\"", path.value))
                            .label(format!("letters, digits, - and _, like `path: {better}`")),
                    );
                }
            }
        }
        match &webhook.auth {
            None => self.tell(
                Diagnostic::new(Code::WEBHOOK_FORM, span, "a custom webhook has an auth:, which says how a sender proves who it is")
                    .label("write `auth: { token: NAME }`, where NAME is one of the project file's secrets")
                    .note("also: { basic: NAME }, { hmac: NAME, header: X-Signature }, or none, which must be written out"),
            ),
            Some(auth) => self.webhook_secret(auth),
        }
    }

    fn unknown_event(&mut self, name: &Spanned<String>) {
        let word = name.value.as_str();
        let catalog = self.context.catalog;
        let ids: Vec<String> = catalog.events().iter().map(|event| event.id.clone()).collect();
        let plain = |text: &str| text.rsplit('.').next().unwrap_or(text).to_lowercase().replace(['_', '-', ' '], "");
        let mut diagnostic = Diagnostic::new(Code::UNKNOWN_EVENT, name.span, format!("there is no event \"{word}\""));
        let wanted = plain(word);
        // ContactCreated, contact_created and contact.created mean ContactCreate.
        let whole = word.to_lowercase().replace(['_', '-', ' ', '.'], "");
        let whole = whole.replace("changed", "update").replace("modified", "update");
        let stems: Vec<String> = [wanted.as_str(), whole.as_str()]
            .into_iter()
            .map(|text| text.trim_start_matches("ghl").trim_end_matches("ed").trim_end_matches('e').to_owned())
            .collect();
        let stem = |id: &str| plain(id).trim_end_matches('e').to_owned();
        let exact = ids.iter().find(|id| stems.contains(&stem(id)));
        // MessageInbound means InboundMessage.
        let exact = exact.or_else(|| ids.iter().find(|id| camel(id) == camel(word) && camel(word).len() > 1));
        let near = exact.map(String::as_str).or_else(|| nearest(word, ids.iter().map(String::as_str))).or_else(|| {
            let names: Vec<&str> = ids.iter().map(|id| id.rsplit('.').next().unwrap_or(id)).collect();
            let found = nearest(word, names.iter().copied())?;
            ids.iter().map(String::as_str).find(|id| id.ends_with(found))
        });
        if let Some(near) = near {
            diagnostic = diagnostic.label(format!("did you mean \"{near}\"?"));
        } else if catalog.operation(word).is_some_and(|one| one.kind == OperationKind::Trigger) {
            diagnostic = diagnostic.label(format!("this is a read, not an event: write `poll: {word}`"));
        } else if word.starts_with("http") || word.starts_with('/') {
            diagnostic = diagnostic.label("write webhook: custom, with path: and auth: beside it");
        } else {
            let first: String = word.rsplit('.').next().unwrap_or(word).chars().take(4).collect::<String>().to_lowercase();
            let alike: Vec<&str> =
                ids.iter().map(String::as_str).filter(|id| !first.is_empty() && plain(id).contains(&first)).take(6).collect();
            diagnostic = if alike.is_empty() {
                diagnostic.label("`webhook: custom` takes any system's events")
            } else {
                diagnostic.note(format!("events: {}", alike.join(", ")))
            };
        }
        self.tell(diagnostic);
    }

    fn schedule(&mut self, schedule: &Schedule) -> TriggerPlanKind {
        if let Err(error) = Timetable::parse(&schedule.cron.value) {
            let node = text_node(&schedule.cron, self.source);
            let mut diagnostic = Diagnostic::new(Code::BAD_CRON, range_in(self.source, &node, &error.range), error.message);
            diagnostic.label = error.help;
            self.tell(diagnostic);
        }
        if let Some(zone) = &schedule.time_zone {
            self.time_zone(zone);
        }
        TriggerPlanKind::Schedule {
            cron: schedule.cron.value.clone(),
            time_zone: schedule.time_zone.as_ref().map_or_else(|| "UTC".to_owned(), |zone| zone.value.clone()),
            catch_up: schedule.catch_up,
        }
    }

    /// An IANA name.
    pub(super) fn time_zone(&mut self, zone: &Spanned<String>) {
        let word = zone.value.as_str();
        let good = zone_of(Some(word)).is_ok();
        // Short names of no fixed meaning are in the database too.
        let short = matches!(word, "EST" | "MST" | "HST" | "EST5EDT" | "CST6CDT" | "MST7MDT" | "PST8PDT");
        if good && !short {
            return;
        }
        let meant = match word.to_uppercase().as_str() {
            "EST" | "EDT" | "ET" | "EASTERN" | "EST5EDT" | "NEW YORK" => Some("America/New_York"),
            "CST" | "CDT" | "CT" | "CENTRAL" | "CST6CDT" | "CHICAGO" => Some("America/Chicago"),
            "MST" | "MDT" | "MT" | "MOUNTAIN" | "MST7MDT" | "DENVER" => Some("America/Denver"),
            "PST" | "PDT" | "PT" | "PACIFIC" | "PST8PDT" | "LOS ANGELES" => Some("America/Los_Angeles"),
            "CET" | "CEST" => Some("Europe/Berlin"),
            "BST" => Some("Europe/London"),
            "HST" => Some("Pacific/Honolulu"),
            "IST" => Some("Asia/Kolkata"),
            "JST" => Some("Asia/Tokyo"),
            _ => None,
        };
        let mut diagnostic = Diagnostic::new(Code::UNKNOWN_TIME_ZONE, zone.span, format!("there is no time zone \"{word}\""));
        if short {
            diagnostic.message = format!("\"{word}\" does not follow daylight saving time, so it is not taken for a time zone");
        }
        let near = meant.map(str::to_owned).or_else(|| near_zone(word));
        diagnostic = match near {
            Some(near) => diagnostic.label(format!("did you mean \"{near}\"?")),
            None => diagnostic.label("time zones are named like Europe/Vienna, America/New_York or UTC"),
        };
        self.tell(diagnostic);
    }
}

/// The words of a name like `InboundMessage`, in alphabetical order.
fn camel(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in name.rsplit('.').next().unwrap_or(name).chars() {
        match words.last_mut() {
            Some(last) if !c.is_uppercase() && c.is_alphanumeric() => last.extend(c.to_lowercase()),
            _ => words.push(c.to_lowercase().collect()),
        }
    }
    words.sort_unstable();
    words
}

/// The name of the IANA database that is nearest: its city alone is enough.
fn near_zone(word: &str) -> Option<String> {
    let wanted = word.trim().to_lowercase().replace(' ', "_");
    let all: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let cities = ["Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"];
    let own = |name: &str| cities.iter().any(|area| name.starts_with(area));
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    if let Some(found) = all.iter().find(|name| own(name) && city(name) == city(&wanted)) {
        return Some(found.clone());
    }
    nearest(word, all.iter().map(String::as_str)).map(str::to_owned)
}

/// The type of what a plain JSONPath (`$.contacts[*]`) finds in an answer.
pub(super) fn item_type(answer: &Type, path: &str) -> Type {
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
