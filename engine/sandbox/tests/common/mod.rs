//! What the sandbox's tests share: a sandbox on a free port, and a plain HTTP client that hides nothing.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod made;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;
use souschef_catalog::Catalog;
use souschef_sandbox::{Running, Sandbox, SandboxOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Options for tests: the clock stands still.
pub(crate) fn options() -> SandboxOptions {
    SandboxOptions {
        seed: 7,
        fixed_time: Some("2026-01-15T09:00:00Z".parse().unwrap()),
        ..SandboxOptions::default()
    }
}

/// A sandbox of the bundled catalog.
pub(crate) async fn start(options: SandboxOptions) -> Running {
    Sandbox::new(Arc::new(Catalog::bundled()), options)
        .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap()
}

/// An answer as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// Sends bytes and reads until the other side closes; what came.
pub(crate) async fn raw(running: &Running, request: &str) -> Vec<u8> {
    let address = running.base_url("ghl").trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ended = stream.read_to_end(&mut bytes).await;
    bytes
}

/// A request's text.
pub(crate) fn text_of(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = body {
        text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    } else {
        text.push_str("\r\n");
    }
    text
}

/// Sends a request; none where no answer came.
pub(crate) async fn try_send(
    running: &Running,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Option<Got> {
    let bytes = raw(running, &text_of(method, path, headers, body)).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Got {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// Sends JSON with a token and this version.
pub(crate) async fn send(
    running: &Running,
    method: &str,
    path: &str,
    version: &str,
    body: Option<&Value>,
) -> Got {
    let body = body.map(Value::to_string);
    let mut headers = vec![("authorization", "Bearer test"), ("version", version)];
    if body.is_some() {
        headers.push(("content-type", "application/json"));
    }
    try_send(running, method, path, &headers, body.as_deref())
        .await
        .unwrap_or_else(|| panic!("{method} {path}: no answer"))
}
