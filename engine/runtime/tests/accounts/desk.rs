//! A project whose accounts are connected at a sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use souschef_connect::{CallOptions, CallOutcome, Client, ClientOptions, Quiet, Secret};
use souschef_runtime::accounts::{Callback, Permission, Standing};
use souschef_runtime::journal::{Journal, Key, Options};
use souschef_runtime::{Accounts, OpenProject};
use souschef_sandbox::{Running, Sandbox, SandboxOptions};
use tempfile::TempDir;

/// The app's secret; it must never be seen.
pub(crate) const APP_SECRET: &str = "canary-app-secret-91b2";

/// A project, a sandbox and a client.
pub(crate) struct Desk {
    pub(crate) sandbox: Running,
    pub(crate) client: Client,
    pub(crate) folder: TempDir,
    pub(crate) project: OpenProject,
}

impl Desk {
    pub(crate) async fn open(options: SandboxOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = OpenProject::empty(folder.path()).catalog;
        let sandbox = Sandbox::new(Arc::clone(&catalog), options)
            .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
            .unwrap();
        let sample = sandbox.sample();
        let id = |name: &str| sample[name].as_str().unwrap();
        let (url, location, company) = (sandbox.base_url("ghl"), id("location_id"), id("company_id"));
        let app = "oauth: { client_id: app1-x, client_secret: { file: app-secret } }";
        let text = format!(
            "connections:\n  main: {{ connector: ghl, base_url: '{url}', location_id: {location}, auth: {{ {app} }} }}\n  \
             agency: {{ connector: ghl, base_url: '{url}', company_id: {company}, auth: {{ {app} }} }}\n  \
             branch: {{ connector: ghl, base_url: '{url}', location_id: {location}, auth: {{ through: agency }} }}\n  \
             plain: {{ connector: ghl, base_url: '{url}', location_id: {location} }}\n  \
             filed: {{ connector: ghl, base_url: '{url}', location_id: {location}, auth: {{ token: {{ file: token }} }} }}\ndefault_connection: main\n"
        );
        std::fs::write(folder.path().join("souschef.yaml"), text).unwrap();
        std::fs::write(folder.path().join("app-secret"), APP_SECRET).unwrap();
        let project = OpenProject::open(folder.path()).unwrap();
        assert!(project.problems.is_empty(), "{:?}", project.problems);
        let client = Client::new(catalog, ClientOptions::default()).unwrap();
        Self {
            sandbox,
            client,
            folder,
            project,
        }
    }

    pub(crate) async fn faulty(faults: &[&str]) -> Self {
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        Self::open(SandboxOptions {
            faults,
            ..SandboxOptions::default()
        })
        .await
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join(".souschef")
    }

    /// The accounts as a command in the foreground has them.
    pub(crate) fn accounts(&self) -> Accounts {
        Accounts::live(&self.project)
    }

    /// The accounts as a service has them.
    pub(crate) fn service(&self) -> (Arc<Journal>, Accounts) {
        let journal = Arc::new(journal(&self.data()));
        let accounts = self.accounts().kept_in(&journal);
        (journal, accounts)
    }

    /// Connects an account as a person does.
    pub(crate) async fn connect(&self, accounts: &Accounts, connection: &str) -> Standing {
        let callback = Callback::listen("http://127.0.0.1:0/callback").await.unwrap();
        let redirect = callback.redirect().to_owned();
        let asked = accounts
            .ask(Permission {
                connection,
                scopes: vec!["contacts.readonly".to_owned(), "contacts.write".to_owned()],
                redirect: &redirect,
                white_label: false,
            })
            .unwrap();
        let page = asked.page.clone();
        let browser = tokio::spawn(async move { visit(page.as_str()).await });
        let code = callback.answer(&asked.state).await.unwrap();
        browser.await.unwrap();
        accounts
            .connect(&self.client, asked, &code, "test")
            .await
            .unwrap()
    }

    /// One read for an account.
    pub(crate) async fn read(&self, accounts: &Accounts, connection: &str) -> CallOutcome {
        let operation = self.project.catalog.operation("contacts.get").unwrap();
        let inputs = json!({ "contactId": self.sandbox.sample()["contact_id"] });
        let opened = accounts.open("ghl", Some(connection), connection).unwrap();
        let options = CallOptions {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(5),
            ..CallOptions::default()
        };
        let inputs: Map<String, Value> = inputs.as_object().unwrap().clone();
        self.client
            .call(&operation, &inputs, &opened, &options, &Quiet)
            .await
            .unwrap()
            .outcome
    }

    pub(crate) async fn reads(&self, accounts: &Accounts, connection: &str) {
        let outcome = self.read(accounts, connection).await;
        assert!(matches!(outcome, CallOutcome::Done(_)), "{outcome:?}");
    }

    /// How often something was asked for.
    pub(crate) fn count(&self, operation: &str) -> usize {
        let ledger = self.sandbox.ledger();
        ledger
            .iter()
            .filter(|entry| entry.operation.as_deref() == Some(operation))
            .count()
    }
}

pub(crate) fn journal(data: &Path) -> Journal {
    let (key, _) = souschef_runtime::journal::KeyPlace::default().find(data).unwrap();
    let _: &Key = &key;
    Journal::open(data, key, Options::default(), Timestamp::now()).unwrap()
}

/// A browser: follows the page's answers to the end.
pub(crate) async fn visit(url: &str) -> (u16, String) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut url = url.to_owned();
    loop {
        let parsed = url::Url::parse(&url).unwrap();
        let address = format!("{}:{}", parsed.host_str().unwrap(), parsed.port().unwrap());
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let target = &parsed[url::Position::BeforePath..];
        let request = format!("GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let location = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("location"));
        match location {
            Some((_, to)) => url = to.to_owned(),
            None => return (status, body.to_owned()),
        }
    }
}

/// A secret of a text.
pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text)
}
