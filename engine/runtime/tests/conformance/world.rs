//! The other side: an API that acts and answers, acts and loses the answer, refuses for a while; and the caller's part of
//! the rules, as `connect` has them.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use souschef_catalog::Effect;
use souschef_connect::{Attempt, Observer};
use souschef_flow::{EffectOutcome, Failure};
use souschef_runtime::driver::{Called, Caller, Calling, Order};

use crate::chaos::Log;

/// So long what was done takes to show up.
const LAG: Duration = Duration::from_secs(5);

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) number: u32,
    pub(crate) at: Timestamp,
    /// Whether something was done.
    pub(crate) acted: bool,
}

/// All that came for one step.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) class: Effect,
    pub(crate) result: Value,
    pub(crate) requests: Vec<Request>,
}

pub(crate) struct World {
    log: Arc<Log>,
    faults: f64,
    /// By run and path.
    pub(crate) ledger: Mutex<BTreeMap<(String, String), Entry>>,
    pub(crate) fired: AtomicUsize,
}

impl World {
    pub(crate) fn new(log: Arc<Log>, faults: f64) -> Self {
        Self {
            log,
            faults,
            ledger: Mutex::default(),
            fired: AtomicUsize::new(0),
        }
    }

    pub(crate) fn acted(&self, run: &str, path: &str) -> Option<Value> {
        let ledger = self.ledger.lock().unwrap();
        let entry = ledger.get(&(run.to_owned(), path.to_owned()))?;
        let acted = entry.requests.iter().any(|request| request.acted);
        acted.then(|| entry.result.clone())
    }

    fn receive(&self, key: &(String, String), class: Effect, result: &Value, number: u32, acted: bool) {
        let mut ledger = self.ledger.lock().unwrap();
        let entry = ledger.entry(key.clone()).or_insert_with(|| Entry {
            class,
            result: result.clone(),
            requests: Vec::new(),
        });
        entry.requests.push(Request {
            number,
            at: self.log.clock.now(),
            acted,
        });
        drop(ledger);
        self.log.say(format!(
            "      {} {}/{number}{}",
            key.0,
            key.1,
            if acted { " acts" } else { "" }
        ));
    }

    fn fault(&self) -> bool {
        let fault = self.log.chance(self.faults);
        self.fired.fetch_add(usize::from(fault), Ordering::SeqCst);
        fault
    }

    async fn pause(&self, most: u64) {
        tokio::time::sleep(Duration::from_millis(self.log.up_to(most))).await;
    }

    async fn make(&self, order: Order, observer: &dyn Observer) -> Called {
        let class = order.call.operation.effect;
        let key = (self.log.name(&order.run), order.path.clone());
        let result = answer(&order);
        let mut number = order.made_before;
        let mut open = order.unsettled.is_some();
        let mut tries = order.tried;
        let unknown = || Called::Over(EffectOutcome::Unknown(sentence("no answer came")));
        let end = |open: bool| match open && class != Effect::Read {
            true => unknown(),
            false => Called::Over(EffectOutcome::Failed(sentence("refused again and again"))),
        };
        loop {
            if open {
                match class {
                    Effect::Read | Effect::Settled => {}
                    Effect::Unsafe => return unknown(),
                    Effect::Checkable => {
                        tokio::time::sleep(LAG).await;
                        number += 1;
                        if observer.begins(number, &Arc::default(), true).await.is_err() {
                            return Called::Over(EffectOutcome::Failed(sentence("not noted")));
                        }
                        self.pause(300).await;
                        observer.ended(&attempt(number, Some(200), true));
                        if let Some(found) = self.acted(&key.0, &key.1) {
                            return Called::Over(EffectOutcome::Done(found));
                        }
                        open = false;
                    }
                }
            }
            number += 1;
            if observer
                .begins(number, &Arc::new(order.call.inputs.clone().into()), false)
                .await
                .is_err()
            {
                return Called::Over(EffectOutcome::Failed(sentence("not noted")));
            }
            // A crash between the commit and this point sends nothing.
            let lost = self.fault();
            let refused = !lost && self.fault();
            let acts = !(refused || lost && self.log.chance(0.5));
            self.receive(&key, class, &result, number, acts);
            self.pause(if lost { 4000 } else { 1500 }).await;
            if !lost && !refused {
                observer.ended(&attempt(number, Some(200), false));
                return Called::Over(EffectOutcome::Done(result));
            }
            observer.ended(&attempt(number, refused.then_some(429), false));
            open |= lost;
            tries += 1;
            if tries > 60 || (open && class == Effect::Unsafe) {
                return end(open);
            }
            // Now and then so long that the run rests meanwhile.
            let wait =
                Duration::from_millis(self.log.up_to(if self.log.chance(0.1) { 60_000 } else { 2000 }));
            observer.waits(wait, "the weather");
            tokio::select! {
                biased;
                () = observer.called_off() => return end(open),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

impl Caller for World {
    fn scope_of(&self, connection: &str) -> Value {
        json!({ "name": connection })
    }

    fn call<'a>(&'a self, order: Order, observer: &'a dyn Observer) -> Calling<'a> {
        Box::pin(self.make(order, observer))
    }
}

/// What a call answers: always the same for the same inputs.
fn answer(order: &Order) -> Value {
    let mut hasher = DefaultHasher::new();
    json!(order.call.inputs).to_string().hash(&mut hasher);
    json!({ "said": format!("{}-{}", order.call.operation.id, hasher.finish() % 10_000) })
}

fn attempt(number: u32, status: Option<u16>, looking: bool) -> Arc<Attempt> {
    Arc::new(Attempt {
        number,
        request: Arc::default(),
        status,
        response: None,
        error: (status != Some(200)).then(|| "no luck".to_owned()),
        ms: 1,
        looking,
    })
}

fn sentence(message: &str) -> Failure {
    Failure {
        message: message.to_owned(),
        ..Failure::default()
    }
}
