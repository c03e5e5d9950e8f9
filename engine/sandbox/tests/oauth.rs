//! The provider of tokens: a page that allows, pairs that rotate, and a family that is revoked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod common;

use common::{Got, start, try_send};
use serde_json::Value;
use souschef_sandbox::{Running, SandboxOptions};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn ask(running: &Running, fields: &str) -> Got {
    let form = format!("client_id=app&client_secret=hush&{fields}");
    try_send(running, "POST", "/oauth/token", &[FORM], Some(&form))
        .await
        .unwrap()
}

async fn code(running: &Running) -> String {
    let page = "/v2/oauth/chooselocation?response_type=code&client_id=app&redirect_uri=http://127.0.0.1:1/back&state=s&scope=a%20b";
    let got = try_send(running, "GET", page, &[], None).await.unwrap();
    assert_eq!(got.status, 302);
    let to = got.header("location").unwrap().to_owned();
    assert!(
        to.starts_with("http://127.0.0.1:1/back?") && to.ends_with("&state=s"),
        "{to}"
    );
    to.split_once("code=")
        .unwrap()
        .1
        .split('&')
        .next()
        .unwrap()
        .to_owned()
}

async fn pair(running: &Running, more: &str) -> Value {
    let fields = format!(
        "grant_type=authorization_code&redirect_uri=http://127.0.0.1:1/back&code={}{more}",
        code(running).await
    );
    let got = ask(running, &fields).await;
    assert_eq!(got.status, 200, "{}", got.body);
    got.json()
}

fn text(pair: &Value, name: &str) -> String {
    pair[name].as_str().unwrap().to_owned()
}

async fn read(running: &Running, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("version", "2021-07-28")];
    let path = format!("/contacts/{}", running.sample()["contact_id"].as_str().unwrap());
    try_send(running, "GET", &path, &headers, None)
        .await
        .unwrap()
        .status
}

async fn refresh(running: &Running, token: &str) -> Got {
    ask(
        running,
        &format!("grant_type=refresh_token&refresh_token={token}"),
    )
    .await
}

#[tokio::test]
async fn a_pair_is_good_until_it_rotates_and_a_second_use_ends_the_family() {
    let running = start(SandboxOptions::default()).await;
    let first = pair(&running, "&user_type=Location").await;
    assert_eq!(
        (text(&first, "token_type"), text(&first, "scope")),
        ("Bearer".into(), "a b".into())
    );
    assert_eq!(first["locationId"], running.sample()["location_id"]);
    assert_eq!(first["expires_in"], 86_399);
    assert_eq!(read(&running, &text(&first, "access_token")).await, 200);
    let second = refresh(&running, &text(&first, "refresh_token")).await.json();
    assert_eq!(read(&running, &text(&second, "access_token")).await, 200);

    let again = refresh(&running, &text(&first, "refresh_token")).await;
    assert_eq!(
        (again.status, again.json()["error"].clone()),
        (400, "invalid_grant".into())
    );
    assert_eq!(
        refresh(&running, &text(&second, "refresh_token")).await.status,
        400
    );
    assert_eq!(read(&running, &text(&second, "access_token")).await, 401);
}

#[tokio::test]
async fn tokens_end_on_request_and_can_be_renewed() {
    let running = start(SandboxOptions::default()).await;
    let first = pair(&running, "").await;
    let got = try_send(&running, "POST", "/_expire", &[], None).await.unwrap();
    assert_eq!(got.status, 200);
    assert_eq!(read(&running, &text(&first, "access_token")).await, 401);
    let second = refresh(&running, &text(&first, "refresh_token")).await.json();
    assert_eq!(read(&running, &text(&second, "access_token")).await, 200);
    try_send(&running, "POST", "/_revoke", &[], None).await.unwrap();
    assert_eq!(
        refresh(&running, &text(&second, "refresh_token")).await.status,
        400
    );
}

#[tokio::test]
async fn an_agency_s_token_gives_an_account_s_and_no_other_does() {
    let running = start(SandboxOptions::default()).await;
    let agency = pair(&running, "&user_type=Company").await;
    assert_eq!(agency.get("locationId"), None);
    let company = running.sample()["company_id"].as_str().unwrap().to_owned();
    let form = format!("companyId={company}&locationId=loc2");
    let account = pair(&running, "&user_type=Location").await;
    for (pair, form, status) in [
        (&agency, form.as_str(), 200),
        (&account, form.as_str(), 401),
        (&agency, "companyId=other&locationId=loc2", 400),
        (&agency, &format!("companyId={company}"), 400),
    ] {
        let bearer = format!("Bearer {}", text(pair, "access_token"));
        let headers = [FORM, ("authorization", bearer.as_str())];
        let got = try_send(&running, "POST", "/oauth/locationToken", &headers, Some(form))
            .await
            .unwrap();
        assert_eq!(got.status, status, "{form}: {}", got.body);
        if status == 200 {
            assert_eq!(got.json()["locationId"], "loc2");
            assert_eq!(got.json().get("refresh_token"), None);
        }
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_the_ledger_shows_no_secret() {
    let running = start(SandboxOptions::default()).await;
    let good = code(&running).await;
    for (fields, status) in [
        (
            format!("grant_type=authorization_code&code={good}&redirect_uri=http://127.0.0.1:1/other"),
            400,
        ),
        ("grant_type=authorization_code&code=unknown".to_owned(), 400),
        ("grant_type=refresh_token&refresh_token=unknown".to_owned(), 400),
        (format!("grant_type=password&code={good}"), 400),
    ] {
        assert_eq!(ask(&running, &fields).await.status, status, "{fields}");
    }
    let form = format!("client_id=app&client_secret=wrong&grant_type=authorization_code&code={good}");
    let got = try_send(&running, "POST", "/oauth/token", &[FORM], Some(&form))
        .await
        .unwrap();
    assert_eq!(
        (got.status, got.json()["error"].clone()),
        (401, "invalid_client".into())
    );
    for redirect in [
        "javascript:alert(1)",
        "http://evil.example.com/",
        "ftp://127.0.0.1/",
    ] {
        let page =
            format!("/v2/oauth/chooselocation?response_type=code&client_id=app&redirect_uri={redirect}");
        assert_eq!(
            try_send(&running, "GET", &page, &[], None).await.unwrap().status,
            400,
            "{redirect}"
        );
    }
    let ledger = serde_json::to_string(&running.ledger()).unwrap();
    assert!(ledger.contains("oauth.token") && ledger.contains("oauth.refresh"));
    for secret in ["hush", good.as_str()] {
        assert!(!ledger.contains(secret), "{secret} is in the ledger");
    }
}
