//! OpenTelemetry by the environment: what a receiver gets.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::{project, sandbox, serve_in, until};

/// One post: its head and its body.
struct Post {
    head: String,
    body: Vec<u8>,
}

/// A receiver that takes what is posted.
fn receiver() -> (String, Receiver<Post>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, posts) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let (mut bytes, mut buffer) = (Vec::new(), [0; 8192]);
            let post = loop {
                let count = stream.read(&mut buffer).unwrap();
                bytes.extend_from_slice(&buffer[..count]);
                let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
                    continue;
                };
                let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
                let length = head
                    .split("content-length:")
                    .nth(1)
                    .unwrap()
                    .lines()
                    .next()
                    .unwrap();
                let length: usize = length.trim().parse().unwrap();
                if bytes.len() >= end + 4 + length {
                    break Post {
                        head,
                        body: bytes.split_off(end + 4),
                    };
                }
            };
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer).unwrap();
            if tell.send(post).is_err() {
                return;
            }
        }
    });
    (url, posts)
}

fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|part| part == text.as_bytes())
}

fn attribute<'a>(span: &'a Value, name: &str) -> &'a Value {
    let all = span["attributes"].as_array().unwrap();
    let found = all.iter().find(|attribute| attribute["key"] == name);
    found.map_or(&Value::Null, |found| {
        found["value"].as_object().unwrap().values().next().unwrap()
    })
}

#[test]
fn a_receiver_gets_a_run_with_its_steps_and_requests_and_no_values() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    let (_sandbox, url, location) = sandbox(here, "0ms");
    project(here, &url, &location);
    let (endpoint, posts) = receiver();
    let served = serve_in(
        here,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=for the receiver"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
        ],
    );
    let (status, answer) =
        served.post(&json!({ "email": "ana@example.com", "firstName": "Ana", "tags": [] }));
    assert_eq!(status, 202, "{answer}");
    let run = answer["runs"][0].as_str().unwrap();
    let (mut spans, mut resource) = (Vec::new(), Value::Null);
    until("the run's own span", || {
        let post = posts.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(post.head.starts_with("post /v1/traces http/1.1"), "{}", post.head);
        assert!(
            post.head.contains("content-type: application/json"),
            "{}",
            post.head
        );
        assert!(post.head.contains("x-key: for the receiver"), "{}", post.head);
        for secret in ["ana@example.com", "sandbox\"", "open sesame", "Bearer"] {
            assert!(!contains(&post.body, secret), "{secret} has no place in a trace");
        }
        let told: Value = serde_json::from_slice(&post.body).unwrap();
        resource = told["resourceSpans"][0]["resource"].clone();
        for scope in told["resourceSpans"][0]["scopeSpans"].as_array().unwrap() {
            spans.extend(scope["spans"].as_array().unwrap().iter().cloned());
        }
        let found = spans.iter().any(|span| span["name"] == "recipe onboarding");
        found.then_some(())
    });
    assert_eq!(attribute(&resource, "service.name"), "souschef");
    assert_eq!(attribute(&resource, "deployment.environment"), "test");

    let whole = spans
        .iter()
        .find(|span| span["name"] == "recipe onboarding")
        .unwrap();
    assert_eq!(attribute(whole, "souschef.run.id"), run);
    assert_eq!(attribute(whole, "souschef.event.id"), &answer["event"]);
    assert_eq!(attribute(whole, "souschef.outcome"), "succeeded");
    let request = spans
        .iter()
        .find(|span| attribute(span, "http.request.method") == "POST")
        .unwrap_or_else(|| panic!("{spans:#?}"));
    assert!(
        request["name"].as_str().unwrap().starts_with("POST contacts."),
        "{request}"
    );
    assert!(attribute(request, "server.address") == "127.0.0.1", "{request}");
    assert!(
        ["200", "201"].contains(
            &attribute(request, "http.response.status_code")
                .to_string()
                .trim_matches('"')
        )
    );
    // Request, step and run are one above the other, in one trace.
    let above = |span: &Value| {
        let parent = spans.iter().find(|other| other["spanId"] == span["parentSpanId"]);
        parent
            .unwrap_or_else(|| panic!("{span} hangs in the air"))
            .clone()
    };
    let step = above(request);
    assert_eq!(
        attribute(&step, "souschef.operation"),
        attribute(request, "souschef.operation")
    );
    let mut top = step;
    while top["name"] != "recipe onboarding" {
        assert_eq!(top["traceId"], whole["traceId"]);
        top = above(&top);
    }
    assert!(spans.iter().all(|span| {
        let at = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
        at("startTimeUnixNano") <= at("endTimeUnixNano") && span["traceId"] == whole["traceId"]
    }));
}

#[test]
fn without_a_word_about_it_the_form_is_protobuf() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    let (_sandbox, url, location) = sandbox(here, "0ms");
    project(here, &url, &location);
    let (endpoint, posts) = receiver();
    let served = serve_in(
        here,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_SERVICE_NAME", "kitchen"),
        ],
    );
    let (_, answer) = served.post(&json!({ "email": "ana@example.com", "firstName": "Ana", "tags": [] }));
    let post = posts.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(
        post.head.contains("content-type: application/x-protobuf"),
        "{}",
        post.head
    );
    for told in [
        answer["runs"][0].as_str().unwrap(),
        "recipe onboarding",
        "kitchen",
    ] {
        assert!(contains(&post.body, told), "{told}");
    }
    assert!(!contains(&post.body, "ana@example.com"));
}
