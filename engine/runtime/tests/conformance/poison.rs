//! A run whose driver stumbles each time is set aside; the others never notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};
use souschef_connect::Observer;
use souschef_flow::EffectOutcome;
use souschef_runtime::clock::Clock;
use souschef_runtime::crew::{Crew, Hub};
use souschef_runtime::driver::{Called, Caller, Calling, Means, Order, Plans, Waits};
use souschef_runtime::journal::{Answer, EventId, NewEvent, RecipeText, Reply, RunId, RunState};
use souschef_runtime::memory::Memory;
use souschef_runtime::port::RunJournal;
use souschef_runtime::start::{Start, new_run};
use tokio::sync::watch;

use crate::simulation::{Ear, Shelf};

/// Stumbles over one contact until it is mended.
struct Stumbling {
    mended: AtomicUsize,
    calls: AtomicUsize,
}

impl Caller for Stumbling {
    fn scope_of(&self, _connection: &str) -> Value {
        Value::Null
    }

    fn call<'a>(&'a self, order: Order, _observer: &'a dyn Observer) -> Calling<'a> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if order.call.inputs.get("contactId") == Some(&json!("poison"))
            && self.mended.load(Ordering::SeqCst) == 0
        {
            panic!("a value that nobody thought of");
        }
        Box::pin(async { Called::Over(EffectOutcome::Done(json!({ "said": "yes" }))) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_stumbles_again_and_again_is_set_aside() {
    let clock = Clock::runtime("2026-03-01T08:00:00Z".parse().unwrap());
    let memory = Arc::new(Memory::new());
    let plan = Shelf.current("row").unwrap();
    memory.keep(RecipeText {
        hash: plan.hash.clone(),
        name: plan.recipe.clone(),
        text: plan.text.to_string(),
    });
    let mut runs: Vec<RunId> = Vec::new();
    for number in 0..20 {
        let contact = if number == 7 { "poison" } else { "ana" };
        let body = json!({ "contact": contact });
        let start = Start {
            trigger: "trigger",
            event: &body,
            inputs: Map::new(),
            connection: "main",
            scope: Value::Null,
        };
        let new = new_run(&plan, start, clock.now()).unwrap();
        runs.push(new.id.clone());
        let event = NewEvent {
            id: EventId::new(),
            connection: None,
            source: "test".to_owned(),
            key: None,
            strict: false,
            body,
            runs: vec![new],
            signal: None,
            at: clock.now(),
        };
        RunJournal::accept(memory.as_ref(), event).await.unwrap();
    }
    let caller = Arc::new(Stumbling {
        mended: AtomicUsize::new(0),
        calls: AtomicUsize::new(0),
    });
    let hub = Arc::new(Hub::default());
    let means = Means {
        journal: Arc::clone(&memory) as _,
        caller: Arc::clone(&caller) as _,
        plans: Arc::new(Shelf),
        clock: clock.clone(),
        teller: Arc::new(Ear {
            hub: Arc::clone(&hub),
        }),
        waits: Waits::Kept,
    };
    let mut crew = Crew::new(Arc::new(means), Arc::clone(&hub), 4, watch::channel(false).1);
    let carry = async |crew: &mut Crew| {
        while crew.take().await.unwrap() > 0 || crew.len() > 0 {
            crew.join().await.unwrap();
        }
    };
    carry(&mut crew).await;
    let state = async |run: &RunId| memory.run(run.clone()).await.unwrap().unwrap().state;
    for (number, run) in runs.iter().enumerate() {
        let right = if number == 7 {
            RunState::NeedsAttention
        } else {
            RunState::Succeeded
        };
        assert_eq!(state(run).await, right, "run {number}");
    }
    let poison = &runs[7];
    let (path, failure) = memory.questions(poison).pop().unwrap();
    let words = failure["message"].as_str().unwrap();
    assert!(words.contains("a value that nobody thought of"), "{words}");
    assert_eq!(failure["code"], "SC483");
    let reply = |answer| Reply {
        answer,
        value: Value::Null,
        who: "ana".to_owned(),
    };

    // Tried again in vain, it is set aside again; mended, it goes on to its end.
    hub.wake(
        &memory
            .answer(poison, Some(&path), &reply(Answer::Again), clock.now())
            .unwrap(),
    );
    carry(&mut crew).await;
    assert_eq!(state(poison).await, RunState::NeedsAttention);
    caller.mended.store(1, Ordering::SeqCst);
    hub.wake(
        &memory
            .answer(poison, None, &reply(Answer::Again), clock.now())
            .unwrap(),
    );
    carry(&mut crew).await;
    assert_eq!(state(poison).await, RunState::Succeeded);
}
