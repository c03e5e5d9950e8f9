//! `alerts:`: who is told when something needs a person.

use super::SecretSource;

/// What alerts are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertKind {
    /// A run failed.
    RunFailed,
    /// Nobody knows whether a call happened.
    NeedsAttention,
    /// An account's token is void or not there.
    TokenDead,
    /// A poll fails again and again.
    PollFailing,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::RunFailed,
        Self::NeedsAttention,
        Self::TokenDead,
        Self::PollFailing,
    ];

    /// Its word in the project file and in alerts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RunFailed => "run_failed",
            Self::NeedsAttention => "needs_attention",
            Self::TokenDead => "token_dead",
            Self::PollFailing => "poll_failing",
        }
    }
}

/// Who is told, and of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alerts {
    /// A recipe that is started with the alert as its event.
    pub recipe: Option<String>,
    /// Where the address lies that alerts are posted to.
    pub webhook: Option<SecretSource>,
    /// What alerts are about; everything where it is empty.
    pub about: Vec<AlertKind>,
}

impl Alerts {
    /// Whether somebody wants to be told of this.
    pub fn want(&self, kind: AlertKind) -> bool {
        (self.recipe.is_some() || self.webhook.is_some())
            && (self.about.is_empty() || self.about.contains(&kind))
    }
}
