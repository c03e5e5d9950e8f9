//! HTTP as bytes: so that what no client would send can be sent.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer, as far as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Sends bytes on a connection of their own and reads one answer; none where the connection ends without one.
pub(crate) async fn send(to: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let stream = TcpStream::connect(to).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let bodiless = bytes.starts_with(b"HEAD ");
    let bytes = bytes.to_vec();
    // Who sends a lot may be answered before all of it has been taken.
    let sending = tokio::spawn(async move {
        let _ = write.write_all(&bytes).await;
        write
    });
    let answer = tokio::time::timeout(Duration::from_secs(30), read_answer(&mut read, bodiless)).await;
    sending.abort();
    answer.expect("an answer, or the end of the connection")
}

pub(crate) async fn answer(read: &mut (impl AsyncReadExt + Unpin)) -> Option<Answer> {
    read_answer(read, false).await
}

/// `bodiless`: an answer to HEAD tells a length and has no body.
async fn read_answer(read: &mut (impl AsyncReadExt + Unpin), bodiless: bool) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(answer) = whole(&bytes).or_else(|| bodiless.then(|| whole_at_end(&bytes)).flatten()) {
            return Some(answer);
        }
        match read.read(&mut buffer).await {
            Ok(0) | Err(_) => return whole_at_end(&bytes),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

fn split(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((
        String::from_utf8_lossy(&bytes[..end]).into_owned(),
        &bytes[end + 4..],
    ))
}

fn whole(bytes: &[u8]) -> Option<Answer> {
    let (head, body) = split(bytes)?;
    let answer = Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        body: String::from_utf8_lossy(body).into_owned(),
        head,
    };
    let length: usize = answer.header("content-length")?.parse().ok()?;
    (body.len() >= length).then_some(answer)
}

fn whole_at_end(bytes: &[u8]) -> Option<Answer> {
    let (head, body) = split(bytes)?;
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        body: String::from_utf8_lossy(body).into_owned(),
        head,
    })
}

/// A request in its plain form.
pub(crate) fn request(method: &str, path: &str, headers: &[String], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
