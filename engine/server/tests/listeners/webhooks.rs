//! The webhook listener's contract, as `tests/server/webhooks.yaml` tells it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use souschef_runtime::journal::Page;

use super::kitchen::{Kitchen, data};
use super::wire::{Answer, request, send};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    send: Sent,
    expect: Expected,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    method: Option<String>,
    path: Option<Text>,
    headers: Vec<Text>,
    many: usize,
    body: Option<Text>,
    chunks: Option<Vec<Text>>,
    length: Option<String>,
    raw: Option<String>,
}

/// A text, or one made up.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Base64 {
        base64: String,
    },
    Repeated {
        #[serde(default)]
        before: String,
        repeat: String,
        times: usize,
        #[serde(default)]
        after: String,
    },
}

impl Text {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Plain(text) => text.clone().into_bytes(),
            Self::Base64 { base64 } => STANDARD.decode(base64).unwrap(),
            Self::Repeated {
                before,
                repeat,
                times,
                after,
            } => format!("{before}{}{after}", repeat.repeat(*times)).into_bytes(),
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: u16,
    runs: Option<usize>,
    #[serde(default)]
    duplicate: bool,
    error: Option<String>,
    #[serde(default)]
    closes: bool,
}

impl Sent {
    fn bytes(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone().into_bytes();
        }
        let mut headers = vec!["Host: hooks.example.com".to_owned()];
        headers.extend(self.headers.iter().map(Text::text));
        headers.extend((0..self.many).map(|number| format!("X-{number}: a")));
        let body = match (&self.body, &self.chunks) {
            (_, Some(chunks)) => {
                headers.push("Transfer-Encoding: chunked".to_owned());
                let mut body = Vec::new();
                for chunk in chunks {
                    let chunk = chunk.bytes();
                    body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    body.extend_from_slice(&chunk);
                    body.extend_from_slice(b"\r\n");
                }
                body.extend_from_slice(b"0\r\n\r\n");
                body
            }
            (Some(body), None) => {
                let body = body.bytes();
                let length = self.length.clone().unwrap_or_else(|| body.len().to_string());
                headers.push(format!("Content-Length: {length}"));
                body
            }
            (None, None) => Vec::new(),
        };
        let path = self.path.as_ref().expect("a path").text();
        let method = self.method.as_deref().unwrap_or("POST");
        request(method, &path, &headers, &body)
    }
}

/// What is wrong with an answer.
fn wrong(case: &Case, answer: Option<&Answer>) -> Option<String> {
    let expected = &case.expect;
    let Some(answer) = answer else {
        return (expected.status != 0).then(|| "no answer".to_owned());
    };
    if answer.status != expected.status {
        return Some(format!(
            "{} and not {}: {}",
            answer.status, expected.status, answer.body
        ));
    }
    if expected.closes && answer.header("connection") != Some("close") {
        return Some("the connection stays open".to_owned());
    }
    let body = answer.json();
    if let Some(runs) = expected.runs {
        let started = body.get("runs").and_then(Value::as_array).map(Vec::len);
        let keys: Vec<&String> = body
            .as_object()
            .into_iter()
            .flat_map(|body| body.keys())
            .collect();
        if started != Some(runs) || keys != ["event", "runs"] {
            return Some(format!("not {{event, runs}} with {runs} runs: {body}"));
        }
    }
    if expected.duplicate && body.get("duplicate") != Some(&Value::Bool(true)) {
        return Some(format!("not told as a duplicate: {body}"));
    }
    if let Some(error) = &expected.error {
        let keys: Vec<&String> = body
            .as_object()
            .into_iter()
            .flat_map(|body| body.keys())
            .collect();
        if body.get("error").and_then(Value::as_str) != Some(error) || keys != ["error", "message"] {
            return Some(format!("not {{error: {error}, message}}: {body}"));
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_is_answered_as_the_contract_says() {
    let cases: Vec<Case> =
        serde_yaml::from_str(&std::fs::read_to_string(data().join("webhooks.yaml")).unwrap()).unwrap();
    let kitchen = Kitchen::open().await;
    let mut faults = Vec::new();
    let mut started = 0;
    for case in &cases {
        let answer = send(kitchen.webhooks, &case.send.bytes()).await;
        if let Some(fault) = wrong(case, answer.as_ref()) {
            faults.push(format!("{}: {fault}", case.name));
        }
        started += case.expect.runs.unwrap_or_default();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // What was refused has left nothing behind.
    let page = Page {
        limit: 1000,
        below: None,
    };
    let runs = kitchen.service.list(Default::default(), page).await.unwrap();
    assert_eq!(runs.len(), started);
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered_2xx_is_kept_with_its_runs() {
    let kitchen = Kitchen::open().await;
    let headers = ["Host: a".to_owned(), "Content-Length: 12".to_owned()];
    let sent = request("POST", "/hooks/custom/open", &headers, b"{\"name\":\"A\"}");
    let answer = send(kitchen.webhooks, &sent).await.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.body);
    let body = answer.json();
    let run = body["runs"][0].as_str().unwrap();
    let shown = kitchen.service.show(&run.into()).await.unwrap();
    assert_eq!(shown.event.as_deref(), body["event"].as_str());
    assert_eq!(shown.recipe, "open");
    kitchen.close().await;
}

/// A service that is told to stop answers 429, never 503 and never with a closed door, while runs are under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_drains_tells_senders_to_come_again() {
    let kitchen = Kitchen::open().await;
    // Both connections are open before it is told to stop.
    let stream = tokio::net::TcpStream::connect(kitchen.webhooks).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    kitchen.service.submit(super::load::waiting_call()).await.unwrap();
    // The call is under way: the API has the connection and does not answer.
    let _called = kitchen.api.accept().await.unwrap();
    kitchen.tell_to_stop();
    let headers = ["Host: a".to_owned(), "Content-Length: 2".to_owned()];
    let sent = request("POST", "/hooks/custom/open", &headers, b"{}");
    // It may take a moment to hear of it.
    loop {
        tokio::io::AsyncWriteExt::write_all(&mut write, &sent)
            .await
            .unwrap();
        let answer = super::wire::answer(&mut read).await.unwrap();
        if answer.status == 202 {
            continue;
        }
        assert_eq!(answer.status, 429, "{}", answer.body);
        assert!(answer.header("retry-after").is_some());
        assert_eq!(answer.json()["error"], "try_later");
        break;
    }
    kitchen.close().await;
}
