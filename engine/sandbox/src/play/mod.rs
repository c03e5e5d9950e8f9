//! Playing an operation on what the account holds.

mod list;
mod slots;
mod write;

use indexmap::IndexMap;
use serde_json::Value;
use souschef_catalog::Method;

use crate::chance::Ids;
use crate::hint::{Fields, Verb};
use crate::kind::Kind;
use crate::narrow;
use crate::part::{Holds, Part};
use crate::request::{Given, Refusal};
use crate::shape::{self, Told};
use crate::store::{Record, Store, at, id_of};
use crate::world::World;

/// What an operation answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Played {
    /// A status and JSON.
    Json(u16, Value),
    /// Another kind of body: its content type and text.
    Text(String, String),
}

/// One operation in play.
pub(crate) struct Play<'a> {
    pub(crate) world: &'a World,
    pub(crate) part: &'a Part,
    pub(crate) given: &'a Given,
    pub(crate) store: &'a mut Store,
    pub(crate) ids: &'a mut Ids,
    /// The moment, in milliseconds.
    pub(crate) now: i64,
    pub(crate) trace: &'a str,
}

impl Play<'_> {
    /// Does it.
    ///
    /// # Errors
    /// What the API would refuse.
    pub(crate) fn run(mut self) -> Result<Played, Refusal> {
        self.check_parents()?;
        let mut told = match self.part.verb {
            Verb::Create => self.create()?,
            Verb::Get => self.get()?,
            Verb::List => self.list()?,
            Verb::Update => self.update()?,
            Verb::Upsert => self.upsert()?,
            Verb::Delete => self.delete()?,
            Verb::Find => self.find()?,
            Verb::Exists => self.exists(),
            Verb::Add | Verb::Remove => self.change_list()?,
            Verb::Link => self.link(),
            Verb::Unlink => self.unlink(),
            Verb::Bulk => self.bulk()?,
            Verb::Slots => return self.slots(),
            Verb::Text => {
                self.named()?;
                let settings = &self.part.settings;
                let kind = settings
                    .content_type
                    .clone()
                    .unwrap_or_else(|| "text/plain".to_owned());
                return Ok(Played::Text(kind, settings.text.clone().unwrap_or_default()));
            }
            Verb::Nothing => Told::done(),
        };
        told.tell("traceId", self.trace);
        for (name, value) in &self.given.inputs {
            told.beside.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if let Some(key) = self.part.key.as_ref().and_then(|key| self.given.inputs.get(key)) {
            told.beside.entry("id").or_insert_with(|| key.clone());
        }
        if told.done {
            for name in ["message", "msg"] {
                told.beside.entry(name).or_insert_with(|| Value::from("Done"));
            }
        }
        let status = self.part.settings.status.unwrap_or_else(|| self.usual_status());
        Ok(Played::Json(
            status,
            shape::body(&self.part.operation.output, &self.part.place, told),
        ))
    }

    /// 201 for a POST that makes something.
    fn usual_status(&self) -> u16 {
        let makes = matches!(
            self.part.verb,
            Verb::Create | Verb::Add | Verb::Link | Verb::Bulk | Verb::Nothing
        );
        if makes && self.part.call.method == Method::Post {
            201
        } else {
            200
        }
    }

    fn kind(&self) -> &Kind {
        self.world.kind(&self.part.collection)
    }

    fn show(&self, record: &Record) -> Value {
        shape::project(record, &self.part.place.item, self.kind(), self.store)
    }

    /// A thing as the only one of the answer.
    fn showing(&self, record: &Record, done: bool) -> Told {
        Told {
            things: match self.part.place.holds {
                Holds::Nothing => Vec::new(),
                _ => vec![self.show(record)],
            },
            done,
            ..Told::default()
        }
    }

    /// The things that the path goes through must be there.
    fn check_parents(&self) -> Result<(), Refusal> {
        // The last thing of a link may be one that this account does not know: a campaign, a workflow.
        let skipped = match self.part.verb {
            Verb::Link | Verb::Unlink if self.part.parents.len() > 1 => self.part.parents.last(),
            _ => None,
        };
        for parent in self.part.parents.iter().filter(|parent| Some(*parent) != skipped) {
            let said = self.part.settings.within.get(parent);
            let Some(collection) = said.cloned().or_else(|| self.world.collection_of(parent)) else {
                continue;
            };
            let id = self.given.text(parent).unwrap_or_default();
            if self.store.collection(&collection).get(id).is_none() {
                return Err(Refusal::new(
                    404,
                    format!("{parent}: {collection} holds nothing with the id {id}"),
                ));
            }
        }
        Ok(())
    }

    /// The thing that the path names.
    fn named(&self) -> Result<&Record, Refusal> {
        let id = self
            .part
            .key
            .as_deref()
            .and_then(|key| self.given.text(key))
            .unwrap_or_default();
        let found = self.store.collection(&self.part.collection).get(id);
        let found = found.filter(|record| {
            let of_parents = self.part.parents.iter().all(|parent| {
                let own = record.get(parent);
                own.is_none() || own == self.given.inputs.get(parent)
            });
            of_parents && narrow::has(record, &self.part.settings.only)
        });
        found.ok_or_else(|| {
            Refusal::new(
                404,
                format!("{} holds nothing with the id {id}", self.part.collection),
            )
        })
    }

    fn get(&self) -> Result<Told, Refusal> {
        let record = self.named()?;
        Ok(self.showing(record, false))
    }

    fn find(&self) -> Result<Told, Refusal> {
        let by = &self.part.settings.by;
        if !by.keys().any(|name| self.given.inputs.contains_key(name)) {
            let names: Vec<&str> = by.keys().map(String::as_str).collect();
            return Err(Refusal::new(
                422,
                format!("one of {} should not be empty", names.join(", ")),
            ));
        }
        match self.found(by) {
            Some(record) => Ok(self.showing(record, false)),
            None if self.part.place.path.is_empty() => Err(Refusal::new(
                404,
                format!("{} holds no such thing", self.part.collection),
            )),
            None => Ok(Told {
                things: vec![Value::Null],
                ..Told::default()
            }),
        }
    }

    fn exists(&self) -> Told {
        let except = self
            .part
            .settings
            .except
            .as_deref()
            .and_then(|name| self.given.text(name));
        let found = self
            .found(&self.part.settings.by)
            .is_some_and(|record| Some(id_of(record)) != except);
        let mut told = Told::default();
        told.tell("exists", found);
        told.tell("available", !found);
        told
    }

    /// The first thing that one of these inputs finds by its field; earlier inputs go first.
    fn found(&self, by: &IndexMap<String, Fields>) -> Option<&Record> {
        by.iter().find_map(|(input, fields)| {
            let wanted = self.given.inputs.get(input)?;
            let wanted = (!wanted.is_null() && wanted != "").then_some(wanted)?;
            let names = fields.names();
            self.store
                .collection(&self.part.collection)
                .iter()
                .find(|record| {
                    names
                        .iter()
                        .any(|name| at(record, name).is_some_and(|own| narrow::is(own, wanted)))
                })
        })
    }
}
