//! Where a call's token comes from, and what is said of calls that are held back: where there is none that works, or the
//! other side fails.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;

use crate::client::Client;
use crate::secret::Secret;

/// What a connection sends to be let in.
#[derive(Clone, Debug)]
pub enum Token {
    /// A token that stays as it is.
    Fixed(Secret),
    /// One that is renewed from time to time.
    Kept(Arc<dyn TokenSource>),
}

impl From<Secret> for Token {
    fn from(secret: Secret) -> Self {
        Self::Fixed(secret)
    }
}

/// An answer of a token source.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps an account's token, and renews it.
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// The token to send with now; none where the API is called without. `refused`: one that it has just answered 401 to;
    /// then another one is given.
    fn token<'a>(
        &'a self,
        client: &'a Client,
        refused: Option<&'a Secret>,
    ) -> Asking<'a, Result<Option<Secret>, Held>>;

    /// A request with this token was let in.
    fn worked<'a>(&'a self, token: &'a Secret) -> Asking<'a, ()>;
}

/// Why a call is held back: nothing was sent, since the account has no token that works now, or the other side has failed
/// too often of late. The call is made again later; it has not failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The connection.
    pub connection: String,
    /// `SC53x`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// When it is worth asking again, also where a person must do something first.
    pub until: Timestamp,
    /// Whether the other side fails; the token has nothing to do with it then.
    pub outage: bool,
}

impl Token {
    /// The token to send with now.
    pub(crate) async fn ask(
        &self,
        client: &Client,
        refused: Option<&Secret>,
    ) -> Result<Option<Secret>, Held> {
        match self {
            Self::Fixed(secret) => Ok(Some(secret.clone())),
            Self::Kept(source) => source.token(client, refused).await,
        }
    }

    /// A request with it was let in.
    pub(crate) async fn worked(&self, token: &Secret) {
        if let Self::Kept(source) = self {
            source.worked(token).await;
        }
    }

    /// Whether another one can be had where this one is refused.
    pub(crate) const fn is_renewed(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}
