//! The clients: each sends a webhook, and the next when the run of the last has ended.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::wire::Wire;
use super::{Error, TOKEN};

/// A run that has not ended after so long never will.
const PATIENCE: Duration = Duration::from_secs(30);

/// The ends of runs, as the log tells of them: before or after somebody waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends(Arc<Mutex<HashMap<String, End>>>);

#[derive(Debug)]
enum End {
    Came(Instant),
    Awaited(oneshot::Sender<Instant>),
}

impl Ends {
    /// A run has ended just now.
    pub(super) fn came(&self, run: &str) {
        let now = Instant::now();
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(End::Awaited(reply)) = ends.remove(run) {
            // A client that has given up needs no word.
            let _ = reply.send(now);
        } else {
            ends.insert(run.to_owned(), End::Came(now));
        }
    }

    async fn of(&self, run: &str) -> Option<Instant> {
        let waiting = {
            let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(End::Came(at)) = ends.remove(run) {
                return Some(at);
            }
            let (reply, waiting) = oneshot::channel();
            ends.insert(run.to_owned(), End::Awaited(reply));
            waiting
        };
        tokio::time::timeout(PATIENCE, waiting).await.ok()?.ok()
    }
}

/// How long each run took that ended in time.
pub(super) async fn run(
    address: SocketAddr,
    clients: usize,
    length: Duration,
    ends: &Ends,
) -> Result<Vec<Duration>, Error> {
    let until = Instant::now() + length;
    let mut at_work = JoinSet::new();
    for number in 0..clients {
        at_work.spawn(client(address, number, until, ends.clone()));
    }
    let mut all = Vec::new();
    while let Some(took) = at_work.join_next().await {
        all.extend(took.map_err(|error| Error::Load(error.to_string()))??);
    }
    Ok(all)
}

async fn client(
    address: SocketAddr,
    number: usize,
    until: Instant,
    ends: Ends,
) -> Result<Vec<Duration>, Error> {
    let mut wire = Wire::new(TcpStream::connect(address).await?)?;
    let mut all = Vec::new();
    loop {
        let delivery = uuid::Uuid::now_v7();
        let begun = Instant::now();
        if begun >= until {
            return Ok(all);
        }
        let head = format!(
            "POST /hooks/custom/leads HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {TOKEN}\r\nx-delivery-id: {delivery}"
        );
        wire.write(&head, &body(number, &delivery.to_string())).await?;
        let answer = wire
            .read()
            .await?
            .ok_or_else(|| Error::Load("a webhook was not answered".to_owned()))?;
        let run = serde_json::from_slice::<Value>(&answer.body)
            .ok()
            .and_then(|body| body.pointer("/runs/0").and_then(Value::as_str).map(str::to_owned))
            .ok_or_else(|| {
                let said = String::from_utf8_lossy(&answer.body).into_owned();
                Error::Load(format!("a webhook was not taken: {}{said}", answer.first))
            })?;
        let ended = ends
            .of(&run)
            .await
            .ok_or_else(|| Error::Load(format!("run {run} came to no end")))?;
        if ended <= until {
            all.push(ended - begun);
        }
    }
}

/// A lead, as a form sends it: about 600 bytes.
fn body(number: usize, delivery: &str) -> String {
    format!(
        r#"{{"id":"{delivery}","type":"lead.created","created_at":"2026-03-02T09:14:07.000Z","contact":{{"first_name":"Ana","last_name":"Novak","email":"ana.novak+{number}@example.com","phone":"+4366012345678","address":{{"street":"Lindengasse 12","city":"Vienna","postal_code":"1070","country":"AT"}}}},"utm":{{"source":"newsletter","medium":"email","campaign":"spring"}},"message":"I would like to know more about the weekend courses, and whether there is still a place in March.","consent":{{"marketing":true,"at":"2026-03-02T09:14:02.000Z","text_version":"2026-01"}},"page":"https://example.com/courses/weekend"}}"#
    )
}
