//! What changes the account.

use serde_json::{Map, Value};

use super::Play;
use crate::hint::Verb;
use crate::narrow;
use crate::request::Refusal;
use crate::shape::Told;
use crate::store::{Record, at, id_of};

impl Play<'_> {
    pub(super) fn create(&mut self) -> Result<Told, Refusal> {
        if let Some(name) = self.part.whole_body() {
            let bodies = self
                .given
                .inputs
                .get(name)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let mut told = Told::default();
            for body in bodies {
                let record = self.add(body.as_object().cloned().unwrap_or_default());
                told.things.push(self.show(&record));
            }
            told.done = true;
            return Ok(told);
        }
        self.refuse_like()?;
        let record = self.add(self.given.body.clone());
        Ok(self.showing(&record, true))
    }

    /// Refuses a thing that shares a field with another, where the hint says so.
    fn refuse_like(&self) -> Result<(), Refusal> {
        for field in &self.part.settings.unlike {
            let Some(wanted) = self
                .given
                .body
                .get(field)
                .filter(|wanted| !wanted.is_null() && *wanted != "")
            else {
                continue;
            };
            let collection = self.store.collection(&self.part.collection);
            let other = collection
                .iter()
                .find(|record| at(record, field).is_some_and(|own| narrow::is(own, wanted)));
            if let Some(other) = other {
                let said = self.part.settings.refusal.as_deref();
                let said = said.unwrap_or("there is such a thing already");
                return Err(Refusal::new(
                    400,
                    format!("{said} ({field} is that of {})", id_of(other)),
                ));
            }
        }
        Ok(())
    }

    /// Makes a thing of a body.
    fn add(&mut self, body: Record) -> Record {
        let mut record = body;
        for parent in &self.part.parents {
            if let Some(value) = self.given.inputs.get(parent) {
                record.insert(parent.clone(), value.clone());
            }
        }
        for (name, value) in &self.part.settings.sets {
            record.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let kind = self.world.kind(&self.part.collection);
        kind.fold_custom(&mut record, None, self.store);
        kind.begin(&mut record, self.now);
        let id = self.ids.id();
        let collection = self.store.collection_mut(&self.part.collection);
        collection.insert(&id, record);
        collection.get(&id).cloned().unwrap_or_default()
    }

    /// Sets fields on a thing, by id.
    fn set(&mut self, id: &str, fields: Record) -> Option<Record> {
        let kind = self.world.kind(&self.part.collection);
        let mut record = self.store.collection(&self.part.collection).get(id)?.clone();
        let mut fields = fields;
        fields.shift_remove("id");
        kind.fold_custom(&mut fields, Some(&record), self.store);
        kind.change(&mut record, fields, self.now);
        self.store
            .collection_mut(&self.part.collection)
            .insert(id, record.clone());
        Some(record)
    }

    pub(super) fn update(&mut self) -> Result<Told, Refusal> {
        let id = id_of(self.named()?).to_owned();
        let record = self.set(&id, self.given.body.clone()).unwrap_or_default();
        Ok(self.showing(&record, true))
    }

    pub(super) fn upsert(&mut self) -> Result<Told, Refusal> {
        let found = self
            .found(&self.part.settings.by)
            .map(|record| id_of(record).to_owned());
        let is_new = found.is_none();
        let record = match found {
            Some(id) => self.set(&id, self.given.body.clone()).unwrap_or_default(),
            None => self.add(self.given.body.clone()),
        };
        let mut told = self.showing(&record, true);
        told.tell("new", is_new);
        Ok(told)
    }

    pub(super) fn delete(&mut self) -> Result<Told, Refusal> {
        let id = id_of(self.named()?).to_owned();
        let record = self
            .store
            .collection_mut(&self.part.collection)
            .remove(&id)
            .unwrap_or_default();
        Ok(self.showing(&record, true))
    }

    /// Adds words to a list of the thing, or takes them out.
    pub(super) fn change_list(&mut self) -> Result<Told, Refusal> {
        let Some(list) = self.part.list.clone() else {
            return Err(Refusal::new(500, "the sandbox does not know which list is meant"));
        };
        let record = self.named()?;
        let id = id_of(record).to_owned();
        let old = texts(record.get(&list));
        let words = texts(self.given.inputs.get(&list));
        let all = self
            .part
            .settings
            .clear
            .as_ref()
            .and_then(|name| self.given.inputs.get(name));
        let adding = self.part.verb == Verb::Add;
        let words = if all == Some(&Value::Bool(true)) {
            old.clone()
        } else {
            words
        };
        let (new, changed) = changed(old, &words, adding);
        self.set(&id, Map::from_iter([(list.clone(), Value::from(new.clone()))]));
        let mut told = Told::done();
        told.tell(&list, new);
        told.tell(
            &format!("{list}{}", if adding { "Added" } else { "Removed" }),
            changed,
        );
        Ok(told)
    }

    pub(super) fn link(&mut self) -> Told {
        let linked = self.linked();
        match linked.first().cloned() {
            Some(id) => {
                self.set(&id, self.given.body.clone());
            }
            None => {
                self.add(self.given.body.clone());
            }
        }
        Told::done()
    }

    pub(super) fn unlink(&mut self) -> Told {
        for id in self.linked() {
            self.store.collection_mut(&self.part.collection).remove(&id);
        }
        Told::done()
    }

    /// The links between the path's things.
    fn linked(&self) -> Vec<String> {
        let collection = self.store.collection(&self.part.collection);
        collection
            .iter()
            .filter(|record| {
                let mut parents = self.part.parents.iter();
                parents.all(|parent| record.get(parent) == self.given.inputs.get(parent))
            })
            .map(|record| id_of(record).to_owned())
            .collect()
    }

    pub(super) fn bulk(&mut self) -> Result<Told, Refusal> {
        let settings = self.part.settings.clone();
        let input = |name: &Option<String>| name.as_ref().and_then(|name| self.given.inputs.get(name));
        let ids = texts(input(&settings.ids));
        let adding = input(&settings.mode).and_then(Value::as_str) != Some("remove");
        let clear = input(&settings.clear) == Some(&Value::Bool(true));
        let mut done = Vec::new();
        let mut missing = 0_u64;
        for id in ids {
            let Some(record) = self.store.collection(&self.part.collection).get(&id) else {
                missing += 1;
                continue;
            };
            let mut fields: Record = settings
                .fields
                .iter()
                .filter_map(|name| Some((name.clone(), self.given.inputs.get(name)?.clone())))
                .collect();
            if let Some(list) = &settings.list {
                let old = texts(record.get(list));
                let words = if clear && !adding {
                    old.clone()
                } else {
                    texts(self.given.inputs.get(list))
                };
                let old = if clear { Vec::new() } else { old };
                fields.insert(list.clone(), Value::from(changed(old, &words, adding).0));
            }
            self.set(&id, fields);
            done.push(id);
        }
        let mut told = Told::done();
        told.tell("errorCount", missing);
        told.tell("responses", done.clone());
        if let Some(name) = &settings.ids {
            told.tell(name, done);
        }
        Ok(told)
    }
}

/// The texts of a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A list with words added or taken out, and which of them made a difference.
fn changed(mut list: Vec<String>, words: &[String], adding: bool) -> (Vec<String>, Vec<String>) {
    let mut difference = Vec::new();
    for word in words {
        let is_in = list.contains(word);
        if adding && !is_in {
            list.push(word.clone());
            difference.push(word.clone());
        } else if !adding && is_in {
            list.retain(|own| own != word);
            difference.push(word.clone());
        }
    }
    (list, difference)
}
