//! A body becomes a value, by its content type alone.

use serde_json::{Map, Value};

use super::arrival::{Header, Headers, LARGEST_BODY};
use super::refusal::Refusal;

/// How deep a body may be nested.
const DEEPEST: usize = 64;

/// Reads a body. One parser, chosen by the content type; without one, JSON.
///
/// # Errors
/// It is too large, packed, of another kind, or not what its content type says.
pub fn read(headers: &Headers, body: &[u8]) -> Result<Value, Refusal> {
    if body.len() > LARGEST_BODY {
        return Err(Refusal::too_large());
    }
    match headers.get("content-encoding") {
        Header::Absent => {}
        Header::Text(coding) if coding.eq_ignore_ascii_case("identity") => {}
        Header::Text(_) | Header::Doubled => {
            return Err(Refusal::kind(
                "send the body as it is: packed bodies are not read",
            ));
        }
    }
    let kind = match headers.get("content-type") {
        Header::Absent => "application/json".to_owned(),
        Header::Text(text) => text
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase(),
        Header::Doubled => return Err(Refusal::kind("the content type came twice")),
    };
    match kind.as_str() {
        "application/x-www-form-urlencoded" => Ok(form(body)),
        json if json == "application/json" || json == "text/json" || json.ends_with("+json") => {
            self::json(body)
        }
        _ => Err(Refusal::kind(
            "send application/json or application/x-www-form-urlencoded",
        )),
    }
}

fn json(body: &[u8]) -> Result<Value, Refusal> {
    if depth(body) > DEEPEST {
        return Err(Refusal::unreadable(format!(
            "the JSON is nested deeper than {DEEPEST}"
        )));
    }
    serde_json::from_slice(body).map_err(|why| Refusal::unreadable(format!("the body is no JSON: {why}")))
}

/// How deep JSON is nested, found without building it.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in body {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (true, _) => {}
            (false, b'"') => in_text = true,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
    }
    deepest
}

/// Fields of a form; a name that comes more than once has a list.
fn form(body: &[u8]) -> Value {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let value = Value::String(value.into_owned());
        match fields.get_mut(name.as_ref()) {
            None => {
                fields.insert(name.into_owned(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(fields)
}
