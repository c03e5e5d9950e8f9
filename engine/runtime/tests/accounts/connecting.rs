//! Connecting, and what stands afterwards.

use souschef_connect::CallOutcome;
use souschef_runtime::accounts::{Callback, Permission, TokenState};
use souschef_sandbox::SandboxOptions;

use crate::desk::{Desk, secret, visit};

#[tokio::test]
async fn an_account_is_connected_in_the_browser_and_used() {
    let desk = Desk::open(SandboxOptions::default()).await;
    let accounts = desk.accounts();
    let before = accounts.standing("main").await.unwrap();
    assert_eq!(before.state, TokenState::Missing);
    let CallOutcome::Held(held) = desk.read(&accounts, "main").await else {
        panic!("it is not connected");
    };
    assert_eq!(held.code, "SC530");
    assert_eq!(
        held.help.as_deref(),
        Some("run `souschef connect ghl --connection main`")
    );

    let standing = desk.connect(&accounts, "main").await;
    assert_eq!(standing.state, TokenState::Good);
    assert_eq!(
        standing.lacks(&["contacts.write".to_owned(), "users.readonly".to_owned()]),
        ["users.readonly"]
    );
    desk.reads(&accounts, "main").await;
    // Another command finds it in the data folder.
    desk.reads(&desk.accounts(), "main").await;
    assert_eq!(desk.count("oauth.refresh"), 0);

    assert!(accounts.disconnect("main", "test").await.unwrap());
    assert!(!accounts.disconnect("main", "test").await.unwrap());
    assert!(matches!(desk.read(&accounts, "main").await, CallOutcome::Held(_)));
}

#[tokio::test]
async fn an_agency_s_token_gives_those_of_its_accounts() {
    let desk = Desk::open(SandboxOptions::default()).await;
    let (_journal, accounts) = desk.service();
    let CallOutcome::Held(held) = desk.read(&accounts, "branch").await else {
        panic!("its agency is not connected");
    };
    assert!(
        held.message.contains("branch is reached through agency"),
        "{}",
        held.message
    );
    assert_eq!(held.connection, "agency");

    desk.connect(&accounts, "agency").await;
    for _ in 0..3 {
        desk.reads(&accounts, "branch").await;
    }
    assert_eq!(desk.count("oauth.account_token"), 1, "it is kept");
    desk.sandbox.expire_tokens();
    desk.reads(&accounts, "branch").await;
    assert_eq!(
        desk.count("oauth.refresh"),
        1,
        "the agency's own token had ended too"
    );
}

#[tokio::test]
async fn a_token_that_a_person_gave_is_kept_sealed() {
    let desk = Desk::open(SandboxOptions {
        tokens: vec!["pit-right".to_owned()],
        ..SandboxOptions::default()
    })
    .await;
    let accounts = desk.accounts();
    assert!(matches!(
        desk.read(&accounts, "plain").await,
        CallOutcome::Held(_)
    ));
    let wrong = accounts
        .connect_by_token("plain", secret("two words"), "test")
        .await;
    assert!(wrong.unwrap_err().message.contains("no token"));
    let elsewhere = accounts
        .connect_by_token("main", secret("pit-right"), "test")
        .await;
    assert!(elsewhere.unwrap_err().message.contains("auth"));
    accounts
        .connect_by_token("plain", secret(" pit-right\n"), "test")
        .await
        .unwrap();
    desk.reads(&accounts, "plain").await;

    accounts
        .connect_by_token("plain", secret("pit-wrong"), "test")
        .await
        .unwrap();
    let CallOutcome::Held(held) = desk.read(&accounts, "plain").await else {
        panic!("it is refused");
    };
    assert_eq!(held.code, "SC530");
}

#[tokio::test]
async fn what_another_account_allowed_is_not_kept() {
    let desk = Desk::open(SandboxOptions::default()).await;
    let file = desk.folder.path().join("souschef.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let location = desk.sandbox.sample()["location_id"].as_str().unwrap().to_owned();
    std::fs::write(&file, text.replace(&location, "anotherLocation00001")).unwrap();
    let project = souschef_runtime::OpenProject::open(desk.folder.path()).unwrap();
    let accounts = souschef_runtime::Accounts::live(&project);
    let callback = Callback::listen("http://127.0.0.1:0/callback").await.unwrap();
    let redirect = callback.redirect().to_owned();
    let asked = accounts
        .ask(Permission {
            connection: "main",
            scopes: Vec::new(),
            redirect: &redirect,
            white_label: false,
        })
        .unwrap();
    let page = asked.page.to_string();
    let (code, _) = tokio::join!(callback.answer(&asked.state), visit(&page));
    let refused = accounts
        .connect(&desk.client, asked, &code.unwrap(), "test")
        .await
        .unwrap_err();
    assert!(refused.message.contains(&location), "{}", refused.message);
    assert_eq!(
        accounts.standing("main").await.unwrap().state,
        TokenState::Missing
    );
}

#[tokio::test]
async fn a_code_is_good_once_and_a_second_use_takes_back_what_it_gave() {
    let desk = Desk::open(SandboxOptions::default()).await;
    let accounts = desk.accounts();
    let callback = Callback::listen("http://127.0.0.1:0/callback").await.unwrap();
    let redirect = callback.redirect().to_owned();
    let asked = accounts
        .ask(Permission {
            connection: "main",
            scopes: Vec::new(),
            redirect: &redirect,
            white_label: false,
        })
        .unwrap();
    let page = asked.page.to_string();
    let (code, _) = tokio::join!(callback.answer(&asked.state), visit(&page));
    let code = code.unwrap();
    accounts
        .connect(&desk.client, asked.clone(), &code, "test")
        .await
        .unwrap();
    desk.reads(&accounts, "main").await;
    let again = accounts
        .connect(&desk.client, asked, &code, "test")
        .await
        .unwrap_err();
    assert!(
        again.message.contains("authorization code is invalid"),
        "{}",
        again.message
    );
}

#[tokio::test]
async fn the_page_is_asked_for_what_it_should_be() {
    let desk = Desk::open(SandboxOptions::default()).await;
    let accounts = desk.accounts();
    let ask = |connection, white_label| {
        accounts
            .ask(Permission {
                connection,
                scopes: vec!["b".to_owned(), "a".to_owned(), "b".to_owned()],
                redirect: "http://127.0.0.1:7877/callback",
                white_label,
            })
            .unwrap()
    };
    let asked = ask("main", false);
    let query = |name: &str| {
        let mut pairs = asked.page.query_pairs();
        pairs
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(query("scope").as_deref(), Some("a b"));
    assert_eq!(query("state").as_deref(), Some(asked.state.reveal()));
    assert_eq!(query("response_type").as_deref(), Some("code"));
    assert_eq!(query("client_secret"), None);
    assert!(asked.state.reveal().len() >= 43, "it can't be guessed");
    assert_ne!(ask("main", false).state, asked.state);
    let agency = ask("agency", false);
    assert!(agency.page.as_str().contains("oauth.write"), "{}", agency.page);
    // A stand-in has the page itself, so that no secret of it goes to the real provider.
    assert!(asked.page.as_str().starts_with(&desk.sandbox.base_url("ghl")));
}
