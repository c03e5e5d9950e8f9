//! A request as it came in: bytes and headers, nothing trusted yet.

use jiff::Timestamp;

/// The most bytes of a body.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// A request for a webhook's path. The server has read it whole, and has refused what is longer than [`LARGEST_BODY`].
#[derive(Clone, Debug)]
pub struct Arrival {
    /// What comes after `/hooks/`: `ghl`, `custom/new-leads`.
    pub path: String,
    /// What comes after the `?`, as it came.
    pub query: Option<String>,
    /// The headers, each as often as it came.
    pub headers: Headers,
    /// The body's bytes, as they came.
    pub body: Vec<u8>,
    /// When it came.
    pub at: Timestamp,
}

/// The headers of a request.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, Vec<u8>)>);

/// What a header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header<'a> {
    /// It was not sent, or holds no text.
    Absent,
    /// Its text, without the space around it.
    Text(&'a str),
    /// It was sent more than once: which one is meant can't be known.
    Doubled,
}

impl Headers {
    /// Adds one that came.
    pub fn push(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.0.push((name.to_ascii_lowercase(), value.into()));
    }

    /// A header by its name, in whatever case.
    pub fn get(&self, name: &str) -> Header<'_> {
        let mut found = self
            .0
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value);
        match (found.next(), found.next()) {
            (Some(value), None) => match std::str::from_utf8(value).map(str::trim) {
                Ok(text) if !text.is_empty() => Header::Text(text),
                _ => Header::Absent,
            },
            (Some(_), Some(_)) => Header::Doubled,
            (None, _) => Header::Absent,
        }
    }

    /// A header's text, where it came once.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Header::Text(text) => Some(text),
            Header::Absent | Header::Doubled => None,
        }
    }
}
