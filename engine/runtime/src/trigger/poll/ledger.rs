//! What one scan of a list finds, held against what is remembered: which items are news for whom, and what to remember.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use souschef_connect::poll::key;
use souschef_journal::SeenItem;
use souschef_recipe::FireOn;

use super::sight::{Sight, id_of, print};

/// News is committed when there is so much of it, and the scan goes on: a list may be longer than memory should hold.
const MOST_NEWS: usize = 500;
/// The same, in bytes of items.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// The same, in items to be remembered.
const MOST_SEEN: usize = 5000;

/// Where a list's memory stands, as the journal keeps it between scans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The number of the last whole scan; 0 before the first.
    pub scan: u64,
    /// Whether news of the next scan was committed before that scan came to its end.
    #[serde(default)]
    pub in_pieces: bool,
    /// The places of those who look at it.
    #[serde(default)]
    pub hearers: BTreeMap<String, HearerPlace>,
}

/// Where one who looks at a list stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HearerPlace {
    /// The last scan that it took part in.
    pub since: u64,
    /// The hash of its recipe's text then: a recipe that was only renamed is known by it.
    pub hash: String,
}

/// One who looks at a list: a trigger of a recipe, for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearer {
    /// Names its place: `recipe/trigger@connection`.
    pub name: String,
    /// The hash of its recipe's text.
    pub hash: String,
    /// What stays the same when only the recipe is renamed: `trigger@connection`.
    pub tail: String,
    /// Which items start a run.
    pub fire_on: FireOn,
    /// The field that tells a change; empty: the whole item.
    pub changed: String,
    /// Whether what is there at its first look is news.
    pub backfill: bool,
    /// Whether it makes up for an event: its runs are told apart from the event's by the item.
    pub reconciles: bool,
}

/// Something that starts runs.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// The item's id; empty for all items at once.
    pub id: String,
    /// The item; for `every_poll`, `{ items: […] }`.
    pub body: Value,
    /// For whom, by their places among the hearers, and the name of the thing where it must not start a second run.
    pub hearers: Vec<(usize, Option<String>)>,
}

/// What is to be committed at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Where the memory stands after it.
    pub place: Place,
    /// What is to be remembered.
    pub seen: Vec<SeenItem>,
    /// What starts runs.
    pub news: Vec<News>,
}

/// Items that can't be put into one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list is too long for fire_on: every_poll, which puts all of it into one event (8 MiB)")]
pub struct TooLong;

/// A scan's ledger.
#[derive(Debug)]
pub struct Ledger {
    /// Distinguishes this memory's news from another's.
    memory: String,
    /// Dotted path of the items' id.
    id: Option<String>,
    place: Place,
    /// This scan's number.
    scan: u64,
    /// Those who take part, and the place of each.
    hearers: Vec<(Hearer, u64)>,
    /// Fields that somebody watches.
    fields: Vec<String>,
    /// Items met in this scan.
    met: HashSet<String>,
    seen: HashMap<String, String>,
    news: Vec<News>,
    bytes: usize,
    whole: Vec<Value>,
    whole_bytes: usize,
}

impl Ledger {
    /// Opens it. `hearers`: those who take part in this scan; `all`: the names of all who look at this list.
    pub fn open(
        memory: &str,
        id: Option<&str>,
        mut place: Place,
        hearers: Vec<Hearer>,
        all: &HashSet<String>,
    ) -> Self {
        let scan = place.scan + 1;
        let placed = hearers
            .into_iter()
            .map(|hearer| {
                let since = since(&mut place, &hearer, all, scan);
                (hearer, since)
            })
            .collect::<Vec<_>>();
        let mut fields: Vec<String> = placed
            .iter()
            .filter(|(hearer, _)| hearer.fire_on == FireOn::Changed)
            .map(|(hearer, _)| hearer.changed.clone())
            .collect();
        fields.sort();
        fields.dedup();
        Self {
            memory: memory.to_owned(),
            id: id.map(str::to_owned),
            place,
            scan,
            hearers: placed,
            fields,
            met: HashSet::new(),
            seen: HashMap::new(),
            news: Vec::new(),
            bytes: 0,
            whole: Vec::new(),
            whole_bytes: 0,
        }
    }

    /// The ids that the memory is to be asked for before these items are taken.
    pub fn ids(&self, items: &[Value]) -> Vec<String> {
        if !self.hearers.iter().any(|(hearer, _)| remembers(hearer)) {
            return Vec::new();
        }
        items
            .iter()
            .map(|item| id_of(item, self.id.as_deref()))
            .filter(|id| !self.met.contains(id))
            .collect()
    }

    /// Takes a page's items. `known`: what is remembered of them.
    ///
    /// # Errors
    /// Somebody wants all items in one event, and they are too many for that.
    pub fn take(&mut self, items: Vec<Value>, known: &HashMap<String, String>) -> Result<(), TooLong> {
        for item in items {
            let has_id = self
                .id
                .as_deref()
                .is_some_and(|field| key(&item, field).is_some());
            let mut id = id_of(&item, self.id.as_deref());
            if !self.met.insert(id.clone()) {
                let remembered = self.hearers.iter().all(|(hearer, _)| remembers(hearer));
                // It has come up once more, on a later page. Two that are alike and have no id are two for those who want
                // every item.
                if has_id || remembered {
                    continue;
                }
                let number = (2..).find(|number| self.met.insert(format!("{id} {number}")));
                id = format!("{id} {}", number.unwrap_or_default());
            }
            self.weigh(&id, item, known.get(&id))?;
        }
        Ok(())
    }

    fn weigh(&mut self, id: &str, item: Value, known: Option<&String>) -> Result<(), TooLong> {
        let before = known.and_then(|text| Sight::read(text));
        let fields = self.fields.iter().map(String::as_str);
        let sight = Sight::met(before, &item, fields, self.scan);
        if self.hearers.iter().any(|(hearer, _)| remembers(hearer)) {
            let text = sight.text();
            if known != Some(&text) {
                self.seen.insert(id.to_owned(), text);
            }
        }
        let hearers: Vec<(usize, Option<String>)> = self
            .hearers
            .iter()
            .enumerate()
            .filter(|(_, (hearer, since))| {
                hearer.fire_on != FireOn::EveryPoll && sight.is_news(hearer.fire_on, &hearer.changed, *since)
            })
            .map(|(index, (hearer, _))| (index, self.once(hearer, id, &item)))
            .collect();
        let weight = if hearers.is_empty() && !self.wants_whole() {
            0
        } else {
            item.to_string().len()
        };
        if self.wants_whole() {
            self.whole_bytes += weight;
            if self.whole_bytes > MOST_BYTES {
                return Err(TooLong);
            }
            self.whole.push(item.clone());
        }
        if !hearers.is_empty() {
            self.bytes += weight;
            self.news.push(News {
                id: id.to_owned(),
                body: item,
                hearers,
            });
        }
        Ok(())
    }

    fn wants_whole(&self) -> bool {
        self.hearers
            .iter()
            .any(|(hearer, _)| hearer.fire_on == FireOn::EveryPoll)
    }

    /// What the thing is called that must not start a second run. Within one commit the memory sees to that.
    fn once(&self, hearer: &Hearer, id: &str, item: &Value) -> Option<String> {
        if hearer.reconciles {
            return reconciled(hearer.fire_on, &hearer.changed, id, item);
        }
        if !self.place.in_pieces {
            return None;
        }
        // Between a scan that broke off and its repeat an item may have changed once more.
        let held = match hearer.fire_on {
            FireOn::Changed => print(item, &hearer.changed),
            FireOn::New | FireOn::EveryItem | FireOn::EveryPoll => String::new(),
        };
        Some(format!("scan {} {} {id} {held}", self.memory, self.scan))
    }

    /// Whether there is so much that it is to be committed before the scan goes on.
    pub fn is_full(&self) -> bool {
        self.news.len() >= MOST_NEWS || self.bytes >= MOST_BYTES || self.seen.len() >= MOST_SEEN
    }

    /// What was found so far. Should the scan fail after it, the next one has the same number, and the names of things see
    /// to it that nothing starts twice.
    pub fn piece(&mut self) -> Piece {
        self.place.in_pieces = true;
        let mut news = std::mem::take(&mut self.news);
        for one in &mut news {
            for (index, once) in &mut one.hearers {
                if once.is_none()
                    && let Some((hearer, _)) = self.hearers.get(*index)
                {
                    *once = self.once(hearer, &one.id, &one.body);
                }
            }
        }
        self.bytes = 0;
        Piece {
            place: self.place.clone(),
            seen: self.take_seen(),
            news,
        }
    }

    /// The scan has come to its end: the rest, and everyone's place after it.
    pub fn finish(&mut self) -> Piece {
        self.place.scan = self.scan;
        self.place.in_pieces = false;
        let mut news = std::mem::take(&mut self.news);
        let whole: Vec<(usize, Option<String>)> = self
            .hearers
            .iter()
            .enumerate()
            .filter(|(_, (hearer, _))| hearer.fire_on == FireOn::EveryPoll)
            .map(|(index, _)| (index, None))
            .collect();
        if !whole.is_empty() {
            news.push(News {
                id: String::new(),
                body: json!({ "items": std::mem::take(&mut self.whole) }),
                hearers: whole,
            });
        }
        for (hearer, _) in &self.hearers {
            self.place.hearers.insert(
                hearer.name.clone(),
                HearerPlace {
                    since: self.scan,
                    hash: hearer.hash.clone(),
                },
            );
        }
        Piece {
            seen: self.take_seen(),
            place: self.place.clone(),
            news,
        }
    }

    fn take_seen(&mut self) -> Vec<SeenItem> {
        let mut seen: Vec<SeenItem> = self
            .seen
            .drain()
            .map(|(item, fingerprint)| SeenItem { item, fingerprint })
            .collect();
        seen.sort_by(|a, b| a.item.cmp(&b.item));
        seen
    }

    /// Those who take part, in the order of their places.
    pub fn hearers(&self) -> impl Iterator<Item = &Hearer> {
        self.hearers.iter().map(|(hearer, _)| hearer)
    }
}

fn remembers(hearer: &Hearer) -> bool {
    matches!(hearer.fire_on, FireOn::New | FireOn::Changed)
}

/// From which scan on things are news for it.
fn since(place: &mut Place, hearer: &Hearer, all: &HashSet<String>, scan: u64) -> u64 {
    if let Some(own) = place.hearers.get(&hearer.name) {
        return own.since;
    }
    // A recipe that was renamed goes on where it stood.
    let before = place
        .hearers
        .iter()
        .find(|(name, own)| {
            own.hash == hearer.hash
                && !all.contains(*name)
                && name.split_once('/').is_some_and(|(_, tail)| tail == hearer.tail)
        })
        .map(|(name, own)| (name.clone(), own.since));
    match before {
        Some((name, since)) => {
            place.hearers.remove(&name);
            since
        }
        None if hearer.backfill => 0,
        // Its first look only remembers.
        None => scan,
    }
}

/// What a thing is called that an event tells of and a poll finds, for a trigger that has both. None where it can't be
/// named: then each starts runs of its own.
pub fn reconciled(fire_on: FireOn, changed: &str, id: &str, item: &Value) -> Option<String> {
    match fire_on {
        FireOn::New => Some(format!("item {id}")),
        FireOn::Changed => key(item, changed)
            .filter(|_| !changed.is_empty())
            .map(|value| format!("item {id} {value}")),
        FireOn::EveryItem | FireOn::EveryPoll => None,
    }
}
