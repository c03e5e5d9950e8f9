//! What is in scope at a place of the recipe, and of which type.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use souschef_catalog::{Event, Operation};
use souschef_expr::types::{Field, Format, Map, Text};
use souschef_expr::{Segment, Type};
use souschef_recipe::{OnError, Recipe, Span, Step, StepKind};

use super::walk::{Walk, walk};

/// A type, shared with the catalog where it comes from there.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// What an operation answers.
    Answer(Arc<Operation>),
    /// What an event holds.
    Event(Arc<Event>),
    /// Any other.
    Own(Type),
}

impl Known {
    pub(super) fn ty(&self) -> &Type {
        match self {
            Self::Answer(operation) => &operation.output,
            Self::Event(event) => &event.shape,
            Self::Own(ty) => ty,
        }
    }
}

/// Which names are there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// A poll is sent: settings only.
    Poll,
    /// A run begins: the trigger too.
    Start,
    /// Fields are made.
    Mappings,
    /// Steps run.
    Steps,
}

/// Something that must hold for a step to run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guard {
    pub(super) kind: GuardKind,
    /// The condition as written, or something no other guard has.
    pub(super) text: String,
    pub(super) span: Span,
    /// Steps whose results the condition looks at.
    pub(super) mentions: Vec<String>,
}

/// Why a step may not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GuardKind {
    /// A condition.
    Condition,
    /// The `otherwise` of a choose.
    Otherwise,
    /// The inside of a loop.
    Loop,
    /// A handler of an error.
    Handler,
    /// It may fail, and the run goes on.
    Failure,
    /// The run failed, nobody knows where.
    Failed,
}

/// Whether a step has run.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It stands further down.
    Later,
    /// It runs now.
    Now,
    /// It runs side by side.
    Beside,
    /// It has run, where these held.
    Ran(Vec<Guard>),
}

/// A step that has an id.
#[derive(Clone, Debug)]
pub(super) struct StepInfo {
    pub(super) span: Span,
    pub(super) result: Known,
    pub(super) state: State,
    /// Whether two steps have this id: then nothing more is told of it.
    pub(super) twice: bool,
}

/// The names in scope.
pub(super) struct Names<'a> {
    pub(super) stage: Stage,
    pub(super) trigger: Vec<Known>,
    pub(super) inputs: IndexMap<&'a str, Type>,
    /// Made so far.
    pub(super) fields: IndexMap<&'a str, Type>,
    /// All that there will be.
    pub(super) all_fields: Vec<(&'a str, Span)>,
    pub(super) steps: BTreeMap<&'a str, StepInfo>,
    pub(super) loops: Vec<(&'a str, Type)>,
    /// The names of loops anywhere, and where each is bound.
    pub(super) all_loops: Vec<(&'a str, Span)>,
    pub(super) guards: Vec<Guard>,
    pub(super) error: Option<Type>,
    pub(super) event: Option<Known>,
    pub(super) connection: Type,
    pub(super) run: Type,
}

/// The names that may begin a path, in the order told.
pub(super) const ROOTS: [&str; 6] = ["trigger", "fields", "steps", "inputs", "connection", "run"];

impl<'a> Names<'a> {
    pub(super) fn new(recipe: &'a Recipe) -> Self {
        let mut steps = BTreeMap::new();
        let mut all_loops = Vec::new();
        for step in recipe.all_steps() {
            if let Some(id) = &step.id {
                let info = StepInfo {
                    span: id.span,
                    result: Known::Own(Type::Any),
                    state: State::Later,
                    twice: false,
                };
                steps
                    .entry(id.value.as_str())
                    .and_modify(|info: &mut StepInfo| info.twice = true)
                    .or_insert(info);
            }
            if let StepKind::ForEach { name, .. } = &step.kind {
                all_loops.push((name.value.as_str(), name.span));
            }
        }
        // Any recipe can be started by hand.
        let ids = recipe
            .triggers
            .iter()
            .map(trigger_id)
            .chain(["manual".to_owned()])
            .collect();
        let run = map([
            ("id", Type::text()),
            ("started_at", Type::formatted(Format::Datetime)),
            ("recipe", Type::text()),
            (
                "trigger",
                Type::Text(Text {
                    one_of: ids,
                    format: Format::Plain,
                }),
            ),
        ]);
        let optional = || Type::Nullable(Box::new(Type::text()));
        let connection = map([
            ("name", Type::text()),
            ("location_id", optional()),
            ("company_id", optional()),
        ]);
        Self {
            stage: Stage::Poll,
            trigger: Vec::new(),
            inputs: IndexMap::new(),
            fields: IndexMap::new(),
            all_fields: recipe
                .mappings
                .iter()
                .map(|one| (one.name.value.as_str(), one.name.span))
                .collect(),
            steps,
            loops: Vec::new(),
            all_loops,
            guards: Vec::new(),
            error: None,
            event: None,
            connection,
            run,
        }
    }

    /// What `error` is in a handler.
    pub(super) fn error_type() -> Type {
        map([
            ("message", Type::text()),
            ("step", Type::text()),
            ("status", Type::Nullable(Box::new(Type::number()))),
            ("code", Type::Nullable(Box::new(Type::text()))),
            ("help", Type::Nullable(Box::new(Type::text()))),
        ])
    }

    /// The type of a loop's item or position, innermost first.
    pub(super) fn loop_name(&self, name: &str) -> Option<&Type> {
        self.loops
            .iter()
            .rev()
            .find(|(own, _)| *own == name)
            .map(|(_, ty)| ty)
    }

    /// Whether this is the position of a loop's item.
    pub(super) fn is_index(&self, name: &str) -> bool {
        name.strip_suffix("_index")
            .is_some_and(|item| self.loop_name(item).is_some())
    }

    /// The type that a path leads to, where it is known. Says nothing of what is wrong.
    pub(super) fn type_at(&self, path: &[Segment]) -> Option<Type> {
        let (root, rest) = path.split_first()?;
        let follow = |ty: &Type, rest: &[Segment]| match walk(ty, rest) {
            Walk::Known(ty) => Some(ty.clone()),
            Walk::Unknown | Walk::Nowhere { .. } => None,
        };
        let named = |rest: &[Segment], find: &dyn Fn(&str) -> Option<Type>| {
            let (name, rest) = rest.split_first()?;
            follow(&find(&name.name)?, rest)
        };
        match root.name.as_str() {
            "trigger" => match self.trigger.as_slice() {
                [one] => follow(one.ty(), rest),
                several => {
                    let kinds: Option<Vec<Type>> = several.iter().map(|one| follow(one.ty(), rest)).collect();
                    kinds.filter(|kinds| !kinds.is_empty()).map(Type::OneOf)
                }
            },
            "fields" => named(rest, &|name| self.fields.get(name).cloned()),
            "inputs" => named(rest, &|name| self.inputs.get(name).cloned()),
            "steps" => {
                let (id, rest) = rest.split_first()?;
                follow(self.steps.get(id.name.as_str())?.result.ty(), rest)
            }
            "connection" => follow(&self.connection, rest),
            "run" => follow(&self.run, rest),
            "error" => follow(self.error.as_ref()?, rest),
            "event" => follow(self.event.as_ref()?.ty(), rest),
            name => match self.loop_name(name) {
                Some(ty) => follow(ty, rest),
                None => self.is_index(name).then(Type::number),
            },
        }
    }
}

/// A trigger's id, as `run.trigger` gives it.
pub(super) fn trigger_id(trigger: &souschef_recipe::Trigger) -> String {
    trigger
        .id
        .as_ref()
        .map_or_else(|| "trigger".to_owned(), |id| id.value.clone())
}

/// A map with exactly these fields.
pub(super) fn map<const N: usize>(fields: [(&str, Type); N]) -> Type {
    let fields = fields.into_iter().map(|(name, ty)| {
        (
            name.to_owned(),
            Field {
                ty,
                required: true,
                help: None,
            },
        )
    });
    Type::Map(Map {
        fields: fields.collect(),
        open: false,
    })
}

/// Whether the run goes on when this step fails.
pub(super) fn goes_on(step: &Step) -> bool {
    !matches!(step.on_error, OnError::Stop)
}
