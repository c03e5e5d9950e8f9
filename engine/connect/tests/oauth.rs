//! OAuth without a socket: what is asked, and what the answers of `tests/accounts/answers.yaml` are taken for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use souschef_catalog::{Catalog, OAuth};
use souschef_connect::Secret;
use souschef_connect::oauth::{App, Holder, Judged, Page, challenge, exchange, judge, refresh, renew_at};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    status: u16,
    body: Value,
    is: String,
    lives: Option<i64>,
    says: Option<String>,
}

#[test]
fn answers_are_taken_for_what_they_are() {
    let cases: Vec<Case> =
        serde_yaml::from_str(include_str!("../../../tests/accounts/answers.yaml")).unwrap();
    assert!(cases.len() >= 35);
    let connector = Catalog::bundled().connector("ghl").unwrap();
    let now: Timestamp = "2026-12-01T09:00:00Z".parse().unwrap();
    for case in cases {
        let what = format!("{} {}", case.status, case.body);
        let judged = judge(&connector, case.status, &case.body, now);
        let (word, said) = match &judged {
            Judged::Issued(issued) => {
                let lives = issued
                    .expires
                    .map(|expires| expires.duration_since(now).as_secs());
                assert_eq!(lives, case.lives, "{what}");
                ("issued", None)
            }
            Judged::Void(denied) => ("void", Some(denied)),
            Judged::NotNow(denied) => ("not_now", Some(denied)),
            Judged::Unknown(denied) => ("unknown", Some(denied)),
        };
        assert_eq!(word, case.is, "{what}: {judged:?}");
        if let Some(words) = case.says {
            assert!(said.unwrap().message.contains(&words), "{what}: {said:?}");
        }
        // What stands where a token should is in no words, whatever it is.
        let token = case.body["access_token"].as_str().filter(|token| token.len() > 1);
        assert!(
            token.is_none_or(|token| !format!("{judged:?}").contains(token)),
            "{judged:?}"
        );
    }
}

fn with_pkce(pkce: bool) -> OAuth {
    let ghl = Catalog::bundled().connector("ghl").unwrap();
    OAuth {
        pkce,
        ..ghl.oauth.clone().unwrap()
    }
}

fn form(secret: &Secret) -> Vec<(String, String)> {
    url::form_urlencoded::parse(secret.reveal().as_bytes())
        .into_owned()
        .collect()
}

#[test]
fn a_proof_key_goes_along_where_the_provider_takes_one() {
    // The pair of RFC 7636, appendix B.
    let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let challenge = challenge(&verifier);
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    for pkce in [true, false] {
        let oauth = with_pkce(pkce);
        let state = Secret::new("s");
        let page = Page {
            client_id: "app",
            redirect: "http://127.0.0.1:7877/callback",
            scopes: &["a".to_owned(), "b".to_owned()],
            state: &state,
            challenge: Some(&challenge),
            white_label: true,
            host: None,
        };
        let url = page.url(&oauth).unwrap();
        assert_eq!(url.host_str(), Some("marketplace.leadconnectorhq.com"));
        assert_eq!(url.as_str().contains("code_challenge_method=S256"), pkce);
        let app = App {
            client_id: "app".to_owned(),
            client_secret: Secret::new("hush & more"),
        };
        let request = exchange(
            &oauth,
            &app,
            Holder::Account,
            &Secret::new("c"),
            "r",
            Some(&verifier),
        );
        assert!(!format!("{request:?}").contains("hush"));
        let fields = form(&request.form);
        assert_eq!(fields.iter().any(|(name, _)| name == "code_verifier"), pkce);
        assert!(fields.contains(&("client_secret".to_owned(), "hush & more".to_owned())));
        assert!(fields.contains(&("user_type".to_owned(), "Location".to_owned())));
    }
}

#[test]
fn whose_token_it_is_goes_along_once() {
    let app = App {
        client_id: "app".to_owned(),
        client_secret: Secret::new("hush"),
    };
    let request = refresh(
        &with_pkce(false),
        &app,
        Holder::Agency,
        &Secret::new("r&grant_type=password"),
    );
    let fields = form(&request.form);
    let of = |wanted: &str| -> Vec<&str> {
        let found = fields.iter().filter(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!(of("user_type"), ["Company"]);
    assert_eq!(of("grant_type"), ["refresh_token"]);
    assert_eq!(of("refresh_token"), ["r&grant_type=password"]);
    assert_eq!(request.path, "/oauth/token");
}

#[test]
fn renewals_are_spread_around_four_fifths_of_a_life() {
    let issued: Timestamp = "2026-12-01T09:00:00Z".parse().unwrap();
    let expires = issued + SignedDuration::from_secs(1000);
    let at = |share: f64| renew_at(issued, expires, share).duration_since(issued).as_secs();
    assert_eq!((at(0.0), at(0.5), at(1.0)), (750, 800, 850));
    assert_eq!((at(-1.0), at(9.0)), (750, 850));
    // A clock that stood wrong gives no moment after the end.
    assert!(renew_at(expires, issued, 0.5) <= expires);
}
