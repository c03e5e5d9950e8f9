//! Names that expressions use: whether each is in scope, and what is wrong where it is not.

use souschef_expr::{Segment, Type};
use souschef_recipe::{Code, Diagnostic, Span, nearest};

use super::lost::Kind;
use super::names::{GuardKind, Known, Stage, State};
use super::part::sends;
use super::walk::{Walk, fields, plain, walk};
use super::{Checker, listed};

/// One path and its place.
pub(super) struct Read<'r> {
    pub(super) path: &'r [Segment],
    /// Where each step of the path stands.
    pub(super) spans: Vec<Span>,
    /// Whether absence is fine.
    pub(super) optional: bool,
}

impl Read<'_> {
    pub(super) fn span(&self, at: usize) -> Span {
        self.spans
            .get(at)
            .or_else(|| self.spans.first())
            .copied()
            .unwrap_or_default()
    }

    pub(super) fn written(&self, until: usize) -> String {
        self.path
            .iter()
            .take(until)
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>()
            .join(".")
    }

    pub(super) fn name(&self, at: usize) -> &str {
        self.path.get(at).map_or("", |one| one.name.as_str())
    }
}

impl Checker<'_> {
    /// Checks one path.
    pub(super) fn reference(&mut self, read: &Read<'_>) {
        self.note(read);
        let stage = self.names.stage;
        match read.name(0) {
            "trigger" if stage >= Stage::Start => self.trigger_reference(read),
            "fields" if stage >= Stage::Mappings => self.field_reference(read),
            "steps" if stage >= Stage::Steps => self.step_reference(read),
            "inputs" => self.input_reference(read),
            "connection" => {
                let ty = self.names.connection.clone();
                self.part("connection", &ty, read, 1, None);
            }
            "run" => {
                let ty = self.names.run.clone();
                self.part("run", &ty, read, 1, None);
            }
            "error" => match self.names.error.clone() {
                Some(ty) => self.part("error", &ty, read, 1, None),
                None => self.tell(
                    Diagnostic::new(Code::UNKNOWN_NAME, read.span(0), "there is no error here")
                        .label("error is seen by the steps of on_error: and on_failure: only"),
                ),
            },
            "event" => match self.names.event.clone() {
                Some(known) => self.part("the event", known.ty(), read, 1, Some(&known)),
                None => self.unknown_root(read),
            },
            name => {
                let ty = match self.names.loop_name(name) {
                    Some(ty) => ty.clone(),
                    None if self.names.is_index(name) => Type::number(),
                    None => return self.unknown_root(read),
                };
                let name = name.to_owned();
                let item = name.strip_suffix("_index").unwrap_or(&name);
                self.used_items.extend([item.to_owned(), name.clone()]);
                self.part(&name, &ty, read, 1, None);
            }
        }
    }

    fn trigger_reference(&mut self, read: &Read<'_>) {
        // Of several triggers, it is enough that one has it.
        let kinds = &self.names.trigger;
        if kinds.is_empty() {
            return;
        }
        let fits = |known: &Known| {
            !matches!(
                walk(known.ty(), read.path.get(1..).unwrap_or_default()),
                Walk::Nowhere { .. }
            )
        };
        if kinds.iter().any(fits) && !self.slip_of_trigger(read) {
            return;
        }
        let mut others = kinds.clone();
        let known = others.remove(0);
        let before = self.told.len();
        self.part("the trigger", known.ty(), read, 1, Some(&known));
        if let Some(told) = self.told.get_mut(before) {
            for other in others.iter().filter(|other| !fields(other.ty()).is_empty()) {
                told.notes.push(format!(
                    "{}: {}",
                    sends(other, "another trigger has"),
                    listed(fields(other.ty()))
                ));
            }
        }
    }

    /// Of a trigger nothing is known, so that it may send any field; but the others have one of nearly this name, and it is no
    /// other way to write that.
    fn slip_of_trigger(&self, read: &Read<'_>) -> bool {
        let name = read.name(1);
        let known = |kind: &&Known| !fields(kind.ty()).is_empty();
        let others: Vec<&str> = self
            .names
            .trigger
            .iter()
            .filter(known)
            .flat_map(|kind| fields(kind.ty()))
            .collect();
        let unknown = self.names.trigger.iter().any(|kind| fields(kind.ty()).is_empty());
        unknown
            && !others.contains(&name)
            && nearest(name, others.iter().copied()).is_some_and(|near| plain(near) != plain(name))
    }

    fn field_reference(&mut self, read: &Read<'_>) {
        if read.path.len() < 2 {
            self.used_fields.insert("*".to_owned());
            return;
        }
        let name = read.name(1);
        self.used_fields.insert(name.to_owned());
        if let Some(ty) = self.names.fields.get(name).cloned() {
            let what = format!("fields.{name}");
            return self.part(&what, &ty, read, 2, None);
        }
        let span = read.span(1);
        if let Some((_, place)) = self.names.all_fields.iter().find(|(field, _)| *field == name) {
            let place = *place;
            let own = format!("the field \"{name}\" is made further down");
            return self.tell(
                Diagnostic::new(Code::UNKNOWN_FIELD, span, own)
                    .label("a field sees the fields above it only; move this line below")
                    .related(place, "it is made here"),
            );
        }
        if !self.unread.is_empty() {
            return;
        }
        let mut diagnostic =
            Diagnostic::new(Code::UNKNOWN_FIELD, span, format!("there is no field \"{name}\""));
        let near = nearest(name, self.names.all_fields.iter().map(|(field, _)| *field));
        if let Some(near) = near {
            diagnostic = diagnostic.did_you_mean(near);
        } else if self
            .names
            .trigger
            .iter()
            .any(|known| fields(known.ty()).contains(&name))
        {
            diagnostic = diagnostic.label(format!("write trigger.{name}, or make the field under mappings:"));
        }
        let note = match self.names.all_fields.as_slice() {
            [] => "fields are made under mappings:, and this recipe has none".to_owned(),
            all => format!("fields: {}", listed(all.iter().map(|(field, _)| *field))),
        };
        self.lost(Kind::Field, name, "", near);
        self.tell(diagnostic.note(note));
    }

    fn input_reference(&mut self, read: &Read<'_>) {
        if read.path.len() < 2 {
            self.used_inputs.insert("*".to_owned());
            return;
        }
        let name = read.name(1);
        self.used_inputs.insert(name.to_owned());
        if let Some(ty) = self.names.inputs.get(name).cloned() {
            let what = format!("inputs.{name}");
            return self.part(&what, &ty, read, 2, None);
        }
        if !self.unread.is_empty() {
            return;
        }
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_RECIPE_INPUT,
            read.span(1),
            format!("this recipe has no input \"{name}\""),
        );
        let near = nearest(name, self.names.inputs.keys().copied());
        if let Some(near) = near {
            diagnostic = diagnostic.did_you_mean(near);
        } else {
            diagnostic = diagnostic.label(format!("declare it: `inputs: {{ {name}: {{ type: text }} }}`"));
        }
        if !self.names.inputs.is_empty() {
            diagnostic = diagnostic.note(format!("inputs: {}", listed(self.names.inputs.keys().copied())));
        }
        self.lost(Kind::Input, name, "", near);
        self.tell(diagnostic);
    }

    fn step_reference(&mut self, read: &Read<'_>) {
        if read.path.len() < 2 {
            return;
        }
        let name = read.name(1);
        let span = read.span(1);
        let Some(info) = self.names.steps.get(name).cloned() else {
            return self.unknown_step(read);
        };
        self.used_steps.insert(name.to_owned());
        if info.twice {
            return;
        }
        let early = match &info.state {
            State::Later => Some((
                format!("the step \"{name}\" runs further down"),
                "its result is not there yet; move this step below it",
            )),
            State::Now => Some((
                format!("the step \"{name}\" uses its own result"),
                "its result is not there until it has run",
            )),
            State::Beside => Some((
                format!("the step \"{name}\" runs side by side with this one"),
                "its result is sure to be there after the parallel step only",
            )),
            State::Ran(guards) => {
                let guards = guards.clone();
                if !read.optional {
                    self.may_not_have_run(read, name, &guards);
                }
                None
            }
        };
        if let Some((message, label)) = early {
            let diagnostic = Diagnostic::new(Code::STEP_NOT_YET_RUN, span, message).label(label);
            return self.tell(match info.state {
                State::Now => diagnostic,
                _ => diagnostic.related(info.span, "the step is here"),
            });
        }
        if let Known::Own(Type::Map(map)) = &info.result
            && read.path.len() > 2
        {
            let value = read.name(2);
            self.used_steps.insert(format!("{name}.{value}"));
            if !map.fields.contains_key(value) {
                let near = nearest(value, map.fields.keys().map(String::as_str));
                self.lost(Kind::Value(name.to_owned()), value, "", near);
            }
        }
        let what = format!("the step {name}");
        self.part(&what, info.result.ty(), read, 2, Some(&info.result));
    }

    fn unknown_step(&mut self, read: &Read<'_>) {
        if !self.unread.is_empty() {
            return;
        }
        let name = read.name(1);
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_STEP,
            read.span(1),
            format!("there is no step \"{name}\""),
        );
        let ids: Vec<&str> = self.names.steps.keys().copied().collect();
        let near = nearest(name, ids.iter().copied());
        diagnostic = match near {
            Some(near) => diagnostic.did_you_mean(near),
            None if name.starts_with(|c: char| c.is_ascii_digit()) => diagnostic
                .label("a step is meant by its id:, not by its number: give it one and write it here"),
            None if name.contains(' ') => diagnostic.label("a step is meant by its id:, not by its name:"),
            None => diagnostic.label(format!("give the step that is meant the line `id: {name}`")),
        };
        if !ids.is_empty() {
            diagnostic = diagnostic.note(format!("steps with an id: {}", listed(ids)));
        }
        self.lost(Kind::Step, name, read.name(2), near);
        self.tell(diagnostic);
    }

    /// Warns where a step may not have run, unless the same conditions hold here.
    fn may_not_have_run(&mut self, read: &Read<'_>, name: &str, guards: &[super::names::Guard]) {
        let here = &self.names.guards;
        if here
            .iter()
            .any(|guard| guard.mentions.iter().any(|one| one == name))
        {
            return;
        }
        let Some(open) = guards
            .iter()
            .find(|guard| !here.iter().any(|own| own.text == guard.text))
        else {
            return;
        };
        let path = read.written(read.path.len());
        let (message, why) = match open.kind {
            GuardKind::Condition => (
                format!("the step \"{name}\" may not have run here"),
                "it runs only where this holds",
            ),
            GuardKind::Otherwise => (
                format!("the step \"{name}\" may not have run here"),
                "it runs only where no branch above holds",
            ),
            GuardKind::Loop => (
                format!("the step \"{name}\" runs once for each item, so it has no one result here"),
                "it is inside this loop",
            ),
            GuardKind::Handler => (
                format!("the step \"{name}\" runs only where another failed"),
                "it handles the failure of this step",
            ),
            GuardKind::Failure => (
                format!("the step \"{name}\" may have failed, and then has no result"),
                "on_error: lets the run go on without it",
            ),
            GuardKind::Failed => (
                format!("the run failed, so the step \"{name}\" may not have run"),
                "on_failure begins here",
            ),
        };
        let label = match open.kind {
            GuardKind::Loop => "use it inside the loop, under its do:".to_owned(),
            _ => format!("say what to take then: {{{{ default {path} \"…\" }}}}"),
        };
        let place = open.span;
        self.tell(
            Diagnostic::new(Code::STEP_MAY_NOT_RUN, read.span(1), message)
                .label(label)
                .related(place, why),
        );
    }
}
