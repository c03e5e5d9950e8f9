//! Secrets that the project file names: read of the environment and of files, when they are needed.

use std::path::Path;

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
        read_secret(source, &self.root)
            .map_err(|(message, help)| AccountsError::new(format!("secret {name}: {message}"), help))
    }

    /// Where alerts are posted to; none where the project file names no such address.
    pub(crate) fn alert_address(&self) -> Option<Result<Secret, AccountsError>> {
        let source = self.project.alerts.webhook.as_ref()?;
        let read = read_secret(source, &self.root);
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
        read_secret(source, &self.root)
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
                let client_secret = read_secret(client_secret, &self.root).map_err(|(message, help)| {
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

/// Reads a secret from where it is kept: the message and help where it can't be.
pub(super) fn read_secret(source: &SecretSource, root: &Path) -> Result<Secret, (String, String)> {
    let text = match source {
        SecretSource::Env(variable) => std::env::var(variable).map_err(|_| {
            (
                format!("the environment has no variable {variable}"),
                format!("set it before you start: export {variable}=…"),
            )
        })?,
        SecretSource::File(file) => std::fs::read_to_string(root.join(file)).map_err(|why| {
            (
                format!("can't read the secret's file {file}: {why}"),
                "check its path and rights".into(),
            )
        })?,
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(("its secret is empty".into(), "put the token there".into()));
    }
    Ok(Secret::new(text))
}
