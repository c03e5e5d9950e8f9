//! A token in a file, which a person changes while the service runs.

use souschef_connect::CallOutcome;
use souschef_runtime::accounts::TokenState;
use souschef_sandbox::SandboxOptions;

use crate::desk::Desk;

fn held(outcome: &CallOutcome, words: &str) {
    match outcome {
        CallOutcome::Held(held) => assert!(held.message.contains(words), "{held:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn calls_wait_for_a_token_that_is_taken() {
    let options = SandboxOptions {
        tokens: vec!["good".to_owned(), "better".to_owned()],
        ..SandboxOptions::default()
    };
    let desk = Desk::open(options).await;
    let (_journal, accounts) = desk.service();
    let put = |token: &str| std::fs::write(desk.folder.path().join("token"), token).unwrap();
    let asked = || desk.sandbox.ledger().len();
    let state = async || accounts.standing("filed").await.unwrap().state;

    held(
        &desk.read(&accounts, "filed").await,
        "can't read the secret's file",
    );
    assert_eq!(state().await, TokenState::Unreadable);
    assert_eq!(asked(), 0);
    put("good");
    assert!(matches!(
        desk.read(&accounts, "filed").await,
        CallOutcome::Done(_)
    ));
    assert_eq!(state().await, TokenState::Good);

    // Taken back at the provider: the call, and one read to be sure. Then nobody asks for a while.
    put("void");
    let before = asked();
    held(
        &desk.read(&accounts, "filed").await,
        "does not take the token of filed any more",
    );
    assert_eq!(asked(), before + 2);
    held(
        &desk.read(&accounts, "filed").await,
        "does not take the token of filed any more",
    );
    assert_eq!(asked(), before + 2);
    let standing = accounts.standing("filed").await.unwrap();
    assert_eq!(standing.state, TokenState::Reconnect);
    assert!(standing.help.unwrap().contains("put one that is good into token"));
    // The project is read anew meanwhile.
    let accounts = accounts.renewed(&desk.project);
    held(
        &desk.read(&accounts, "filed").await,
        "does not take the token of filed any more",
    );
    assert_eq!(asked(), before + 2);

    put("better");
    assert!(matches!(
        desk.read(&accounts, "filed").await,
        CallOutcome::Done(_)
    ));
    let standing = accounts.standing("filed").await.unwrap();
    assert_eq!(standing.state, TokenState::Good);

    // In the foreground a person is there to see it fail.
    put("void");
    match desk.read(&desk.accounts(), "filed").await {
        CallOutcome::NotDone(refusal) => assert_eq!(refusal.status, Some(401)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_account_is_tried_by_what_its_token_may_do() {
    let desk = Desk::open(SandboxOptions::default()).await;
    std::fs::write(desk.folder.path().join("token"), "good").unwrap();
    let text = std::fs::read_to_string(desk.folder.path().join("souschef.yaml")).unwrap();
    let company = desk.sandbox.sample()["company_id"].as_str().unwrap().to_owned();
    for (scopes, operation) in [
        ("contacts.readonly, contacts.write", "contacts.search"),
        ("opportunities.readonly", "opportunities.search"),
        // None that needs no input: the account itself, and that is no reason to call the token bad.
        ("calendars/events.write", "locations.get"),
    ] {
        let filed =
            format!("company_id: {company}, scopes: [{scopes}], auth: {{ token: {{ file: token }} }}");
        let text = text.replace("auth: { token: { file: token } }", &filed);
        std::fs::write(desk.folder.path().join("souschef.yaml"), text).unwrap();
        let project = souschef_runtime::OpenProject::open(desk.folder.path()).unwrap();
        let accounts = souschef_runtime::Accounts::live(&project);
        let reached = accounts.reach(&desk.client, "filed").await;
        assert_eq!(reached.operation.as_deref(), Some(operation));
        assert_eq!(reached.trouble, None);
    }
}

#[tokio::test]
async fn a_call_that_is_not_allowed_is_no_void_token() {
    let desk = Desk::faulty(&["401:contacts.get"]).await;
    let (_journal, accounts) = desk.service();
    std::fs::write(desk.folder.path().join("token"), "good").unwrap();
    match desk.read(&accounts, "filed").await {
        CallOutcome::NotDone(refusal) => assert_eq!(refusal.status, Some(401)),
        other => panic!("{other:?}"),
    }
    let standing = accounts.standing("filed").await.unwrap();
    assert_eq!(standing.state, TokenState::Good);
}
