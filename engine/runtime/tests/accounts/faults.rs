//! N4: a renewal that fails, is slow, is lost or is refused.

use std::sync::Arc;
use std::time::Duration;

use souschef_connect::{CallOutcome, Held};
use souschef_runtime::Accounts;
use souschef_runtime::accounts::TokenState;
use tokio::task::JoinSet;

use crate::desk::{Desk, journal};

/// Ends the token and reads with many at once; how many were let in, and how the others were held.
async fn rush(desk: &Arc<Desk>, accounts: &Accounts) -> (usize, Vec<Held>) {
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let (desk, accounts) = (Arc::clone(desk), accounts.clone());
        tasks.spawn(async move { desk.read(&accounts, "main").await });
    }
    let (mut done, mut held) = (0, Vec::new());
    while let Some(ended) = tasks.join_next().await {
        match ended.unwrap() {
            CallOutcome::Done(_) => done += 1,
            CallOutcome::Held(one) => held.push(one),
            other => panic!("no call fails for a token: {other:?}"),
        }
    }
    (done, held)
}

/// Connects, plays the fault at the first renewal, and tells what came of it.
async fn with(faults: &[&str]) -> (Arc<Desk>, Accounts, usize, Vec<Held>) {
    let desk = Arc::new(Desk::faulty(faults).await);
    let (_journal, accounts) = desk.service();
    desk.connect(&accounts, "main").await;
    desk.sandbox.expire_tokens();
    let (done, held) = rush(&desk, &accounts).await;
    (desk, accounts, done, held)
}

#[tokio::test]
async fn one_failure_is_passed_over() {
    for fault in [
        "500:oauth.refresh:1",
        "reset:oauth.refresh:1",
        "html:oauth.refresh:1",
        "invalid_grant:oauth.refresh:1",
        "no_refresh:oauth.refresh:1",
        "slow:oauth.refresh:1",
    ] {
        let (desk, accounts, done, held) = with(&[fault]).await;
        assert_eq!((done, held.len()), (16, 0), "{fault}: {held:?}");
        // And the pair that came is good for the next time.
        desk.sandbox.expire_tokens();
        let (done, _) = rush(&desk, &accounts).await;
        assert_eq!(done, 16, "{fault}");
        assert!(
            desk.sandbox.ledger().iter().any(|entry| entry.fault.is_some()),
            "{fault} was played"
        );
    }
}

#[tokio::test]
async fn an_outage_holds_calls_and_ends_no_account() {
    for fault in [
        "503:oauth.refresh:2",
        "reset:oauth.refresh:2",
        "429:oauth.refresh:1",
    ] {
        let (desk, accounts, done, held) = with(&[fault]).await;
        assert_eq!(done, 0, "{fault}");
        assert!(held.iter().all(|held| held.code == "SC531"), "{fault}: {held:?}");
        let asked = desk.count("oauth.refresh");
        assert!(asked <= 2, "{fault}: {asked} requests for one outage");
        assert_eq!(
            accounts.standing("main").await.unwrap().state,
            TokenState::Troubled
        );
        // A service that begins anew knows no rest, and finds the provider well again.
        drop(accounts);
        let later = desk.accounts();
        desk.reads(&later, "main").await;
    }
}

#[tokio::test]
async fn a_lost_answer_leads_to_reconnecting_where_reuse_is_refused_and_all_go_on_after_it() {
    for fault in ["lost:oauth.refresh:1", "half:oauth.refresh:1"] {
        let (desk, accounts, done, held) = with(&[fault]).await;
        assert_eq!(done, 0, "{fault}");
        assert!(held.iter().all(|held| held.code == "SC530"), "{fault}: {held:?}");
        assert!(held[0].message.contains("was lost"), "{}", held[0].message);
        let standing = accounts.standing("main").await.unwrap();
        assert_eq!(standing.state, TokenState::Reconnect, "{standing:?}");
        let asked = desk.count("oauth.refresh");
        let (done, _) = rush(&desk, &accounts).await;
        assert_eq!(
            (done, desk.count("oauth.refresh")),
            (0, asked),
            "nobody asks in vain"
        );

        desk.connect(&accounts, "main").await;
        let (done, held) = rush(&desk, &accounts).await;
        assert_eq!((done, held.len()), (16, 0), "{fault}");
    }
}

#[tokio::test]
async fn what_was_taken_back_is_told_and_never_tried_again() {
    let desk = Arc::new(Desk::faulty(&[]).await);
    let (journal_of_service, accounts) = desk.service();
    desk.connect(&accounts, "main").await;
    desk.sandbox.revoke_tokens();
    let (done, held) = rush(&desk, &accounts).await;
    assert_eq!(done, 0);
    assert!(
        held.iter()
            .all(|held| held.code == "SC530" && held.connection == "main"),
        "{held:?}"
    );
    let asked = desk.count("oauth.refresh");
    drop((accounts, journal_of_service));
    // Nor after a restart.
    let later = desk.accounts();
    assert!(matches!(desk.read(&later, "main").await, CallOutcome::Held(_)));
    assert_eq!(desk.count("oauth.refresh"), asked);
}

#[tokio::test]
async fn a_wrong_app_secret_is_told_and_mended_without_connecting_again() {
    let desk = Arc::new(Desk::faulty(&[]).await);
    let accounts = desk.accounts();
    desk.connect(&accounts, "main").await;
    desk.sandbox.expire_tokens();
    let file = desk.folder.path().join("app-secret");
    let right = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, "another").unwrap();
    let wrong = desk.accounts();
    let CallOutcome::Held(held) = desk.read(&wrong, "main").await else {
        panic!("the app is not known");
    };
    assert!(
        held.message.contains("app's id or secret is wrong"),
        "{}",
        held.message
    );
    std::fs::write(&file, right).unwrap();
    desk.reads(&desk.accounts(), "main").await;
}

#[tokio::test]
async fn while_a_service_has_the_data_folder_a_command_says_so() {
    let desk = Arc::new(Desk::faulty(&[]).await);
    let accounts = desk.accounts();
    desk.connect(&accounts, "main").await;
    drop(accounts);
    let service = journal(&desk.data());
    let began = std::time::Instant::now();
    let CallOutcome::Held(held) = desk.read(&desk.accounts(), "main").await else {
        panic!("the service has it");
    };
    assert_eq!(held.code, "SC532");
    assert!(held.message.contains("in use by process"), "{}", held.message);
    assert!(began.elapsed() < Duration::from_secs(120));
    drop(service);
    desk.reads(&desk.accounts(), "main").await;
}
