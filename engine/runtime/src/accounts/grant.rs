//! What is kept of an account's token, as it is sealed.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use souschef_connect::Secret;
use souschef_connect::oauth::{Issued, renew_at};

/// A token, what it can be renewed with, and where that stands.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// What calls are made with.
    pub(crate) access: Secret,
    /// What the next pair is had for.
    pub(crate) refresh: Option<Secret>,
    /// When it was given.
    pub(crate) at: Timestamp,
    /// When it ends.
    pub(crate) expires: Option<Timestamp>,
    /// What it allows, as far as was told.
    pub(crate) scopes: Vec<String>,
    /// The account that it was given for.
    pub(crate) account: Option<String>,
    /// The agency that it was given for.
    pub(crate) company: Option<String>,
    /// A renewal was begun then, and how it ended is not known here.
    pub(crate) renewing: Option<Timestamp>,
    /// It can't be renewed any more: since when, and why.
    pub(crate) dead: Option<(Timestamp, String)>,
}

/// The form in which it is sealed.
#[derive(Serialize, Deserialize)]
struct Written {
    access: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewing: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dead: Option<(Timestamp, String)>,
}

/// What a grant is good for at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// Calls can be made with it.
    Good,
    /// Calls can be made with it, and it is time to renew it.
    Due,
    /// It has ended, or was refused: it must be renewed first.
    Ended,
    /// It can't be renewed any more.
    Dead,
}

impl Grant {
    /// A token that a person gave; it stays as it is.
    pub(crate) fn given(access: Secret, at: Timestamp) -> Self {
        Self {
            access,
            refresh: None,
            at,
            expires: None,
            scopes: Vec::new(),
            account: None,
            company: None,
            renewing: None,
            dead: None,
        }
    }

    /// What a provider gave. Where it gave no refresh token, the one before stays good.
    pub(crate) fn issued(issued: Issued, before: Option<&Self>, refresh: Option<&Secret>) -> Self {
        Self {
            access: issued.access,
            refresh: issued.refresh.or_else(|| refresh.cloned()),
            at: issued.at,
            expires: issued.expires,
            scopes: match before {
                Some(before) if issued.scopes.is_empty() => before.scopes.clone(),
                _ => issued.scopes,
            },
            account: issued
                .account
                .or_else(|| before.and_then(|before| before.account.clone())),
            company: issued
                .company
                .or_else(|| before.and_then(|before| before.company.clone())),
            renewing: None,
            dead: None,
        }
    }

    /// What it is good for. `share` spreads renewals over accounts; `refused` is a token that was answered 401.
    pub(crate) fn stand(&self, now: Timestamp, share: f64, refused: Option<&Secret>) -> Stand {
        let refused = refused == Some(&self.access);
        let ended = self.expires.is_some_and(|expires| expires <= now);
        if self.dead.is_some() && (ended || refused) {
            return Stand::Dead;
        }
        if refused || ended {
            return Stand::Ended;
        }
        match self.expires {
            Some(expires) if self.dead.is_none() && renew_at(self.at, expires, share) <= now => Stand::Due,
            _ => Stand::Good,
        }
    }

    /// To be sealed.
    pub(crate) fn write(&self) -> Result<Secret, String> {
        let text = |secret: &Secret| secret.reveal().to_owned();
        let written = Written {
            access: text(&self.access),
            refresh: self.refresh.as_ref().map(text),
            at: self.at,
            expires: self.expires,
            scopes: self.scopes.clone(),
            account: self.account.clone(),
            company: self.company.clone(),
            renewing: self.renewing,
            dead: self.dead.clone(),
        };
        // The error would not show what could not be written, but the sentence is ours.
        serde_json::to_string(&written)
            .map(Secret::new)
            .map_err(|_| "the token could not be written down".to_owned())
    }

    /// As it was sealed.
    pub(crate) fn read(secret: &Secret) -> Result<Self, String> {
        let written: Written = serde_json::from_str(secret.reveal())
            .map_err(|_| "the sealed token is of a form that this souschef does not know".to_owned())?;
        Ok(Self {
            access: Secret::new(written.access),
            refresh: written.refresh.map(Secret::new),
            at: written.at,
            expires: written.expires,
            scopes: written.scopes,
            account: written.account,
            company: written.company,
            renewing: written.renewing,
            dead: written.dead,
        })
    }
}

/// A share of 0 to 1 that belongs to a name, the same in every process (FNV-1a).
pub(crate) fn share_of(name: &str) -> f64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

/// How long a renewal that failed is left alone: longer each time, a quarter of an hour at most.
pub(crate) fn rest(failures: u32, asked: Option<Duration>, share: f64) -> Duration {
    const LONGEST: Duration = Duration::from_secs(15 * 60);
    let doubled = Duration::from_secs(5).saturating_mul(1 << failures.saturating_sub(1).min(10));
    let spread = doubled.min(LONGEST).mul_f64(0.8 + 0.2 * share);
    asked.unwrap_or_default().max(spread).min(LONGEST)
}
