//! The order of a list, and one page of it, by every scheme that the catalog knows: counted pages, counted items, or after
//! the last thing of the page before (by its id, by its place in the order, or by both).

use std::cmp::Ordering;

use serde_json::Value;
use souschef_catalog::{Advance, Operation};

use crate::clock;
use crate::part::Part;
use crate::request::Given;
use crate::store::{Record, at, id_of};

const SIZE: [&str; 2] = ["limit", "pageLimit"];
const SKIP: [&str; 2] = ["skip", "offset"];
const PAGE: [&str; 1] = ["page"];
/// How many things a page has where nothing says.
const USUAL: u64 = 20;

/// The inputs that page a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    size: Option<String>,
    skip: Option<String>,
    page: Option<(String, u64)>,
    /// Those that hold something of the last thing of the page before.
    pub(crate) last: Vec<String>,
    after: Option<String>,
    sort: Vec<String>,
}

impl Inputs {
    /// As the catalog's paging and the usual names tell.
    pub(crate) fn of(part: &Part) -> Self {
        let operation: &Operation = &part.operation;
        let usual = |names: &[&str]| {
            let name = names.iter().find(|name| operation.inputs.contains_key(**name));
            name.map(|name| (*name).to_owned())
        };
        let mut inputs = Self {
            size: usual(&SIZE),
            skip: usual(&SKIP),
            page: usual(&PAGE).map(|name| (name, 1)),
            after: part.settings.after.clone(),
            ..Self::default()
        };
        if let Some(paging) = operation.poll.as_ref().and_then(|poll| poll.paging.as_ref()) {
            if let Some((size, _)) = &paging.size {
                inputs.size = Some(size.clone());
            }
            match &paging.advance {
                Advance::Page { input, first } => inputs.page = Some((input.clone(), *first)),
                Advance::Skip { input } => inputs.skip = Some(input.clone()),
                Advance::Answer(map) | Advance::LastItem(map) => inputs.last = map.keys().cloned().collect(),
            }
        }
        if let Some(sort) = &part.settings.sort {
            inputs.sort = sort.field.iter().chain(&sort.direction).cloned().collect();
        }
        inputs
    }

    /// Every one.
    pub(crate) fn names(&self) -> Vec<String> {
        let page = self.page.as_ref().map(|(name, _)| name);
        let single = [&self.size, &self.skip, &self.after].into_iter().flatten();
        single
            .chain(page)
            .chain(&self.last)
            .chain(&self.sort)
            .cloned()
            .collect()
    }
}

/// The order of a list: fields, each up or down.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    keys: Vec<(String, bool)>,
}

impl Order {
    /// As the hint and the inputs say.
    pub(crate) fn of(part: &Part, given: &Given) -> Self {
        let mut keys: Vec<(String, bool)> = Vec::new();
        if let Some(order) = &part.settings.order {
            keys.push(match order.strip_prefix('-') {
                Some(field) => (field.to_owned(), true),
                None => (order.clone(), false),
            });
        }
        let Some(sort) = &part.settings.sort else {
            return Self { keys };
        };
        match sort.field.as_ref().and_then(|name| given.inputs.get(name)) {
            Some(Value::Array(list)) => {
                let asked: Vec<_> = list
                    .iter()
                    .filter_map(|item| {
                        let field = item.get("field")?.as_str()?;
                        Some((
                            field.to_owned(),
                            item.get("direction").and_then(Value::as_str) == Some("desc"),
                        ))
                    })
                    .collect();
                if !asked.is_empty() {
                    keys = asked;
                }
            }
            Some(Value::String(field)) => keys = vec![(field.clone(), false)],
            _ => {}
        }
        if let Some(direction) = sort.direction.as_deref().and_then(|name| given.text(name))
            && let Some((_, down)) = keys.first_mut()
        {
            *down = direction.ends_with("desc");
        }
        Self { keys }
    }

    /// Sorts things that come with their place in the collection, which decides between equals.
    pub(crate) fn sort(&self, rows: &mut Vec<(u64, &Record)>) {
        if self.keys.is_empty() {
            return;
        }
        rows.sort_by_cached_key(|(place, record)| {
            let keys = self
                .keys
                .iter()
                .map(|(field, down)| (Key::of(at(record, field)), *down));
            let down = self.keys.first().is_some_and(|(_, down)| *down);
            let last = (Key::Number(*place as f64), down);
            Keys(keys.chain(std::iter::once(last)).collect())
        });
    }

    /// A thing's mark: where it stands in the order.
    pub(crate) fn mark(&self, record: &Record) -> Option<i64> {
        let (field, _) = self.keys.first()?;
        at(record, field).and_then(clock::milliseconds)
    }

    /// Whether a mark comes after another one.
    fn is_after(&self, mark: i64, other: i64) -> bool {
        match self.keys.first() {
            Some((_, true)) => mark < other,
            _ => mark > other,
        }
    }
}

#[derive(Debug)]
enum Key {
    None,
    Number(f64),
    Text(String),
}

impl Key {
    fn of(value: Option<&Value>) -> Self {
        match value {
            Some(Value::String(text)) => match clock::milliseconds(&Value::from(text.as_str())) {
                Some(moment) => Self::Number(moment as f64),
                None => Self::Text(text.to_lowercase()),
            },
            Some(Value::Number(number)) => Self::Number(number.as_f64().unwrap_or_default()),
            Some(Value::Bool(is)) => Self::Number(f64::from(u8::from(*is))),
            _ => Self::None,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::None, Self::None) => Ordering::Equal,
            (Self::None, _) | (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (_, Self::None) | (Self::Text(_), Self::Number(_)) => Ordering::Greater,
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
        }
    }
}

#[derive(Debug)]
struct Keys(Vec<(Key, bool)>);

impl Ord for Keys {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = self.0.iter().zip(&other.0);
        pairs
            .map(|((one, down), (other, _))| match down {
                true => other.compare(one),
                false => one.compare(other),
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Keys {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Keys {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Keys {}

/// One page.
pub(crate) struct Page<'a> {
    pub(crate) things: Vec<&'a Record>,
    /// Whether there is more.
    pub(crate) more: bool,
    /// Its number, from 1.
    pub(crate) number: u64,
}

/// Cuts the page that the inputs ask for out of the whole list.
pub(crate) fn cut<'a>(
    part: &Part,
    inputs: &Inputs,
    given: &Given,
    order: &Order,
    rows: &[(u64, &'a Record)],
) -> Page<'a> {
    let size = inputs.size.as_ref().map(|name| {
        let usual = part
            .operation
            .inputs
            .get(name)
            .and_then(|input| input.default.clone());
        let usual = usual.and_then(|usual| usual.as_u64().or_else(|| usual.as_str()?.parse().ok()));
        given.number(name).or(usual).unwrap_or(USUAL)
    });
    let size = size.map_or(usize::MAX, as_size);
    let mut number = 1;
    let start = if let Some(start) = after(inputs, given, order, rows) {
        start
    } else if let Some(page) = inputs
        .page
        .as_ref()
        .and_then(|(name, first)| Some(given.number(name)?.saturating_sub(*first)))
    {
        number = page.saturating_add(1);
        as_size(page).saturating_mul(size)
    } else {
        as_size(
            inputs
                .skip
                .as_ref()
                .and_then(|name| given.number(name))
                .unwrap_or(0),
        )
    };
    let start = start.min(rows.len());
    let mut end = start.saturating_add(size).min(rows.len());
    // Who goes on by a mark alone would pass over the others of the same mark: a page never ends between them.
    let by_mark = !inputs.last.is_empty() && !inputs.last.iter().any(|name| is_id(name));
    if by_mark && end > start {
        let mark = |index: usize| rows.get(index).and_then(|(_, record)| order.mark(record));
        while end < rows.len() && mark(end) == mark(end - 1) {
            end += 1;
        }
    }
    let things = rows.get(start..end).unwrap_or_default();
    Page {
        things: things.iter().map(|(_, record)| *record).collect(),
        more: end < rows.len(),
        number,
    }
}

/// Where the list goes on after the thing that the inputs tell.
fn after(inputs: &Inputs, given: &Given, order: &Order, rows: &[(u64, &Record)]) -> Option<usize> {
    let mut id = None;
    let mut mark = None;
    for name in &inputs.last {
        match given.inputs.get(name) {
            Some(value) if is_id(name) => id = value.as_str(),
            Some(value) => mark = clock::milliseconds(value).or_else(|| value.as_str()?.parse().ok()),
            None => {}
        }
    }
    if let Some(Value::Array(after)) = inputs.after.as_ref().and_then(|name| given.inputs.get(name)) {
        for value in after {
            match value {
                Value::String(text) => id = Some(text),
                other => mark = clock::milliseconds(other),
            }
        }
    }
    if id.is_none() && mark.is_none() {
        return None;
    }
    let found = id.and_then(|id| rows.iter().position(|(_, record)| id_of(record) == id));
    Some(match (found, mark) {
        (Some(found), _) => found + 1,
        (None, Some(mark)) => rows
            .iter()
            .position(|(_, record)| order.mark(record).is_some_and(|own| order.is_after(own, mark)))
            .unwrap_or(rows.len()),
        (None, None) => rows.len(),
    })
}

/// Whether an input holds an id, by its name.
pub(crate) fn is_id(name: &str) -> bool {
    name.ends_with("Id") || name.ends_with("_id") || name == "id"
}

fn as_size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
