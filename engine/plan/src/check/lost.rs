//! Names that lead nowhere, looked at together: one that is read in several places is told once, and where something of
//! nearly that name is made and never used, that is shown too.

use souschef_recipe::{Diagnostic, Span, Step, StepKind, nearest};

use super::Checker;

/// What a name should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `steps.NAME`.
    Step,
    /// `fields.NAME`.
    Field,
    /// `inputs.NAME`.
    Input,
    /// A name of its own: a loop's item.
    Item,
    /// `steps.ID.NAME` of a step that sets values.
    Value(String),
}

/// One name that leads nowhere.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// What is read of it: `email` of `steps.contact.email`.
    pub(super) part: Option<String>,
    /// What is suggested for it.
    pub(super) near: Option<String>,
    /// Which of the messages tells it.
    pub(super) told: usize,
}

/// How many further places of a name are shown.
const SHOWN: usize = 3;

impl Checker<'_> {
    /// Notes that the message which comes next is about a name that leads nowhere.
    pub(super) fn lost(&mut self, kind: Kind, name: &str, part: &str, near: Option<&str>) {
        let told = self.told.len();
        self.lost.push(Lost {
            kind,
            name: name.to_owned(),
            part: Some(part.to_owned()).filter(|part| !part.is_empty()),
            near: near.map(str::to_owned),
            told,
        });
    }

    /// Makes one message of those about the same name.
    pub(super) fn lost_names(&mut self) {
        let all = std::mem::take(&mut self.lost);
        let mut doubles: Vec<usize> = Vec::new();
        for (index, first) in all.iter().enumerate() {
            if doubles.contains(&first.told) {
                continue;
            }
            let stray = self.stray(first);
            let same = |one: &&Lost| one.kind == first.kind && one.name == first.name;
            let further: Vec<&Lost> = all
                .iter()
                .skip(index + 1)
                .filter(same)
                .filter(|one| !doubles.contains(&one.told))
                .filter(|one| stray.is_some() || self.label(one) == self.label(first))
                .collect();
            self.made_elsewhere(first, stray, !further.is_empty());
            for (count, one) in further.iter().enumerate() {
                let place = self.told.get(one.told).map(|told| told.span);
                if let (Some(place), Some(told)) = (place, self.told.get_mut(first.told)) {
                    if count < SHOWN {
                        told.related.push((place, "and here".to_owned()));
                    }
                    told.fix.iter_mut().for_each(|fix| fix.also.push(place));
                }
                doubles.push(one.told);
            }
            let more = further.len().saturating_sub(SHOWN);
            if let (Some(told), true) = (self.told.get_mut(first.told), more > 0) {
                let places = if more == 1 { "place" } else { "places" };
                let note = format!("\"{}\" is read in {more} more {places} below", first.name);
                told.notes.insert(0, note);
            }
        }
        let mut index = 0;
        self.told.retain(|_| {
            index += 1;
            !doubles.contains(&(index - 1))
        });
    }

    fn label(&self, lost: &Lost) -> Option<&str> {
        self.told.get(lost.told)?.label.as_deref()
    }

    /// What is made under nearly this name, and never used.
    fn stray(&self, lost: &Lost) -> Option<(String, Span)> {
        let unused: Vec<(String, Span)> = self
            .made(&lost.kind)
            .into_iter()
            .filter(|(name, _)| !self.is_used(&lost.kind, name))
            .collect();
        let names = || unused.iter().map(|(name, _)| name.as_str());
        let alike = |name: &&str| !name.is_empty() && (within(name, &lost.name) || within(&lost.name, name));
        let meant = nearest(&lost.name, names()).or_else(|| names().find(alike))?;
        unused.iter().find(|(name, _)| name == meant).cloned()
    }

    /// Shows what is made under nearly this name and never used, or else where such a thing is made.
    fn made_elsewhere(&mut self, lost: &Lost, stray: Option<(String, Span)>, several: bool) {
        for near in stray.iter().map(|(name, _)| name).chain(&lost.near) {
            self.used_fields.insert(near.clone());
            self.used_inputs.insert(near.clone());
        }
        let made = self.made(&lost.kind);
        let empty = self.part_line(&lost.kind);
        let nameless = self
            .nameless(lost)
            .filter(|_| stray.is_none() && lost.near.is_none());
        let Some(told) = self.told.get_mut(lost.told) else {
            return;
        };
        if let Some((stray, place)) = stray {
            let why = if several {
                format!("or write \"{}\" here: nothing uses \"{stray}\"", lost.name)
            } else {
                "nothing uses this one".to_owned()
            };
            told.related.push((place, why));
            let with = Diagnostic::new(told.code, told.span, "").did_you_mean(&stray);
            (told.label, told.fix) = (with.label, with.fix);
        } else if let Some(nameless) = nameless {
            told.related.push(nameless);
        } else if (lost.near.is_none() || several)
            && let (Some((_, first)), Some((_, last))) = (made.first(), made.last())
        {
            let why = match lost.kind {
                Kind::Field => "the recipe's fields are made here",
                Kind::Input => "the recipe's inputs are declared here",
                Kind::Value(_) => "the step's values are set here",
                Kind::Step | Kind::Item => return,
            };
            told.related.push((first.to(*last), why.to_owned()));
        } else if made.is_empty()
            && let Some(place) = empty
        {
            told.related.push((place, "nothing stands under this".to_owned()));
        }
    }

    /// The line that begins a part of the recipe, where nothing stands under it.
    fn part_line(&self, kind: &Kind) -> Option<Span> {
        let key = match kind {
            Kind::Field => "mappings:",
            Kind::Input => "inputs:",
            _ => return None,
        };
        let text = self.source.text();
        let at = text.match_indices(key).map(|(at, _)| at);
        let mut starts = at.filter(|at| *at == 0 || text.get(..*at).is_some_and(|head| head.ends_with('\n')));
        starts.next().map(|at| Span::new(at, at + key.len()))
    }

    /// A step or loop above a place that is probably meant by a name, and does not have it.
    fn nameless(&self, lost: &Lost) -> Option<(Span, String)> {
        let at = self.told.get(lost.told)?.span.start;
        let steps = self.recipe.all_steps();
        let above = || steps.iter().rev().filter(|step| step.span.start < at);
        match lost.kind {
            Kind::Step => {
                let part = lost.part.as_deref();
                let gives = |step: &&&Step| {
                    let has = |part| match &step.kind {
                        StepKind::Action { operation, .. } => {
                            let known = self.context.catalog.operation(&operation.value);
                            known.is_some_and(|one| one.output.field_names().contains(&part))
                        }
                        StepKind::Set { values } => values.iter().any(|(name, _)| name.value == part),
                        _ => false,
                    };
                    step.id.is_none() && step.span.end <= at && part.is_some_and(has)
                };
                let returns = |step: &&&Step| {
                    let kind = matches!(
                        step.kind,
                        StepKind::ForEach { .. } | StepKind::RunRecipe { .. } | StepKind::WaitFor { .. }
                    );
                    step.id.is_none() && kind && step.span.end <= at
                };
                let (step, why) = match (above().find(gives), part) {
                    (Some(step), Some(part)) => (step, format!("this one returns \"{part}\", and has no id")),
                    _ => (above().find(returns)?, "this one has no id".to_owned()),
                };
                Some((self.first_line(step.span), why))
            }
            Kind::Item => above()
                .filter(|step| step.span.end > at)
                .find_map(|step| match &step.kind {
                    StepKind::ForEach { name, .. } if !self.used_items.contains(&name.value) => {
                        let why = format!("this loop calls its item \"{}\"", name.value);
                        Some((name.span, why))
                    }
                    _ => None,
                }),
            _ => None,
        }
    }

    fn made(&self, kind: &Kind) -> Vec<(String, Span)> {
        let owned = |name: &str, span: Span| (name.to_owned(), span);
        match kind {
            Kind::Value(id) => {
                let steps = self.recipe.all_steps();
                let step = steps
                    .iter()
                    .find(|step| step.id.as_ref().is_some_and(|own| own.value == *id));
                match step.map(|step| &step.kind) {
                    Some(StepKind::Set { values }) => values
                        .iter()
                        .map(|(name, _)| owned(&name.value, name.span))
                        .collect(),
                    _ => Vec::new(),
                }
            }
            Kind::Step => self
                .names
                .steps
                .iter()
                .map(|(name, info)| owned(name, info.span))
                .collect(),
            Kind::Field => self
                .names
                .all_fields
                .iter()
                .map(|(name, span)| owned(name, *span))
                .collect(),
            Kind::Input => self
                .recipe
                .inputs
                .iter()
                .map(|decl| owned(&decl.name.value, decl.name.span))
                .collect(),
            Kind::Item => self
                .names
                .all_loops
                .iter()
                .map(|(name, span)| owned(name, *span))
                .collect(),
        }
    }

    fn is_used(&self, kind: &Kind, name: &str) -> bool {
        match kind {
            Kind::Step => self.used_steps.contains(name),
            Kind::Field => self.used_fields.contains(name) || self.used_fields.contains("*"),
            Kind::Input => self.used_inputs.contains(name) || self.used_inputs.contains("*"),
            Kind::Item => self.used_items.contains(name),
            Kind::Value(id) => self.used_steps.contains(&format!("{id}.{name}")),
        }
    }
}

/// Whether the letters of a word stand in another in the same order, with no more than half of them left out.
fn within(word: &str, other: &str) -> bool {
    let mut letters = other.chars();
    other.starts_with(word)
        || (word.len() * 2 >= other.len() && word.chars().all(|c| letters.any(|other| other == c)))
}
