//! Which step of the old recipe is which of the new one.

use std::collections::BTreeMap;

use souschef_recipe::{Node, format::same};

use super::steps::{Place, leaves};
use super::words;

/// So many steps of the same kind are held against one another; beyond that only their order counts.
const CANDIDATES: usize = 40;

/// For each old step, the new one that it became.
pub(super) struct Pairs {
    pub(super) new_of: Vec<Option<usize>>,
    pub(super) old_of: Vec<Option<usize>>,
}

/// Finds the pairs: by id, by being the same, then by doing the same, first in the same place and then anywhere.
pub(super) fn pairs(old: &[Place<'_>], new: &[Place<'_>]) -> Pairs {
    let mut pairs = Pairs {
        new_of: vec![None; old.len()],
        old_of: vec![None; new.len()],
    };
    let ids: BTreeMap<&str, usize> = new
        .iter()
        .enumerate()
        .filter_map(|(index, step)| Some((step.id()?, index)))
        .collect();
    for (index, step) in old.iter().enumerate() {
        if let Some(found) = step.id().and_then(|id| ids.get(id)) {
            pairs.join(index, *found);
        }
    }
    for how in [How::SameHere, How::SameAnywhere, How::LikeHere, How::LikeAnywhere] {
        for index in 0..old.len() {
            if pairs.new_of.get(index).is_some_and(Option::is_none)
                && let Some(found) = pairs.find(old, new, index, how)
            {
                pairs.join(index, found);
            }
        }
    }
    pairs
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    SameHere,
    SameAnywhere,
    LikeHere,
    LikeAnywhere,
}

impl Pairs {
    fn join(&mut self, old: usize, new: usize) {
        if let (Some(of @ None), Some(back @ None)) = (self.new_of.get_mut(old), self.old_of.get_mut(new)) {
            *of = Some(new);
            *back = Some(old);
        }
    }

    /// Whether two steps stand in the same list.
    pub(super) fn together(&self, old: &Place<'_>, new: &Place<'_>) -> bool {
        let parent = match old.parent {
            None => new.parent.is_none(),
            Some(parent) => new.parent.is_some() && self.new_of.get(parent) == Some(&new.parent),
        };
        parent && old.slot == new.slot
    }

    fn find(&self, old: &[Place<'_>], new: &[Place<'_>], index: usize, how: How) -> Option<usize> {
        let step = old.get(index)?;
        let free = new.iter().enumerate().filter(|(at, other)| {
            self.old_of.get(*at).is_some_and(Option::is_none) && (step.id().is_none() || other.id().is_none())
        });
        match how {
            How::SameHere | How::SameAnywhere => free
                .filter(|(_, other)| how == How::SameAnywhere || self.together(step, other))
                .find(|(_, other)| same(step.node, other.node))
                .map(|(at, _)| at),
            How::LikeHere | How::LikeAnywhere => {
                let does = |node: &Node| {
                    words::kind(node).map(|(word, what)| {
                        let operation = (word == "action").then(|| what.as_text()).flatten();
                        (word, operation.map(str::to_owned))
                    })
                };
                let own = does(step.node);
                let least = if how == How::LikeHere { 0.0 } else { 0.5 };
                let values = leaves(step.node);
                free.filter(|(_, other)| does(other.node) == own)
                    .filter(|(_, other)| how == How::LikeAnywhere || self.together(step, other))
                    .take(CANDIDATES)
                    .map(|(at, other)| (at, likeness(&values, &leaves(other.node))))
                    .filter(|(_, likeness)| *likeness >= least)
                    // Of those that are as like, the first.
                    .rev_max()
            }
        }
    }
}

trait RevMax {
    fn rev_max(self) -> Option<usize>;
}

impl<I: Iterator<Item = (usize, f64)>> RevMax for I {
    fn rev_max(self) -> Option<usize> {
        self.fold(None, |best: Option<(usize, f64)>, next| match best {
            Some(best) if best.1 >= next.1 => Some(best),
            _ => Some(next),
        })
        .map(|(at, _)| at)
    }
}

/// How much of two steps is the same, from 0 to 1.
fn likeness(one: &BTreeMap<String, &Node>, other: &BTreeMap<String, &Node>) -> f64 {
    let equal = one
        .iter()
        .filter(|(path, value)| other.get(*path).is_some_and(|there| same(value, there)))
        .count();
    let most = one.len().max(other.len()).max(1);
    #[allow(clippy::cast_precision_loss, reason = "a recipe has at most 20,000 values")]
    let part = equal as f64 / most as f64;
    part
}

/// Which of these, in the order of the old recipe, keep their order in the new one: as many as can.
pub(super) fn in_order(places: &[usize]) -> Vec<bool> {
    // The longest rising row: for each length, where the one with the lowest end ends.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let length = ends.partition_point(|end| places.get(*end).is_some_and(|at| at < place));
        before.push(length.checked_sub(1).and_then(|last| ends.get(last)).copied());
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut kept = vec![false; places.len()];
    let mut at = ends.last().copied();
    while let Some(index) = at {
        if let Some(kept) = kept.get_mut(index) {
            *kept = true;
        }
        at = before.get(index).copied().flatten();
    }
    kept
}
