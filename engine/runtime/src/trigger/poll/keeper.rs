//! The lists' clock: which is to be looked at now, which fails, and how each stands.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::due;
use super::list::{List, NoList, lists};
use super::scan::{ScanError, Scanned};
use crate::trigger::host::TriggerContext;

/// How a list stands, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PollHealth {
    /// Its name in the journal.
    pub list: String,
    /// The read.
    pub operation: String,
    /// The connection.
    pub connection: String,
    /// The recipes that look at it.
    pub recipes: Vec<String>,
    /// When it is looked at next.
    pub next_at: Option<Timestamp>,
    /// When it was last looked at with success.
    pub last_at: Option<Timestamp>,
    /// How many pages and items it had then.
    pub pages: u32,
    /// The same.
    pub items: u64,
    /// How often it has failed in a row.
    pub failures: u32,
    /// Why it failed last, or why it can't be looked at.
    pub trouble: Option<String>,
}

/// The lists and when each is due.
#[derive(Debug, Default)]
pub struct Keeper {
    kept: BTreeMap<String, Kept>,
    none: Vec<NoList>,
}

#[derive(Debug)]
struct Kept {
    list: Arc<List>,
    due: HashMap<String, Timestamp>,
    at_work: bool,
    last_at: Option<Timestamp>,
    scanned: Scanned,
    failures: u32,
    trouble: Option<String>,
}

/// A list that is to be looked at now.
#[derive(Clone, Debug)]
pub struct Task {
    /// The list.
    pub list: Arc<List>,
    /// For whom.
    pub due: HashSet<String>,
}

impl Keeper {
    /// Takes the project's lists as they are now. Those that were there keep their times.
    pub async fn renew(&mut self, context: &TriggerContext) {
        let (found, none) = lists(context.host.as_ref());
        for one in none.iter().filter(|one| !self.none.contains(one)) {
            tracing::warn!(
                recipe = one.recipe,
                trigger = one.trigger,
                why = one.why,
                "a poll can't be made"
            );
        }
        self.none = none;
        let mut before = std::mem::take(&mut self.kept);
        for list in found {
            let now = context.clock.now();
            let old = before.remove(&list.key);
            let mut due = HashMap::new();
            for watcher in &list.watchers {
                let name = &watcher.hearer.name;
                let known = old.as_ref().and_then(|old| {
                    let same = old
                        .list
                        .watchers
                        .iter()
                        .any(|one| one.hearer.name == *name && one.poll.every == watcher.poll.every);
                    old.due.get(name).copied().filter(|_| same)
                });
                let at = match known {
                    Some(at) => at,
                    None => {
                        let memory = list.memory(watcher);
                        let state = context.journal.look().poll(&memory).await;
                        let last = match state {
                            Ok(state) => state.at,
                            Err(error) => {
                                tracing::warn!(list = memory, %error, "when a list was last looked at can't be read");
                                None
                            }
                        };
                        due::first(&list.key, watcher.poll.every, last, now)
                    }
                };
                due.insert(name.clone(), at);
            }
            let key = list.key.clone();
            let kept = match old {
                Some(old) => Kept {
                    list: Arc::new(list),
                    due,
                    ..old
                },
                None => Kept {
                    list: Arc::new(list),
                    due,
                    at_work: false,
                    last_at: None,
                    scanned: Scanned::default(),
                    failures: 0,
                    trouble: None,
                },
            };
            self.kept.insert(key, kept);
        }
        // A list that went while it was being looked at stays until that has come to its end.
        self.kept.extend(
            before
                .into_iter()
                .filter(|(_, old)| old.at_work)
                .map(|(key, old)| {
                    let due = HashMap::new();
                    (key, Kept { due, ..old })
                }),
        );
    }

    /// Whether some polls can't be made: then what is missing may come (a secret's file).
    pub fn is_incomplete(&self) -> bool {
        !self.none.is_empty()
    }

    /// The lists whose time has come, and so many at most. Each is at work until [`Keeper::done`].
    pub fn take(&mut self, now: Timestamp, most: usize) -> Vec<Task> {
        self.kept.values_mut().for_each(|kept| kept.be_sensible(now));
        let mut ready: Vec<(Timestamp, &mut Kept)> = self
            .kept
            .values_mut()
            .filter(|kept| !kept.at_work)
            .filter_map(|kept| {
                let first = kept.due.values().min().copied().filter(|at| *at <= now)?;
                Some((first, kept))
            })
            .collect();
        ready.sort_by_key(|(first, _)| *first);
        ready
            .into_iter()
            .take(most)
            .map(|(_, kept)| {
                kept.at_work = true;
                let due = kept
                    .due
                    .iter()
                    .filter(|(_, at)| **at <= now)
                    .map(|(name, _)| name.clone())
                    .collect();
                Task {
                    list: Arc::clone(&kept.list),
                    due,
                }
            })
            .collect()
    }

    /// The next time of any list that is not at work.
    pub fn next(&self) -> Option<Timestamp> {
        self.kept
            .values()
            .filter(|kept| !kept.at_work)
            .flat_map(|kept| kept.due.values())
            .min()
            .copied()
    }

    /// A list has been looked at.
    pub fn done(&mut self, task: &Task, outcome: Result<Scanned, ScanError>, now: Timestamp) {
        let key = &task.list.key;
        let Some(kept) = self.kept.get_mut(key) else {
            return;
        };
        kept.at_work = false;
        let mut left_alone = None;
        match outcome {
            Ok(scanned) => {
                if kept.failures > 0 {
                    tracing::info!(list = key, failures = kept.failures, "a poll works again");
                }
                kept.failures = 0;
                kept.trouble = None;
                kept.scanned = scanned;
                kept.last_at = Some(now);
            }
            Err(error) => {
                if let ScanError::LeftAlone { until, .. } = &error {
                    left_alone = Some((*until).max(now));
                }
                kept.failures = kept.failures.saturating_add(1);
                tracing::warn!(list = key, failures = kept.failures, %error, "a poll failed; it is tried again");
                kept.trouble = Some(error.to_string());
            }
        }
        for watcher in &kept.list.watchers {
            let (name, every) = (&watcher.hearer.name, watcher.poll.every);
            if !task.due.contains(name) {
                continue;
            }
            let at = match (left_alone, kept.failures) {
                (Some(until), _) => until,
                (None, 0) => due::next(key, every, now),
                (None, failures) => due::after_failure(key, every, failures, now),
            };
            kept.due.insert(name.clone(), at);
        }
        if kept.due.is_empty() {
            self.kept.remove(key);
        }
    }

    /// How all lists stand.
    pub fn health(&self) -> Vec<PollHealth> {
        let lists = self.kept.values().map(|kept| {
            let mut recipes: Vec<String> = kept
                .list
                .watchers
                .iter()
                .map(|watcher| watcher.plan.recipe.clone())
                .collect();
            recipes.sort();
            recipes.dedup();
            PollHealth {
                list: kept.list.key.clone(),
                operation: kept.list.operation.id.clone(),
                connection: kept.list.account.clone(),
                recipes,
                next_at: kept.due.values().min().copied(),
                last_at: kept.last_at,
                pages: kept.scanned.pages,
                items: kept.scanned.items,
                failures: kept.failures,
                trouble: kept.trouble.clone(),
            }
        });
        let none = self.none.iter().map(|none| PollHealth {
            list: format!("{}/{}", none.recipe, none.trigger),
            operation: String::new(),
            connection: none.connection.clone().unwrap_or_default(),
            recipes: vec![none.recipe.clone()],
            next_at: None,
            last_at: None,
            pages: 0,
            items: 0,
            failures: 0,
            trouble: Some(none.why.clone()),
        });
        lists.chain(none).collect()
    }
}

impl Kept {
    /// A clock that went far ahead and came back has left times that are not to be waited for.
    fn be_sensible(&mut self, now: Timestamp) {
        for watcher in &self.list.watchers {
            let every = watcher.poll.every;
            if let Some(at) = self.due.get_mut(&watcher.hearer.name)
                && due::is_too_far(every, *at, now)
            {
                *at = due::next(&self.list.key, every, now);
            }
        }
    }
}
