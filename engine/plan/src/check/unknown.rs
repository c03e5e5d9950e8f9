//! A name that is not in scope: why, and what was probably meant.

use souschef_expr::helpers;
use souschef_recipe::{Advice, Code, Diagnostic, Step, StepKind, nearest};

use super::Checker;
use super::lost::Kind;
use super::names::{ROOTS, Stage, State};
use super::part::alike;
use super::reference::Read;
use super::walk::fields;

impl Checker<'_> {
    pub(super) fn unknown_root(&mut self, read: &Read<'_>) {
        let name = read.name(0);
        let span = read.span(0);
        if matches!(name, "secrets" | "secret" | "env" | "vars" | "credentials") {
            let diagnostic = Diagnostic::new(
                Code::SECRET_IN_EXPRESSION,
                span,
                format!("an expression can't see {name}"),
            );
            return self.tell(match name {
                "vars" => diagnostic
                    .label("settings of a recipe are declared under inputs: and read as inputs.NAME"),
                _ => diagnostic
                    .label(
                        "a token belongs to a connection in souschef.yaml, where no note or log can show it",
                    )
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
        if matches!(name, "true" | "false" | "null") {
            let message = format!("{name} alone is a value, and between braces stands a name");
            return self.tell(
                Diagnostic::new(Code::UNKNOWN_NAME, span, message)
                    .label(format!("write {name} without {{{{ }}}} and quotes")),
            );
        }
        let rest: String = read
            .path
            .iter()
            .skip(1)
            .map(|one| format!(".{}", one.name))
            .collect();
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_NAME,
            span,
            format!("there is nothing called \"{name}\" here"),
        );
        // What was meant without its prefix is not unused too.
        self.used_fields.insert(name.to_owned());
        self.used_inputs.insert(name.to_owned());
        if let Some(meant) = self.meant_root(name, &rest) {
            diagnostic = diagnostic.advice(meant);
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
        self.lost(Kind::Item, name, read.name(1), None);
        self.tell(diagnostic.note(note));
    }

    /// Why a name that exists elsewhere is not there yet.
    fn too_early(&self, name: &str) -> Option<&'static str> {
        let stage = self.names.stage;
        match name {
            "trigger" if stage < Stage::Start => {
                Some("a poll is sent before anything triggered; it sees inputs, connection and run")
            }
            "fields" if stage < Stage::Start => {
                Some("a poll is sent before fields are made; it sees inputs, connection and run")
            }
            "fields" if stage < Stage::Mappings => {
                Some("fields are made after this is decided; use trigger.… here, or put the if: on a step")
            }
            "steps" if stage < Stage::Mappings => {
                Some("this is decided before the first step runs; a step's own if: can use steps.…")
            }
            "steps" if stage < Stage::Steps => {
                Some("mappings are made before the first step runs; use steps.… in a step, or a set: step")
            }
            _ => None,
        }
    }

    /// What a person probably meant by a name that is not in scope.
    fn meant_root(&self, name: &str, rest: &str) -> Option<Advice> {
        let say = |sentence: String| Some(Advice::Say(sentence));
        let under = |root: &str| {
            Some(Advice::Write {
                say: format!("write {root}.{name}{rest}"),
                text: format!("{root}.{name}"),
            })
        };
        let names = &self.names;
        if names.steps.contains_key(name) {
            return Some(Advice::Write {
                say: format!("write steps.{name}{rest} for the result of the step {name}"),
                text: format!("steps.{name}"),
            });
        }
        if names.all_fields.iter().any(|(field, _)| *field == name) {
            return under("fields");
        }
        if names.inputs.contains_key(name) {
            return under("inputs");
        }
        let item = name.strip_suffix("_index").unwrap_or(name);
        if let Some((_, span)) = names.all_loops.iter().find(|(own, _)| *own == item)
            && names.loop_name(item).is_none()
        {
            let line = self.source.place(span.start).line;
            return say(format!(
                "{name} belongs to the for_each on line {line}, and is seen under its do: only"
            ));
        }
        // In the `if:` of wait_for, what it is about is the event.
        if names
            .event
            .as_ref()
            .is_some_and(|known| fields(known.ty()).contains(&name))
        {
            return under("event");
        }
        if names
            .trigger
            .iter()
            .any(|known| fields(known.ty()).contains(&name))
        {
            return under("trigger");
        }
        // The item of the innermost loop, by the name that a loop gives it where it gives none.
        if let (Some((own, _)), Some(part)) = (names.loops.last(), name.strip_prefix("item"))
            && matches!(part, "" | "_index")
        {
            return Some(Advice::Meant(format!("{own}{part}")));
        }
        let loops = names
            .loops
            .iter()
            .flat_map(|(name, _)| [(*name).to_owned(), format!("{name}_index")]);
        let known: Vec<String> = ROOTS.into_iter().map(str::to_owned).chain(loops).collect();
        if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
            return Some(Advice::Meant(near.to_owned()));
        }
        if let Some(helper) = helpers::find(name) {
            return say(if helper.least == 0 {
                format!("{name} is a helper; inside an expression, write it in parentheses: ({name})")
            } else {
                format!("{name} is a helper, and needs something to work on: {{{{ {name} trigger.… }}}}")
            });
        }
        let text = name.trim_matches(['“', '”', '„', '‘', '’', '«', '»']);
        if text != name {
            return say(format!("write '{text}', with straight quotes"));
        }
        if rest.is_empty() && souschef_recipe::duration::parse(name).is_ok() {
            return say(format!("write '{name}', with quotes, for a length of time"));
        }
        let first = rest.trim_start_matches('.').split('.').next().unwrap_or_default();
        // What of the trigger is meant by `contact.first_name`.
        let of_trigger = names
            .trigger
            .iter()
            .find_map(|known| alike(first, &fields(known.ty())).map(str::to_owned));
        let has_run = |step: &&&Step| {
            let info = step.id.as_ref().and_then(|id| names.steps.get(id.value.as_str()));
            info.is_some_and(|info| matches!(info.state, State::Ran(_)))
                && matches!(step.kind, StepKind::WaitFor { .. })
        };
        let all = self.recipe.all_steps();
        let waited = all.iter().rfind(has_run);
        if let ("event", Some(id)) = (name, waited.and_then(|step| step.id.as_ref())) {
            return say(format!(
                "event is seen in the if: of wait_for only; write steps.{}{rest}",
                id.value
            ));
        }
        match name {
            "event" | "payload" | "body" | "data" | "webhook" | "item" | "json" | "record" => {
                say(format!("write trigger{rest} for what started the run"))
            }
            "contact" | "opportunity" | "appointment" | "task" | "message" | "lead" if !rest.is_empty() => {
                match of_trigger {
                    Some(part) => say(format!("write trigger.{part} for what started the run")),
                    None => say(format!(
                        "write trigger{rest} for what started the run, or steps.ID{rest} for what a step returned"
                    )),
                }
            }
            "user" | "owner" | "pipeline" | "calendar" => say(format!(
                "let a step with an id read it first, then write steps.ID{rest}"
            )),
            "step" | "nodes" | "node" | "actions" => {
                say("write steps.ID for what the step with that id returned".to_owned())
            }
            "input" | "settings" | "config" | "variables" => {
                say(format!("write inputs{rest} for a setting of the recipe"))
            }
            "location" | "account" => {
                say("write connection.location_id for the account's location".to_owned())
            }
            _ => None,
        }
    }
}
