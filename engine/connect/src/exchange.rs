//! One request and its answer, over the wire.

use std::time::{Duration, SystemTime};

use base64::Engine;
use bytes::Bytes;
use futures_util::StreamExt;
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use souschef_catalog::{Auth, Connector, Method};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::answer::{Content, read};
use crate::backoff::Pace;
use crate::client::Client;
use crate::oauth::{Judged, TokenRequest, judge_exchange};
use crate::request::Request;
use crate::secret::Secret;

/// What came of sending one request.
#[derive(Debug)]
pub(crate) enum Exchange {
    /// Nothing can be written: why. The other side was not asked.
    Unfit(String),
    /// Nothing was written, since the other side was not reached: why.
    NotSent(String),
    /// Something was written, and no whole answer came: why.
    Broken { why: String, status: Option<u16> },
    /// A whole answer.
    Answered(Answer),
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content: Content,
    pub(crate) pace: Pace,
    pub(crate) location: Option<String>,
    /// The server's clock.
    pub(crate) date: Option<SystemTime>,
}

impl Client {
    /// Sends one request. `within` is what is left of the call's own time.
    pub(crate) async fn exchange(
        &self,
        request: &Request,
        token: Option<&Secret>,
        within: Option<Duration>,
    ) -> Exchange {
        match self.prepare(request, token) {
            Ok(prepared) => self.carry(prepared, within).await,
            Err(why) => Exchange::Unfit(why),
        }
    }

    /// Asks for a token. Its answer is judged before anybody sees it.
    pub async fn ask_for_token(
        &self,
        request: &TokenRequest,
        connector: &Connector,
        base_url: &Url,
    ) -> Judged {
        let sent = Timestamp::now();
        let exchange = match self.prepare_token(request, base_url) {
            Ok(prepared) => self.carry(prepared, None).await,
            Err(why) => Exchange::Unfit(why),
        };
        judge_exchange(connector, &exchange, sent)
    }

    /// Posts JSON to an address that is no connector's: where the project file has its alerts sent. No token goes along,
    /// no redirect is followed. Done where the answer is 2xx.
    ///
    /// # Errors
    /// In words, why it is not done. The address, which may be a secret by itself, is not among them.
    pub async fn post(&self, address: &Secret, body: &serde_json::Value) -> Result<(), String> {
        let url = Url::parse(address.reveal())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| "the address is no web address".to_owned())?;
        let bytes = serde_json::to_vec(body).map_err(|why| format!("the body can't be written: {why}"))?;
        let prepared = self
            .http(&url)?
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(bytes);
        match self.carry(prepared, None).await {
            Exchange::Answered(answer) if (200..300).contains(&answer.status) => Ok(()),
            Exchange::Answered(answer) => Err(format!("it answers {}", answer.status)),
            Exchange::Unfit(why) | Exchange::NotSent(why) | Exchange::Broken { why, .. } => Err(why),
        }
    }

    /// Hands bytes over to an address that is no connector's, in one try; answers the status, the headers and the body. No
    /// redirect is followed.
    ///
    /// # Errors
    /// In words, why no whole answer came. The address is not among them.
    pub async fn hand_over(
        &self,
        url: Url,
        headers: HeaderMap,
        bytes: Bytes,
    ) -> Result<(u16, HeaderMap, Bytes), String> {
        let options = self.options();
        let end = Instant::now() + options.request;
        let prepared = self.http(&url)?.post(url).headers(headers).body(bytes);
        let late = |_| format!("no whole answer came within {}", seconds(options.request));
        let answer = timeout_at(end, prepared.send())
            .await
            .map_err(late)?
            .map_err(words)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        match timeout_at(end, body(answer, options.answer_limit))
            .await
            .map_err(late)??
        {
            Some(bytes) => Ok((status, headers, bytes.into())),
            None => Err(format!(
                "the answer is longer than {} bytes",
                options.answer_limit
            )),
        }
    }

    async fn carry(&self, prepared: reqwest::RequestBuilder, within: Option<Duration>) -> Exchange {
        let options = self.options();
        let began = Instant::now();
        let whole = within.map_or(options.request, |within| within.min(options.request));
        let end = began + whole;
        // Connecting has its own limit, within which the first byte is not waited for yet.
        let first = end.min(began + options.connect + options.first_byte);
        let answer = match timeout_at(first, prepared.send()).await {
            Err(_) => {
                return Exchange::Broken {
                    why: format!("no answer came within {}", seconds(first - began)),
                    status: None,
                };
            }
            Ok(Err(error)) if error.is_connect() => return Exchange::NotSent(words(error)),
            Ok(Err(error)) if error.is_builder() => return Exchange::Unfit(words(error)),
            Ok(Err(error)) => {
                return Exchange::Broken {
                    why: words(error),
                    status: None,
                };
            }
            Ok(Ok(answer)) => answer,
        };
        let status = answer.status().as_u16();
        let pace = Pace::read(answer.headers(), SystemTime::now());
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let location = header(LOCATION).map(str::to_owned);
        let date = header(DATE).and_then(|text| httpdate::parse_http_date(text).ok());
        let content = match timeout_at(end, body(answer, options.answer_limit)).await {
            Err(_) => Err(format!("the answer had not ended after {}", seconds(whole))),
            Ok(Err(why)) => Err(why),
            Ok(Ok(None)) => Ok(Content::TooLong(options.answer_limit)),
            Ok(Ok(Some(bytes))) => Ok(read(&bytes)),
        };
        match content {
            Ok(content) => Exchange::Answered(Answer {
                status,
                content,
                pace,
                location,
                date,
            }),
            // Whatever its body, a refusal is a refusal.
            Err(_) if (400..500).contains(&status) => Exchange::Answered(Answer {
                status,
                content: Content::Empty,
                pace,
                location,
                date,
            }),
            Err(why) => Exchange::Broken {
                why,
                status: Some(status),
            },
        }
    }

    fn prepare_token(
        &self,
        request: &TokenRequest,
        base_url: &Url,
    ) -> Result<reqwest::RequestBuilder, String> {
        let mut url = base_url.clone();
        url.set_path(&format!(
            "{}{}",
            base_url.path().trim_end_matches('/'),
            request.path
        ));
        url.set_query(None);
        url.set_fragment(None);
        let mut prepared = self
            .http(&url)?
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(request.form.reveal().to_owned());
        for (name, value) in &request.headers {
            prepared = prepared.header(name, value);
        }
        if let Some((name, value)) = credentials(&Auth::Bearer, request.bearer.as_ref())? {
            prepared = prepared.header(name, value);
        }
        Ok(prepared)
    }

    fn prepare(&self, request: &Request, token: Option<&Secret>) -> Result<reqwest::RequestBuilder, String> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut prepared = self.http(&request.url)?.request(method, request.url.clone());
        for (name, value) in &request.headers {
            prepared = prepared.header(name, value);
        }
        if let Some((name, value)) = credentials(&request.auth, token)? {
            prepared = prepared.header(name, value);
        }
        if let Some(body) = &request.body {
            let bytes =
                serde_json::to_vec(body).map_err(|why| format!("the body can't be written: {why}"))?;
            prepared = prepared.body(bytes);
        }
        Ok(prepared)
    }
}

fn credentials(auth: &Auth, token: Option<&Secret>) -> Result<Option<(HeaderName, HeaderValue)>, String> {
    let Some(token) = token else { return Ok(None) };
    let (name, text) = match auth {
        Auth::None => return Ok(None),
        Auth::Bearer => (AUTHORIZATION, format!("Bearer {}", token.reveal())),
        Auth::Basic => (
            AUTHORIZATION,
            format!("Basic {}", base64(token.reveal().as_bytes())),
        ),
        Auth::Header(name) => {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| format!("{name:?} can't be a header's name"))?;
            (name, token.reveal().to_owned())
        }
    };
    // The error would show nothing, but the sentence is ours.
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| "the connection's token holds characters that no header may hold".to_owned())?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

/// The whole body; none where it is longer than `limit`.
async fn body(answer: reqwest::Response, limit: usize) -> Result<Option<Vec<u8>>, String> {
    let mut bytes = Vec::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk: Bytes = chunk.map_err(words)?;
        if bytes.len() + chunk.len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

/// An error of the HTTP library in words, without the address, which may hold what is not to be shown.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_connect() && error.is_timeout() {
        return "no connection came about in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = &error;
    let mut lines = Vec::new();
    while let Some(source) = innermost.source() {
        innermost = source;
        lines.push(innermost.to_string());
    }
    let what = if error.is_dns() {
        "the host's name was not found"
    } else if error.is_connect() {
        "no connection came about"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection broke"
    };
    match lines.last() {
        Some(why) => format!("{what} ({why})"),
        None => what.to_owned(),
    }
}

fn seconds(length: Duration) -> String {
    format!("{} s", (length.as_secs_f64() * 10.0).round() / 10.0)
}

/// Base64, for basic authentication.
pub(crate) fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
