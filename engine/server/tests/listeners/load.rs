//! Senders that mean no good, or all come at once: others are served all the same.

use std::time::Duration;

use souschef_runtime::service::Submission;
use souschef_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::kitchen::{Kitchen, begin};
use super::wire::{request, send};

/// A run whose call is never answered.
pub(crate) fn waiting_call() -> Submission {
    begin("calls")
}

fn hook(id: &str) -> Vec<u8> {
    let headers = [
        "Host: a".to_owned(),
        "Content-Length: 2".to_owned(),
        format!("X-Webhook-Id: {id}"),
    ];
    request("POST", "/hooks/custom/open", &headers, b"{}")
}

/// Whether a connection has been answered or closed.
fn is_still_open(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0; 1]), Err(why) if why.kind() == std::io::ErrorKind::WouldBlock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies_keep_nobody_out() {
    let kitchen = Kitchen::open().await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(kitchen.webhooks).await.unwrap();
        let head = "POST /hooks/custom/open HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let answer = send(kitchen.webhooks, &hook("1")).await.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.body);
    // It was answered beside them, not after their time was up.
    assert!(slow.iter().any(is_still_open));
    drop(slow);
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_make_room_for_others() {
    let kitchen = Kitchen::with(Limits {
        connections: 20,
        ..Limits::default()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(kitchen.webhooks).await.unwrap());
    }
    let answer = send(kitchen.webhooks, &hook("1")).await.unwrap();
    assert_eq!(answer.status, 202, "{}", answer.body);
    // The oldest had to go.
    let mut oldest = silent.swap_remove(0);
    assert!(matches!(oldest.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    kitchen.close().await;
}

/// GHL sends again after a 429 only: a connection that is closed without an answer loses its event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_more_than_can_be_answered_waits_and_is_answered() {
    let kitchen = Kitchen::with(Limits {
        connections: 5,
        ..Limits::default()
    })
    .await;
    let mut slow = Vec::new();
    for _ in 0..5 {
        let mut stream = TcpStream::connect(kitchen.webhooks).await.unwrap();
        let head = "POST /hooks/custom/open HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        // It is being answered once its body is asked for.
        let mut told = [0; 25];
        stream.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
        slow.push(stream);
    }
    let to = kitchen.webhooks;
    let waiting = tokio::spawn(async move { send(to, &hook("1")).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "all five are being answered");
    for stream in &mut slow {
        stream.write_all(b"{}").await.unwrap();
    }
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.status, 202, "{}", answer.body);
    drop(slow);
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_that_does_not_come_ends_its_connection() {
    let kitchen = Kitchen::with(Limits {
        header: Duration::from_millis(100),
        ..Limits::default()
    })
    .await;
    for begun in [
        "",
        "POST /hooks/custom/open HT",
        "POST /hooks/custom/open HTTP/1.1\r\nHost: a\r\n",
    ] {
        let mut stream = TcpStream::connect(kitchen.webhooks).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // Ends, with an answer or without one.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(!String::from_utf8_lossy(&rest).contains("202"), "{begun:?}");
    }
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_equal_deliveries_at_once_one_starts_a_run() {
    let kitchen = Kitchen::open().await;
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let to = kitchen.webhooks;
        sending.spawn(async move { send(to, &hook("same")).await.unwrap() });
    }
    let answers = sending.join_all().await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(202), count(200)), (1, 49));
    let events: std::collections::HashSet<String> = answers
        .iter()
        .map(|answer| answer.json()["event"].to_string())
        .collect();
    assert_eq!(events.len(), 1);
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_requests_on_one_connection_are_answered_in_order() {
    let kitchen = Kitchen::open().await;
    let stream = TcpStream::connect(kitchen.webhooks).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    for number in 0..5 {
        write.write_all(&hook(&number.to_string())).await.unwrap();
        let answer = super::wire::answer(&mut read).await.unwrap();
        assert_eq!(answer.status, 202, "{number}: {}", answer.body);
    }
    kitchen.close().await;
}
