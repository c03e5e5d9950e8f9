//! The address that a browser comes back to after a person has allowed something, on this machine only.
//!
//! It answers one question and no other: a visit without the state of the question that is out changes nothing, however
//! often it comes. It sends the browser nowhere, and shows no text of a visit but escaped.

use std::time::Duration;

use souschef_connect::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;

use super::AccountsError;

/// The longest request head that is read.
const LONGEST: usize = 16 * 1024;
/// How long a visit may take to say what it wants.
const SLOWEST: Duration = Duration::from_secs(10);

/// Where the browser comes back to.
#[derive(Debug)]
pub struct Callback {
    listener: TcpListener,
    redirect: Url,
}

/// What a visit is answered with, and what it means.
#[derive(Debug)]
struct Heard {
    status: u16,
    page: String,
    /// The answer to the question, where it was one: a code, or why there is none.
    answer: Option<Result<Secret, String>>,
}

impl Callback {
    /// Listens at an address of this machine: `http://127.0.0.1:7877/callback`. Port 0 takes a free one.
    ///
    /// # Errors
    /// The address is another machine's, or taken.
    pub async fn listen(redirect: &str) -> Result<Self, AccountsError> {
        let wrong = |why: &str| {
            AccountsError::new(
                format!("{redirect} can't be the address that the browser comes back to: {why}"),
                "write one of this machine, such as http://127.0.0.1:7877/callback, or paste the answer with --paste",
            )
        };
        let mut redirect_to = Url::parse(redirect).map_err(|why| wrong(&why.to_string()))?;
        if redirect_to.scheme() != "http" || redirect_to.query().is_some() || redirect_to.fragment().is_some()
        {
            return Err(wrong("it must be http:// without ? and #"));
        }
        let host = match redirect_to.host_str() {
            Some("127.0.0.1" | "localhost") => "127.0.0.1",
            Some("[::1]") => "::1",
            _ => return Err(wrong("it is not of this machine")),
        };
        let port = redirect_to.port_or_known_default().unwrap_or(80);
        let listener = TcpListener::bind((host, port))
            .await
            .map_err(|why| wrong(&format!("it can't be listened on: {why}")))?;
        let port = listener
            .local_addr()
            .map_err(|why| wrong(&why.to_string()))?
            .port();
        redirect_to
            .set_port(Some(port))
            .map_err(|()| wrong("it has no port"))?;
        Ok(Self {
            listener,
            redirect: redirect_to,
        })
    }

    /// The address, as the provider is told it.
    pub fn redirect(&self) -> &str {
        self.redirect.as_str()
    }

    /// Waits for the answer to a question.
    ///
    /// # Errors
    /// The provider said no: its words.
    pub async fn answer(self, state: &Secret) -> Result<Secret, AccountsError> {
        loop {
            // A connection that could not be taken is the other side's loss.
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            match timeout(SLOWEST, visit(stream, &self.redirect, state)).await {
                Ok(Some(Ok(code))) => return Ok(code),
                Ok(Some(Err(why))) => return Err(refused(&why)),
                Ok(None) | Err(_) => {}
            }
        }
    }
}

/// The code in the address that a browser ended at, pasted by a person.
///
/// # Errors
/// It is not the answer to this question, or the provider said no.
pub(super) fn pasted(address: &str, state: &Secret) -> Result<Secret, AccountsError> {
    let url = Url::parse(address.trim()).map_err(|_| {
        AccountsError::new(
            "this is no web address",
            "paste the whole address that the browser ended at, from http to the end",
        )
    })?;
    match understood(url.query().unwrap_or_default(), state).answer {
        Some(Ok(code)) => Ok(code),
        Some(Err(why)) => Err(refused(&why)),
        None => Err(AccountsError::new(
            "this address is not the answer to the page that was opened",
            "open the page again, allow it, and paste the address that the browser ends at",
        )),
    }
}

fn refused(why: &str) -> AccountsError {
    AccountsError::new(
        format!("the provider did not allow it: {why}"),
        "nothing was kept; begin anew when the reason is gone",
    )
}

impl Callback {
    /// The code in an address that a person pasted.
    ///
    /// # Errors
    /// It is not the answer to this question, or the provider said no.
    pub fn pasted(address: &str, state: &Secret) -> Result<Secret, AccountsError> {
        pasted(address, state)
    }
}

async fn visit(mut stream: TcpStream, redirect: &Url, state: &Secret) -> Option<Result<Secret, String>> {
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        head.extend_from_slice(buffer.get(..count)?);
        if head.len() > LONGEST {
            return None;
        }
    }
    let heard = hear(&String::from_utf8_lossy(&head), redirect, state);
    let reason = if heard.status == 200 { "OK" } else { "No" };
    let answer = format!(
        "HTTP/1.1 {} {reason}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nx-content-type-options: nosniff\r\n\
         content-security-policy: default-src 'none'\r\n\r\n{}",
        heard.status,
        heard.page.len(),
        heard.page,
    );
    // The answer counts whether or not the browser stays to see the page.
    if let Err(error) = stream.write_all(answer.as_bytes()).await {
        tracing::debug!(%error, "the browser did not stay");
    }
    let _closed = stream.shutdown().await;
    heard.answer
}

/// What a visit says. No socket.
fn hear(head: &str, redirect: &Url, state: &Secret) -> Heard {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let hosts: Vec<&str> = lines
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim())
        .collect();
    let port = redirect.port_or_known_default().unwrap_or(80);
    let own = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
    // A page elsewhere can make a browser come here under another name, but not under ours.
    if !matches!(hosts.as_slice(), [host] if own.iter().any(|own| own == host)) {
        return Heard::nothing(403, "This address belongs to souschef.");
    }
    if method != "GET" {
        return Heard::nothing(
            405,
            "Only a browser that comes back from the provider has business here.",
        );
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != redirect.path() {
        return Heard::nothing(404, "There is nothing here.");
    }
    understood(query, state)
}

fn understood(query: &str, state: &Secret) -> Heard {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let only = |name: &str| {
        let mut found = pairs
            .iter()
            .filter(|(own, _)| own == name)
            .map(|(_, value)| value);
        match (found.next(), found.next()) {
            (Some(value), None) if !value.is_empty() => Some(value.as_str()),
            _ => None,
        }
    };
    if only("state").is_none_or(|told| Secret::new(told) != *state) {
        return Heard::nothing(
            400,
            "This visit does not belong to the account that is being connected. Nothing was done.",
        );
    }
    if pairs.iter().any(|(name, _)| name == "error") {
        let told = only("error_description")
            .or_else(|| only("error"))
            .unwrap_or("no reason was given");
        let plain: String = told.chars().filter(|c| !c.is_control()).take(300).collect();
        return Heard {
            status: 200,
            page: page(&format!("The provider did not allow it: {}", escaped(&plain))),
            answer: Some(Err(plain)),
        };
    }
    match only("code") {
        Some(code) if code.len() <= 2048 && code.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) => Heard {
            status: 200,
            page: page("Allowed. You can close this page; souschef goes on in the terminal."),
            answer: Some(Ok(Secret::new(code))),
        },
        _ => Heard::nothing(400, "This visit brings no code. Nothing was done."),
    }
}

impl Heard {
    fn nothing(status: u16, words: &str) -> Self {
        Self {
            status,
            page: page(words),
            answer: None,
        }
    }
}

fn page(words: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>souschef</title><p>{words}</p></html>"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
