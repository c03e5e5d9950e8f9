//! Secrets that the project file names: read of the environment and of files, when they are needed.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use souschef_connect::Secret;
use souschef_connect::oauth::App;
use souschef_plan::{Credential, SecretSource};

use super::{Accounts, AccountsError};

impl Accounts {
    /// One of the project's `secrets`, which recipes name.
    ///
    /// # Errors
    /// There is none of that name, or it can't be read.
    pub fn secret(&self, name: &str) -> Result<Secret, AccountsError> {
        let source = self.project.secrets.get(name).ok_or_else(|| {
            AccountsError::new(
                format!("the project has no secret {name}"),
                "name it under secrets: in souschef.yaml",
            )
        })?;
        self.read(source)
            .map_err(|(message, help)| AccountsError::new(format!("secret {name}: {message}"), help))
    }

    /// Where alerts are posted to; none where the project file names no such address.
    pub(crate) fn alert_address(&self) -> Option<Result<Secret, AccountsError>> {
        let source = self.project.alerts.webhook.as_ref()?;
        let read = self.read(source);
        Some(read.map_err(|(message, help)| AccountsError::new(format!("alerts: webhook: {message}"), help)))
    }

    /// What the events of a connection show, where its connector signs by token.
    ///
    /// # Errors
    /// It can't be read.
    pub fn webhook_token(&self, name: &str) -> Result<Option<Secret>, AccountsError> {
        let config = self.project.connections.get(name);
        let own = config.and_then(|config| config.webhook_token.as_ref());
        let source = match (own, config.and_then(|config| config.auth.as_ref())) {
            (Some(own), _) => own,
            (None, Some(Credential::Token(source))) => source,
            (None, _) => return Ok(None),
        };
        self.read(source)
            .map(Some)
            .map_err(|(message, help)| AccountsError::new(format!("connection {name}: {message}"), help))
    }

    /// The app by which a connection is opened.
    pub(super) fn app(&self, name: &str) -> Result<App, AccountsError> {
        let config = self.project.connections.get(name);
        match config.and_then(|config| config.auth.as_ref()) {
            Some(Credential::OAuth {
                client_id,
                client_secret,
            }) => {
                let client_secret = self.read(client_secret).map_err(|(message, help)| {
                    AccountsError::new(format!("connection {name}: the app's secret: {message}"), help)
                })?;
                Ok(App {
                    client_id: client_id.clone(),
                    client_secret,
                })
            }
            _ => Err(AccountsError::new(
                format!("connection {name} names no app"),
                "write auth: { oauth: { client_id: …, client_secret: { env: NAME } } } at the connection",
            )),
        }
    }
}

/// What secrets' files held, and when they were written: each call needs a token, and mostly its file is as it was.
#[derive(Debug, Default)]
struct SecretFiles(Mutex<HashMap<PathBuf, (Written, Secret)>>);

/// When a file was written last, and its length.
type Written = (SystemTime, u64);

/// A file that was written this long ago is told from one that is written again by when it was: clocks of file systems are
/// not as fine as that of the machine.
const SETTLED: Duration = Duration::from_secs(2);

impl SecretFiles {
    /// What the file holds now.
    fn read(&self, path: &Path) -> std::io::Result<Secret> {
        let written = written(&std::fs::metadata(path)?)?;
        let files = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((then, secret)) = files().get(path)
            && *then == written
        {
            return Ok(secret.clone());
        }
        let secret = Secret::new(std::fs::read_to_string(path)?.trim());
        let age = SystemTime::now().duration_since(written.0);
        if age.is_ok_and(|age| age > SETTLED) {
            files().insert(path.to_owned(), (written, secret.clone()));
        }
        Ok(secret)
    }
}

fn written(metadata: &Metadata) -> std::io::Result<Written> {
    Ok((metadata.modified()?, metadata.len()))
}

/// Where a project's secrets are read.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    /// The project's folder, which files are named from.
    root: Arc<Path>,
    files: Arc<SecretFiles>,
}

impl Accounts {
    /// Reads a secret from where it is kept: the message and help where it can't be.
    pub(super) fn read(&self, source: &SecretSource) -> Result<Secret, (String, String)> {
        self.shelf.read(source)
    }
}

impl Shelf {
    /// That of the project in a folder.
    pub(super) fn of(root: &Path) -> Self {
        Self {
            root: root.into(),
            files: Arc::default(),
        }
    }

    /// Reads a secret from where it is kept: the message and help where it can't be.
    pub(super) fn read(&self, source: &SecretSource) -> Result<Secret, (String, String)> {
        let secret = match source {
            SecretSource::Env(variable) => std::env::var(variable)
                .map(|text| Secret::new(text.trim()))
                .map_err(|_| {
                    (
                        format!("the environment has no variable {variable}"),
                        format!("set it before you start: export {variable}=…"),
                    )
                })?,
            SecretSource::File(file) => self.files.read(&self.root.join(file)).map_err(|why| {
                (
                    format!("can't read the secret's file {file}: {why}"),
                    "check its path and rights".into(),
                )
            })?,
        };
        if secret.reveal().is_empty() {
            return Err(("its secret is empty".into(), "put the token there".into()));
        }
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_again_when_it_was_written_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        let files = SecretFiles::default();
        let write = |text: &str, age: u64| {
            std::fs::write(&path, text).expect("it is written");
            let file = std::fs::File::options()
                .write(true)
                .open(&path)
                .expect("it is opened");
            let then = SystemTime::now() - Duration::from_secs(age);
            file.set_modified(then).expect("its time is set");
        };
        let read = || files.read(&path).map(|secret| secret.reveal().to_owned()).ok();
        for (text, age) in [("one", 60), ("two", 50), ("six", 0), ("ten", 0), ("longer", 0)] {
            write(text, age);
            assert_eq!(read().as_deref(), Some(text));
            assert_eq!(read().as_deref(), Some(text));
        }
        std::fs::remove_file(&path).expect("it is removed");
        assert_eq!(read(), None, "what is gone is not remembered");
    }
}
