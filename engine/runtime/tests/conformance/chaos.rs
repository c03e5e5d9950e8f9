//! A journal that dies at some of its writes, before or after they are done, and writes down what was asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use souschef_runtime::clock::Clock;
use souschef_runtime::journal::{
    Accepted, Attempt, AttemptEnd, Claim, NewEvent, Next, Outcome, Progress, RecipeText, Replay, Run, RunId,
    Standing, Step, Ticket, WaitKind, Woken,
};
use souschef_runtime::port::{Kept, RunJournal};
use tokio::sync::Notify;

use crate::ground::goes_on;

/// What outlives a crash: the dice, the trace, the names of the runs.
pub(crate) struct Log {
    dice: Mutex<StdRng>,
    crashes: f64,
    /// How long a commit may take, in milliseconds.
    slow: u64,
    pub(crate) clock: Clock,
    began: Timestamp,
    pub(crate) trace: Mutex<Vec<String>>,
    /// Every run there was, in the order in which they came, with the name that it has in the trace.
    pub(crate) names: Mutex<Vec<(RunId, String)>>,
    /// When the waits are due.
    pub(crate) due: Mutex<BTreeMap<(String, String), Timestamp>>,
    /// The paths whose outcomes the drivers of a run were given.
    pub(crate) heard: Mutex<BTreeMap<RunId, BTreeSet<String>>>,
    pub(crate) died: AtomicUsize,
    /// How often a run went another way than was foreseen.
    pub(crate) turns: AtomicUsize,
    pub(crate) late: AtomicUsize,
}

impl Log {
    pub(crate) fn new(seed: u64, crashes: f64, slow: u64, clock: Clock) -> Self {
        Self {
            dice: Mutex::new(StdRng::seed_from_u64(seed)),
            crashes,
            slow,
            began: clock.now(),
            clock,
            trace: Mutex::default(),
            names: Mutex::default(),
            due: Mutex::default(),
            heard: Mutex::default(),
            died: AtomicUsize::new(0),
            turns: AtomicUsize::new(0),
            late: AtomicUsize::new(0),
        }
    }

    pub(crate) fn chance(&self, of: f64) -> bool {
        of > 0.0 && self.dice.lock().unwrap().random_range(0.0..1.0) < of
    }

    pub(crate) fn up_to(&self, most: u64) -> u64 {
        self.dice.lock().unwrap().random_range(0..=most)
    }

    pub(crate) fn name(&self, run: &RunId) -> String {
        let names = self.names.lock().unwrap();
        let known = names.iter().find(|(id, _)| id == run);
        known.map_or_else(|| "?".to_owned(), |(_, name)| name.clone())
    }

    fn hear(&self, run: &RunId, paths: impl Iterator<Item = String>) {
        self.heard
            .lock()
            .unwrap()
            .entry(run.clone())
            .or_default()
            .extend(paths);
    }

    pub(crate) fn say(&self, line: String) {
        let at = self.clock.now().duration_since(self.began).as_millis();
        self.trace.lock().unwrap().push(format!("{at:>6} {line}"));
    }
}

/// The journal of one life of the process.
pub(crate) struct Chaos {
    inner: Arc<dyn RunJournal>,
    log: Arc<Log>,
    dead: AtomicBool,
    /// Whether the dead don't know it: another process has taken their place, and they go on.
    lingers: bool,
    pub(crate) death: Notify,
}

impl Chaos {
    pub(crate) fn new(inner: Arc<dyn RunJournal>, log: Arc<Log>, lingers: bool) -> Self {
        Self {
            lingers,
            inner,
            log,
            dead: AtomicBool::new(false),
            death: Notify::new(),
        }
    }

    /// Dies here, perhaps. The dead never come back.
    async fn live(&self, place: &str) {
        if !self.dead.load(Ordering::SeqCst) && self.log.chance(self.log.crashes) {
            self.log.say(format!("† {place}"));
            self.log.died.fetch_add(1, Ordering::SeqCst);
            self.dead.store(true, Ordering::SeqCst);
            self.death.notify_one();
        }
        if self.dead.load(Ordering::SeqCst) && !self.lingers {
            std::future::pending::<()>().await;
        }
    }

    fn note(&self, run: &RunId, progress: &Progress) {
        let name = self.log.name(run);
        for (path, new) in &progress.calls {
            let mut names = self.log.names.lock().unwrap();
            names.push((new.id.clone(), format!("{name}>{path}")));
        }
        for wait in &progress.waits {
            let until = match &wait.kind {
                WaitKind::Sleep { until } => Some(*until),
                WaitKind::Event { until, .. } => *until,
            };
            if let Some(until) = until {
                let mut due = self.log.due.lock().unwrap();
                due.entry((name.clone(), wait.path.clone())).or_insert(until);
            }
        }
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done(_) => "done",
        Outcome::Failed(_) => "failed",
        Outcome::Skipped(_) => "skipped",
        Outcome::TimedOut => "timed out",
        Outcome::Cancelled => "cancelled",
    }
}

/// A write in one line.
fn line(progress: &Progress) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, list: Vec<String>| {
        if !list.is_empty() {
            parts.push(format!("{name} {}", list.join(", ")));
        }
    };
    part(
        "ends",
        progress
            .ends
            .iter()
            .map(|end| format!("{}/{}", end.path, end.number))
            .collect(),
    );
    part(
        "outcomes",
        progress
            .outcomes
            .iter()
            .map(|(path, outcome)| format!("{path} {}", word(outcome)))
            .collect(),
    );
    part(
        "asks",
        progress.asks.iter().map(|(path, _)| path.clone()).collect(),
    );
    part(
        "begins",
        progress
            .begins
            .iter()
            .map(|begin| format!("{}/{}", begin.path, begin.number))
            .collect(),
    );
    part(
        "waits",
        progress.waits.iter().map(|wait| wait.path.clone()).collect(),
    );
    part("drops", progress.drops.clone());
    part("takes", progress.takes.iter().map(ToString::to_string).collect());
    part(
        "leaves",
        progress.leaves.iter().map(ToString::to_string).collect(),
    );
    part(
        "calls",
        progress.calls.iter().map(|(path, _)| path.clone()).collect(),
    );
    part(
        "steps",
        progress
            .steps
            .iter()
            .map(|step| format!("{} {}", step.path, step.outcome))
            .collect(),
    );
    parts.push(match &progress.next {
        Next::GoOn => "goes on".to_owned(),
        Next::Rest => "rests".to_owned(),
        Next::End(end) => format!("ends {}", end.state.word()),
    });
    parts.join("; ")
}

impl RunJournal for Chaos {
    fn keep_recipe(&self, recipe: RecipeText, now: Timestamp) -> Kept<'_, ()> {
        self.inner.keep_recipe(recipe, now)
    }

    fn accept(&self, event: NewEvent) -> Kept<'_, Accepted> {
        self.inner.accept(event)
    }

    fn claim(&self, limit: u32, now: Timestamp) -> Kept<'_, Vec<Claim>> {
        Box::pin(async move {
            let claims = self.inner.claim(limit, now).await?;
            if !claims.is_empty() {
                self.live("after claim").await;
            }
            for claim in &claims {
                self.log
                    .say(format!("{} is taken up", self.log.name(&claim.ticket.run)));
            }
            Ok(claims)
        })
    }

    fn release(&self, ticket: Ticket, stumbled: bool) -> Kept<'_, ()> {
        self.inner.release(ticket, stumbled)
    }

    fn replay(&self, run: RunId) -> Kept<'_, Replay> {
        Box::pin(async move {
            let replay = self.inner.replay(run.clone()).await?;
            self.log
                .hear(&run, replay.effects.iter().map(|effect| effect.path.clone()));
            Ok(replay)
        })
    }

    fn progress(&self, ticket: Ticket, progress: Arc<Progress>, now: Timestamp) -> Kept<'_, Standing> {
        Box::pin(async move {
            // A commit takes its time, and others may come before it.
            tokio::time::sleep(Duration::from_millis(self.log.up_to(self.log.slow))).await;
            self.live("before progress").await;
            self.note(&ticket.run, &progress);
            let name = self.log.name(&ticket.run);
            self.log.say(format!("{name}: {}", line(&progress)));
            let foreseen: Vec<String> = progress.outcomes.iter().map(|(path, _)| path.clone()).collect();
            let run = ticket.run.clone();
            // A last write is heard of here: on disk its end can be seen before its answer is back, and after a crash
            // nobody takes the run up again. What was not written is passed over when the books are read.
            if matches!(progress.next, Next::End(_)) {
                self.log.hear(&run, foreseen.iter().cloned());
            }
            let standing = self.inner.progress(ticket, progress, now).await?;
            if !standing.state.ended() {
                self.log
                    .hear(&run, standing.news.iter().map(|effect| effect.path.clone()));
            }
            let news: Vec<String> = standing.news.iter().map(|effect| effect.path.clone()).collect();
            if !foreseen.is_empty() && goes_on(&standing) && news != foreseen {
                self.log.turns.fetch_add(1, Ordering::SeqCst);
            }
            self.log.say(format!(
                "{name}: {} hears {}",
                standing.state.word(),
                news.join(", ")
            ));
            self.live("after progress").await;
            Ok(standing)
        })
    }

    fn late_answer(&self, run: RunId, end: AttemptEnd, now: Timestamp) -> Kept<'_, ()> {
        self.log.late.fetch_add(1, Ordering::SeqCst);
        self.log.say(format!(
            "{}: late {}/{}",
            self.log.name(&run),
            end.path,
            end.number
        ));
        self.inner.late_answer(run, end, now)
    }

    fn settle(&self, now: Timestamp, limit: u32) -> Kept<'_, Vec<Woken>> {
        Box::pin(async move {
            let woken = self.inner.settle(now, limit).await?;
            if !woken.is_empty() {
                self.live("after settle").await;
            }
            Ok(woken)
        })
    }

    fn next_due(&self) -> Kept<'_, Option<Timestamp>> {
        self.inner.next_due()
    }

    fn run(&self, run: RunId) -> Kept<'_, Option<Run>> {
        self.inner.run(run)
    }

    fn steps(&self, run: RunId) -> Kept<'_, Vec<Step>> {
        self.inner.steps(run)
    }

    fn attempts(&self, run: RunId) -> Kept<'_, Vec<Attempt>> {
        self.inner.attempts(run)
    }
}
