//! The order of keys at the head of a recipe and of a step.
//!
//! Only keys that tell the story are put in order, among the places that they hold; others, as `retry` and `connection`,
//! stay where their author put them.

use std::ops::Range;

use crate::tree::Entry;

/// What a list or map is in the recipe.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    /// The recipe itself.
    Recipe,
    /// A list of steps.
    Steps,
    /// A step.
    Step,
    /// The branches of `choose`.
    Branches,
    /// One of them.
    Branch,
    /// The branches of `parallel`: steps, or lists of steps.
    Parallel,
    /// Anything whose order is its author's.
    Other,
}

impl Role {
    /// What the value of a key is.
    pub(super) fn of(self, key: &str) -> Self {
        match (self, key) {
            (Self::Recipe, "actions" | "on_failure") => Self::Steps,
            (Self::Step, "do" | "otherwise" | "on_error") => Self::Steps,
            (Self::Step, "choose") => Self::Branches,
            (Self::Step, "parallel") => Self::Parallel,
            (Self::Branch, "do") => Self::Steps,
            _ => Self::Other,
        }
    }

    /// What the item of a list is.
    pub(super) fn item(self, is_list: bool) -> Self {
        match self {
            Self::Steps => Self::Step,
            Self::Branches => Self::Branch,
            Self::Parallel if is_list => Self::Steps,
            Self::Parallel => Self::Step,
            _ => Self::Other,
        }
    }

    fn rank(self, key: &str) -> Option<usize> {
        const RECIPE: &[&str] = &[
            "name",
            "description",
            "inputs",
            "trigger",
            "if",
            "mappings",
            "actions",
            "on_failure",
        ];
        const STEP: &[&str] = &[
            "id",
            "name",
            "if",
            "action",
            "choose",
            "for_each",
            "parallel",
            "wait",
            "wait_until",
            "wait_for",
            "run_recipe",
            "set",
            "stop",
            "fail",
            "as",
            "at_once",
            "with",
            "do",
            "otherwise",
        ];
        let keys = match self {
            Self::Recipe => RECIPE,
            Self::Step => STEP,
            Self::Branch => &["if", "do"],
            _ => &[],
        };
        keys.iter().position(|known| *known == key)
    }

    /// Which entry comes where: the entries' numbers in their new order. None where they stand right.
    pub(super) fn order(self, entries: &[Entry]) -> Option<Vec<usize>> {
        let ranked: Vec<(usize, usize)> = entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| Some((index, self.rank(&entry.key.value)?)))
            .collect();
        if ranked.is_sorted_by_key(|(_, rank)| *rank) {
            return None;
        }
        let mut sorted = ranked.clone();
        sorted.sort_by_key(|(_, rank)| *rank);
        let mut order: Vec<usize> = (0..entries.len()).collect();
        for ((place, _), (entry, _)) in ranked.iter().zip(&sorted) {
            if let Some(held) = order.get_mut(*place) {
                *held = *entry;
            }
        }
        Some(order)
    }
}

/// Entries of a map that change places: the lines of each, the gaps of empty lines between them stay.
pub(super) struct Order {
    /// The lines of each entry, comments above it included.
    pub(super) entries: Vec<Range<usize>>,
    /// Their numbers in the new order.
    pub(super) order: Vec<usize>,
    /// The line of the first entry's key, which may have dashes before it.
    pub(super) key_lines: Vec<usize>,
}
