//! Faults on request.

/// `429:5%`, `timeout:1%`, `500:contacts.create_task:1` (the first time only) …
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// Only for this operation id.
    pub operation: Option<String>,
    /// How often, 0 to 1.
    pub share: f64,
    /// At most so many times.
    pub times: Option<u64>,
}

/// What happens instead of the right answer.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// This status, nothing done.
    Status(u16),
    /// Nothing done, the connection is closed before an answer.
    Reset,
    /// It IS done, but the connection is closed before the answer: the outcome is unknown to the caller.
    Lost,
    /// It is done, and the answer never comes.
    Hang,
    /// The answer is cut in the middle.
    Half,
    /// The answer is 200 with HTML.
    Html,
}

/// A fault that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultParseError(pub String);

impl std::str::FromStr for Fault {
    type Err = FaultParseError;
    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}
