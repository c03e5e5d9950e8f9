//! What comes to a journal in memory from outside: events, and the times that runs wait for.

use jiff::Timestamp;
use serde_json::Value;
use souschef_journal::{
    Accepted, Event, JournalError, NewEvent, Offered, Outcome, RunId, Verdict, Wait, Woken,
};

use super::Store;

impl Store {
    pub(super) fn accept(&mut self, new: NewEvent) -> Result<Accepted, JournalError> {
        if let Some(key) = &new.key {
            let account = new.connection.clone().unwrap_or_default();
            let key = (account, new.source.clone(), key.clone());
            if let Some(event) = self.keys.get(&key) {
                return Ok(Accepted::Duplicate { event: event.clone() });
            }
            self.keys.insert(key, new.id.clone());
        }
        let event = Event {
            id: new.id.clone(),
            connection: new.connection.clone(),
            source: new.source,
            key: new.key,
            body: new.body,
            received_at: new.at,
            differs_from: None,
        };
        self.events.insert(new.id.clone(), event.clone());
        let mut runs = Vec::new();
        for start in new.runs {
            let id = start.id.clone();
            let state = self.insert(start, Some(new.id.clone()), None, new.at)?;
            runs.push((id, state));
        }
        let mut woken = Vec::new();
        if let Some(signal) = new.signal {
            let waits: Vec<Wait> = self
                .runs
                .iter()
                .filter(|row| {
                    let connections = signal.connections.as_ref();
                    connections.is_none_or(|own| own.contains(&row.run.connection))
                })
                .flat_map(|row| &row.waits)
                .filter(|wait| wait.event.as_ref() == Some(&signal.event) && wait.event_path == signal.path)
                .cloned()
                .collect();
            for wait in waits {
                match (signal.verdict)(&wait) {
                    Verdict::Leaves => continue,
                    Verdict::Takes => {
                        self.record(&wait.run, &wait.path, Outcome::Done(event.body.clone()), new.at)?;
                        self.row_mut(&wait.run)?.clear_wait(&wait.path);
                    }
                    Verdict::AsksTheRun => self.offer(&wait.run, &wait.path, event.clone())?,
                }
                self.wake(&wait.run, &mut woken);
            }
        }
        Ok(Accepted::New {
            event: new.id,
            runs,
            woken,
        })
    }

    pub(super) fn offer(&mut self, run: &RunId, path: &str, event: Event) -> Result<(), JournalError> {
        self.offers += 1;
        let offer = self.offers;
        self.row_mut(run)?.offers.push(Offered {
            offer,
            path: path.to_owned(),
            event,
        });
        Ok(())
    }

    pub(super) fn settle(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Woken>, JournalError> {
        let mut due: Vec<(Timestamp, Wait)> = self
            .runs
            .iter()
            .flat_map(|row| &row.waits)
            .filter_map(|wait| Some((wait.until.filter(|until| *until <= now)?, wait.clone())))
            .collect();
        due.sort_by_key(|(until, _)| *until);
        due.truncate(limit as usize);
        let mut woken = Vec::new();
        for (_, wait) in due {
            let outcome = if wait.event.is_none() {
                Outcome::Done(Value::Null)
            } else {
                Outcome::TimedOut
            };
            self.record(&wait.run, &wait.path, outcome, now)?;
            self.row_mut(&wait.run)?.clear_wait(&wait.path);
            self.wake(&wait.run, &mut Vec::new());
            woken.push(Woken {
                run: wait.run,
                path: wait.path,
            });
        }
        Ok(woken)
    }
}
