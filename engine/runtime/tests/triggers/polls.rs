//! Polls and schedules on a journal and a sandbox: what happens outside starts its runs, once.

use serde_json::{Value, json};
use souschef_runtime::journal::{Page, Run};

use crate::kitchen::{Kitchen, contact};
use crate::project::{FILES, PROJECT, kitchen, names, recipe};

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
async fn a_recipe_that_is_not_enabled_rests_and_goes_on_where_it_stood() {
    let several = "
  - { id: found, poll: contacts.search, every: 5m }
  - { id: lead, webhook: custom, path: leads, auth: { token: lead } }
  - { id: early, schedule: \"30 4 * * *\" }";
    let text = recipe(several);
    let rests = format!("enabled: false\n{text}");
    let mut kitchen = kitchen(&[("recipes/welcome.yaml", &text)]).await;
    kitchen.pass(5).await;
    kitchen.write("recipes/welcome.yaml", &rests).await;
    kitchen.call("contacts.create", contact("Ana")).await;
    kitchen.pass(120).await;
    let proof = [("x-webhook-token", "lead-secret")];
    let sent = kitchen.send("custom/leads", &proof, json!({})).await;
    assert_eq!(sent.status, 404);
    assert!(kitchen.runs("welcome").await.is_empty());
    let health = kitchen.health();
    assert!(
        health.polls.is_empty() && health.schedules.is_empty(),
        "{health:?}"
    );
    // A person can start it all the same.
    let by_hand = souschef_runtime::service::Submission {
        source: "test".into(),
        connection: None,
        key: None,
        strict: false,
        body: contact("Ben"),
        begins: vec![souschef_runtime::service::Begin {
            recipe: "welcome".into(),
            trigger: "found".into(),
            ..Default::default()
        }],
        signal: None,
    };
    kitchen.service.submit(by_hand).await.unwrap();
    assert_eq!(names(&kitchen.runs("welcome").await, "firstName"), ["Ben"]);

    kitchen.write("recipes/welcome.yaml", &text).await;
    kitchen.pass(5).await;
    assert_eq!(names(&kitchen.runs("welcome").await, "firstName"), ["Ben", "Ana"]);
    assert_eq!(kitchen.send("custom/leads", &proof, json!({})).await.status, 202);
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
    let at = |runs: &[(Run, Value)]| names(runs, "scheduled_at");
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
async fn a_clock_that_jumps_months_ahead_brings_no_flood() {
    let minutely = |catch_up: &str| recipe(&format!("{{ schedule: \"* * * * *\", catch_up: {catch_up} }}"));
    let mut kitchen = kitchen(&[
        ("recipes/none.yaml", &minutely("none")),
        ("recipes/all.yaml", &minutely("all")),
    ])
    .await;
    kitchen.pass(0).await;
    kitchen.pass(90 * 24 * 60).await;
    for _ in 0..10 {
        kitchen.pass(0).await;
    }
    let tally = kitchen.service.look().tally().await.unwrap();
    let runs: u64 = tally.iter().map(|(_, count)| *count).sum();
    assert!((500..=1010).contains(&runs), "{runs} runs of 129,600 minutes");
    let health = kitchen.health();
    for schedule in &health.schedules {
        assert!(
            schedule.next_at.is_some_and(|next| next > kitchen.now()),
            "{schedule:?}"
        );
        assert_eq!(schedule.trouble, None);
    }
    let none = health.schedules.iter().find(|one| one.recipe == "none").unwrap();
    let page = Page {
        limit: 5000,
        below: None,
    };
    let missed = kitchen
        .service
        .look()
        .missed(&none.schedule, page.clone())
        .await
        .unwrap();
    assert!(
        (500..=1000).contains(&missed.len()),
        "{} are listed",
        missed.len()
    );
    let audit = kitchen.service.look().audit(None, page).await.unwrap();
    let told: Vec<&str> = audit.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(
        told.iter()
            .filter(|what| **what == "schedule.passed_over")
            .count(),
        2,
        "{told:?}"
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
