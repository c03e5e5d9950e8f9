//! Webhooks on a journal: kept before they are answered, once, and heard by those who may.

use serde_json::json;
use souschef_runtime::journal::RunState;

use crate::kitchen::Kitchen;
use crate::project::{kitchen, recipe};

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

/// A system whose events say which account they are of.
const SHOP: &str = "
connector: shop
title: Shop
help: A shop.
base_url: https://shop.example.com
auth: bearer
webhooks:
  event_field: type
  account_field: location
  delivery_field: delivery
  signatures: [ { kind: token, header: x-shop-token } ]
  events:
    Sold: { help: Something was sold., fields: { type: text, location: text }, example: { type: Sold, location: l1 } }
";

/// Two connections to one location: an event there is each one's.
#[tokio::test]
async fn an_event_of_a_location_is_of_every_connection_to_it() {
    let project = "
connections:
  main: { connector: shop, location_id: ve9EPM428h8vShlRW1KT, auth: { token: { file: token } } }
  twin: { connector: shop, location_id: ve9EPM428h8vShlRW1KT, tags: [all], auth: { token: { file: token } } }
  other: { connector: shop, location_id: ve9EPM428h8vShlRW1KT, tags: [all], auth: { token: { file: token } } }
default_connection: main
connectors: [ shop.yaml ]
";
    let usual = recipe("{ webhook: shop.Sold }");
    let of = |connection: &str| format!("connection: {connection}\n{usual}");
    let files = [
        ("shop.yaml", SHOP.to_owned()),
        ("token", "shop-secret-of-the-tests".to_owned()),
        ("recipes/usual.yaml", usual.clone()),
        ("recipes/twin.yaml", of("twin")),
        ("recipes/other.yaml", of("other")),
        (
            "recipes/each.yaml",
            format!("connections: {{ tagged: all }}\n{usual}"),
        ),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let kitchen = Kitchen::open(project, &files).await;
    let proof = [("x-shop-token", "shop-secret-of-the-tests")];
    // In a sandbox every account is the sample's.
    let location = kitchen.service.accounts().scope_of("main")["location_id"].clone();
    let told = json!({ "type": "Sold", "location": location, "delivery": "d1" });
    for (status, _) in [(202, "new"), (200, "again")] {
        let answer = kitchen.send("shop", &proof, told.clone()).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let accounts = async |recipe: &str| -> Vec<String> {
        let runs = kitchen.runs(recipe).await;
        runs.into_iter().map(|(run, _)| run.connection).collect()
    };
    assert_eq!(accounts("usual").await, ["main"]);
    assert_eq!(accounts("twin").await, ["twin"]);
    assert_eq!(accounts("other").await, ["other"]);
    let mut each = accounts("each").await;
    each.sort();
    assert_eq!(each, ["other", "twin"], "one run for each that has the tag");
    let stranger = json!({ "type": "Sold", "location": "l2", "delivery": "d2" });
    assert_eq!(kitchen.send("shop", &proof, stranger).await.status, 403);
}

/// A location's event is the same one whatever its connections here are called; and a run waits for it whichever of them it
/// is of.
#[tokio::test]
async fn a_repeat_is_known_though_the_location_was_connected_once_more_meanwhile() {
    const CONNECTION: &str =
        "{ connector: shop, location_id: ve9EPM428h8vShlRW1KT, auth: { token: { file: token } } }";
    let project = |names: &[&str]| {
        let connections: String = names
            .iter()
            .map(|name| format!("  {name}: {CONNECTION}\n"))
            .collect();
        format!("connections:\n{connections}default_connection: main\nconnectors: [ shop.yaml ]\n")
    };
    let waits = "
name: Waits
connection: main
trigger: { webhook: shop.Sold }
actions:
  - id: next
    wait_for: { webhook: shop.Sold, if: { event.delivery: d2 } }
  - stop: \"{{ steps.next.delivery }}\"
";
    let files = [
        ("shop.yaml", SHOP),
        ("token", "shop-secret-of-the-tests"),
        ("recipes/waits.yaml", waits),
    ];
    let mut kitchen = Kitchen::open(&project(&["main"]), &files).await;
    // A service that starts forgets what is older than it keeps by the real clock.
    let age = jiff::Timestamp::now().duration_since(kitchen.now());
    kitchen.turn_clock(u64::try_from(age.as_mins()).unwrap());
    let location = kitchen.service.accounts().scope_of("main")["location_id"].clone();
    let proof = [("x-shop-token", "shop-secret-of-the-tests")];
    let told = |delivery: &str| json!({ "type": "Sold", "location": location, "delivery": delivery });
    assert_eq!(kitchen.send("shop", &proof, told("d1")).await.status, 202);
    kitchen.carry().await;
    // One that comes first by its name.
    kitchen.write("souschef.yaml", &project(&["again", "main"])).await;
    let kitchen = kitchen.again().await;
    assert_eq!(kitchen.send("shop", &proof, told("d1")).await.status, 200);
    assert_eq!(kitchen.runs("waits").await.len(), 1);
    assert_eq!(kitchen.send("shop", &proof, told("d2")).await.status, 202);
    kitchen.carry().await;
    let reasons: Vec<Option<String>> = kitchen
        .runs("waits")
        .await
        .into_iter()
        .map(|(run, _)| run.reason)
        .collect();
    assert_eq!(
        reasons.iter().flatten().collect::<Vec<_>>(),
        ["d2"],
        "the first run has waited for it"
    );
}
