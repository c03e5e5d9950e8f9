//! One seed, played.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, Plan};
use souschef_recipe::SourceFile;
use souschef_runtime::clock::Clock;
use souschef_runtime::crew::{Crew, Hub};
use souschef_runtime::driver::{Left, Means, Plans, Teller, Waits};
use souschef_runtime::journal::{
    Accepted, Answer, EventId, NewEvent, RecipeText, Reply, RunId, RunState, Signal,
};
use souschef_runtime::report::RunEvent;
use souschef_runtime::start::{Start, new_run};
use tokio::sync::watch;

use crate::books::{Book, faults};
use crate::chaos::{Chaos, Log};
use crate::ground::Ground;
use crate::world::World;

pub(crate) const RECIPES: [&str; 6] = ["row", "side", "loop", "reply", "outer", "limits"];

/// What may happen in a simulation.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    pub(crate) seed: u64,
    pub(crate) recipe: &'static str,
    /// At each write, before and after it.
    pub(crate) crashes: f64,
    /// At each request.
    pub(crate) faults: f64,
    /// How long a commit may take, in milliseconds.
    pub(crate) slow: u64,
    /// Whether a run is cancelled on the way.
    pub(crate) cancels: bool,
    /// Whether the drivers of a dead process linger for a while.
    pub(crate) zombies: bool,
}

/// How each run ended: its outcome and why, and each step's outcome and result.
type Ends = BTreeMap<
    String,
    (
        RunState,
        Option<String>,
        BTreeMap<String, (String, Option<Value>)>,
    ),
>;

/// What a simulation gives.
pub(crate) struct Report {
    seed: u64,
    pub(crate) trace: Vec<String>,
    pub(crate) ends: Ends,
    wrong: Vec<String>,
    pub(crate) crashes: usize,
    pub(crate) faults: usize,
    pub(crate) turns: usize,
    pub(crate) late: usize,
}

impl Report {
    pub(crate) fn check(&self) {
        assert!(
            self.wrong.is_empty(),
            "seed {}:\n{}\n\n{}",
            self.seed,
            self.wrong.join("\n"),
            self.trace.join("\n")
        );
    }
}

struct Cookbook {
    plans: BTreeMap<String, Arc<Plan>>,
}

impl Cookbook {
    /// Read once for all simulations.
    fn get() -> &'static Self {
        static BOOK: std::sync::OnceLock<Cookbook> = std::sync::OnceLock::new();
        BOOK.get_or_init(|| {
            let catalog = Catalog::bundled();
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/recipes");
            let read = |name: &str| {
                SourceFile::new(
                    name,
                    std::fs::read_to_string(format!("{folder}/{name}.yaml")).unwrap(),
                )
            };
            let names = RECIPES.iter().chain(["inner"].iter());
            let others: BTreeMap<String, OtherRecipe> = names
                .clone()
                .map(|name| {
                    let recipe = souschef_recipe::decode(&read(name)).recipe.unwrap();
                    ((*name).to_owned(), OtherRecipe { recipe })
                })
                .collect();
            let context = Context {
                catalog: &catalog,
                project: None,
                recipes: Some(&others),
            };
            let plans = names
                .map(|name| {
                    let checked = souschef_plan::check(name, &read(name), context);
                    let plan = checked
                        .plan
                        .unwrap_or_else(|| panic!("{name}: {:?}", checked.diagnostics));
                    ((*name).to_owned(), plan)
                })
                .collect();
            Self { plans }
        })
    }
}

pub(crate) struct Shelf;

impl Plans for Shelf {
    fn of(&self, recipe: &RecipeText) -> Result<Arc<Plan>, String> {
        self.current(&recipe.name)
    }

    fn current(&self, recipe: &str) -> Result<Arc<Plan>, String> {
        Cookbook::get()
            .plans
            .get(recipe)
            .cloned()
            .ok_or_else(|| recipe.to_owned())
    }
}

pub(crate) struct Ear {
    pub(crate) hub: Arc<Hub>,
}

impl Teller for Ear {
    fn tell(&self, _run: &RunId, _event: RunEvent) {}

    fn woken(&self, runs: &[RunId]) {
        self.hub.wake(runs);
    }

    fn due(&self, at: Timestamp) {
        self.hub.due(at);
    }

    fn left(&self, _run: &RunId, _recipe: &str, _left: Left) {}
}

/// Plays one seed.
pub(crate) fn simulate(weather: &Weather, disk: bool) -> Report {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(play(weather, disk))
}

async fn play(weather: &Weather, disk: bool) -> Report {
    let clock = Clock::runtime("2026-03-01T08:00:00Z".parse().unwrap());
    let log = Arc::new(Log::new(
        weather.seed,
        weather.crashes,
        weather.slow,
        clock.clone(),
    ));
    let world = Arc::new(World::new(Arc::clone(&log), weather.faults));
    let mut game = Game {
        ground: Ground::new(disk),
        weather: weather.clone(),
        log: Arc::clone(&log),
        world: Arc::clone(&world),
        cancel_at: weather
            .cancels
            .then(|| clock.now() + Duration::from_millis(log.up_to(12_000))),
        signal_at: clock.now() + Duration::from_secs(7),
        asked: BTreeMap::new(),
    };
    game.open().await;
    let mut lives = 0;
    loop {
        lives += 1;
        assert!(lives < 2000, "seed {} comes to no end", weather.seed);
        if game.live().await {
            break;
        }
        game.ground.restart().await;
    }
    game.close().await
}

struct Game {
    ground: Ground,
    weather: Weather,
    log: Arc<Log>,
    world: Arc<World>,
    cancel_at: Option<Timestamp>,
    signal_at: Timestamp,
    /// Since when something is asked.
    asked: BTreeMap<(String, String), Timestamp>,
}

impl Game {
    /// Keeps the recipes, and accepts an event that starts two runs.
    async fn open(&self) {
        let journal = self.ground.journal();
        let now = self.log.clock.now();
        for plan in Cookbook::get().plans.values() {
            let text = RecipeText {
                hash: plan.hash.clone(),
                name: plan.recipe.clone(),
                text: plan.text.to_string(),
            };
            journal.keep_recipe(text, now).await.unwrap();
        }
        let body = json!({
            "contact": "ana",
            "items": [
                { "name": "one", "tags": ["a", "b"] },
                { "name": "two", "tags": [] },
                { "name": "three", "tags": ["c"] },
                { "name": "four", "tags": ["d", "e"] },
                { "name": "five", "tags": ["f"] },
            ],
        });
        let plan = Shelf.current(self.weather.recipe).unwrap();
        let mut runs = Vec::new();
        for number in 0..2 {
            let start = Start {
                trigger: "trigger",
                event: &body,
                inputs: Map::new(),
                connection: "main",
                scope: json!({ "name": "main" }),
            };
            let new = new_run(&plan, start, now).unwrap();
            let name = format!("{}{number}", self.weather.recipe);
            self.log.names.lock().unwrap().push((new.id.clone(), name));
            runs.push(new);
        }
        journal.accept(event(body, runs, None, now)).await.unwrap();
    }

    /// One life of the process. True: all is over.
    async fn live(&mut self) -> bool {
        // On disk the dead hold the folder, so they can't linger there.
        let lingers = self.weather.zombies && matches!(self.ground, Ground::Memory(_));
        let chaos = Arc::new(Chaos::new(self.ground.journal(), Arc::clone(&self.log), lingers));
        let hub = Arc::new(Hub::default());
        let means = Means {
            journal: Arc::clone(&chaos) as _,
            caller: Arc::clone(&self.world) as _,
            plans: Arc::new(Shelf),
            clock: self.log.clock.clone(),
            teller: Arc::new(Ear {
                hub: Arc::clone(&hub),
            }),
            waits: Waits::Kept,
        };
        let mut crew = Crew::new(Arc::new(means), Arc::clone(&hub), 8, watch::channel(false).1);
        let over = tokio::select! {
            biased;
            () = chaos.death.notified() => false,
            () = self.carry(&mut crew, &hub) => true,
        };
        if !over && lingers {
            let lingers = Duration::from_millis(self.log.up_to(3000));
            tokio::spawn(async move {
                tokio::time::sleep(lingers).await;
                drop(crew);
            });
        } else {
            drop(crew);
        }
        over
    }

    async fn carry(&mut self, crew: &mut Crew, hub: &Arc<Hub>) {
        crew.look_for_due().await.unwrap();
        for _ in 0..20_000 {
            crew.join_ready().await.unwrap();
            crew.settle().await.unwrap();
            let taken = crew.take().await.unwrap();
            self.meddle(hub).await;
            if taken == 0 && crew.len() == 0 && self.all_over().await {
                return;
            }
            tokio::select! {
                biased;
                () = hub.ready.notified() => {}
                joined = crew.join(), if crew.len() > 0 => { joined.unwrap(); }
                () = tokio::time::sleep(Duration::from_millis(250)) => self.ground.keep_pace().await,
            }
        }
        panic!(
            "seed {} comes to no end:\n{}",
            self.weather.seed,
            self.log.trace.lock().unwrap().join("\n")
        );
    }

    async fn all_over(&self) -> bool {
        for (run, _) in self.runs() {
            // A run may be named that was never written.
            if let Some(run) = self.ground.run(&run).await
                && !run.state.ended()
            {
                return false;
            }
        }
        true
    }

    fn runs(&self) -> Vec<(RunId, String)> {
        self.log.names.lock().unwrap().clone()
    }

    /// What people and other systems do meanwhile.
    async fn meddle(&mut self, hub: &Hub) {
        let now = self.log.clock.now();
        if self.cancel_at.is_some_and(|at| at <= now) {
            self.cancel_at = None;
            let (run, name) = self.runs().swap_remove(0);
            self.log.say(format!("{name} is to be cancelled"));
            hub.wake(&self.ground.cancel(&run, now).await);
        }
        if self.weather.recipe == "reply" && self.signal_at <= now {
            self.signal_at = now + Duration::from_secs(9);
            for contact in ["somebody", "ana"] {
                let body = json!({ "contactId": contact, "body": "yes" });
                let signal = Signal::for_the_run("ghl.InboundMessage", None, None);
                let accepted = self
                    .ground
                    .journal()
                    .accept(event(body, Vec::new(), Some(signal), now))
                    .await;
                if let Accepted::New { woken, .. } = accepted.unwrap() {
                    hub.wake(&woken);
                }
            }
        }
        for (run, name) in self.runs() {
            let state = self.ground.run(&run).await.map(|run| run.state);
            if state != Some(RunState::NeedsAttention) {
                continue;
            }
            for (path, _) in self.ground.questions(&run).await {
                // Nobody answers at once.
                let asked = (name.clone(), path.clone());
                let since = *self.asked.entry(asked.clone()).or_insert(now);
                if now.duration_since(since).as_secs() < 10 {
                    continue;
                }
                self.asked.remove(&asked);
                // Somebody who knows: it happened, or it did not.
                let (answer, value) = match self.world.acted(&name, &path) {
                    Some(result) => (Answer::Done, result),
                    None => (Answer::Again, Value::Null),
                };
                self.log
                    .say(format!("{name} {path}: a person says {}", answer.word()));
                let reply = Reply {
                    answer,
                    value,
                    who: "ana".to_owned(),
                };
                hub.wake(&self.ground.answer(&run, &path, reply, now).await);
            }
        }
    }

    async fn close(&self) -> Report {
        // The dead may still bring their last answers.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let (mut ends, mut wrong) = (Ends::new(), Vec::new());
        let journal = self.ground.journal();
        let ledger = self.world.ledger.lock().unwrap().clone();
        let due = self.log.due.lock().unwrap().clone();
        for (id, name) in self.runs() {
            let Some(run) = self.ground.run(&id).await else {
                continue;
            };
            let replay = self.ground.replay(&id).await;
            let event = replay
                .event
                .map_or_else(|| run.inputs.clone(), |event| event.body);
            let heard = self
                .log
                .heard
                .lock()
                .unwrap()
                .get(&id)
                .cloned()
                .unwrap_or_default();
            let book = Book {
                name: name.clone(),
                event,
                plan: Shelf.current(&run.recipe).unwrap(),
                heard,
                run,
                steps: journal.steps(id.clone()).await.unwrap(),
                attempts: journal.attempts(id.clone()).await.unwrap(),
                effects: replay.effects,
            };
            wrong.extend(faults(&book, &ledger, &due));
            let steps = book
                .steps
                .iter()
                .map(|step| (step.path.clone(), (step.outcome.clone(), step.result.clone())))
                .collect();
            ends.insert(name, (book.run.state, book.run.reason, steps));
        }
        Report {
            seed: self.weather.seed,
            trace: self.log.trace.lock().unwrap().clone(),
            ends,
            wrong,
            crashes: self.log.died.load(Ordering::SeqCst),
            faults: self.world.fired.load(Ordering::SeqCst),
            turns: self.log.turns.load(Ordering::SeqCst),
            late: self.log.late.load(Ordering::SeqCst),
        }
    }
}

fn event(
    body: Value,
    runs: Vec<souschef_runtime::journal::NewRun>,
    signal: Option<Signal>,
    at: Timestamp,
) -> NewEvent {
    NewEvent {
        id: EventId::new(),
        connection: None,
        source: "test".to_owned(),
        key: None,
        strict: false,
        body,
        runs,
        signal,
        at,
    }
}
