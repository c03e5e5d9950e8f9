//! Lists that move while they are read: an account in memory whose things come, go, change and change places between
//! pages, read by each way of paging, with scans that break off and processes that stop. Whatever happens, no thing starts
//! a run twice; and whatever was there through one scan in which nothing moved has started one.

use std::collections::{BTreeMap, HashMap, HashSet};

use indexmap::IndexMap;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use souschef_catalog::{Advance, Paging};
use souschef_recipe::FireOn;
use souschef_runtime::trigger::poll::{Hearer, Ledger, Piece, Place, Walk, WalkError};

use crate::count;

/// The account: things in the order in which they are listed.
#[derive(Default)]
struct Account {
    things: Vec<Value>,
    made: u64,
    clock: u64,
}

impl Account {
    fn make(&mut self, random: &mut StdRng) {
        self.made += 1;
        // Several have the same time.
        self.clock += u64::from(random.random_bool(0.5));
        let thing = json!({ "id": format!("t{}", self.made), "at": self.clock, "n": 0 });
        let place = match random.random_range(0..3) {
            0 => 0,
            1 => self.things.len(),
            _ => random.random_range(0..=self.things.len()),
        };
        self.things.insert(place, thing);
    }

    fn stir(&mut self, random: &mut StdRng) {
        for _ in 0..random.random_range(0..4) {
            let any = |random: &mut StdRng, len: usize| random.random_range(0..len.max(1));
            match random.random_range(0..10) {
                0..4 => self.make(random),
                4..6 if !self.things.is_empty() => {
                    let at = any(random, self.things.len());
                    self.things.remove(at);
                }
                6..8 if !self.things.is_empty() => {
                    let (from, to) = (any(random, self.things.len()), any(random, self.things.len()));
                    let thing = self.things.remove(from);
                    self.things.insert(to, thing);
                }
                _ if !self.things.is_empty() => {
                    let at = any(random, self.things.len());
                    let n = self.things[at]["n"].as_u64().unwrap();
                    self.things[at]["n"] = json!(n + 1);
                }
                _ => {}
            }
        }
    }

    /// A page, with what an API tells beside it; `lies`: its total is wrong.
    fn page(&self, way: Way, inputs: &Map<String, Value>, lies: bool) -> Value {
        let number = |name: &str| inputs.get(name).and_then(Value::as_u64).unwrap_or_default() as usize;
        let size = if way == Way::SizeIgnored {
            3
        } else {
            number("limit").max(1)
        };
        let from = match way {
            Way::Pages => (number("page") - 1) * size,
            Way::Skip | Way::SizeIgnored => number("skip"),
            Way::Cursor => number("after"),
            Way::After => match inputs.get("after_id").and_then(Value::as_str) {
                None => 0,
                // After the thing of this name, or from the beginning where that is gone.
                Some(id) => self
                    .things
                    .iter()
                    .position(|thing| thing["id"] == id)
                    .map_or(0, |at| at + 1),
            },
        };
        let part: Vec<Value> = self.things.iter().skip(from).take(size).cloned().collect();
        let next = from + part.len();
        let more = next < self.things.len();
        let total = if lies { 1 } else { self.things.len() };
        let next = if more { json!(next) } else { Value::Null };
        json!({ "things": part, "next": next, "more": more, "total": total })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Pages,
    Skip,
    /// The API has pages of its own size.
    SizeIgnored,
    Cursor,
    After,
}

fn paging(way: Way) -> Paging {
    let one = |name: &str, path: &str| IndexMap::from([(name.to_owned(), path.to_owned())]);
    let (advance, more) = match way {
        Way::Pages => (
            Advance::Page {
                input: "page".into(),
                first: 1,
            },
            None,
        ),
        Way::Skip => (Advance::Skip { input: "skip".into() }, None),
        Way::SizeIgnored => (Advance::Skip { input: "skip".into() }, Some("$.more".to_owned())),
        Way::Cursor => (Advance::Answer(one("after", "$.next")), Some("$.more".to_owned())),
        Way::After => (Advance::LastItem(one("after_id", "id")), None),
    };
    Paging {
        size: Some(("limit".into(), 5)),
        advance,
        more,
        label: String::new(),
    }
}

/// The journal's part: what was committed, and the runs that a key lets start.
#[derive(Default)]
struct Kept {
    place: Place,
    seen: HashMap<String, String>,
    once: HashSet<(usize, String)>,
    runs: BTreeMap<(usize, String, u64), u32>,
}

impl Kept {
    fn commit(&mut self, piece: Piece) {
        self.place = serde_json::from_value(serde_json::to_value(piece.place).unwrap()).unwrap();
        self.seen
            .extend(piece.seen.into_iter().map(|seen| (seen.item, seen.fingerprint)));
        for news in piece.news {
            for (hearer, once) in news.hearers {
                if once.is_none_or(|once| self.once.insert((hearer, once))) {
                    let id = news.body["id"].as_str().unwrap().to_owned();
                    let n = news.body["n"].as_u64().unwrap();
                    *self.runs.entry((hearer, id, n)).or_default() += 1;
                }
            }
        }
    }
}

fn hearer(name: &str, fire_on: FireOn, changed: &str) -> Hearer {
    Hearer {
        name: format!("{name}/trigger@main"),
        hash: name.to_owned(),
        tail: "trigger@main".to_owned(),
        fire_on,
        changed: changed.to_owned(),
        backfill: false,
        reconciles: false,
    }
}

fn hearers() -> Vec<Hearer> {
    vec![
        hearer("new", FireOn::New, ""),
        hearer("field", FireOn::Changed, "n"),
        hearer("whole", FireOn::Changed, ""),
    ]
}

/// One scan; `stir`: between pages things move. `break_off`: before the page of this number it fails. `small`: news is
/// committed in pieces of one page.
fn scan(
    account: &mut Account,
    kept: &mut Kept,
    way: Way,
    random: &mut StdRng,
    stir: bool,
    break_off: Option<u32>,
    small: bool,
) -> Result<bool, WalkError> {
    let lies = random.random_bool(0.3);
    let paging = paging(way);
    let all = hearers().into_iter().map(|hearer| hearer.name).collect();
    let mut ledger = Ledger::open("list", Some("id"), kept.place.clone(), hearers(), &all);
    let mut walk = Walk::new(Some(&paging), "$.things[*]", Map::new());
    while let Some(inputs) = walk.page()? {
        if break_off == Some(walk.read()) {
            return Ok(false);
        }
        let answer = account.page(way, &inputs, lies);
        let items = walk.answered(&answer)?;
        let known: HashMap<String, String> = ledger
            .ids(&items)
            .into_iter()
            .filter_map(|id| Some((id.clone(), kept.seen.get(&id)?.clone())))
            .collect();
        ledger.take(items, &known).unwrap();
        if small {
            kept.commit(ledger.piece());
        }
        if stir {
            account.stir(random);
        }
    }
    kept.commit(ledger.finish());
    Ok(true)
}

fn story(seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let ways = [Way::Pages, Way::Skip, Way::SizeIgnored, Way::Cursor, Way::After];
    let way = ways[random.random_range(0..ways.len())];
    let mut account = Account::default();
    for _ in 0..random.random_range(0..30) {
        account.make(&mut random);
    }
    let before: HashSet<String> = ids(&account);
    let mut kept = Kept::default();
    let quiet = |account: &mut Account, kept: &mut Kept, random: &mut StdRng| {
        scan(account, kept, way, random, false, None, false).unwrap();
    };
    quiet(&mut account, &mut kept, &mut random);
    assert!(kept.runs.is_empty(), "seed {seed}: the first look only remembers");
    for _ in 0..random.random_range(2..8) {
        account.stir(&mut random);
        let break_off = random.random_bool(0.3).then(|| random.random_range(0..4));
        let small = random.random_bool(0.4);
        // A mark that leads in circles (its thing went away) fails the scan; the next one begins anew.
        let _ = scan(&mut account, &mut kept, way, &mut random, true, break_off, small);
        if random.random_bool(0.5) {
            quiet(&mut account, &mut kept, &mut random);
            assert_told(seed, &account, &kept, &before);
        }
    }
    quiet(&mut account, &mut kept, &mut random);
    assert_told(seed, &account, &kept, &before);
    let runs = kept.runs.clone();
    quiet(&mut account, &mut kept, &mut random);
    assert_eq!(
        runs, kept.runs,
        "seed {seed}: nothing has happened, and something starts"
    );
}

fn ids(account: &Account) -> HashSet<String> {
    account
        .things
        .iter()
        .map(|thing| thing["id"].as_str().unwrap().to_owned())
        .collect()
}

fn assert_told(seed: u64, account: &Account, kept: &Kept, before: &HashSet<String>) {
    for ((hearer, id, n), times) in &kept.runs {
        assert_eq!(
            *times, 1,
            "seed {seed}: {id} as {n} started {times} runs of {hearer}"
        );
    }
    let mut new: HashMap<&str, u32> = HashMap::new();
    for (hearer, id, _) in kept.runs.keys() {
        if *hearer == 0 {
            *new.entry(id).or_default() += 1;
        }
    }
    assert!(
        new.values().all(|times| *times == 1),
        "seed {seed}: new twice: {new:?}"
    );
    for thing in &account.things {
        let (id, n) = (thing["id"].as_str().unwrap(), thing["n"].as_u64().unwrap());
        let told = |hearer: usize| kept.runs.contains_key(&(hearer, id.to_owned(), n));
        assert_eq!(
            new.contains_key(id),
            !before.contains(id),
            "seed {seed}: {id} as new"
        );
        if !before.contains(id) || n > 0 {
            assert!(told(1) && told(2), "seed {seed}: {id} as changed to {n}");
        }
    }
}

#[test]
fn what_stays_starts_one_run_however_the_list_moves() {
    let first = count("SOUSCHEF_MOVING_SEED", 1);
    for seed in first..first + count("SOUSCHEF_MOVING", 250) {
        story(seed);
    }
}

fn walk_through(
    paging: &Paging,
    answer: impl Fn(&Map<String, Value>) -> Value,
) -> (u32, usize, Option<WalkError>) {
    let mut walk = Walk::new(Some(paging), "$.things[*]", Map::new());
    let mut met = 0;
    loop {
        let inputs = match walk.page() {
            Ok(Some(inputs)) => inputs,
            Ok(None) => return (walk.read(), met, None),
            Err(error) => return (walk.read(), met, Some(error)),
        };
        match walk.answered(&answer(&inputs)) {
            Ok(items) => met += items.len(),
            Err(error) => return (walk.read(), met, Some(error)),
        }
    }
}

#[test]
fn walks_end_whatever_the_api_says() {
    let things = |ids: &[u64]| json!(ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>());
    let full = || things(&[1, 2, 3, 4, 5]);
    // The mark leads back to the page that was just read, and between two pages to and fro.
    let (read, _, error) = walk_through(
        &paging(Way::Cursor),
        |_| json!({ "things": full(), "next": 7, "more": true }),
    );
    assert!(read <= 3 && error.is_some(), "{read} {error:?}");
    let (read, _, error) = walk_through(&paging(Way::Cursor), |inputs| {
        let next = if inputs.get("after") == Some(&json!(1)) {
            2
        } else {
            1
        };
        json!({ "things": things(&[next]), "next": next, "more": true })
    });
    assert!(read <= 4 && error.is_some(), "{read} {error:?}");
    // Each mark is new, and the page is always the same.
    let (read, _, error) = walk_through(&paging(Way::Cursor), |inputs| {
        let next = inputs.get("after").and_then(Value::as_u64).unwrap_or_default() + 1;
        json!({ "things": full(), "next": next, "more": true })
    });
    assert_eq!((read, error), (3, Some(WalkError::Circle)));
    // An API that knows no pages gives everything each time: that is no fault.
    assert_eq!(
        walk_through(&paging(Way::Pages), |_| json!({ "things": full() })),
        (2, 5, None)
    );
    assert_eq!(
        walk_through(&paging(Way::Skip), |_| json!({ "things": full() })),
        (2, 5, None)
    );
    // An empty page, and then more.
    let found = walk_through(&paging(Way::Cursor), |inputs| {
        match inputs.get("after").and_then(Value::as_u64) {
            None => json!({ "things": [], "next": 1, "more": true }),
            Some(1) => json!({ "things": full(), "next": 2, "more": true }),
            Some(_) => json!({ "things": things(&[9]), "next": null, "more": false }),
        }
    });
    assert_eq!(found, (3, 6, None));
    // Empty pages without an end.
    let (_, met, error) = walk_through(&paging(Way::Cursor), |inputs| {
        let next = inputs.get("after").and_then(Value::as_u64).unwrap_or_default() + 1;
        json!({ "things": [], "next": next, "more": true })
    });
    assert_eq!((met, error), (0, Some(WalkError::Empty)));
    // One page only.
    let mut walk = Walk::new(None, "$.things[*]", Map::new());
    assert!(walk.page().unwrap().is_some());
    assert_eq!(walk.answered(&json!({ "things": full() })).unwrap().len(), 5);
    assert_eq!(walk.page().unwrap(), None);
}
