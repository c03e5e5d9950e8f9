//! Who keeps the accounts' tokens: the service that runs on the project's data folder, or, where none does, this process.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use souschef_connect::{Client, ClientOptions, Secret};
use souschef_runtime::Accounts;
use souschef_runtime::accounts::{AccountsError, Connecting, Permission, Reached, Standing};
use souschef_runtime::project::OpenProject;
use souschef_runtime::service::data_folder;
use souschef_server::{Client as Desk, ClientError};

/// Who did it, in the audit log; the service says that of itself.
pub(super) const WHO: &str = "cli";

/// The one that keeps them.
pub(super) enum Keeping {
    /// This process.
    Here { accounts: Box<Accounts>, client: Client },
    /// The service.
    There(Desk),
}

/// A question that a browser takes to the provider.
pub(super) struct Asked {
    /// The page to open.
    pub(super) page: String,
    /// What the answer must repeat.
    pub(super) state: Secret,
    /// What is needed for the answer, where this process keeps the token.
    own: Option<Connecting>,
}

fn plain(message: String) -> AccountsError {
    AccountsError { message, help: None }
}

fn refused(error: &ClientError) -> AccountsError {
    plain(error.to_string())
}

fn read<T: DeserializeOwned>(mut told: Value, name: &str) -> Result<T, AccountsError> {
    let part = told.get_mut(name).map(Value::take).unwrap_or_default();
    serde_json::from_value(part).map_err(|why| {
        plain(format!(
            "the service, another version perhaps, is not understood: {why}"
        ))
    })
}

impl Keeping {
    /// Finds out. The service reads the project file anew where it is to be of this very moment.
    pub(super) async fn of(project: &OpenProject, anew: bool) -> Result<Self, AccountsError> {
        let desk = Desk::find(&data_folder(project))
            .await
            .map_err(|error| refused(&error))?;
        if let Some(desk) = desk {
            if anew {
                desk.post("/api/v1/reload", &json!({}))
                    .await
                    .map_err(|error| refused(&error))?;
            }
            return Ok(Self::There(desk));
        }
        let client = Client::new(Arc::clone(&project.catalog), ClientOptions::default())
            .map_err(|why| plain(format!("can't start: {why}")))?;
        let accounts = Box::new(Accounts::live(project));
        Ok(Self::Here { accounts, client })
    }

    /// Keeps a token.
    pub(super) async fn give(&self, name: &str, token: Secret) -> Result<Standing, AccountsError> {
        match self {
            Self::Here { accounts, .. } => accounts.connect_by_token(name, token, WHO).await,
            Self::There(desk) => {
                let body = json!({ "token": token.reveal() });
                let told = desk.post(&of(name, "/token"), &body).await;
                read(told.map_err(|error| refused(&error))?, "connection")
            }
        }
    }

    /// Begins to connect an account in the browser.
    pub(super) async fn ask(&self, permission: Permission<'_>) -> Result<Asked, AccountsError> {
        match self {
            Self::Here { accounts, .. } => {
                let asked = accounts.ask(permission)?;
                Ok(Asked {
                    page: asked.page.to_string(),
                    state: asked.state.clone(),
                    own: Some(asked),
                })
            }
            Self::There(desk) => {
                let body = json!({
                    "scopes": permission.scopes,
                    "redirect": permission.redirect,
                    "white_label": permission.white_label,
                });
                let told = desk.post(&of(permission.connection, "/ask"), &body).await;
                let told = told.map_err(|error| refused(&error))?;
                Ok(Asked {
                    page: read(told.clone(), "page")?,
                    state: Secret::new(read::<String>(told, "state")?),
                    own: None,
                })
            }
        }
    }

    /// Ends it: the code becomes a token, which is kept.
    pub(super) async fn answer(
        &self,
        name: &str,
        asked: Asked,
        code: &Secret,
    ) -> Result<Standing, AccountsError> {
        match (self, asked.own) {
            (Self::Here { accounts, client }, Some(own)) => accounts.connect(client, own, code, WHO).await,
            (Self::Here { .. }, None) => Err(plain("the service has gone meanwhile; begin anew".to_owned())),
            (Self::There(desk), _) => {
                let body = json!({ "state": asked.state.reveal(), "code": code.reveal() });
                let told = desk.post(&of(name, "/answer"), &body).await;
                read(told.map_err(|error| refused(&error))?, "connection")
            }
        }
    }

    /// Forgets a connection's token; false where none is kept.
    pub(super) async fn forget(&self, name: &str) -> Result<bool, AccountsError> {
        match self {
            Self::Here { accounts, .. } => accounts.disconnect(name, WHO).await,
            Self::There(desk) => match desk.delete(&of(name, "")).await {
                Ok(_) => Ok(true),
                Err(ClientError::Refused { status: 404, .. }) => Ok(false),
                Err(error) => Err(refused(&error)),
            },
        }
    }

    /// Makes one harmless read with a connection.
    pub(super) async fn reach(&self, name: &str) -> Result<Reached, AccountsError> {
        match self {
            Self::Here { accounts, client } => Ok(accounts.reach(client, name).await),
            Self::There(desk) => {
                let told = desk.post(&of(name, "/test"), &json!({})).await;
                read(told.map_err(|error| refused(&error))?, "reached")
            }
        }
    }
}

fn of(name: &str, what: &str) -> String {
    format!("/api/v1/connections/{name}{what}")
}
