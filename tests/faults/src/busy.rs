//! An other side that says 429, to each account in every form that there is of `Retry-After`, and lets through the rest.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::error::Error;

/// What was sent before a refusal had come back is nobody's fault.
const UNDER_WAY: Duration = Duration::from_millis(1500);

/// A form.
struct Form {
    /// Its headers.
    says: fn(SystemTime) -> String,
    /// So long, in seconds, nobody may come again.
    closed: u64,
}

/// All of them: one that must be cut to a quarter of an hour, sensible ones, none, and nonsense.
const FORMS: [Form; 12] = [
    Form {
        says: |_| "Retry-After: 315360000\r\n".to_owned(),
        closed: 900,
    },
    Form {
        says: |_| "Retry-After: 4\r\n".to_owned(),
        closed: 4,
    },
    Form {
        // A date has no parts of a second.
        says: |now| format!("Retry-After: {}\r\n", date(now + Duration::from_secs(6))),
        closed: 5,
    },
    Form {
        says: |now| format!("Retry-After: {}\r\n", date(now - Duration::from_secs(3600))),
        closed: 0,
    },
    Form {
        says: |_| String::new(),
        closed: 0,
    },
    Form {
        says: |_| "Retry-After: 0\r\n".to_owned(),
        closed: 0,
    },
    Form {
        says: |_| "Retry-After: -1\r\n".to_owned(),
        closed: 0,
    },
    Form {
        says: |_| "Retry-After: soon\r\n".to_owned(),
        closed: 0,
    },
    Form {
        says: |_| "Retry-After: 1.5\r\n".to_owned(),
        closed: 0,
    },
    Form {
        says: |_| "Retry-After:\r\n".to_owned(),
        closed: 0,
    },
    Form {
        // No word of when, but of how much is left.
        says: |_| {
            "X-RateLimit-Max: 100\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Interval-Milliseconds: 4000\r\n"
                .to_owned()
        },
        closed: 4,
    },
    Form {
        // Both, and the longer one counts.
        says: |_| {
            "Retry-After: 1\r\nX-RateLimit-Max: 100\r\nX-RateLimit-Remaining: 0\r\n\
             X-RateLimit-Interval-Milliseconds: 5000\r\n"
                .to_owned()
        },
        closed: 5,
    },
];

fn date(at: SystemTime) -> String {
    let at = Timestamp::try_from(at).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What came from one account.
#[derive(Debug, Default)]
struct Account {
    came: Vec<Instant>,
    /// When it was refused, and until when it was told to stay away.
    refused: Vec<(Instant, Duration)>,
}

/// One at work; it ends with its value.
#[derive(Debug)]
pub struct Busy {
    /// Where the service is to call: `http://127.0.0.1:40123`.
    pub url: String,
    accounts: Arc<Mutex<HashMap<String, Account>>>,
    task: JoinHandle<()>,
}

impl Busy {
    /// One before this address.
    ///
    /// # Errors
    /// There is no free address.
    pub async fn before(address: &str) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(Error::world("a busy side"))?;
        let here = listener.local_addr().map_err(Error::world("a busy side"))?;
        let accounts: Arc<Mutex<HashMap<String, Account>>> = Arc::default();
        let (behind, known) = (address.to_owned(), Arc::clone(&accounts));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (behind, known) = (behind.clone(), Arc::clone(&known));
                tokio::spawn(async move {
                    // A connection that breaks is the service's to deal with.
                    drop(one(stream, &behind, &known).await);
                });
            }
        });
        Ok(Self {
            url: format!("http://{here}"),
            accounts,
            task,
        })
    }

    /// How often it refused, and how many accounts have met every form.
    pub fn refusals(&self) -> (u64, u64) {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        (
            count(accounts.values().map(|account| account.refused.len()).sum()),
            count(
                accounts
                    .values()
                    .filter(|account| account.refused.len() >= FORMS.len())
                    .count(),
            ),
        )
    }

    /// Who came although told to stay away, and who stayed away for longer than a quarter of an hour: a sentence each.
    pub fn impatient(&self) -> Vec<String> {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = Vec::new();
        for (name, account) in accounts.iter() {
            for (number, (at, closed)) in account.refused.iter().enumerate() {
                let (from, to) = (*at + UNDER_WAY, *at + *closed);
                let early = account
                    .came
                    .iter()
                    .filter(|came| (from..to).contains(came))
                    .count();
                if early > 0 {
                    told.push(format!(
                        "N1: {early} calls of {name} came within the {closed:?} that refusal {number} had asked for"
                    ));
                }
                if !account.came.iter().any(|came| *came > *at) {
                    told.push(format!("N1: {name} never came again after refusal {number}"));
                }
            }
        }
        told
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request: refused where it is the account's every second one, as long as there are forms.
async fn one(mut stream: TcpStream, behind: &str, known: &Mutex<HashMap<String, Account>>) -> io::Result<()> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if let Some(at) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
            let length = field(&head, "content-length").and_then(|length| length.parse().ok());
            break (head, at + 4 + length.unwrap_or(0_usize));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    if let Some(says) = refusal(field(&head, "authorization").unwrap_or_default(), known) {
        let answer = format!(
            "HTTP/1.1 429 Too Many Requests\r\n{says}Content-Type: application/json\r\nContent-Length: 2\r\n\
             Connection: close\r\n\r\n{{}}"
        );
        return stream.write_all(answer.as_bytes()).await;
    }
    // One request to a connection, so that each is met here.
    let mut other = TcpStream::connect(behind).await?;
    let body = bytes.get(head.len() + 4..).unwrap_or_default();
    let asked = [format!("{head}\r\nConnection: close\r\n\r\n").as_bytes(), body].concat();
    other.write_all(&asked).await?;
    tokio::io::copy(&mut other, &mut stream).await?;
    stream.shutdown().await
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The headers that this account's request is refused with.
fn refusal(account: &str, known: &Mutex<HashMap<String, Account>>) -> Option<String> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let account = known
        .entry(account.trim_start_matches("Bearer ").to_owned())
        .or_default();
    let now = Instant::now();
    account.came.push(now);
    if account.came.len().is_multiple_of(2) {
        return None;
    }
    let form = FORMS.get(account.refused.len())?;
    account.refused.push((now, Duration::from_secs(form.closed)));
    Some((form.says)(SystemTime::now()))
}
