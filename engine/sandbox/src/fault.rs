//! Faults on request.

use std::fmt;
use std::str::FromStr;

use crate::chance;

/// `429:5%`, `reset:2%`, `500:contacts.create_task:1` (the first time only), `hang` …
///
/// After the kind come, in any order and each at most once: an operation id, a share (`5%`), and how many times at most.
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
    /// It is done, and the answer is cut in the middle.
    Half,
    /// Nothing done, the answer is 200 with HTML.
    Html,
    /// It is done, and the answer comes two seconds late.
    Slow,
    /// A request for a token is told that what it brings is no longer good; nothing done.
    InvalidGrant,
    /// A new token comes without a new refresh token, and the one before stays good.
    NoRefresh,
}

/// The kinds that have a word.
const WORDS: [(&str, FaultKind); 8] = [
    ("reset", FaultKind::Reset),
    ("lost", FaultKind::Lost),
    ("hang", FaultKind::Hang),
    ("half", FaultKind::Half),
    ("html", FaultKind::Html),
    ("slow", FaultKind::Slow),
    ("invalid_grant", FaultKind::InvalidGrant),
    ("no_refresh", FaultKind::NoRefresh),
];

/// The requests of connecting an account, which are no operations, by the names that faults give them.
pub const OF_ACCOUNTS: [&str; 4] = [
    "oauth.page",
    "oauth.token",
    "oauth.refresh",
    "oauth.account_token",
];

/// The requests for tokens that a refresh token or a code is brought with.
const TOKENS: [&str; 2] = ["oauth.token", "oauth.refresh"];

impl FaultKind {
    /// Whether the request is carried out all the same.
    pub(crate) const fn is_done(&self) -> bool {
        matches!(
            self,
            Self::Lost | Self::Hang | Self::Half | Self::Slow | Self::InvalidGrant | Self::NoRefresh
        )
    }

    /// Whether only requests for tokens meet it.
    const fn is_of_tokens(&self) -> bool {
        matches!(self, Self::InvalidGrant | Self::NoRefresh)
    }
}

/// A fault that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultParseError(pub String);

impl FromStr for Fault {
    type Err = FaultParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':').map(str::trim);
        let word = parts.next().unwrap_or_default();
        let kind = match word.parse::<u16>() {
            Ok(status) if (400..=599).contains(&status) => FaultKind::Status(status),
            Ok(status) => {
                return Err(FaultParseError(format!(
                    "{status} is no error status; write one from 400 to 599"
                )));
            }
            Err(_) => WORDS
                .iter()
                .find(|(name, _)| *name == word)
                .map(|(_, kind)| kind.clone())
                .ok_or_else(|| {
                    FaultParseError(format!(
                        "there is no fault \"{word}\"; write a status such as 429, or reset, lost, hang, half, html, slow, invalid_grant, no_refresh"
                    ))
                })?,
        };
        let mut fault = Self {
            kind,
            operation: None,
            share: 1.0,
            times: None,
        };
        let mut shared = false;
        for part in parts {
            let twice = |what: &str| FaultParseError(format!("\"{text}\" names {what} twice"));
            if let Some(percent) = part.strip_suffix('%') {
                let share = percent
                    .parse::<f64>()
                    .ok()
                    .filter(|share| (0.0..=100.0).contains(share));
                let share = share.ok_or_else(|| {
                    FaultParseError(format!("\"{part}\" is no share; write one from 0% to 100%"))
                })?;
                if std::mem::replace(&mut shared, true) {
                    return Err(twice("the share"));
                }
                fault.share = share / 100.0;
            } else if let Ok(times) = part.parse::<u64>() {
                if fault.times.replace(times).is_some() {
                    return Err(twice("how many times"));
                }
            } else if part.is_empty() {
                return Err(FaultParseError(format!("a part of \"{text}\" is empty")));
            } else if fault.operation.replace(part.to_owned()).is_some() {
                return Err(twice("the operation"));
            }
        }
        Ok(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Status(status) => write!(f, "{status}")?,
            kind => {
                let word = WORDS.iter().find(|(_, known)| known == kind);
                f.write_str(word.map_or("", |(word, _)| word))?;
            }
        }
        if let Some(operation) = &self.operation {
            write!(f, ":{operation}")?;
        }
        if self.share < 1.0 {
            write!(f, ":{}%", self.share * 100.0)?;
        }
        match self.times {
            Some(times) => write!(f, ":{times}"),
            None => Ok(()),
        }
    }
}

/// The faults of a sandbox, and how often each was played.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    seed: u64,
    faults: Vec<(Fault, u64)>,
}

impl Faults {
    pub(crate) fn new(seed: u64, faults: &[Fault]) -> Self {
        Self {
            seed,
            faults: faults.iter().map(|fault| (fault.clone(), 0)).collect(),
        }
    }

    /// The fault that the request of this number meets: the first whose turn it is. The same seed and number give the same.
    pub(crate) fn draw(&mut self, number: u64, operations: &[&str]) -> Option<Fault> {
        for (place, (fault, played)) in self.faults.iter_mut().enumerate() {
            let meant = fault
                .operation
                .as_deref()
                .is_none_or(|wanted| operations.contains(&wanted))
                && (!fault.kind.is_of_tokens() || operations.iter().any(|id| TOKENS.contains(id)));
            if !meant || fault.times.is_some_and(|times| *played >= times) {
                continue;
            }
            let place = u64::try_from(place).unwrap_or_default();
            if chance::share(self.seed, number, place) < fault.share {
                *played += 1;
                return Some(fault.clone());
            }
        }
        None
    }
}
