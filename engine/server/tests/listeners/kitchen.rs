//! A service that listens, on a copy of `tests/server/project`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use souschef_runtime::service::{Begin, Submission};
use souschef_runtime::{Accounts, OpenProject, ServiceOptions};
use souschef_server::{Limits, ServeError, ServeOptions, Serving};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) fn data() -> PathBuf {
    souschef_cases::folder("server")
}

/// A run of a recipe, begun by nothing but the test.
pub(crate) fn begin(recipe: &str) -> Submission {
    Submission {
        source: "test".to_owned(),
        connection: None,
        key: None,
        strict: false,
        body: json!({}),
        begins: vec![Begin {
            recipe: recipe.to_owned(),
            ..Begin::default()
        }],
        signal: None,
    }
}

pub(crate) struct Kitchen {
    pub(crate) dir: TempDir,
    pub(crate) webhooks: SocketAddr,
    pub(crate) admin: SocketAddr,
    /// The first token; empty where this is not the first start.
    pub(crate) token: String,
    pub(crate) service: souschef_runtime::Service,
    pub(crate) api: TcpListener,
    stop: watch::Sender<bool>,
    running: JoinHandle<Result<(), ServeError>>,
}

impl Kitchen {
    pub(crate) async fn open() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::of(tempfile::tempdir().unwrap(), limits, "").await
    }

    /// In a folder that may have been served before; `more` stands at the end of its project file.
    pub(crate) async fn of(dir: TempDir, limits: Limits, more: &str) -> Self {
        souschef_cases::copy(&data().join("project"), dir.path(), &[]);
        // The accounts' API: it takes connections and never answers.
        let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let file = dir.path().join("souschef.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("127.0.0.1:9", &api.local_addr().unwrap().to_string());
        std::fs::write(&file, text + more).unwrap();
        let project = OpenProject::open(dir.path()).unwrap();
        assert!(project.problems.is_empty(), "{:?}", project.problems);
        let accounts = Accounts::live(&project);
        let options = ServeOptions {
            service: ServiceOptions {
                drain: Duration::from_secs(2),
                look_at_files: None,
                ..ServiceOptions::default()
            },
            limits,
            ..ServeOptions::default()
        };
        let serving = Serving::open(project, accounts, options).await.unwrap();
        let (webhooks, admin) = (serving.webhooks(), serving.admin());
        let token = serving.told().token.clone().unwrap_or_default();
        let service = serving.service().clone();
        let (stop, told) = watch::channel(false);
        let running = tokio::spawn(serving.run(told));
        let kitchen = Self {
            dir,
            webhooks,
            admin,
            token,
            service,
            api,
            stop,
            running,
        };
        kitchen.until_ready().await;
        kitchen
    }

    async fn until_ready(&self) {
        let host = format!("Host: {}", self.admin);
        loop {
            let ready = super::wire::request("GET", "/readyz", std::slice::from_ref(&host), b"");
            if super::wire::send(self.admin, &ready).await.unwrap().status == 200 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Tells it to stop, as a signal does.
    pub(crate) fn tell_to_stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) async fn close(self) -> TempDir {
        self.stop.send_replace(true);
        drop(self.service);
        self.running.await.unwrap().unwrap();
        self.dir
    }
}
