//! A raw-socket server that answers from a script, and calls made to it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value};
use souschef_catalog::{Catalog, Operation};
use souschef_connect::{
    Attempt, CallOptions, CallReport, Client, ClientOptions, Connection, Noting, Observer, Secret,
};
use souschef_expr::types::{Format, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A token that must never be seen.
pub const CANARY: &str = "pit-canary-5f1c0b7e";

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Play {
    /// Writes these bytes, and closes.
    Raw(Vec<u8>),
    /// Writes these bytes, and keeps the connection open without another word.
    Stall(Vec<u8>),
    /// Writes these bytes again and again.
    Endless(Vec<u8>),
    /// Closes the connection with a reset.
    Reset,
}

/// An answer with this status, these headers and this body.
pub fn answer(status: u16, headers: &str, body: &str) -> Play {
    let mut text = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n", body.len());
    for header in headers.lines() {
        text.push_str(header.trim());
        text.push_str("\r\n");
    }
    Play::Raw(format!("{text}\r\n{body}").into_bytes())
}

/// A JSON answer.
pub fn json(status: u16, body: &str) -> Play {
    answer(status, "content-type: application/json", body)
}

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

/// The server: each request takes the next play, the last one again and again.
pub struct Server {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub async fn start(script: Vec<Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            loop {
                let Ok((mut stream, _)) = listener.accept().await else {
                    return;
                };
                let Some(request) = read(&mut stream).await else {
                    continue;
                };
                let number = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(request);
                    kept.len() - 1
                };
                let play = script.get(number).or(script.last()).unwrap().clone();
                open.spawn(perform(stream, play));
            }
        });
        Self { url, received, task }
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn perform(mut stream: TcpStream, play: Play) {
    match play {
        Play::Raw(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Play::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            tokio::time::sleep(Duration::from_secs(600)).await;
        }
        Play::Endless(bytes) => while stream.write_all(&bytes).await.is_ok() {},
        Play::Reset => {
            let _ = stream.set_zero_linger();
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, length)| length.trim().parse().unwrap());
            let body = bytes.split_off(end + 4);
            if body.len() >= length {
                return Some(Received { head, body });
            }
            bytes.extend_from_slice(&body);
        }
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    }
}

/// The bundled catalog, and two connectors more: one with an operation of each effect class and no rate limit, and one whose
/// circuit opens early.
pub fn catalog() -> Arc<Catalog> {
    let files = [
        ("crm.yaml", include_str!("crm.yaml")),
        ("fast.yaml", include_str!("fast.yaml")),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()));
    Arc::new(Catalog::with_files(&files).unwrap())
}

pub fn operation(catalog: &Catalog, id: &str) -> Arc<Operation> {
    catalog
        .operation(id)
        .unwrap_or_else(|| panic!("no operation {id}"))
}

pub fn connection(catalog: &Catalog, connector: &str, url: &str) -> Connection {
    Connection {
        name: "main".to_owned(),
        connector: catalog.connector(connector).unwrap(),
        base_url: url.parse().unwrap(),
        token: Some(Secret::new(CANARY).into()),
        location_id: Some("loc1".to_owned()),
        company_id: Some("com1".to_owned()),
        paths: std::collections::BTreeMap::default(),
    }
}

pub fn client(catalog: &Arc<Catalog>) -> Client {
    let options = ClientOptions {
        connect: Duration::from_millis(250),
        first_byte: Duration::from_millis(300),
        request: Duration::from_millis(600),
        answer_limit: 1024 * 1024,
        index_lag: Duration::from_millis(1),
        seed: Some(7),
        ..ClientOptions::default()
    };
    Client::new(Arc::clone(catalog), options).unwrap()
}

pub fn options(times: u32) -> CallOptions {
    CallOptions {
        times,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(4),
        ..CallOptions::default()
    }
}

pub fn inputs(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// Notes everything it is told.
#[derive(Default)]
pub struct Notes {
    pub begun: Mutex<Vec<(u32, bool, Value)>>,
    pub ended: Mutex<u32>,
    pub waits: Mutex<Vec<(Duration, String)>>,
}

impl Observer for Notes {
    fn begins<'a>(&'a self, number: u32, request: &'a Arc<Value>, looking: bool) -> Noting<'a> {
        Box::pin(async move {
            // A journal's commit takes a moment too.
            tokio::task::yield_now().await;
            self.begun
                .lock()
                .unwrap()
                .push((number, looking, Value::clone(request)));
            Ok(())
        })
    }
    fn ended(&self, _attempt: &Arc<Attempt>) {
        *self.ended.lock().unwrap() += 1;
    }
    fn waits(&self, wait: Duration, why: &str) {
        self.waits.lock().unwrap().push((wait, why.to_owned()));
    }
}

/// Calls an operation of the test's connector at a server.
pub async fn call(server: &Server, id: &str, with: Value, options: &CallOptions) -> CallReport {
    let catalog = catalog();
    let operation = operation(&catalog, id);
    let connection = connection(&catalog, &operation.connector, &server.url);
    client(&catalog)
        .call(
            &operation,
            &inputs(with),
            &connection,
            options,
            &souschef_connect::Quiet,
        )
        .await
        .unwrap()
}

/// A value of a type, without anything special in it.
pub fn value_of(ty: &Type) -> Value {
    match ty {
        Type::Text(text) => match (text.one_of.first(), text.format) {
            (Some(word), _) => Value::from(word.as_str()),
            (None, Format::Datetime) => Value::from("2026-12-01T09:00:00Z"),
            (None, _) => Value::from("abc"),
        },
        Type::Number { min, .. } => Value::from(min.unwrap_or(1.0).ceil() as i64),
        Type::Boolean => Value::from(true),
        Type::List(item) => Value::from(vec![value_of(item)]),
        Type::Map(map) => map
            .fields
            .iter()
            .map(|(name, field)| (name.clone(), value_of(&field.ty)))
            .collect(),
        Type::OneOf(kinds) => kinds.first().map_or(Value::Null, value_of),
        Type::Nullable(inner) => value_of(inner),
        Type::Any | Type::Null => Value::from("any"),
    }
}

/// A value for every input of an operation, numbered ones aside.
pub fn sample(operation: &Operation) -> Map<String, Value> {
    operation
        .inputs
        .iter()
        .map(|(name, input)| {
            let value = input.example.clone().unwrap_or_else(|| value_of(&input.ty));
            (name.clone(), value)
        })
        .collect()
}
