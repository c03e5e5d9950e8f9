//! Questions that a browser has taken to a provider, until it comes back. What proves that the answer is ours stays here.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use souschef_runtime::accounts::Connecting;

/// How long a person may take with the provider's page.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// So many at once; the oldest is dropped for one more.
const MOST: usize = 32;

/// Those that are out.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    out: Mutex<Vec<(Instant, Connecting)>>,
}

impl Questions {
    pub(crate) fn put(&self, asked: Connecting) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.retain(|(at, _)| at.elapsed() < PATIENCE);
        if out.len() >= MOST {
            out.remove(0);
        }
        out.push((Instant::now(), asked));
    }

    /// The question that this state belongs to, if it is one about this connection. Each is answered once.
    pub(crate) fn take(&self, state: &str, connection: &str) -> Option<Connecting> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.retain(|(at, _)| at.elapsed() < PATIENCE);
        let fits = |(_, asked): &(Instant, Connecting)| {
            asked.state == souschef_connect::Secret::new(state) && asked.connection() == connection
        };
        let place = out.iter().position(fits)?;
        Some(out.remove(place).1)
    }
}
