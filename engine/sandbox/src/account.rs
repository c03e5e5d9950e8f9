//! The account that a sandbox begins with: the sample, which is data, and what was given.

use std::collections::HashMap;
use std::sync::OnceLock;

use indexmap::IndexMap;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::chance::Ids;
use crate::clock;
use crate::narrow::camel;
use crate::store::{Record, Store};
use crate::world::World;

/// The bundled samples, by connector.
const SAMPLES: [(&str, &str); 2] = [
    ("ghl", include_str!("../sample/ghl.yaml")),
    ("timerex", include_str!("../sample/timerex.yaml")),
];

/// A sample file. A thing's `as` is what others call it: `@ana` is its id. `@now-3d` is a moment, `@day+1T10:00` too.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// The names of ids that a person may want: `contact_id: ana`.
    names: IndexMap<String, String>,
    /// What is there in an empty account too.
    #[serde(default)]
    account: IndexMap<String, Vec<Record>>,
    /// The rest.
    #[serde(default)]
    sample: IndexMap<String, Vec<Record>>,
}

/// The bundled samples, read once: a sandbox is started for every case of a recipe's tests.
fn samples() -> Result<&'static HashMap<&'static str, Sample>, String> {
    static READ: OnceLock<Result<HashMap<&'static str, Sample>, String>> = OnceLock::new();
    let read = READ.get_or_init(|| {
        let read = SAMPLES.iter().map(|(name, text)| {
            let sample = serde_yaml::from_str(text)
                .map_err(|why| format!("the sample account of {name} can't be read: {why}"))?;
            Ok((*name, sample))
        });
        read.collect()
    });
    read.as_ref().map_err(Clone::clone)
}

/// What every connector's account holds at the start, and the sample's ids by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) stores: Vec<Store>,
    pub(crate) names: Map<String, Value>,
}

/// Fills the accounts.
///
/// # Errors
/// What is wrong with what was given.
pub(crate) fn fill(
    worlds: &[World],
    ids: &mut Ids,
    now: i64,
    empty: bool,
    given: &Map<String, Value>,
) -> Result<Account, String> {
    let mut account = Account::default();
    for world in worlds {
        let mut store = Store::default();
        if let Some(sample) = samples()?.get(world.connector.name.as_str()) {
            let names = place(world, &mut store, sample, ids, now, empty)?;
            account.names.extend(names);
        }
        account.stores.push(store);
    }
    for (name, things) in given {
        give(worlds, &mut account, ids, now, name, things)?;
    }
    Ok(account)
}

/// Puts a sample into a store.
fn place(
    world: &World,
    store: &mut Store,
    sample: &Sample,
    ids: &mut Ids,
    now: i64,
    empty: bool,
) -> Result<Map<String, Value>, String> {
    let mut called: IndexMap<String, String> = IndexMap::new();
    let all: Vec<(&String, &Record)> = sample
        .account
        .iter()
        .chain(
            if empty { None } else { Some(&sample.sample) }
                .into_iter()
                .flatten(),
        )
        .flat_map(|(collection, things)| things.iter().map(move |thing| (collection, thing)))
        .collect();
    let things = all.into_iter().map(|(collection, thing)| {
        let mut record = thing.clone();
        let id = call(&mut record, &mut called, ids);
        (collection, id, record)
    });
    let things: Vec<(&String, String, Record)> = things.collect();
    for (collection, id, mut record) in things {
        for value in record.values_mut() {
            resolve(value, &called, now)?;
        }
        let kind = world.kind(collection);
        for (name, value) in &mut record {
            // A field that answers give as a number of milliseconds is written as a moment in the sample.
            if let Some(souschef_expr::Type::Number { .. }) = kind.fields.get(name)
                && value.is_string()
                && let Some(milliseconds) = clock::milliseconds(value)
            {
                *value = Value::from(milliseconds);
            }
        }
        kind.begin(&mut record, now);
        store.collection_mut(collection).insert(&id, record);
    }
    let names = sample.names.iter();
    Ok(names
        .filter_map(|(name, thing)| Some((name.clone(), Value::from(called.get(thing)?.as_str()))))
        .collect())
}

/// Gives a thing an id, and those inside it that have a name (the stages of a pipeline).
fn call(thing: &mut Record, called: &mut IndexMap<String, String>, ids: &mut Ids) -> String {
    let id = ids.id();
    if let Some(Value::String(name)) = thing.shift_remove("as") {
        called.insert(name, id.clone());
    }
    for item in thing.values_mut().filter_map(Value::as_array_mut).flatten() {
        if let Value::Object(inner) = item
            && inner.contains_key("as")
        {
            let own = call(inner, called, ids);
            inner.insert("id".to_owned(), Value::from(own));
        }
    }
    id
}

/// Puts ids and moments in the place of `@…`.
fn resolve(value: &mut Value, called: &IndexMap<String, String>, now: i64) -> Result<(), String> {
    match value {
        Value::Array(list) => list.iter_mut().try_for_each(|item| resolve(item, called, now)),
        Value::Object(map) => map.values_mut().try_for_each(|item| resolve(item, called, now)),
        Value::String(text) => {
            let Some(said) = text.strip_prefix('@') else {
                return Ok(());
            };
            let resolved = match moment(said, now) {
                Some(moment) => clock::text(moment),
                None => called
                    .get(said)
                    .cloned()
                    .ok_or_else(|| format!("the sample account has no {said}"))?,
            };
            *text = resolved;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `now`, `now-3d`, `now+2h`, `day+1T10:00` (of the day in UTC).
fn moment(said: &str, now: i64) -> Option<i64> {
    if let Some(offset) = said.strip_prefix("now") {
        if offset.is_empty() {
            return Some(now);
        }
        let (number, unit) = offset.split_at_checked(offset.len() - 1)?;
        let unit = match unit {
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        return Some(now + number.parse::<i64>().ok()? * unit);
    }
    let (days, time) = said.strip_prefix("day")?.split_once('T')?;
    let day = Timestamp::from_millisecond(now)
        .ok()?
        .to_zoned_datetime(TimeZone::UTC)
        .date();
    let day = day.checked_add(days.parse::<i64>().ok()?.days()).ok()?;
    let time = Time::strptime("%H:%M", time).ok()?;
    let moment = day.to_datetime(time).to_zoned_datetime(TimeZone::UTC).ok()?;
    Some(moment.timestamp().as_millisecond())
}

/// Puts in what was given: `contacts: [ … ]`, of another connector than the first as `timerex.tasks`.
fn give(
    worlds: &[World],
    account: &mut Account,
    ids: &mut Ids,
    now: i64,
    name: &str,
    things: &Value,
) -> Result<(), String> {
    let (connector, collection) = match name.split_once('.') {
        Some((connector, collection)) => (Some(connector), collection),
        None => (None, name),
    };
    let place = match connector {
        Some(connector) => worlds.iter().position(|world| world.connector.name == connector),
        None => Some(0),
    };
    let found = place.and_then(|place| Some((worlds.get(place)?, account.stores.get_mut(place)?)));
    let (world, store) = found.ok_or_else(|| format!("given: {name}: there is no such connector"))?;
    let written = [collection.to_owned(), camel(collection)];
    let known = world
        .collections()
        .find(|known| written.iter().any(|name| name == known));
    let Some(known) = known.map(str::to_owned) else {
        let mut all: Vec<&str> = world.collections().collect();
        all.sort_unstable();
        return Err(format!(
            "given: there is no collection {collection}; there are {}",
            all.join(", ")
        ));
    };
    let Value::Array(things) = things else {
        return Err(format!("given: {name} should be a list of things"));
    };
    let kind = world.kind(&known);
    for thing in things {
        let Value::Object(thing) = thing else {
            return Err(format!("given: {name} should be a list of maps"));
        };
        let mut record = thing.clone();
        let id = record
            .get("id")
            .or_else(|| record.get("_id"))
            .and_then(Value::as_str);
        let id = id.map_or_else(|| ids.id(), str::to_owned);
        for (field, own) in [("locationId", "location_id"), ("companyId", "company_id")] {
            if kind.fields.contains_key(field)
                && let Some(own) = account.names.get(own)
            {
                record.entry(field).or_insert_with(|| own.clone());
            }
        }
        kind.begin(&mut record, now);
        store.collection_mut(&known).insert(&id, record);
    }
    Ok(())
}
