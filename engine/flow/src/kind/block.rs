//! Steps that hold steps: which lanes they open, how many at once, and what they make of the lanes' results.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value};
use souschef_plan::StepPlan;

use crate::label;
use crate::lane::{Lane, LaneId, LaneIds, StepEnd};

/// A block under way.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    source: Source,
    at_once: usize,
    opened: usize,
    /// The lanes under way.
    pub(crate) live: LaneIds,
    /// How the block ends, where that is settled before its lanes are through. Nothing more is opened then.
    pub(crate) ending: Option<StepEnd>,
    /// What the ended lanes gave, by place.
    ended: BTreeMap<usize, Ended>,
    /// What there is to say at the end.
    note: Option<String>,
}

/// Where lanes come from.
#[derive(Clone, Debug)]
enum Source {
    /// At most one branch.
    Choice(Option<Branch>),
    Branches(VecDeque<Branch>),
    Items {
        left: VecDeque<Value>,
        name: String,
        body: Arc<[StepPlan]>,
    },
}

/// A branch of a choose or parallel.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) steps: Arc<[StepPlan]>,
    pub(crate) label: String,
}

/// A lane to be opened.
#[derive(Debug)]
pub(crate) struct Opening {
    /// Which of the block's lanes, from 0.
    pub(crate) place: usize,
    pub(crate) steps: Arc<[StepPlan]>,
    /// Names that its steps see besides.
    pub(crate) names: Vec<(String, Value)>,
    /// Whether it is an item's lane, which has its number in the paths of its steps.
    pub(crate) item: bool,
    pub(crate) label: Option<String>,
}

/// What an ended lane leaves.
#[derive(Clone, Debug)]
struct Ended {
    /// The results that what follows sees.
    seen: Vec<(String, Arc<Value>)>,
    /// All its results by step id, where the block's own result is asked for.
    results: Option<Value>,
}

impl Block {
    /// One branch.
    pub(super) fn choice(branch: Branch) -> Self {
        Self::new(Source::Choice(Some(branch)), 1, None)
    }

    /// No branch at all, and why.
    pub(super) fn none(note: &str) -> Self {
        Self::new(Source::Choice(None), 1, Some(note.to_owned()))
    }

    /// Branches side by side.
    pub(super) fn branches(branches: VecDeque<Branch>) -> Self {
        Self::new(Source::Branches(branches), usize::MAX, None)
    }

    /// The items of a loop, so many at once.
    pub(super) fn items(items: Vec<Value>, name: &str, body: &Arc<[StepPlan]>, at_once: usize) -> Self {
        let note = items.is_empty().then(|| "the list is empty".to_owned());
        let source = Source::Items {
            left: items.into(),
            name: name.to_owned(),
            body: Arc::clone(body),
        };
        Self::new(source, at_once, note)
    }

    fn new(source: Source, at_once: usize, note: Option<String>) -> Self {
        Self {
            source,
            at_once,
            opened: 0,
            live: LaneIds::new(),
            ending: None,
            ended: BTreeMap::new(),
            note,
        }
    }

    /// The next lane to open, if there is room and one is left.
    pub(crate) fn next(&mut self) -> Option<Opening> {
        if self.ending.is_some() || self.live.len() >= self.at_once {
            return None;
        }
        let place = self.opened;
        let opening = match &mut self.source {
            Source::Choice(branch) => branch.take().map(|branch| branch.opening(place)),
            Source::Branches(left) => left.pop_front().map(|branch| branch.opening(place)),
            Source::Items { left, name, body } => left.pop_front().map(|item| Opening {
                place,
                steps: Arc::clone(body),
                label: Some(label::item(name, place, &item)),
                names: vec![(format!("{name}_index"), place.into()), (name.clone(), item)],
                item: true,
            }),
        };
        if opening.is_some() {
            self.opened += 1;
        }
        opening
    }

    /// Takes what an ended lane leaves. `wanted`: whether the block's result is asked for.
    pub(crate) fn closed(&mut self, id: LaneId, lane: &Lane, wanted: bool) {
        self.live.remove(&id);
        let seen: Vec<(String, Arc<Value>)> = match self.source {
            // Each item has results of its own: none is the one that what follows could mean.
            Source::Items { .. } => Vec::new(),
            Source::Choice(_) | Source::Branches(_) => lane.made().collect(),
        };
        let results = wanted.then(|| {
            let results: Map<String, Value> = lane
                .made()
                .map(|(id, value)| (id, value.as_ref().clone()))
                .collect();
            Value::Object(results)
        });
        if results.is_some() || !seen.is_empty() {
            self.ended.insert(lane.place, Ended { seen, results });
        }
    }

    /// The results that what follows sees, and the block's end.
    pub(crate) fn end(mut self) -> (Vec<(String, Arc<Value>)>, StepEnd) {
        let mut seen = Vec::new();
        let mut results = Vec::new();
        for ended in std::mem::take(&mut self.ended).into_values() {
            seen.extend(ended.seen);
            results.extend(ended.results);
        }
        let end = self.ending.unwrap_or_else(|| StepEnd::Done {
            value: match self.source {
                Source::Choice(_) => results.pop().unwrap_or_else(|| Value::Object(Map::new())),
                Source::Branches(_) | Source::Items { .. } => Value::Array(results),
            },
            reason: self.note,
        });
        (seen, end)
    }
}

impl Branch {
    fn opening(self, place: usize) -> Opening {
        Opening {
            place,
            steps: self.steps,
            names: Vec::new(),
            item: false,
            label: Some(self.label),
        }
    }
}
