//! Where tokens are kept: in the journal, sealed. The service has it open; a command in the foreground opens it for as
//! long as it needs it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use souschef_connect::Secret;
use souschef_journal::{Journal, JournalError, KeyPlace, Options};
use tokio::sync::Mutex;

use super::grant::Grant;

/// How long another command is waited for that has the data folder.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks whether it has gone.
const GLANCE: Duration = Duration::from_millis(25);

/// Where tokens are kept.
#[derive(Debug)]
pub(crate) struct TokenStore {
    place: Place,
    /// The journal while somebody here has it open.
    open: Mutex<Weak<Journal>>,
}

#[derive(Debug)]
enum Place {
    /// A journal that is open anyway.
    Journal(Arc<Journal>),
    /// A data folder.
    Folder { path: PathBuf, keys: KeyPlace },
    /// Nowhere: no token is kept.
    Nowhere,
}

/// Why tokens are out of reach.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// There is no data folder yet.
    #[error("no token is kept in the data folder yet")]
    Absent,
    /// Another process has the data folder.
    #[error("{0}")]
    InUse(String),
    /// It can't be read or written.
    #[error("the tokens in the data folder can't be used: {0}")]
    Failed(String),
}

impl From<JournalError> for StoreError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Locked { .. } => Self::InUse(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// A grant and which of its field's it is.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) version: u64,
    pub(crate) grant: Grant,
    pub(crate) confirmed: bool,
}

impl TokenStore {
    pub(crate) fn in_journal(journal: Arc<Journal>) -> Self {
        Self::at(Place::Journal(journal))
    }

    pub(crate) fn in_folder(path: PathBuf) -> Self {
        let keys = KeyPlace::from_env();
        Self::at(Place::Folder { path, keys })
    }

    /// Whether a service keeps its tokens here.
    pub(crate) fn is_of_service(&self) -> bool {
        matches!(self.place, Place::Journal(_))
    }

    pub(crate) fn nowhere() -> Self {
        Self::at(Place::Nowhere)
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            open: Mutex::new(Weak::new()),
        }
    }

    /// The journal. It stays open as long as somebody holds it. `create`: makes the data folder where there is none.
    pub(crate) async fn open(&self, create: bool) -> Result<Arc<Journal>, StoreError> {
        let (path, keys) = match &self.place {
            Place::Journal(journal) => return Ok(Arc::clone(journal)),
            Place::Nowhere => return Err(StoreError::Absent),
            Place::Folder { path, keys } => (path, keys),
        };
        let mut open = self.open.lock().await;
        if let Some(journal) = open.upgrade() {
            return Ok(journal);
        }
        if !create && !Journal::is_in(path) {
            return Err(StoreError::Absent);
        }
        let began = Instant::now();
        loop {
            let (path, keys) = (path.clone(), keys.clone());
            let opened = tokio::task::spawn_blocking(move || open_in(&path, &keys))
                .await
                .map_err(|_| StoreError::Failed("it could not be opened".to_owned()))?;
            match opened {
                Ok(journal) => {
                    let journal = Arc::new(journal);
                    *open = Arc::downgrade(&journal);
                    return Ok(journal);
                }
                Err(JournalError::Locked { .. }) if began.elapsed() < PATIENCE => {
                    tokio::time::sleep(GLANCE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn open_in(path: &Path, keys: &KeyPlace) -> Result<Journal, JournalError> {
    let (key, notice) = keys.find(path)?;
    if let Some(notice) = notice {
        tracing::debug!("{notice}");
    }
    let options = Options {
        readers: 1,
        ..Options::default()
    };
    Journal::open(path, key, options, Timestamp::now())
}

/// Every grant that is kept for a field, newest first.
pub(crate) async fn grants(journal: &Journal, owner: &str, field: &str) -> Result<Vec<Kept>, StoreError> {
    let mut kept = Vec::new();
    for sealed in journal.secrets(owner, field).await? {
        let secret = Secret::new(sealed.secret.reveal());
        kept.push(Kept {
            version: sealed.version,
            grant: Grant::read(&secret).map_err(StoreError::Failed)?,
            confirmed: sealed.confirmed,
        });
    }
    Ok(kept)
}

/// A grant as the journal takes it.
pub(crate) fn sealable(grant: &Grant) -> Result<souschef_journal::Secret, StoreError> {
    let text = grant.write().map_err(StoreError::Failed)?;
    Ok(souschef_journal::Secret::new(text.reveal().to_owned()))
}

/// Keeps a grant beside those before it.
pub(crate) async fn keep(
    journal: &Journal,
    owner: &str,
    field: &str,
    after: u64,
    grant: &Grant,
) -> Result<u64, StoreError> {
    let version = journal
        .keep_secret(owner, field, after, sealable(grant)?, Timestamp::now())
        .await?;
    Ok(version)
}
