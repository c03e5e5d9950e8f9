//! What a check meets on its way, for those who ask about a place: every name that is read, and the names in scope there.

use indexmap::IndexMap;
use souschef_expr::Type;
use souschef_expr::types::{Field, Map};
use souschef_recipe::{SourceFile, Span, decode};

use super::names::{GuardKind, Known, Names, Stage, State};
use super::reference::Read;
use super::{Checker, Context};

/// A name that no recipe has: written where one is asked for, it is met there, and the scope with it.
pub(crate) const HERE: &str = "souschef_is_asked_here";

/// A path that an expression, a condition or a JSONPath reads.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Its names.
    pub(crate) path: Vec<String>,
    /// Where each stands.
    pub(crate) spans: Vec<Span>,
}

/// What was met.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The place that is asked about.
    at: Option<usize>,
    /// Every path that is read.
    pub(crate) reads: Vec<Seen>,
    /// The names in scope at the place, as a map of their types; none where no expression is looked at there.
    pub(crate) scope: Option<Map>,
}

/// Checks a recipe, and notes what it meets. The scope is that of the path at this place, or of [`HERE`].
pub(crate) fn notes(name: &str, source: &SourceFile, context: Context<'_>, at: Option<usize>) -> Notes {
    let decoded = decode(source);
    let Some(recipe) = &decoded.recipe else {
        return Notes::default();
    };
    let mut checker = Checker::new(name, source, context, recipe, &decoded.unread);
    checker.notes = Some(Notes {
        at,
        ..Notes::default()
    });
    checker.recipe();
    checker.notes.unwrap_or_default()
}

impl Checker<'_> {
    /// Notes a path that is read.
    pub(super) fn note(&mut self, read: &Read<'_>) {
        let Some(notes) = &mut self.notes else { return };
        let here = read.name(0) == HERE
            || notes
                .at
                .is_some_and(|at| read.spans.iter().any(|span| span.start <= at && at <= span.end));
        if here && notes.scope.is_none() {
            notes.scope = Some(self.names.in_scope());
        }
        if read.name(0) != HERE {
            notes.reads.push(Seen {
                path: read.path.iter().map(|one| one.name.clone()).collect(),
                spans: (0..read.path.len()).map(|at| read.span(at)).collect(),
            });
        }
    }
}

impl Names<'_> {
    /// Every name in scope, with its type.
    fn in_scope(&self) -> Map {
        let mut fields = IndexMap::new();
        let mut put = |name: String, ty: Type, help: &str| {
            let field = Field {
                ty,
                required: true,
                help: Some(help.to_owned()),
            };
            fields.insert(name, field);
        };
        if self.stage >= Stage::Start {
            put(
                "trigger".to_owned(),
                self.trigger_type(),
                "The event that started the run.",
            );
        }
        if self.stage >= Stage::Mappings {
            let made = map(self.fields.iter().map(|(name, ty)| (*name, ty.clone(), None)));
            put(
                "fields".to_owned(),
                made,
                "The fields that mappings: makes, those above this place.",
            );
        }
        if self.stage >= Stage::Steps {
            let steps = map(self.steps.iter().filter_map(|(id, info)| {
                let State::Ran(guards) = &info.state else {
                    return None;
                };
                let sure = guards
                    .iter()
                    .all(|guard| self.guards.iter().any(|own| own.text == guard.text));
                let result = match &info.result {
                    Known::Answer(operation) => format!("What {} answers.", operation.id),
                    Known::Event(event) => format!("What {} brings.", event.id),
                    Known::Own(_) => "What the step gives.".to_owned(),
                };
                let looped = guards.iter().any(|guard| guard.kind == GuardKind::Loop);
                let help = match sure {
                    true => result,
                    false if looped => {
                        format!("{result} It runs once for each item, so it has no one result here.")
                    }
                    false => format!("{result} It may not have run here."),
                };
                Some((*id, info.result.ty().clone(), Some(help)))
            }));
            put(
                "steps".to_owned(),
                steps,
                "What the steps above returned, by their ids.",
            );
        }
        let inputs = map(self.inputs.iter().map(|(name, ty)| (*name, ty.clone(), None)));
        put("inputs".to_owned(), inputs, "The recipe's settings.");
        put(
            "connection".to_owned(),
            self.connection.clone(),
            "The account in use.",
        );
        put("run".to_owned(), self.run.clone(), "This run.");
        if let Some(error) = &self.error {
            put("error".to_owned(), error.clone(), "What went wrong.");
        }
        if let Some(event) = &self.event {
            put(
                "event".to_owned(),
                event.ty().clone(),
                "The event that may be the one waited for.",
            );
        }
        for (name, ty) in self.loops.iter().rev() {
            put((*name).to_owned(), ty.clone(), "The item that the loop is at.");
            let position = "The item's position in the loop, from 0.";
            put(format!("{name}_index"), Type::number(), position);
        }
        Map { fields, open: false }
    }

    fn trigger_type(&self) -> Type {
        match self.trigger.as_slice() {
            [] => Type::Any,
            [one] => one.ty().clone(),
            several => Type::OneOf(several.iter().map(|one| one.ty().clone()).collect()),
        }
    }
}

/// A map of these fields.
fn map<'n>(fields: impl Iterator<Item = (&'n str, Type, Option<String>)>) -> Type {
    let fields = fields.map(|(name, ty, help)| {
        let field = Field {
            ty,
            required: true,
            help,
        };
        (name.to_owned(), field)
    });
    Type::Map(Map {
        fields: fields.collect(),
        open: false,
    })
}
