//! The visits of `tests/accounts/callback.yaml`, without a socket.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    visit: String,
    host: Option<String>,
    status: u16,
    code: Option<String>,
    denied: Option<String>,
    page: Option<String>,
}

#[test]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
fn each_visit_is_answered_as_it_says() {
    let cases: Vec<Case> =
        serde_yaml::from_str(include_str!("../../../../../tests/accounts/callback.yaml")).unwrap();
    assert!(cases.len() >= 40);
    let redirect = Url::parse("http://127.0.0.1:7877/callback").unwrap();
    let state = Secret::new("right-state");
    for case in cases {
        let host = case.host.as_deref().unwrap_or("127.0.0.1:7877");
        let head = format!("{} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n", case.visit);
        let heard = hear(&head, &redirect, &state);
        let what = format!("{} (host {host})", case.visit);
        assert_eq!(heard.status, case.status, "{what}");
        let (code, denied) = match heard.answer {
            None => (None, None),
            Some(Ok(code)) => (Some(code.reveal().to_owned()), None),
            Some(Err(why)) => (None, Some(why)),
        };
        assert_eq!((code, denied), (case.code, case.denied), "{what}");
        if let Some(shown) = case.page {
            assert!(heard.page.contains(&shown), "{what}: {}", heard.page);
        }
        assert_eq!(heard.page.matches('<').count(), 8, "{what}: {}", heard.page);
    }
}
