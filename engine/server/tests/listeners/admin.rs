//! The admin API's doors: every route, tried with every token that must not open it and in every way around.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use souschef_server::{Limits, Role, Route, Tokens, routes};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::kitchen::{Kitchen, data};
use super::wire::{request, send};

/// What is open to all, and nothing else.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trick {
    name: String,
    path: String,
    #[serde(default)]
    headers: Vec<String>,
    method: Option<String>,
    #[serde(default)]
    upper: bool,
    #[serde(default)]
    coded: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreign {
    name: String,
    path: String,
    method: Option<String>,
    #[serde(default = "own")]
    host: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default = "forbidden")]
    expect: u16,
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "what serde wants: a host that is left out is ours, null is none"
)]
fn own() -> Option<String> {
    Some("{host}".to_owned())
}

fn forbidden() -> u16 {
    403
}

fn read<T: for<'a> Deserialize<'a>>(name: &str) -> Vec<T> {
    serde_yaml::from_str(&std::fs::read_to_string(data().join(name)).unwrap()).unwrap()
}

/// A path of the route, with something in the place of what varies.
fn path(route: &Route) -> String {
    route
        .path
        .replace("{id}", "01a2120d3ba677b8b858212d44b60c43")
        .replace("{name}", "somebody")
}

fn host(kitchen: &Kitchen) -> String {
    format!("Host: {}", kitchen.admin)
}

/// What bears any number of wrong tokens, for the tests that send them all.
fn patient() -> Limits {
    Limits {
        failures: u32::MAX,
        ..Limits::default()
    }
}

/// Who guesses is told to come later; who has a token is let in all the same, and nobody hears more than that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_is_slowed_down() {
    let kitchen = Kitchen::with(Limits {
        failures: 5,
        ..Limits::default()
    })
    .await;
    let ask = async |token: &str| {
        let headers = [host(&kitchen), bearer(token)];
        let bytes = request("GET", "/api/v1/runs", &headers, b"");
        send(kitchen.admin, &bytes).await.unwrap()
    };
    for _ in 0..5 {
        assert_eq!(ask("guess").await.status, 401);
    }
    for _ in 0..3 {
        let answer = ask("guess").await;
        assert_eq!(answer.status, 429);
        let wait = answer.header("retry-after").unwrap().parse::<u32>().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(
            status(&kitchen, "GET", "/api/v1/tokens", &[host(&kitchen)]).await,
            429
        );
    }
    let token = kitchen.token.clone();
    assert_eq!(ask(&token).await.status, 200);
    assert_eq!(status(&kitchen, "GET", "/healthz", &[host(&kitchen)]).await, 200);
    kitchen.close().await;
}

/// The status of a request to the admin API.
async fn status(kitchen: &Kitchen, method: &str, path: &str, headers: &[String]) -> u16 {
    let bytes = request(method, path, headers, b"");
    send(kitchen.admin, &bytes)
        .await
        .unwrap_or_else(|| panic!("no answer to {method} {path}"))
        .status
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

#[test]
fn health_alone_is_open_to_all() {
    let mut open: Vec<&str> = routes()
        .iter()
        .filter(|route| route.role.is_none())
        .map(|route| route.path)
        .collect();
    open.sort_unstable();
    assert_eq!(open, OPEN);
}

/// What changes something, or takes data along, needs more than looking.
#[test]
fn viewers_only_look() {
    for route in routes() {
        let changes = route.method != axum::http::Method::GET || route.path.ends_with("/export");
        if changes {
            assert!(route.role >= Some(Role::Operator), "{route:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_way_around_a_token() {
    let kitchen = Kitchen::with(patient()).await;
    let tricks: Vec<Trick> = read("tricks.yaml");
    let mut faults = Vec::new();
    for route in routes() {
        for trick in &tricks {
            let mut own = path(&route);
            if trick.upper {
                own = own.to_uppercase();
            }
            if trick.coded {
                own = own
                    .bytes()
                    .map(|byte| match byte {
                        b'/' => "/".to_owned(),
                        other => format!("%{other:02x}"),
                    })
                    .collect();
            }
            let fill = |text: &str| text.replace("{path}", &own).replace("{token}", &kitchen.token);
            let mut headers = vec![host(&kitchen)];
            headers.extend(trick.headers.iter().map(|header| fill(header)));
            let method = trick.method.as_deref().unwrap_or(route.method.as_str());
            let asked = fill(&trick.path);
            let status = status(&kitchen, method, &asked, &headers).await;
            // Also 400: what is no address at all is refused before anything looks at it.
            let refused = matches!(status, 400 | 401 | 403 | 404);
            let decoded = asked.split('?').next().unwrap_or_default();
            let open = route.role.is_none() && (decoded == own || trick.coded);
            if !refused && !open {
                faults.push(format!("{}: {method} {asked} gives {status}", trick.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_route_opens_to_its_roles_and_to_no_other_token() {
    let kitchen = Kitchen::with(patient()).await;
    let tokens = Tokens::of(&kitchen.dir.path().join(".souschef"));
    let now = Timestamp::now();
    let viewer = tokens.add("viewer", Role::Viewer, None, now).unwrap();
    let operator = tokens.add("operator", Role::Operator, None, now).unwrap();
    let past = now.checked_sub(SignedDuration::from_secs(1)).unwrap();
    let expired = tokens.add("expired", Role::Admin, Some(past), now).unwrap();
    let removed = tokens.add("removed", Role::Admin, None, now).unwrap();
    tokens.remove("removed").unwrap();
    let admin = kitchen.token.clone();
    let none = [
        String::new(),
        "x".to_owned(),
        admin[..admin.len() - 1].to_owned(),
        format!("{admin}x"),
        admin.to_uppercase(),
        expired,
        removed,
        "open sesame".to_owned(),
        "timerex-hook-of-the-tests".to_owned(),
    ];
    for route in routes()
        .into_iter()
        .filter(|route| route.path != "/api/v1/events")
    {
        let Some(least) = route.role else { continue };
        let (method, path) = (route.method.as_str(), path(&route));
        for token in &none {
            let status = status(&kitchen, method, &path, &[host(&kitchen), bearer(token)]).await;
            assert_eq!(status, 401, "{method} {path} with {token:?}");
        }
        let roles = [
            (Role::Viewer, &viewer),
            (Role::Operator, &operator),
            (Role::Admin, &admin),
        ];
        for (role, token) in roles {
            let status = status(&kitchen, method, &path, &[host(&kitchen), bearer(token)]).await;
            if role < least {
                assert_eq!(status, 403, "{method} {path} as {role:?}");
            } else {
                assert!(
                    !matches!(status, 401 | 403 | 500..),
                    "{method} {path} as {role:?}: {status}"
                );
            }
        }
    }
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_sites_get_no_word_in() {
    let kitchen = Kitchen::open().await;
    let cases: Vec<Foreign> = read("foreign.yaml");
    let (own, port) = (kitchen.admin.to_string(), kitchen.admin.port().to_string());
    let fill = |text: &str| text.replace("{host}", &own).replace("{port}", &port);
    let mut faults = Vec::new();
    for case in &cases {
        let mut headers: Vec<String> = case
            .host
            .iter()
            .map(|host| fill(&format!("Host: {host}")))
            .collect();
        headers.push(bearer(&kitchen.token));
        headers.extend(case.headers.iter().map(|header| fill(header)));
        let method = case.method.as_deref().unwrap_or("GET");
        let bytes = request(method, &fill(&case.path), &headers, b"");
        let Some(answer) = send(kitchen.admin, &bytes).await else {
            faults.push(format!("{}: no answer", case.name));
            continue;
        };
        if answer.status != case.expect {
            faults.push(format!(
                "{}: {} and not {}",
                case.name, answer.status, case.expect
            ));
        }
        if answer.head.to_lowercase().contains("access-control-") {
            faults.push(format!("{}: an answer that lets other sites read", case.name));
        }
        if answer.header("content-security-policy").is_none() {
            faults.push(format!("{}: no content security policy", case.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_do_stands_in_the_audit_log_by_the_names_of_their_tokens() {
    let kitchen = Kitchen::open().await;
    let tokens = Tokens::of(&kitchen.dir.path().join(".souschef"));
    let ana = tokens.add("ana", Role::Operator, None, Timestamp::now()).unwrap();
    let started = status(
        &kitchen,
        "POST",
        "/api/v1/recipes/slow/start",
        &[host(&kitchen), bearer(&ana)],
    )
    .await;
    assert_eq!(started, 202);
    let page = || souschef_runtime::journal::Page {
        limit: 10,
        below: None,
    };
    let run = kitchen
        .service
        .list(Default::default(), page())
        .await
        .unwrap()
        .remove(0);
    let cancelled = status(
        &kitchen,
        "POST",
        &format!("/api/v1/runs/{}/cancel", run.id),
        &[host(&kitchen), bearer(&ana)],
    )
    .await;
    assert_eq!(cancelled, 200);
    let log = kitchen.service.look().audit(None, page()).await.unwrap();
    let told: Vec<(&str, &str)> = log
        .iter()
        .map(|entry| (entry.who.as_str(), entry.what.as_str()))
        .collect();
    assert_eq!(told, [("ana", "run.cancel"), ("ana", "recipe.start")]);
    kitchen.close().await;
}

/// No token, and no trace of one, in what the data folder keeps of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_kept_as_hashes_and_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let kitchen = Kitchen::open().await;
    let folder = kitchen.dir.path().join(".souschef");
    let file = folder.join("tokens.json");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(!kept.contains(&kitchen.token) && !kept.contains(&kitchen.token[4..]));
    for name in ["tokens.json", "serving.json"] {
        let mode = std::fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // Opened to others, it opens nothing any more.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let token = bearer(&kitchen.token);
    assert_eq!(
        status(&kitchen, "GET", "/api/v1/runs", &[host(&kitchen), token]).await,
        401
    );
    kitchen.close().await;
    assert!(
        !folder.join("serving.json").exists(),
        "it is gone with the service"
    );
}

/// What happens is counted, and told as it happens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_is_counted_and_told_as_it_comes() {
    let kitchen = Kitchen::open().await;
    let own = [host(&kitchen), bearer(&kitchen.token)];
    let mut events = TcpStream::connect(kitchen.admin).await.unwrap();
    let asked = request("GET", "/api/v1/events", &own, b"");
    events.write_all(&asked).await.unwrap();
    // The head of the answer: from here on, events are told.
    heard(&mut events, |text| text.contains("text/event-stream")).await;
    let started = status(&kitchen, "POST", "/api/v1/recipes/breaks/start", &own).await;
    assert_eq!(started, 202);
    // A step that failed is told before its run.
    let ended = |text: &str| {
        let (_, own) = text.split_once("event: ended\ndata: ")?;
        Some(own.split_once("\n\n")?.0.to_owned())
    };
    let text = heard(&mut events, |text| ended(text).is_some()).await;
    let told = ended(&text).unwrap();
    assert!(told.ends_with("\"outcome\":\"failed\"}"), "{told}");
    // The counting hears of it apart from those who listen here.
    let mut page = String::new();
    while !page.contains("souschef_runs_ended_total{") {
        tokio::time::sleep(Duration::from_millis(10)).await;
        page = send(kitchen.admin, &request("GET", "/metrics", &own, b""))
            .await
            .unwrap()
            .body;
    }
    for line in [
        "souschef_runs_ended_total{outcome=\"failed\"} 1",
        "souschef_runs{state=\"failed\"} 1",
        "souschef_journal_well 1",
        "souschef_connection_token{connection=\"lost\",state=\"unreadable\"} 1",
    ] {
        assert!(page.lines().any(|own| own == line), "{line} is not in\n{page}");
    }
    drop(events);
    kitchen.close().await;
}

/// Reads on until enough has come.
async fn heard(stream: &mut TcpStream, enough: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !enough(&text) {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "it ended after\n{text}");
        text += &String::from_utf8_lossy(&buffer[..count]);
    }
    text
}
