//! Whether the service takes work now.

use std::sync::Arc;

use tokio::sync::watch;

/// Where the service is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The journal is being opened, triggers are being set up.
    Starting,
    /// It takes work.
    Open,
    /// It was told to stop: what is under way ends, nothing new is taken.
    Draining,
}

impl Stage {
    /// Its word in answers and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Open => "ready",
            Self::Draining => "draining",
        }
    }
}

/// The stage, shared. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<Stage>>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(watch::channel(Stage::Starting).0))
    }
}

impl Gate {
    /// The stage now.
    pub fn stage(&self) -> Stage {
        *self.0.borrow()
    }

    /// Moves on.
    pub fn set(&self, stage: Stage) {
        self.0.send_replace(stage);
    }
}
