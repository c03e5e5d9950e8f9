//! How commands find the service that runs on a data folder: a file there, which only its owner can read, tells where it
//! listens and holds a token that is good for as long as it runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::admin::token::{new_token, write_closed};

/// What the file tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Local {
    /// Where the admin API listens.
    pub(crate) admin: SocketAddr,
    /// Where webhooks are taken.
    pub(crate) webhooks: SocketAddr,
    /// Which process.
    pub(crate) pid: u32,
    /// The token.
    pub(crate) token: String,
}

/// The file, while the service runs.
#[derive(Debug)]
pub(crate) struct Written {
    path: PathBuf,
}

fn place(folder: &Path) -> PathBuf {
    folder.join("serving.json")
}

impl Local {
    pub(crate) fn new(admin: SocketAddr, webhooks: SocketAddr) -> Self {
        Self {
            admin,
            webhooks,
            pid: std::process::id(),
            token: new_token(),
        }
    }

    /// Writes the file. The data folder must be this process's.
    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<Written> {
        let path = place(folder);
        let text = serde_json::to_string_pretty(self)?;
        write_closed(&path, &text)?;
        Ok(Written { path })
    }

    /// What the file of a data folder tells, where there is one. The service that wrote it may be gone.
    pub(crate) fn read(folder: &Path) -> std::io::Result<Option<Self>> {
        match std::fs::read_to_string(place(folder)) {
            Ok(text) => Ok(serde_json::from_str(&text).ok()),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why),
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the file could not be removed");
        }
    }
}
