//! A request as it came, and what is wrong with it by the catalog.

use axum::http::{HeaderMap, Method};
use indexmap::IndexMap;
use serde_json::Value;
use souschef_catalog::{Auth, Body, Connector, Input, InputPlace};
use souschef_expr::Type;

use crate::part::Part;
use crate::store::Record;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    /// The decoded segments of the path, without the connector's own.
    pub(crate) segments: Vec<String>,
    /// The query as it came.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Sent,
}

/// A body as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent {
    /// None.
    Nothing,
    /// JSON.
    Json(Value),
    /// Something else, or broken JSON: the text, and what is wrong with it.
    Other(String, String),
    /// More than is taken.
    TooLarge,
}

/// What a request gives to an operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// Each input, by its name in the catalog.
    pub(crate) inputs: IndexMap<String, Value>,
    /// The body's fields as they were sent.
    pub(crate) body: Record,
}

impl Given {
    /// An input's text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.inputs.get(name).and_then(Value::as_str)
    }

    /// An input's number, also where it is written as text.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.inputs.get(name)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// A refusal: the status and what is wrong, a line each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) problems: Vec<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, problem: impl Into<String>) -> Self {
        Self {
            status,
            problems: vec![problem.into()],
        }
    }
}

/// Undoes `%20` and, in a query, `+`. Bytes that are no text become the replacement sign.
pub(crate) fn decode(text: &str, plus: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'+' if plus => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                match (digit(ahead.next()), digit(ahead.next())) {
                    (Some(high), Some(low)) => {
                        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                        rest = ahead;
                    }
                    _ => bytes.push(byte),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the request may come in at all.
pub(crate) fn check_entry(
    connector: &Connector,
    version: Option<&str>,
    headers: &HeaderMap,
    tokens: &[String],
    admits: impl Fn(&str) -> Option<bool>,
) -> Result<(), Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = match &connector.auth {
        Auth::None => None,
        Auth::Bearer => Some(header("authorization").and_then(|value| value.strip_prefix("Bearer "))),
        Auth::Basic => Some(header("authorization").and_then(|value| value.strip_prefix("Basic "))),
        Auth::Header(name) => Some(header(name)),
    };
    match token.map(|token| token.map(str::trim).filter(|token| !token.is_empty())) {
        Some(None) => {
            return Err(Refusal::new(
                401,
                "the authorization header with the token is missing",
            ));
        }
        Some(Some(token)) if admits(token) == Some(false) => {
            return Err(Refusal::new(401, "Invalid JWT: the access token has expired"));
        }
        Some(Some(token)) if admits(token) == Some(true) => {}
        Some(Some(token)) if !tokens.is_empty() && !tokens.iter().any(|known| known == token) => {
            return Err(Refusal::new(401, "the token is not valid"));
        }
        _ => {}
    }
    if let (Some(name), Some(version)) = (&connector.version_header, version) {
        match header(name) {
            None => {
                return Err(Refusal::new(
                    401,
                    format!("the header {name} was not found; it should be {version}"),
                ));
            }
            Some(sent) if sent != version => {
                return Err(Refusal::new(
                    401,
                    format!("the header {name} should be {version}, and this is {sent}"),
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Reads a request by the catalog's description of it.
///
/// # Errors
/// Everything that is wrong.
pub(crate) fn read(part: &Part, received: &Received) -> Result<Given, Refusal> {
    let mut given = Given::default();
    let mut problems = Vec::new();
    read_path(part, received, &mut given, &mut problems);
    read_query(part, received, &mut given, &mut problems);
    read_body(part, received, &mut given, &mut problems)?;
    for (name, input) in &part.operation.inputs {
        if input.required && part.sends(name) && !given.inputs.contains_key(name) {
            problems.push(format!("{} should not be empty", wire(name, input)));
        }
    }
    if problems.is_empty() {
        Ok(given)
    } else {
        Err(Refusal {
            status: 422,
            problems,
        })
    }
}

fn read_path(part: &Part, received: &Received, given: &mut Given, problems: &mut Vec<String>) {
    use souschef_catalog::PathPart;
    for (step, segment) in part.call.path.iter().zip(&received.segments) {
        if let PathPart::Input(name) = step
            && let Some(input) = part.operation.inputs.get(name)
        {
            let value = from_text(&input.ty, std::slice::from_ref(segment));
            take(name, input, value, given, problems);
        }
    }
}

fn read_query(part: &Part, received: &Received, given: &mut Given, problems: &mut Vec<String>) {
    let mut sent: IndexMap<String, Vec<String>> = IndexMap::new();
    for pair in received.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name, true);
        let name = name.strip_suffix("[]").map(str::to_owned).unwrap_or(name);
        sent.entry(name).or_default().push(decode(value, true));
    }
    for (sent_name, texts) in sent {
        match input_named(part, &sent_name, InputPlace::Query) {
            Some((name, input)) => take(name, input, from_text(&input.ty, &texts), given, problems),
            None => problems.push(format!("property {sent_name} should not exist in the query")),
        }
    }
}

fn read_body(
    part: &Part,
    received: &Received,
    given: &mut Given,
    problems: &mut Vec<String>,
) -> Result<(), Refusal> {
    match &received.body {
        Sent::TooLarge => return Err(Refusal::new(413, "the body is larger than 1 MiB")),
        Sent::Other(_, why) => return Err(Refusal::new(400, why.clone())),
        Sent::Nothing => {
            if part.call.body != Body::None && received.method != Method::DELETE {
                problems.push("a JSON body is missing".to_owned());
            }
            return Ok(());
        }
        Sent::Json(_) => {}
    }
    let Sent::Json(body) = &received.body else {
        return Ok(());
    };
    if let Some(name) = part.whole_body() {
        if let Some(input) = part.operation.inputs.get(name) {
            take(name, input, body.clone(), given, problems);
        }
        return Ok(());
    }
    let Value::Object(fields) = body else {
        problems.push("the body should be a map of fields".to_owned());
        return Ok(());
    };
    for (sent_name, value) in fields {
        match input_named(part, sent_name, InputPlace::Body) {
            Some((name, input)) => take(name, input, value.clone(), given, problems),
            None if part.settings.open => {}
            None => problems.push(format!("property {sent_name} should not exist")),
        }
        given.body.insert(sent_name.clone(), value.clone());
    }
    Ok(())
}

fn take(name: &str, input: &Input, value: Value, given: &mut Given, problems: &mut Vec<String>) {
    for mismatch in input.ty.mismatches(&value) {
        let place = match mismatch.path.as_str() {
            "" => wire(name, input).to_owned(),
            path => format!("{}.{path}", wire(name, input)),
        };
        problems.push(format!("{place} {}", mismatch.message));
    }
    given.inputs.insert(name.to_owned(), value);
}

fn wire<'a>(name: &'a str, input: &'a Input) -> &'a str {
    input.wire.as_deref().unwrap_or(name)
}

fn input_named<'a>(part: &'a Part, sent: &str, place: InputPlace) -> Option<(&'a str, &'a Input)> {
    part.operation
        .inputs
        .iter()
        .find(|(name, input)| input.place == place && wire(name, input) == sent && part.sends(name))
        .map(|(name, input)| (name.as_str(), input))
}

/// What the text of a path or query means for a type. Text that does not fit stays text, and is told as a mismatch.
fn from_text(ty: &Type, texts: &[String]) -> Value {
    let text = texts.last().cloned().unwrap_or_default();
    match ty {
        Type::Nullable(inner) => from_text(inner, texts),
        Type::List(item) => {
            let texts: Vec<String> = match texts {
                [one] => one.split(',').map(str::to_owned).collect(),
                several => several.to_vec(),
            };
            texts
                .iter()
                .map(|text| from_text(item, std::slice::from_ref(text)))
                .collect()
        }
        Type::Number { .. } => serde_json::from_str::<serde_json::Number>(&text)
            .map_or_else(|_| Value::from(text), Value::Number),
        Type::Boolean => text
            .parse::<bool>()
            .map_or_else(|_| Value::from(text), Value::from),
        Type::OneOf(kinds) => kinds
            .iter()
            .map(|kind| (kind, from_text(kind, texts)))
            .find(|(kind, value)| kind.mismatches(value).is_empty())
            .map_or_else(|| Value::from(text), |(_, value)| value),
        _ => Value::from(text),
    }
}
