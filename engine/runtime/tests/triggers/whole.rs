//! Triggers on a journal and a sandbox: what happens outside starts its runs, once.

use serde_json::{Value, json};
use souschef_runtime::journal::{Page, RunState};

use crate::kitchen::{Kitchen, contact};

const PROJECT: &str = "
connections:
  main: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT, auth: { token: { env: NONE } } }
  crm: { connector: crm, auth: { token: { file: crm-token } } }
default_connection: main
secrets:
  lead: { file: lead-token }
  other: { file: other-token }
connectors: [ crm.yaml ]
";

const CRM: &str = "
connector: crm
title: CRM
help: A system.
base_url: https://crm.example.com
auth: bearer
webhooks:
  event_field: type
  delivery_field: delivery
  time_field: sent
  signatures: [ { kind: token, header: x-crm-token } ]
  events:
    ThingCreated: { help: A thing was made., fields: { type: text, id: text }, example: { type: ThingCreated, id: t1 } }
types:
  Thing: { fields: { id: text, title: text, updated_at: datetime } }
category: CRM
operations:
  crm.list_things:
    title: List Things
    help: Lists things.
    kind: trigger
    method: GET
    path: /things
    effect: read
    inputs:
      limit: { in: query, type: integer, help: How many. }
      offset: { in: query, type: integer, help: From where. }
    output: { fields: { things: [$Thing] } }
    poll: { items: \"$.things[*]\", id: id, changed: updated_at, paging: { label: limit+offset, size: { limit: 2 }, skip: offset } }
  crm.create_thing:
    title: Create Thing
    help: Makes a thing.
    kind: action
    method: POST
    path: /things
    effect: unsafe
    inputs: { title: { in: body, type: text, required: true, help: What it is called. } }
    output: { fields: { thing: $Thing } }
";

const FILES: [(&str, &str); 4] = [
    ("crm.yaml", CRM),
    ("crm-token", "crm-secret"),
    ("lead-token", "lead-secret"),
    ("other-token", "other-secret"),
];

fn recipe(trigger: &str) -> String {
    format!("name: A recipe\ntrigger: {trigger}\nactions: [ {{ stop: \"heard {{{{ run.trigger }}}}\" }} ]\n")
}

async fn kitchen(recipes: &[(&str, &str)]) -> Kitchen {
    let mut files: Vec<(&str, &str)> = FILES.to_vec();
    files.extend(recipes);
    Kitchen::open(PROJECT, &files).await
}

fn names(runs: &[(souschef_runtime::journal::Run, Value)], field: &str) -> Vec<String> {
    runs.iter()
        .map(|(_, event)| event[field].as_str().unwrap_or_default().to_owned())
        .collect()
}

const NEW: &str = "{ poll: contacts.search, every: 5m, with: { pageLimit: 2 } }";

#[tokio::test]
async fn a_poll_starts_a_run_for_each_new_item_through_restarts_and_edits() {
    let mut kitchen = kitchen(&[("recipes/welcome.yaml", &recipe(NEW))]).await;
    kitchen.pass(5).await;
    let first = kitchen.health().polls[0].clone();
    assert!(
        first.trouble.is_none() && first.items > 2 && first.pages > 1,
        "{first:?}"
    );
    assert!(
        kitchen.runs("welcome").await.is_empty(),
        "the first look only remembers"
    );

    kitchen.call("contacts.create", contact("Ana")).await;
    kitchen.pass(5).await;
    assert_eq!(names(&kitchen.runs("welcome").await, "firstName"), ["Ana"]);
    kitchen.pass(5).await;
    assert_eq!(kitchen.runs("welcome").await.len(), 1);

    // What comes while the service is down, or the recipe away, is met afterwards.
    kitchen.call("contacts.create", contact("Ben")).await;
    let mut kitchen = kitchen.again().await;
    kitchen.pass(5).await;
    kitchen.remove("recipes/welcome.yaml").await;
    kitchen.call("contacts.create", contact("Cleo")).await;
    kitchen.pass(60).await;
    assert!(kitchen.health().polls.is_empty());
    // It is back, with another page size, timetable and name of its own.
    let edited = recipe("{ poll: contacts.search, every: 10m, with: { pageLimit: 50 } }");
    kitchen.write("recipes/welcome.yaml", &edited).await;
    kitchen.pass(10).await;
    assert_eq!(
        names(&kitchen.runs("welcome").await, "firstName"),
        ["Ana", "Ben", "Cleo"]
    );

    // Renamed, it goes on where it stood; a recipe that is new begins now.
    kitchen.rename("recipes/welcome.yaml", "recipes/greet.yaml").await;
    kitchen.write("recipes/fresh.yaml", &recipe(NEW)).await;
    kitchen.call("contacts.create", contact("Dora")).await;
    kitchen.pass(10).await;
    assert_eq!(names(&kitchen.runs("greet").await, "firstName"), ["Dora"]);
    assert!(kitchen.runs("fresh").await.is_empty());
    kitchen.call("contacts.create", contact("Emil")).await;
    kitchen.pass(10).await;
    assert_eq!(names(&kitchen.runs("fresh").await, "firstName"), ["Emil"]);
    assert_eq!(names(&kitchen.runs("greet").await, "firstName"), ["Dora", "Emil"]);
    // Both look at one list.
    assert_eq!(kitchen.health().polls.len(), 1, "{:?}", kitchen.health().polls);
}

#[tokio::test]
async fn changes_backfills_and_whole_lists() {
    let poll = |more: &str| recipe(&format!("{{ poll: contacts.search, every: 5m, {more} }}"));
    let mut kitchen = kitchen(&[
        ("recipes/changed.yaml", &poll("fire_on: changed")),
        ("recipes/backfill.yaml", &poll("backfill: true")),
        ("recipes/items.yaml", &poll("fire_on: every_item")),
        ("recipes/whole.yaml", &poll("fire_on: every_poll")),
    ])
    .await;
    kitchen.pass(5).await;
    let there = kitchen.health().polls[0].items as usize;
    assert_eq!(kitchen.runs("backfill").await.len(), there);
    assert_eq!(kitchen.runs("items").await.len(), there);
    assert_eq!(kitchen.runs("changed").await.len(), 0);
    let whole = kitchen.runs("whole").await;
    assert_eq!(
        (whole.len(), whole[0].1["items"].as_array().unwrap().len()),
        (1, there)
    );

    let id = whole[0].1["items"][0]["id"].clone();
    let change = json!({ "contactId": id, "firstName": "Zoe" });
    kitchen.call("contacts.update", change).await;
    kitchen.pass(5).await;
    assert_eq!(names(&kitchen.runs("changed").await, "firstName"), ["Zoe"]);
    assert_eq!(kitchen.runs("backfill").await.len(), there);
    assert_eq!(kitchen.runs("items").await.len(), 2 * there);
    assert_eq!(kitchen.runs("whole").await.len(), 2);
    // One walk served all four.
    let searches = kitchen.sandbox.ledger().len();
    kitchen.pass(5).await;
    assert_eq!(
        kitchen.sandbox.ledger().len() - searches,
        kitchen.health().polls[0].pages as usize
    );
}

#[tokio::test]
async fn a_poll_that_fails_says_so_and_goes_on_later() {
    let wrong = "{ poll: contacts.search, every: 5m, with: { query: \"{{ inputs.word }}\" } }";
    let text = format!("inputs: {{ word: {{ type: text }} }}\n{}", recipe(wrong));
    let mut kitchen = kitchen(&[("recipes/wrong.yaml", &text)]).await;
    kitchen.pass(5).await;
    let told = kitchen.health().polls[0].clone();
    assert!(told.trouble.is_some(), "{told:?}");
    let project = format!("{PROJECT}inputs: {{ wrong: {{ word: Ana }} }}\n");
    kitchen.write("souschef.yaml", &project).await;
    kitchen.pass(5).await;
    let told = kitchen.health().polls[0].clone();
    assert_eq!((told.trouble, told.failures), (None, 0));
    kitchen.call("contacts.create", contact("Ana")).await;
    kitchen.pass(5).await;
    assert_eq!(names(&kitchen.runs("wrong").await, "firstName"), ["Ana"]);
}

const LEADS: &str = "{ webhook: custom, path: leads, auth: { token: lead } }";

#[tokio::test]
async fn a_webhook_is_kept_before_it_is_answered_and_once() {
    let kitchen = kitchen(&[("recipes/lead.yaml", &recipe(LEADS))]).await;
    let token = [("authorization", "Bearer lead-secret"), ("x-webhook-id", "d1")];
    let answer = kitchen
        .send("custom/leads", &token, json!({ "name": "Ana" }))
        .await;
    assert_eq!(answer.status, 202);
    let runs = kitchen.runs("lead").await;
    assert_eq!(answer.body["runs"], json!([runs[0].0.id]));
    assert_eq!(runs[0].1, json!({ "name": "Ana" }));

    let kitchen = kitchen.again().await;
    let again = kitchen
        .send("custom/leads", &token, json!({ "name": "Ana" }))
        .await;
    assert_eq!(again.status, 200);
    assert_eq!(
        again.body,
        json!({ "event": answer.body["event"], "duplicate": true })
    );
    let other = kitchen
        .send("custom/leads", &token, json!({ "name": "Eve" }))
        .await;
    assert_eq!((other.status, &other.body["duplicate"]), (200, &json!(true)));
    assert_eq!(kitchen.runs("lead").await.len(), 1);
    let wrong = kitchen
        .send("custom/leads", &[("authorization", "Bearer x")], json!({}))
        .await;
    assert_eq!((wrong.status, &wrong.body["error"]), (401, &json!("not_proven")));

    kitchen.carry().await;
    assert_eq!(kitchen.runs("lead").await[0].0.state, RunState::Stopped);
}

#[tokio::test]
async fn only_what_a_wait_asks_for_ends_it_even_when_its_recipe_has_changed() {
    let text = "
name: Waits
trigger: { manual: true }
actions:
  - id: answer
    wait_for: { webhook: custom, path: answers, auth: { token: lead }, if: { event.yes: true } }
  - stop: \"{{ steps.answer.word }}\"
";
    let also = recipe("{ webhook: custom, path: answers, auth: { token: other } }");
    let mut kitchen = kitchen(&[("recipes/waits.yaml", text), ("recipes/also.yaml", &also)]).await;
    let begin = souschef_runtime::service::Begin {
        recipe: "waits".into(),
        trigger: "trigger".into(),
        ..Default::default()
    };
    let submission = souschef_runtime::service::Submission {
        source: "test".into(),
        connection: None,
        key: None,
        strict: false,
        body: json!({}),
        begins: vec![begin],
        signal: None,
    };
    kitchen.service.submit(submission).await.unwrap();
    kitchen.carry().await;
    // The recipe is another now, and nobody would listen there with that proof.
    kitchen
        .write("recipes/waits.yaml", &recipe("{ manual: true }"))
        .await;
    let state = async |kitchen: &Kitchen| kitchen.runs("waits").await[0].0.clone();
    let lead = [("authorization", "Bearer lead-secret")];
    let other = [("authorization", "Bearer other-secret")];
    for (proof, body) in [
        (other, json!({ "yes": true, "word": "forged" })),
        (lead, json!({ "yes": false, "word": "no" })),
        (
            [("authorization", "Bearer none")],
            json!({ "yes": true, "word": "nobody" }),
        ),
    ] {
        kitchen.send("custom/answers", &proof, body).await;
        kitchen.carry().await;
        assert_eq!(state(&kitchen).await.state, RunState::Waiting);
    }
    assert_eq!(kitchen.runs("also").await.len(), 1);
    let right = kitchen
        .send("custom/answers", &lead, json!({ "yes": true, "word": "right" }))
        .await;
    assert_eq!(right.status, 202, "{right:?}");
    kitchen.carry().await;
    let run = state(&kitchen).await;
    assert_eq!(
        (run.state, run.reason.as_deref()),
        (RunState::Stopped, Some("right"))
    );
}

#[tokio::test]
async fn a_poll_makes_up_for_missed_events_and_only_for_those() {
    let both = "{ webhook: crm.ThingCreated, reconcile: { poll: crm.list_things, every: 5m } }";
    let mut kitchen = kitchen(&[
        ("recipes/both.yaml", &recipe(both)),
        ("recipes/plain.yaml", &recipe("{ webhook: crm.ThingCreated }")),
    ])
    .await;
    let token = [("x-crm-token", "crm-secret")];
    let tell = async |kitchen: &Kitchen, id: &Value, delivery: &str, sent: String| {
        let body = json!({ "type": "ThingCreated", "id": id, "delivery": delivery, "sent": sent });
        kitchen.send("crm", &token, body).await
    };
    let make = async |kitchen: &Kitchen, title: &str| {
        let made = kitchen.call("crm.create_thing", json!({ "title": title })).await;
        made["thing"]["id"].clone()
    };
    make(&kitchen, "before").await;
    kitchen.pass(5).await;
    assert!(kitchen.runs("both").await.is_empty());

    // Told, then found.
    let one = make(&kitchen, "one").await;
    assert_eq!(
        tell(&kitchen, &one, "d1", kitchen.now().to_string()).await.status,
        202
    );
    kitchen.pass(5).await;
    assert_eq!(names(&kitchen.runs("both").await, "id"), [one.as_str().unwrap()]);

    // Missed, found, and told late: the recipe without a poll hears it then.
    let two = make(&kitchen, "two").await;
    let sent = kitchen.now().to_string();
    kitchen.pass(5).await;
    let both = names(&kitchen.runs("both").await, "id");
    assert_eq!(both, [one.as_str().unwrap(), two.as_str().unwrap()]);
    let late = tell(&kitchen, &two, "d2", sent.clone()).await;
    assert_eq!(
        (late.status, late.body["runs"].as_array().unwrap().len()),
        (202, 1)
    );
    assert_eq!(tell(&kitchen, &two, "d2", sent).await.status, 200);
    assert_eq!(kitchen.runs("both").await.len(), 2);
    assert_eq!(kitchen.runs("plain").await.len(), 2);

    // The same thing is told of again, later: that is news.
    kitchen.pass(1).await;
    assert_eq!(
        tell(&kitchen, &two, "d3", kitchen.now().to_string()).await.status,
        202
    );
    assert_eq!(kitchen.runs("both").await.len(), 3);
}

#[tokio::test]
async fn a_schedule_fires_once_for_each_instant_and_lists_what_it_missed() {
    let hourly = |catch_up: &str| {
        recipe(&format!(
            "{{ schedule: \"0 * * * *\", time_zone: Europe/Vienna, catch_up: {catch_up} }}"
        ))
    };
    let mut kitchen = kitchen(&[
        ("recipes/none.yaml", &hourly("none")),
        ("recipes/last.yaml", &hourly("last")),
        ("recipes/all.yaml", &hourly("all")),
    ])
    .await;
    // It begins at noon: that instant is not one of its own.
    kitchen.pass(0).await;
    kitchen.pass(59).await;
    kitchen.pass(1).await;
    let at = |runs: &[(souschef_runtime::journal::Run, Value)]| names(runs, "scheduled_at");
    assert_eq!(at(&kitchen.runs("none").await), ["2026-05-01T15:00:00+02:00"]);
    kitchen.pass(1).await;
    // Five hours of sleep.
    let mut kitchen = kitchen.again().await;
    kitchen.pass(5 * 60 + 5).await;
    kitchen.pass(0).await;
    assert_eq!(kitchen.runs("none").await.len(), 1);
    assert_eq!(
        at(&kitchen.runs("last").await),
        ["2026-05-01T15:00:00+02:00", "2026-05-01T20:00:00+02:00"]
    );
    assert_eq!(kitchen.runs("all").await.len(), 6);
    let missed = async |recipe: &str| {
        let health = kitchen.health();
        let key = health.schedules.iter().find(|one| one.recipe == recipe).unwrap();
        let missed = kitchen.service.look().missed(&key.schedule, Page::default());
        missed.await.unwrap().len()
    };
    assert_eq!(
        (missed("none").await, missed("last").await, missed("all").await),
        (5, 4, 0)
    );
}

#[tokio::test]
async fn left_alone_it_does_what_is_due_and_follows_the_project_until_told_to_stop() {
    let kitchen = kitchen(&[("recipes/welcome.yaml", &recipe(NEW))]).await;
    let (mut kitchen, at_work, stop) = kitchen.at_work();
    kitchen.turn_clock(5);
    until(&kitchen, async |kitchen| {
        kitchen
            .health()
            .polls
            .first()
            .is_some_and(|poll| poll.last_at.is_some())
    })
    .await;
    kitchen.call("contacts.create", contact("Ana")).await;
    kitchen.turn_clock(5);
    until(&kitchen, async |kitchen| {
        !kitchen.runs("welcome").await.is_empty()
    })
    .await;
    // A recipe that is saved meanwhile is looked after too.
    kitchen
        .write(
            "recipes/hourly.yaml",
            &recipe("{ schedule: \"0 * * * *\", catch_up: last }"),
        )
        .await;
    until(&kitchen, async |kitchen| {
        let health = kitchen.health();
        health.schedules.first().is_some_and(|one| one.next_at.is_some())
    })
    .await;
    kitchen.turn_clock(60);
    until(&kitchen, async |kitchen| !kitchen.runs("hourly").await.is_empty()).await;
    stop.send(true).unwrap();
    at_work.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_repeats_at_once_are_one_event_and_what_can_not_be_kept_is_to_come_again() {
    let kitchen = std::sync::Arc::new(kitchen(&[("recipes/lead.yaml", &recipe(LEADS))]).await);
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..400 {
        let kitchen = std::sync::Arc::clone(&kitchen);
        sending.spawn(async move {
            let id = format!("d{}", number % 20);
            let headers = [("x-webhook-token", "lead-secret"), ("webhook-id", &id)];
            kitchen.send("custom/leads", &headers, json!({ "id": id })).await
        });
    }
    let mut by_status = std::collections::BTreeMap::new();
    while let Some(answer) = sending.join_next().await {
        let answer = answer.unwrap();
        assert_eq!(answer.status == 429, answer.retry_after.is_some());
        *by_status.entry(answer.status).or_insert(0) += 1;
    }
    // The journal's queue is short here: some are told to come again, and none of those has left anything.
    let kept = kitchen.runs("lead").await.len();
    assert_eq!(by_status.remove(&202), Some(kept), "{by_status:?}");
    assert!(by_status.contains_key(&429), "{by_status:?}");
    assert!(
        by_status.keys().all(|status| [200, 429].contains(status)),
        "{by_status:?}"
    );
    // They come again.
    for number in 0..20 {
        let id = format!("d{number}");
        let headers = [("x-webhook-token", "lead-secret"), ("webhook-id", id.as_str())];
        let answer = kitchen.send("custom/leads", &headers, json!({ "id": id })).await;
        assert!(matches!(answer.status, 200 | 202), "{answer:?}");
    }
    assert_eq!(kitchen.runs("lead").await.len(), 20);
}

#[tokio::test]
async fn a_long_list_is_committed_in_pieces() {
    let things: Vec<Value> = (0..1203)
        .map(|number| json!({ "title": format!("thing {number}") }))
        .collect();
    let given = [("crm.things".to_owned(), json!(things))].into_iter().collect();
    let text = recipe("{ poll: crm.list_things, every: 5m, backfill: true, with: { limit: 100 } }");
    let mut files: Vec<(&str, &str)> = FILES.to_vec();
    files.push(("recipes/all.yaml", &text));
    let mut kitchen = Kitchen::open_with(PROJECT, &files, given).await;
    for _ in 0..2 {
        kitchen.pass(5).await;
        let health = kitchen.health().polls[0].clone();
        assert_eq!((health.trouble, health.items >= 1203), (None, true));
        let tally = kitchen.service.look().tally().await.unwrap();
        assert_eq!(tally.iter().map(|(_, count)| *count).sum::<u64>(), health.items);
    }
}

#[tokio::test]
async fn a_run_of_one_account_waits_for_what_happens_in_another_system() {
    let text = "
name: Waits
trigger: { webhook: custom, path: leads, auth: { token: lead } }
actions:
  - id: thing
    wait_for: { webhook: crm.ThingCreated, if: { event.id: t1 } }
  - stop: \"{{ steps.thing.id }}\"
";
    let kitchen = kitchen(&[("recipes/waits.yaml", text)]).await;
    kitchen
        .send("custom/leads", &[("x-webhook-token", "lead-secret")], json!({}))
        .await;
    kitchen.carry().await;
    let tell = json!({ "type": "ThingCreated", "id": "t1" });
    assert_eq!(
        kitchen
            .send("crm", &[("x-crm-token", "crm-secret")], tell)
            .await
            .status,
        202
    );
    kitchen.carry().await;
    assert_eq!(kitchen.runs("waits").await[0].0.reason.as_deref(), Some("t1"));
}

/// Waits until something is so.
async fn until(kitchen: &Kitchen, is: impl AsyncFn(&Kitchen) -> bool) {
    for _ in 0..2000 {
        if is(kitchen).await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it never came: {:?}", kitchen.health());
}
