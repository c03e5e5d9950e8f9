//! The sandbox itself, without a socket: a request in, an answer out, and what it remembers of both.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use axum::http::HeaderMap;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use souschef_catalog::{Auth, Connector};

use crate::account::{self, Account};
use crate::chance::Ids;
use crate::clock::Clock;
use crate::fault::{Fault, FaultKind, Faults};
use crate::ledger::LedgerEntry;
use crate::limit::{Budget, Limiter};
use crate::oauth::{self, Ask, Desk, Provider};
use crate::part::Part;
use crate::play::{Play, Played};
use crate::reply::Reply;
use crate::request::{self, Received, Sent};
use crate::server::SandboxOptions;
use crate::world::World;

/// So many requests are remembered; the oldest are forgotten beyond.
const LONGEST_LEDGER: usize = 200_000;

/// A sandbox.
#[derive(Debug)]
pub(crate) struct State {
    options: SandboxOptions,
    worlds: Vec<World>,
    account: Account,
    clock: Clock,
    ids: Ids,
    traces: Ids,
    faults: Faults,
    limiter: Limiter,
    providers: HashMap<usize, Provider>,
    answered: IndexMap<String, usize>,
    ledger: VecDeque<LedgerEntry>,
    number: u64,
}

/// What comes of a request: an answer, and the fault that is in its way.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) fault: Option<Fault>,
}

impl State {
    /// A new one.
    ///
    /// # Errors
    /// What is wrong with a hint or with what was given.
    pub(crate) fn new(worlds: Vec<World>, options: SandboxOptions) -> Result<Self, String> {
        if let Some(broken) = worlds.iter().find_map(World::broken) {
            return Err(broken.to_owned());
        }
        let clock = Clock::new(options.fixed_time);
        let mut ids = Ids::new(options.seed);
        let account = account::fill(&worlds, &mut ids, clock.now(), options.empty, &options.given)?;
        Ok(Self {
            account,
            clock,
            ids,
            traces: Ids::new(!options.seed),
            faults: Faults::new(options.seed, &options.faults),
            limiter: Limiter::default(),
            providers: HashMap::new(),
            answered: IndexMap::new(),
            ledger: VecDeque::new(),
            number: 0,
            worlds,
            options,
        })
    }

    /// Begins anew.
    ///
    /// # Errors
    /// As [`State::new`].
    pub(crate) fn reset(&mut self) -> Result<(), String> {
        *self = Self::new(self.worlds.clone(), self.options.clone())?;
        Ok(())
    }

    /// The sample's ids by name.
    pub(crate) fn names(&self) -> Map<String, Value> {
        self.account.names.clone()
    }

    /// What the Date header of an answer tells, where the clock stands still.
    pub(crate) fn date(&self) -> Option<String> {
        self.clock.header()
    }

    /// Every request so far.
    pub(crate) fn ledger(&self) -> Vec<LedgerEntry> {
        self.ledger.iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub(crate) fn clear_ledger(&mut self) {
        self.ledger.clear();
    }

    /// Ends the tokens that were given.
    pub(crate) fn expire_tokens(&mut self) {
        self.providers.values_mut().for_each(Provider::expire);
    }

    /// Takes back what was allowed.
    pub(crate) fn revoke_tokens(&mut self) {
        self.providers.values_mut().for_each(Provider::revoke);
    }

    /// Every collection, by connector.
    pub(crate) fn collections(&self) -> Value {
        let stores = self.worlds.iter().zip(&self.account.stores);
        let by_name = stores.map(|(world, store)| (world.connector.name.clone(), store.as_json()));
        json!({ "names": self.account.names, "collections": Value::Object(by_name.collect()) })
    }

    /// Takes a request.
    pub(crate) fn take(&mut self, mut received: Received) -> Outcome {
        self.number += 1;
        let path = format!("/{}", received.segments.join("/"));
        let method = received.method.to_string();
        let trace = self.traces.trace();
        // The first connector is at the root; others under their names.
        let other = self.worlds.iter().skip(1).position(|world| {
            received
                .segments
                .first()
                .is_some_and(|first| *first == world.connector.name)
        });
        let place = other.map_or(0, |place| place + 1);
        if other.is_some() {
            received.segments.remove(0);
        }
        let Some(world) = self.worlds.get(place) else {
            let reply = Reply::refusal(None, 404, &["the catalog has no connector".to_owned()], &trace);
            return Outcome { reply, fault: None };
        };
        let connector = &world.connector;
        let mut entry = LedgerEntry {
            number: self.number,
            method: method.clone(),
            path: path.clone(),
            query: received.query.clone(),
            headers: shown_headers(&received.headers, connector),
            body: match &received.body {
                Sent::Json(value) => Some(value.clone()),
                Sent::Other(text, _) => Some(Value::from(text.as_str())),
                Sent::Nothing | Sent::TooLarge => None,
            },
            operation: None,
            status: None,
            fault: None,
            problems: Vec::new(),
        };
        let parts = world.route(&method, &received.segments);
        let asks = connector
            .oauth
            .as_ref()
            .and_then(|oauth| Some((oauth, Ask::of(oauth, &received)?)));
        let ids: Vec<&str> = match asks {
            Some((_, ask)) => vec![ask.id()],
            None => parts.iter().map(|part| part.operation.id.as_str()).collect(),
        };
        let fault = self.faults.draw(self.number, &ids);
        // Of several operations of one route the one that a fault or a given answer names is meant.
        let named = parts.iter().find(|part| {
            let id = part.operation.id.as_str();
            self.options.answers.contains_key(id)
                || fault
                    .as_ref()
                    .is_some_and(|fault| fault.operation.as_deref() == Some(id))
        });
        let name = named
            .or_else(|| parts.first())
            .map(|part| part.operation.id.clone());
        // They are the same request, and so play alike: the first one's hint counts.
        let part = parts.first().copied();
        entry.operation.clone_from(&name);
        if let Some((_, ask)) = asks {
            entry.operation = Some(ask.id().to_owned());
            entry.body = (ask != Ask::Page).then(|| oauth::shown(&received.body));
        }
        entry.fault = fault.as_ref().map(ToString::to_string);

        let account = account_of(connector, &received.headers);
        let budget = match asks {
            // Tokens are asked for without one, so that they count for nobody.
            Some(_) => None,
            None => self.limiter.count(
                &format!("{place} {account}"),
                &connector.limits,
                self.options.rate_limit,
                self.clock.stands_still(),
                Instant::now(),
            ),
        };
        let provider = self.providers.entry(place).or_default();
        let kind = fault.as_ref().map(|fault| &fault.kind);
        let mut reply = if budget.is_some_and(|budget: Budget| budget.left.is_none()) {
            Reply::refusal(Some(connector), 429, &["Too many requests".to_owned()], &trace)
        } else if let Some(FaultKind::Status(status)) = kind {
            Reply::refusal(
                Some(connector),
                *status,
                &["a fault on request".to_owned()],
                &trace,
            )
        } else if kind == Some(&FaultKind::Html) {
            Reply::text(
                "text/html",
                "<!doctype html><title>Sign in</title><p>Please sign in to the network.",
            )
        } else if kind.is_some_and(|kind| !kind.is_done()) {
            Reply::text("text/plain", "")
        } else if let Some((oauth, ask)) = asks {
            let life = self
                .options
                .token_life
                .map_or(oauth::LIFE, |life| life.as_secs().max(1));
            let mut desk = Desk {
                provider,
                oauth,
                ids: &mut self.ids,
                names: &self.account.names,
                now: self.clock.now(),
                life: (!self.clock.stands_still()).then_some(life),
                told_life: life,
                fault: kind,
            };
            desk.answer(ask, &received)
        } else {
            match part {
                Some(part) => {
                    let mut work = Work {
                        world,
                        part,
                        name: name.as_deref().unwrap_or_default(),
                        received: &received,
                        options: &self.options,
                        answered: &mut self.answered,
                        ids: &mut self.ids,
                        now: self.clock.now(),
                        trace: &trace,
                        problems: &mut entry.problems,
                        provider,
                    };
                    match self.account.stores.get_mut(place) {
                        Some(store) => work.answer(store),
                        None => Reply::refusal(Some(connector), 404, &[], &trace),
                    }
                }
                None => {
                    entry
                        .problems
                        .push(no_route(world, &method, &path, &received.segments));
                    Reply::refusal(Some(connector), 404, &entry.problems, &trace)
                }
            }
        };
        reply.budget = budget;
        let silent = matches!(kind, Some(FaultKind::Reset | FaultKind::Lost | FaultKind::Hang));
        entry.status = (!silent).then_some(reply.status);
        if self.ledger.len() >= LONGEST_LEDGER {
            self.ledger.pop_front();
        }
        self.ledger.push_back(entry);
        Outcome { reply, fault }
    }
}

/// One request at work.
struct Work<'a> {
    world: &'a World,
    part: &'a Part,
    name: &'a str,
    received: &'a Received,
    options: &'a SandboxOptions,
    answered: &'a mut IndexMap<String, usize>,
    ids: &'a mut Ids,
    now: i64,
    trace: &'a str,
    problems: &'a mut Vec<String>,
    provider: &'a Provider,
}

impl Work<'_> {
    fn answer(&mut self, store: &mut crate::store::Store) -> Reply {
        let entry = request::check_entry(
            &self.world.connector,
            self.part.call.version.as_deref(),
            &self.received.headers,
            &self.options.tokens,
            |token| self.provider.admits(token, self.now),
        );
        let read = entry.and_then(|()| request::read(self.part, self.received));
        if let Err(refusal) = &read {
            self.problems.extend(refusal.problems.clone());
        }
        if let Some(reply) = self.given_answer() {
            return reply;
        }
        let played = read.and_then(|given| {
            let play = Play {
                world: self.world,
                part: self.part,
                given: &given,
                store,
                ids: self.ids,
                now: self.now,
                trace: self.trace,
            };
            play.run().inspect_err(|refusal| {
                // That a thing is not there is no mistake of the request; that an input has no sense is one.
                if refusal.status == 422 {
                    self.problems.extend(refusal.problems.clone());
                }
            })
        });
        match played {
            Ok(Played::Json(status, body)) => Reply::json(status, &body),
            Ok(Played::Text(kind, text)) => Reply::text(&kind, text),
            Err(refusal) => Reply::refusal(
                Some(&self.world.connector),
                refusal.status,
                &refusal.problems,
                self.trace,
            ),
        }
    }

    /// The answer that was given for the operation, in turn; the last one again and again.
    fn given_answer(&mut self) -> Option<Reply> {
        let answers = self.options.answers.get(self.name)?;
        let turn = self.answered.entry(self.name.to_owned()).or_default();
        let answer = answers.get(*turn).or_else(|| answers.last())?;
        *turn += 1;
        Some(Reply::json(answer.status, &answer.body))
    }
}

/// Who sends, for the limits: the token.
fn account_of(connector: &Connector, headers: &HeaderMap) -> String {
    let name = match &connector.auth {
        Auth::Header(name) => name.as_str(),
        _ => "authorization",
    };
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// The headers but for the credentials.
fn shown_headers(headers: &HeaderMap, connector: &Connector) -> IndexMap<String, String> {
    let own = match &connector.auth {
        Auth::Header(name) => name.to_lowercase(),
        _ => String::new(),
    };
    headers
        .iter()
        .filter(|(name, _)| !["authorization", "cookie", "proxy-authorization"].contains(&name.as_str()))
        .filter(|(name, _)| name.as_str() != own)
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

/// What is wrong with a request that no operation knows.
fn no_route(world: &World, method: &str, path: &str, segments: &[String]) -> String {
    let (other, how) = match segments.split_last() {
        Some((last, rest)) if last.is_empty() => (rest.to_vec(), "without a slash at the end"),
        _ => ([segments, &[String::new()]].concat(), "with a slash at the end"),
    };
    if world.route(method, &other).is_empty() {
        format!("Cannot {method} {path}")
    } else {
        format!("Cannot {method} {path}; the path is written {how}")
    }
}
