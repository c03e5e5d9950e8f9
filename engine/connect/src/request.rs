//! Requests, built structurally.

mod address;
mod body;
mod fit;

use serde_json::{Map, Value, json};
use souschef_catalog::{Auth, Fill, HttpCall, Input, InputPlace, Method, Operation, PathPart};
use souschef_recipe::nearest;
use url::Url;

use crate::connection::Connection;
use crate::redact::Redaction;

/// A request, ready but for its credentials, which the client adds when it sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// Headers in order, without the credentials.
    pub headers: Vec<(String, String)>,
    /// How the credentials will be sent; none where there are none.
    pub auth: Auth,
    /// The JSON body.
    pub body: Option<Value>,
    /// The inputs that the end of the path is made of, part by part; none where a part is fixed.
    path: Vec<Option<String>>,
}

/// Why a request can't be built from these inputs. Never sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct BuildError {
    /// `SC5xx`.
    pub code: &'static str,
    /// The input at fault, where it is one.
    pub input: Option<String>,
    /// One sentence.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl BuildError {
    fn input(code: &'static str, name: &str, words: impl std::fmt::Display) -> Self {
        Self {
            code,
            input: Some(name.to_owned()),
            message: format!("{name} {words}"),
            help: None,
        }
    }

    fn other(code: &'static str, message: String) -> Self {
        Self {
            code,
            input: None,
            message,
            help: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Builds the request of a call. All inputs at fault are told.
///
/// Values go out as what the API takes. A whole or plain decimal number given where text is due (an id like `123`) is
/// written as text; text that is exactly a number, or exactly `true` or `false`, is sent as that where that is due. Nothing
/// else is converted. Null is left out, unless the input may be null and stands in the body.
///
/// # Errors
/// Everything that is wrong with the inputs; nothing may be sent then.
pub fn build(
    operation: &Operation,
    inputs: &Map<String, Value>,
    connection: &Connection,
) -> Result<Request, Vec<BuildError>> {
    let mut faults = Vec::new();
    unknown(operation, inputs, &mut faults);
    let given = |name: &str| inputs.get(name).is_some_and(|value| !value.is_null());
    let Some(call) = operation.call_for(given) else {
        faults.push(no_form(operation));
        return Err(faults);
    };
    let values = gather(operation, call, inputs, connection, &mut faults);
    let path = address::path(operation, call, connection, &mut faults);
    let url = address::url(operation, &path, &values, connection, &mut faults);
    let body = body::body(operation, call, &values, &path, &mut faults);
    let headers = headers(call, body.is_some(), connection, &mut faults);
    match (url, faults.is_empty()) {
        (Some(url), true) => Ok(Request {
            method: call.method,
            url,
            headers,
            auth: match &connection.token {
                Some(_) => connection.connector.auth.clone(),
                None => Auth::None,
            },
            body,
            path: path
                .into_iter()
                .map(|part| match part {
                    PathPart::Input(name) => Some(name),
                    PathPart::Literal(_) => None,
                })
                .collect(),
        }),
        _ => Err(faults),
    }
}

/// Inputs that the operation does not have.
fn unknown(operation: &Operation, inputs: &Map<String, Value>, faults: &mut Vec<BuildError>) {
    let slots = operation.slot_names();
    for name in inputs.keys() {
        if operation.inputs.contains_key(name) || slots.contains(name) {
            continue;
        }
        let fault = BuildError::input("SC501", name, format!("is no input of {}", operation.id));
        let known = operation.inputs.keys().map(String::as_str);
        faults.push(match nearest(name, known) {
            Some(near) => fault.help(format!("did you mean {near}?")),
            None => fault.help(format!("see `souschef catalog show {}`", operation.id)),
        });
    }
}

fn no_form(operation: &Operation) -> BuildError {
    let ways: Vec<String> = operation
        .calls
        .iter()
        .map(|call| call.needs.join(" or "))
        .filter(|needs| !needs.is_empty())
        .collect();
    BuildError::other("SC501", format!("{} needs {}", operation.id, ways.join(", or ")))
        .help("give one of them under with:")
}

/// The values that this form sends, fitted to what the API takes, by input name; slots are folded into their list.
fn gather(
    operation: &Operation,
    call: &HttpCall,
    inputs: &Map<String, Value>,
    connection: &Connection,
    faults: &mut Vec<BuildError>,
) -> Map<String, Value> {
    let mut given = inputs.clone();
    body::fold(operation, &mut given, faults);
    let mut values = Map::new();
    for (name, input) in &operation.inputs {
        if !call.sends.is_empty() && !call.sends.contains(name) {
            continue;
        }
        let filled = || filled(input, connection).map(|id| Value::String(id.to_owned()));
        let value = match given.remove(name) {
            Some(Value::Null) | None if input.fill.is_some() => filled(),
            other => other,
        };
        let sent = match value {
            Some(Value::Null) if input.place != InputPlace::Body || !fit::may_be_null(&input.ty) => None,
            other => other,
        };
        let Some(value) = sent else {
            if input.required {
                faults.push(missing(name, input, connection));
            }
            continue;
        };
        match fit::fit(value, &input.ty) {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(mismatches) => faults.extend(mismatches.into_iter().map(|mismatch| {
                let place = match mismatch.path.as_str() {
                    "" => name.clone(),
                    path => format!("{name}.{path}"),
                };
                BuildError {
                    code: "SC501",
                    input: Some(name.clone()),
                    message: format!("{place} {}", mismatch.message),
                    help: mismatch.help,
                }
            })),
        }
    }
    values
}

fn filled<'a>(input: &Input, connection: &'a Connection) -> Option<&'a str> {
    match input.fill? {
        Fill::LocationId => connection.location_id.as_deref(),
        Fill::CompanyId => connection.company_id.as_deref(),
    }
}

fn missing(name: &str, input: &Input, connection: &Connection) -> BuildError {
    let setting = input.fill.map(|fill| match fill {
        Fill::LocationId => "location_id",
        Fill::CompanyId => "company_id",
    });
    match setting {
        Some(setting) => BuildError::input(
            "SC501",
            name,
            format!("is missing, and connection {} has no {setting}", connection.name),
        )
        .help(format!("set {setting}: of connection {}", connection.name)),
        None => BuildError::input("SC501", name, format!("is missing ({})", input.ty.describe()))
            .help(format!("give {name}: under with:")),
    }
}

fn headers(
    call: &HttpCall,
    body: bool,
    connection: &Connection,
    faults: &mut Vec<BuildError>,
) -> Vec<(String, String)> {
    let connector = &connection.connector;
    let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
    if let (Some(name), Some(version)) = (&connector.version_header, &call.version) {
        headers.push((name.clone(), version.clone()));
    }
    headers.extend(
        connector
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    if body {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    for (name, value) in &headers {
        let good = reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_ok()
            && reqwest::header::HeaderValue::from_str(value).is_ok();
        if !good {
            faults.push(BuildError::other(
                "SC501",
                format!(
                    "the header {name:?} of connector {} can't be sent",
                    connector.name
                ),
            ));
        }
    }
    headers
}

impl Request {
    /// The same request to another address.
    pub(crate) fn to(&self, url: Url) -> Self {
        Self {
            url,
            path: Vec::new(),
            ..self.clone()
        }
    }

    /// What is hidden in it, and wherever an answer repeats it.
    pub(crate) fn redaction(&self, redact: &[String]) -> Redaction {
        Redaction::new(redact).and_values_of(&self.url, &self.path, self.body.as_ref())
    }

    /// As it is shown: `{"method","url","headers":{…},"body"}` with `Authorization: Bearer ***`, and known secret fields hidden.
    pub fn shown(&self, redact: &[String]) -> Value {
        let redaction = Redaction::new(redact);
        let mut headers = Map::new();
        match &self.auth {
            Auth::Bearer => headers.insert("Authorization".to_owned(), json!("Bearer ***")),
            Auth::Basic => headers.insert("Authorization".to_owned(), json!("Basic ***")),
            Auth::Header(name) => headers.insert(name.clone(), json!("***")),
            Auth::None => None,
        };
        for (name, value) in &self.headers {
            headers.insert(name.clone(), redaction.field(name, &json!(value)));
        }
        let mut shown = Map::new();
        shown.insert("method".to_owned(), json!(self.method.as_str()));
        shown.insert("url".to_owned(), json!(redaction.url(&self.url, &self.path)));
        shown.insert("headers".to_owned(), Value::Object(headers));
        if let Some(body) = &self.body {
            shown.insert("body".to_owned(), redaction.value(body));
        }
        Value::Object(shown)
    }
}
