//! The one clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// What time it is, and how waiting is done.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock; a wait takes its time.
    System,
    /// The async runtime's clock, which a simulation moves: it began at a moment, at an instant.
    Runtime(Timestamp, tokio::time::Instant),
    /// A clock for tests: it stands still but for waits, which move it on at once.
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at a moment.
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    /// A clock that goes with the async runtime's, from a moment on.
    pub fn runtime(at: Timestamp) -> Self {
        Self::Runtime(at, tokio::time::Instant::now())
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Runtime(began, since) => began.checked_add(since.elapsed()).unwrap_or(Timestamp::MAX),
            Self::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Waits until a moment.
    pub async fn sleep_until(&self, until: Timestamp) {
        match self {
            Self::System | Self::Runtime(..) => {
                let left = until.duration_since(self.now());
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
