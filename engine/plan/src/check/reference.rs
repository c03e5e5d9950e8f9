//! Names that expressions use: whether each is in scope, and what is wrong where it is not.

use souschef_expr::{Segment, Type, helpers};
use souschef_recipe::{Code, Diagnostic, Span, StepKind, nearest};

use super::names::{GuardKind, Known, ROOTS, Stage, State};
use super::walk::{Walk, bare, deeper, fields, list_field, walk};
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
    fn span(&self, at: usize) -> Span {
        self.spans.get(at).or_else(|| self.spans.first()).copied().unwrap_or_default()
    }

    fn written(&self, until: usize) -> String {
        self.path.iter().take(until).map(|one| one.name.as_str()).collect::<Vec<_>>().join(".")
    }

    fn name(&self, at: usize) -> &str {
        self.path.get(at).map_or("", |one| one.name.as_str())
    }
}

impl Checker<'_> {
    /// Checks one path.
    pub(super) fn reference(&mut self, read: &Read<'_>) {
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
                self.part(&name, &ty, read, 1, None);
            }
        }
    }

    fn unknown_root(&mut self, read: &Read<'_>) {
        let name = read.name(0);
        let span = read.span(0);
        if matches!(name, "secrets" | "secret" | "env" | "vars" | "credentials") {
            let diagnostic = Diagnostic::new(Code::SECRET_IN_EXPRESSION, span, format!("an expression can't see {name}"));
            return self.tell(match name {
                "vars" => diagnostic.label("settings of a recipe are declared under inputs: and read as inputs.NAME"),
                _ => diagnostic
                    .label("a token belongs to a connection in souschef.yaml, where no note or log can show it")
                    .note("an ordinary setting goes under inputs: of the recipe, and is read as inputs.NAME"),
            });
        }
        if let Some(stage) = self.too_early(name) {
            let message = match name {
                "trigger" => "there is no trigger here",
                "fields" => "there are no fields here yet",
                _ => "no step has run here yet",
            };
            return self.tell(Diagnostic::new(Code::UNKNOWN_NAME, span, message).label(stage));
        }
        let rest: String = read.path.iter().skip(1).map(|one| format!(".{}", one.name)).collect();
        let mut diagnostic = Diagnostic::new(Code::UNKNOWN_NAME, span, format!("there is nothing called \"{name}\" here"));
        // What was meant without its prefix is not unused too.
        self.used_fields.insert(name.to_owned());
        self.used_inputs.insert(name.to_owned());
        if let Some(meant) = self.meant_root(name, &rest) {
            diagnostic = diagnostic.label(meant);
        }
        let loops = self.names.loops.iter().map(|(name, _)| *name);
        let mut known: Vec<&str> = ROOTS.into_iter().chain(loops).collect();
        if self.names.stage < Stage::Steps {
            known.retain(|name| self.too_early(name).is_none());
        }
        if self.names.error.is_some() {
            known.push("error");
        }
        if self.names.event.is_some() {
            known.push("event");
        }
        let note = format!("names here: {}", known.join(", "));
        self.tell(diagnostic.note(note));
    }

    /// Why a name that exists elsewhere is not there yet.
    fn too_early(&self, name: &str) -> Option<&'static str> {
        let stage = self.names.stage;
        match name {
            "trigger" if stage < Stage::Start => Some("a poll is sent before anything triggered; it sees inputs, connection and run"),
            "fields" if stage < Stage::Start => Some("a poll is sent before fields are made; it sees inputs, connection and run"),
            "fields" if stage < Stage::Mappings => {
                Some("fields are made after this is decided; use trigger.… here, or put the if: on a step")
            }
            "steps" if stage < Stage::Mappings => Some("this is decided before the first step runs; a step's own if: can use steps.…"),
            "steps" if stage < Stage::Steps => Some("mappings are made before the first step runs; use steps.… in a step, or a set: step"),
            _ => None,
        }
    }

    /// What a person probably meant by a name that is not in scope.
    fn meant_root(&self, name: &str, rest: &str) -> Option<String> {
        let names = &self.names;
        if names.steps.contains_key(name) {
            return Some(format!("write steps.{name}{rest} for the result of the step {name}"));
        }
        if names.all_fields.iter().any(|(field, _)| *field == name) {
            return Some(format!("write fields.{name}{rest}"));
        }
        if names.inputs.contains_key(name) {
            return Some(format!("write inputs.{name}{rest}"));
        }
        let item = name.strip_suffix("_index").unwrap_or(name);
        if let Some((_, span)) = names.all_loops.iter().find(|(own, _)| *own == item)
            && names.loop_name(item).is_none()
        {
            let line = self.source.place(span.start).line;
            return Some(format!("{name} belongs to the for_each on line {line}, and is seen under its do: only"));
        }
        if names.trigger.iter().any(|known| fields(known.ty()).contains(&name)) {
            return Some(format!("write trigger.{name}{rest}"));
        }
        let loops = names.loops.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("{name}_index")]);
        let known: Vec<String> = ROOTS.into_iter().map(str::to_owned).chain(loops).collect();
        if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
            return Some(format!("did you mean \"{near}\"?"));
        }
        if helpers::find(name).is_some() {
            return Some(format!("{name} is a helper, and needs something to work on: {{{{ {name} trigger.… }}}}"));
        }
        let first = rest.trim_start_matches('.').split('.').next().unwrap_or_default();
        // What of the trigger is meant by `contact.first_name`.
        let of_trigger = names.trigger.iter().find_map(|known| alike(first, &fields(known.ty())).map(str::to_owned));
        let waiting = self.recipe.all_steps().into_iter().find(|step| matches!(step.kind, StepKind::WaitFor { .. }));
        if let ("event", Some(id)) = (name, waiting.and_then(|step| step.id.as_ref())) {
            return Some(format!("event is seen in the if: of wait_for only; write steps.{}{rest}", id.value));
        }
        match name {
            "event" | "payload" | "body" | "data" | "webhook" | "item" | "json" | "record" => {
                Some(format!("write trigger{rest} for what started the run"))
            }
            "contact" | "opportunity" | "appointment" | "task" | "message" | "lead" if !rest.is_empty() => match of_trigger {
                Some(part) => Some(format!("write trigger.{part} for what started the run")),
                None => Some(format!("write trigger{rest} for what started the run, or steps.ID{rest} for what a step returned")),
            },
            "user" | "owner" | "pipeline" | "calendar" => {
                Some(format!("let a step with an id read it first, then write steps.ID{rest}"))
            }
            "step" | "nodes" | "node" | "actions" => Some("write steps.ID for what the step with that id returned".to_owned()),
            "input" | "settings" | "config" | "variables" => Some(format!("write inputs{rest} for a setting of the recipe")),
            "location" | "account" => Some("write connection.location_id for the account's location".to_owned()),
            _ => None,
        }
    }

    fn trigger_reference(&mut self, read: &Read<'_>) {
        // Of several triggers, it is enough that one has it.
        let kinds = &self.names.trigger;
        if kinds.is_empty() {
            return;
        }
        let fits = |known: &Known| !matches!(walk(known.ty(), read.path.get(1..).unwrap_or_default()), Walk::Nowhere { .. });
        if kinds.iter().any(fits) {
            return;
        }
        let mut others = kinds.clone();
        let known = others.remove(0);
        let before = self.told.len();
        self.part("the trigger", known.ty(), read, 1, Some(&known));
        if let Some(told) = self.told.get_mut(before) {
            for other in &others {
                told.notes.push(format!("{}: {}", sends(other, "another trigger has"), listed(fields(other.ty()))));
            }
        }
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
        let mut diagnostic = Diagnostic::new(Code::UNKNOWN_FIELD, span, format!("there is no field \"{name}\""));
        let near = nearest(name, self.names.all_fields.iter().map(|(field, _)| *field));
        if let Some(near) = near {
            // The field that was meant is not unused too.
            self.used_fields.insert(near.to_owned());
            diagnostic = diagnostic.label(format!("did you mean \"{near}\"?"));
        } else if self.names.trigger.iter().any(|known| fields(known.ty()).contains(&name)) {
            diagnostic = diagnostic.label(format!("write trigger.{name}, or make the field under mappings:"));
        }
        let note = match self.names.all_fields.as_slice() {
            [] => "fields are made under mappings:, and this recipe has none".to_owned(),
            all => format!("fields: {}", listed(all.iter().map(|(field, _)| *field))),
        };
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
        let mut diagnostic =
            Diagnostic::new(Code::UNKNOWN_RECIPE_INPUT, read.span(1), format!("this recipe has no input \"{name}\""));
        if let Some(near) = nearest(name, self.names.inputs.keys().copied()) {
            self.used_inputs.insert(near.to_owned());
            diagnostic = diagnostic.label(format!("did you mean \"{near}\"?"));
        } else {
            diagnostic = diagnostic.label(format!("declare it: `inputs: {{ {name}: {{ type: text }} }}`"));
        }
        if !self.names.inputs.is_empty() {
            diagnostic = diagnostic.note(format!("inputs: {}", listed(self.names.inputs.keys().copied())));
        }
        self.tell(diagnostic);
    }

    fn step_reference(&mut self, read: &Read<'_>) {
        if read.path.len() < 2 {
            return;
        }
        let name = read.name(1);
        let span = read.span(1);
        let Some(info) = self.names.steps.get(name).cloned() else { return self.unknown_step(read) };
        if info.twice {
            return;
        }
        let early = match &info.state {
            State::Later => Some((format!("the step \"{name}\" runs further down"), "its result is not there yet; move this step below it")),
            State::Now => Some((format!("the step \"{name}\" uses its own result"), "its result is not there until it has run")),
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
        let what = format!("the step {name}");
        self.part(&what, info.result.ty(), read, 2, Some(&info.result));
    }

    fn unknown_step(&mut self, read: &Read<'_>) {
        if !self.unread.is_empty() {
            return;
        }
        let name = read.name(1);
        let mut diagnostic = Diagnostic::new(Code::UNKNOWN_STEP, read.span(1), format!("there is no step \"{name}\""));
        let ids: Vec<&str> = self.names.steps.keys().copied().collect();
        diagnostic = match nearest(name, ids.iter().copied()) {
            Some(near) => diagnostic.label(format!("did you mean \"{near}\"?")),
            None if name.starts_with(|c: char| c.is_ascii_digit()) => {
                diagnostic.label("a step is meant by its id:, not by its number: give it one and write it here")
            }
            None if name.contains(' ') => diagnostic.label("a step is meant by its id:, not by its name:"),
            None => diagnostic.label(format!("give the step that is meant the line `id: {name}`")),
        };
        if !ids.is_empty() {
            diagnostic = diagnostic.note(format!("steps with an id: {}", listed(ids)));
        }
        self.tell(diagnostic);
    }

    /// Warns where a step may not have run, unless the same conditions hold here.
    fn may_not_have_run(&mut self, read: &Read<'_>, name: &str, guards: &[super::names::Guard]) {
        let here = &self.names.guards;
        if here.iter().any(|guard| guard.mentions.iter().any(|one| one == name)) {
            return;
        }
        let Some(open) = guards.iter().find(|guard| !here.iter().any(|own| own.text == guard.text)) else { return };
        let path = read.written(read.path.len());
        let (message, why) = match open.kind {
            GuardKind::Condition => (format!("the step \"{name}\" may not have run here"), "it runs only where this holds"),
            GuardKind::Otherwise => (format!("the step \"{name}\" may not have run here"), "it runs only where no branch above holds"),
            GuardKind::Loop => (format!("the step \"{name}\" runs once for each item, so it has no one result here"), "it is inside this loop"),
            GuardKind::Handler => (format!("the step \"{name}\" runs only where another failed"), "it handles the failure of this step"),
            GuardKind::Failure => (format!("the step \"{name}\" may have failed, and then has no result"), "on_error: lets the run go on without it"),
            GuardKind::Failed => (format!("the run failed, so the step \"{name}\" may not have run"), "on_failure begins here"),
        };
        let label = match open.kind {
            GuardKind::Loop => "use it inside the loop, under its do:".to_owned(),
            _ => format!("say what to take then: {{{{ default {path} \"…\" }}}}"),
        };
        let place = open.span;
        self.tell(Diagnostic::new(Code::STEP_MAY_NOT_RUN, read.span(1), message).label(label).related(place, why));
    }

    /// Follows the rest of a path through a type, from the step `from` on.
    fn part(&mut self, what: &str, ty: &Type, read: &Read<'_>, from: usize, known: Option<&Known>) {
        let rest = read.path.get(from..).unwrap_or_default();
        let Walk::Nowhere { at, parent, certain } = walk(ty, rest) else { return };
        let at = from + at;
        let name = read.name(at);
        let span = read.span(at);
        let path = read.written(at);
        let names = fields(parent);
        if names.is_empty() {
            let diagnostic = Diagnostic::new(Code::NO_SUCH_PART, span, format!("{path} is {}, and has no \"{name}\"", bare(parent).describe()));
            return self.tell(match bare(parent) {
                Type::List(_) => diagnostic
                    .label(format!("write {path}.0.{name} for the first item's, or go through them with for_each:")),
                _ => diagnostic.label(format!("write {path} alone")),
            });
        }
        let owner = if at == from { what.to_owned() } else { path.clone() };
        let near = nearest(name, names.iter().copied());
        let within = deeper(parent, name);
        let near = near.or_else(|| if within.is_some() { None } else { alike(name, &names) });
        let label = match (&near, &within) {
            (Some(near), _) => Some(format!("did you mean \"{near}\"?")),
            (None, Some(within)) => Some(format!("write {path}.{within}")),
            (None, None) => None,
        };
        if certain {
            let mut diagnostic = Diagnostic::new(Code::NO_SUCH_PART, span, format!("{owner} has no \"{name}\""));
            diagnostic.label = label;
            return self.tell(diagnostic.note(format!("{path} has: {}", listed(names))));
        }
        // What is published is not all there is: where absence is fine, only a likely slip is told.
        if read.optional && label.is_none() {
            return;
        }
        let here = format!("{path} has");
        let source = known.filter(|_| at == from).map_or(here.clone(), |known| sends(known, &here));
        let hint = list_field(parent).filter(|_| label.is_none() && name.parse::<usize>().is_ok());
        let label = label.or_else(|| hint.map(|list| format!("write {path}.{list}.{name}")));
        let mut diagnostic =
            Diagnostic::new(Code::UNKNOWN_FIELD_OF_ANSWER, span, format!("{owner} has no \"{name}\" that is known of"));
        diagnostic.label = label;
        self.tell(diagnostic.note(format!("{source}: {}", listed(names))));
    }
}

/// Who says what fields there are.
fn sends(known: &Known, other: &str) -> String {
    match known {
        Known::Answer(operation) => format!("{} answers", operation.id),
        Known::Event(event) => format!("{} sends", event.id),
        Known::Own(_) => other.to_owned(),
    }
}

/// A field that is probably meant by a name: nearly the same, the beginning of it, or the thing's own id.
fn alike<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = plain(name);
    let begins = |other: &&&str| wanted.len() >= 4 && plain(other).starts_with(&wanted);
    nearest(name, names.iter().copied())
        .or_else(|| names.iter().find(begins).copied())
        .or_else(|| names.iter().find(|own| **own == "id" && wanted.len() > 2 && wanted.ends_with("id")).copied())
}
