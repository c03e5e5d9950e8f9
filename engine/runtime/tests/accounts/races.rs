//! N4: many tasks, several sets of accounts on one journal, and one refresh for each end of a token.

use std::sync::Arc;
use std::time::Duration;

use souschef_connect::{Secret, Token, TokenSource};
use souschef_runtime::Accounts;
use souschef_sandbox::SandboxOptions;
use tokio::task::JoinSet;

use crate::count;
use crate::desk::Desk;

const TASKS: usize = 64;
/// So many times a token ends; a long run sets `SOUSCHEF_RACES`.
const ROUNDS: usize = 25;

fn source(accounts: &Accounts, connection: &str) -> Arc<dyn TokenSource> {
    match accounts.open("ghl", Some(connection), connection).unwrap().token {
        Some(Token::Kept(source)) => source,
        other => panic!("{other:?}"),
    }
}

/// All ask at once for a token that is another than the refused one; the one that they all get.
async fn rush(desk: &Arc<Desk>, all: &[Accounts], connection: &str, refused: Option<&Secret>) -> Secret {
    let mut tasks = JoinSet::new();
    for number in 0..TASKS * all.len() {
        let (desk, source) = (Arc::clone(desk), source(&all[number % all.len()], connection));
        let refused = refused.cloned();
        tasks.spawn(async move { source.token(&desk.client, refused.as_ref()).await });
    }
    let mut given = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        given.push(ended.unwrap().unwrap().unwrap());
    }
    assert!(given.windows(2).all(|two| two[0] == two[1]), "all have the same");
    assert_ne!(given.first(), refused);
    given.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_refreshed_once_however_many_wait() {
    let desk = Arc::new(Desk::open(SandboxOptions::default()).await);
    let (journal, first) = desk.service();
    // As after a reload: others on the same journal that know nothing of the first.
    let second = desk.accounts().kept_in(&journal);
    desk.connect(&first, "main").await;
    let all = [first, second];
    let mut token = rush(&desk, &all, "main", None).await;
    for round in 1..=count("SOUSCHEF_RACES", ROUNDS) {
        desk.sandbox.expire_tokens();
        token = rush(&desk, &all, "main", Some(&token)).await;
        assert_eq!(desk.count("oauth.refresh"), round, "round {round}");
        if round % 5 == 0 {
            desk.reads(&all[round % 2], "main").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_in_the_foreground_wait_for_each_other_and_refresh_once() {
    let desk = Arc::new(Desk::open(SandboxOptions::default()).await);
    let first = desk.accounts();
    desk.connect(&first, "main").await;
    let mut token = rush(&desk, &[first], "main", None).await;
    for round in 1..=5 {
        desk.sandbox.expire_tokens();
        // Each opens the data folder for itself, as processes do.
        let all = [desk.accounts(), desk.accounts(), desk.accounts()];
        token = rush(&desk, &all, "main", Some(&token)).await;
        assert_eq!(desk.count("oauth.refresh"), round, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_renewed_before_it_ends() {
    let desk = Arc::new(
        Desk::open(SandboxOptions {
            token_life: Some(Duration::from_secs(4)),
            ..SandboxOptions::default()
        })
        .await,
    );
    let (_journal, accounts) = desk.service();
    desk.connect(&accounts, "main").await;
    let all = [accounts];
    let first = rush(&desk, &all, "main", None).await;
    assert_eq!(desk.count("oauth.refresh"), 0);
    // At the latest at 85 % of its life, and all that ask meanwhile have the one that is still good or the next.
    let began = std::time::Instant::now();
    loop {
        let now = source(&all[0], "main")
            .token(&desk.client, None)
            .await
            .unwrap()
            .unwrap();
        if now != first {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it was never renewed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(desk.count("oauth.refresh"), 1);
    desk.reads(&all[0], "main").await;
    let refused = desk
        .sandbox
        .ledger()
        .iter()
        .filter(|entry| entry.status == Some(401))
        .count();
    assert_eq!(refused, 0, "no call met an ended token");
}
