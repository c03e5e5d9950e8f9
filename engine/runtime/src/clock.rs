//! The one clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// What time it is, and how waiting is done.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock; a wait takes its time.
    System,
    /// A clock for tests: it stands still but for waits, which move it on at once.
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at a moment.
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Waits until a moment.
    pub async fn sleep_until(&self, until: Timestamp) {
        match self {
            Self::System => {
                let left = until.duration_since(Timestamp::now());
                if let Ok(left) = Duration::try_from(left) {
                    tokio::time::sleep(left).await;
                }
            }
            Self::Fixed(_) => self.advance_to(until),
        }
    }

    /// Moves a fixed clock on; it never goes back. The system's clock is let be.
    pub fn advance_to(&self, until: Timestamp) {
        if let Self::Fixed(at) = self {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = (*at).max(until);
        }
    }
}
