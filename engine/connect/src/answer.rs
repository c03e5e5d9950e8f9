//! What an answer's body holds.

use serde_json::{Value, json};

use crate::redact::{HIDDEN, Redaction};

/// How deep an answer may be nested.
const DEEPEST: usize = 64;
/// How much of an unreadable answer is shown.
const GLIMPSE: usize = 300;

/// An answer's body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// Something else: why it is no JSON, and a glimpse of its text.
    Unreadable { why: String, glimpse: String },
    /// More than the limit.
    TooLong(usize),
}

impl Content {
    /// Puts `***` in place of the credentials wherever an answer repeats them: nobody has a use for them there.
    pub(crate) fn without(self, credentials: &[String]) -> Self {
        match self {
            Self::Json(value) => Self::Json(scrub(value, credentials)),
            Self::Unreadable { why, glimpse } => Self::Unreadable {
                why,
                glimpse: scrub_text(glimpse, credentials),
            },
            other => other,
        }
    }

    /// The JSON, where it is some.
    pub(crate) fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }

    /// As it is shown.
    pub(crate) fn shown(&self, redaction: &Redaction) -> Option<Value> {
        match self {
            Self::Empty => None,
            Self::Json(value) => Some(redaction.value(value)),
            Self::Unreadable { glimpse, .. } => Some(json!(redaction.text(glimpse))),
            Self::TooLong(limit) => Some(json!(format!("(more than {limit} bytes)"))),
        }
    }
}

fn scrub(value: Value, credentials: &[String]) -> Value {
    match value {
        Value::String(text) => Value::String(scrub_text(text, credentials)),
        Value::Array(items) => items.into_iter().map(|item| scrub(item, credentials)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (scrub_text(name, credentials), scrub(value, credentials)))
            .collect(),
        other => other,
    }
}

fn scrub_text(text: String, credentials: &[String]) -> String {
    let mut text = text;
    for secret in credentials {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), HIDDEN);
        }
    }
    text
}

/// Reads a whole body.
pub(crate) fn read(bytes: &[u8]) -> Content {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Content::Empty;
    }
    let why = if depth(bytes) > DEEPEST {
        format!("it is nested more than {DEEPEST} deep")
    } else {
        match serde_json::from_slice(bytes) {
            Ok(value) => return Content::Json(value),
            Err(_) if looks_like_html(bytes) => "it is a web page".to_owned(),
            Err(_) if std::str::from_utf8(bytes).is_err() => "it is no text in UTF-8".to_owned(),
            Err(why) if why.is_eof() => "it is JSON that breaks off".to_owned(),
            Err(_) => "it is no JSON".to_owned(),
        }
    };
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(64 * 1024)).unwrap_or_default());
    let glimpse = if looks_like_html(bytes) {
        page_words(&text)
    } else {
        text.into_owned()
    };
    Content::Unreadable {
        why,
        glimpse: cut(&glimpse),
    }
}

/// How deep brackets are nested outside strings; no recursion, so that nothing can overflow.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let (mut inside, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'[' | b'{' if !inside => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn looks_like_html(bytes: &[u8]) -> bool {
    let start: Vec<u8> = bytes
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace())
        .take(15)
        .map(u8::to_ascii_lowercase)
        .collect();
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body"]
        .iter()
        .any(|opening| start.starts_with(opening))
}

/// A web page's words: its title, or its text without the marks.
fn page_words(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower
        .find("<title>")
        .map(|at| at + "<title>".len())
        .and_then(|from| {
            let to = lower.get(from..)?.find("</title>")? + from;
            page.get(from..to)
        });
    if let Some(title) = title.map(str::trim).filter(|title| !title.is_empty()) {
        return title.to_owned();
    }
    let mut inside = false;
    page.chars()
        .filter(|c| {
            let shown = !inside && *c != '<';
            inside = match c {
                '<' => true,
                '>' => false,
                _ => inside,
            };
            shown
        })
        .collect()
}

/// A text on one line, cut short.
pub(crate) fn cut(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean: String = words.chars().filter(|c| !c.is_control()).collect();
    if clean.chars().count() > GLIMPSE {
        format!("{}…", clean.chars().take(GLIMPSE).collect::<String>())
    } else {
        clean
    }
}
