//! Where a request goes: base address, path and query.

use std::fmt::Write;

use serde_json::{Map, Value};
use souschef_catalog::{HttpCall, InputPlace, Operation, PathPart};
use souschef_expr::error::glimpse;
use url::{Host, Url};

use super::BuildError;
use crate::connection::Connection;

/// The longest value in a path.
const SEGMENT: usize = 256;
/// The longest address; the HTTP library takes twice as much, servers often less.
const ADDRESS: usize = 32_000;

/// The path that is sent: the connection's own for this operation, or the catalog's.
pub(super) fn path(
    operation: &Operation,
    call: &HttpCall,
    connection: &Connection,
    faults: &mut Vec<BuildError>,
) -> Vec<PathPart> {
    let Some(text) = connection.paths.get(&operation.id) else {
        return call.path.clone();
    };
    let mut tell = |why: String| {
        faults.push(
            BuildError::other(
                "SC503",
                format!(
                    "the path {text} that connection {} sets for {} {why}",
                    connection.name, operation.id
                ),
            )
            .help(format!("write it like {}", call.path_text())),
        );
    };
    if text.contains(['?', '#', '\\']) {
        tell("holds more than a path".to_owned());
    }
    let Some(rest) = text.strip_prefix('/') else {
        tell("does not begin with /".to_owned());
        return call.path.clone();
    };
    let mut parts = Vec::new();
    for segment in rest.split('/') {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if operation.inputs.contains_key(name) => parts.push(PathPart::Input(name.to_owned())),
            Some(name) => tell(format!("names {name}, which is no input of it")),
            None => parts.push(PathPart::Literal(segment.to_owned())),
        }
    }
    for part in call.path.iter().filter(|part| matches!(part, PathPart::Input(_))) {
        if let (PathPart::Input(name), false) = (part, parts.contains(part)) {
            tell(format!("lacks {{{name}}}"));
        }
    }
    parts
}

/// The whole address.
pub(super) fn url(
    operation: &Operation,
    path: &[PathPart],
    values: &Map<String, Value>,
    connection: &Connection,
    faults: &mut Vec<BuildError>,
) -> Option<Url> {
    let before = faults.len();
    let base = base(connection, faults);
    let mut text = base
        .as_ref()
        .map_or("", |url| url.path())
        .trim_end_matches('/')
        .to_owned();
    for (index, part) in path.iter().enumerate() {
        text.push('/');
        let last = index + 1 == path.len();
        match part {
            // A trailing slash.
            PathPart::Literal(literal) if literal.is_empty() && last => {}
            PathPart::Literal(literal) => match segment(literal) {
                Ok(encoded) => text.push_str(&encoded),
                Err(why) => faults.push(BuildError::other(
                    "SC503",
                    format!("the path of {} has a part that {why}", operation.id),
                )),
            },
            PathPart::Input(name) => {
                // A value that is missing or of the wrong kind has been told already.
                let Some(value) = values.get(name) else { continue };
                match scalar(value)
                    .ok_or_else(|| "must be one value".to_owned())
                    .and_then(|text| segment(&text))
                {
                    Ok(encoded) => text.push_str(&encoded),
                    Err(why) => faults.push(
                        BuildError::input("SC502", name, format!("{why}; this is {}", glimpse(value)))
                            .help("give the id as the API gave it"),
                    ),
                }
            }
        }
    }
    let query = query(operation, path, values, faults);
    let base = base?;
    if faults.len() > before {
        return None;
    }
    let mut url = base.clone();
    url.set_path(&text);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(&query);
    }
    // The URL library resolves what it takes for dot segments: what comes out must be what was put together.
    if url.path() != text || url.origin() != base.origin() || url.fragment().is_some() {
        faults.push(BuildError::other(
            "SC502",
            format!(
                "the address of {} would lead somewhere else with these inputs",
                operation.id
            ),
        ));
        return None;
    }
    if url.as_str().len() > ADDRESS {
        let longest = query.iter().max_by_key(|(_, value)| value.len());
        faults.push(match longest {
            Some((name, value)) => BuildError::input(
                "SC501",
                name,
                format!("is too long for an address ({} bytes)", value.len()),
            ),
            None => BuildError::other("SC501", "the address is too long".to_owned()),
        });
        return None;
    }
    Some(url)
}

/// The connection's address: https, or http on this machine, with no user name in it.
fn base<'a>(connection: &'a Connection, faults: &mut Vec<BuildError>) -> Option<&'a Url> {
    let url = &connection.base_url;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let why = if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        "must begin with https://"
    } else if url.host().is_none() {
        "has no host"
    } else if !url.username().is_empty() || url.password().is_some() {
        "must not hold a user name or password"
    } else if url.query().is_some() || url.fragment().is_some() {
        "must end with its path"
    } else {
        return Some(url);
    };
    faults.push(
        BuildError::other(
            "SC503",
            format!("the base_url of connection {} {why}", connection.name),
        )
        .help("write it like https://api.example.com; http:// goes to this machine only"),
    );
    None
}

/// A value as one part of a path: everything but letters, digits, `-`, `_`, `.` and `~` is percent-encoded.
fn segment(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text == "." || text == ".." {
        return Err("must not be . or ..".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("must not hold control characters".to_owned());
    }
    if text.len() > SEGMENT {
        return Err(format!("must not be longer than {SEGMENT} bytes"));
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Ok(encoded)
}

/// The query's pairs. A list gives its name once for each item: the published descriptions name no other style, and that is
/// the style they then mean (OpenAPI: `form`, exploded).
fn query(
    operation: &Operation,
    path: &[PathPart],
    values: &Map<String, Value>,
    faults: &mut Vec<BuildError>,
) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let inputs = operation.inputs.iter().filter(|(name, input)| {
        input.place == InputPlace::Query && !path.contains(&PathPart::Input((*name).clone()))
    });
    for (name, input) in inputs {
        let Some(value) = values.get(name) else { continue };
        let wire = input.wire.as_ref().unwrap_or(name);
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items {
            match scalar(item) {
                Some(text) => pairs.push((wire.clone(), text)),
                None => faults.push(BuildError::input(
                    "SC501",
                    name,
                    format!("can't be sent in an address: this is {}", glimpse(item)),
                )),
            }
        }
    }
    pairs
}

/// A text, number or truth value as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        // A whole number that was computed, 5.0, is written 5.
        Value::Number(number) => {
            let text = number.to_string();
            Some(text.strip_suffix(".0").map_or(text.clone(), str::to_owned))
        }
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
