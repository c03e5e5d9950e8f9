//! A project in a folder of its own, a sandbox and a service.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use souschef_connect::CallOptions;
use souschef_runtime::journal::{Key, RunId};
use souschef_runtime::service::{Begin, Submission};
use souschef_runtime::{Accounts, OpenProject, RunRecord, Service, ServiceError, ServiceOptions};
use souschef_sandbox::{Running, Sandbox, SandboxOptions};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const PROJECT: &str = "\
connections:
  main: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT, auth: { token: { env: NONE } } }
  north: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT, tags: [vip], auth: { token: { env: NONE } } }
  south: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT, tags: [vip], auth: { token: { env: NONE } } }
default_connection: main
";

/// A service at work.
pub(crate) struct Kitchen {
    pub(crate) service: Service,
    pub(crate) sandbox: Running,
    folder: TempDir,
    key: Key,
    stop: watch::Sender<bool>,
    at_work: JoinHandle<Result<(), ServiceError>>,
}

fn options() -> ServiceOptions {
    ServiceOptions {
        call: CallOptions {
            first_wait: Duration::from_millis(5),
            longest_wait: Duration::from_millis(20),
            ..CallOptions::default()
        },
        drain: Duration::from_secs(5),
        look_at_files: None,
        ..ServiceOptions::default()
    }
}

async fn open(folder: &Path, sandbox: &Running, key: &Key) -> Service {
    let project = OpenProject::open(folder).unwrap();
    let accounts = Accounts::sandbox(&project, sandbox);
    Service::open(project, accounts, key.clone(), options())
        .await
        .unwrap()
}

fn start(service: &Service) -> (watch::Sender<bool>, JoinHandle<Result<(), ServiceError>>) {
    let (stop, stopped) = watch::channel(false);
    let working = service.clone();
    let at_work = tokio::spawn(async move { working.run(stopped).await });
    (stop, at_work)
}

impl Kitchen {
    /// Opens a kitchen with these recipes.
    pub(crate) async fn open(recipes: &[(&str, &str)], sandbox: SandboxOptions) -> Self {
        Self::open_project(&[("souschef.yaml", PROJECT)], recipes, sandbox).await
    }

    /// Opens a kitchen with a project of its own.
    pub(crate) async fn open_project(
        files: &[(&str, &str)],
        recipes: &[(&str, &str)],
        sandbox: SandboxOptions,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("recipes")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        for (name, text) in recipes {
            std::fs::write(folder.path().join(format!("recipes/{name}.yaml")), text).unwrap();
        }
        let project = OpenProject::open(folder.path()).unwrap();
        let sandbox = Sandbox::new(Arc::clone(&project.catalog), sandbox)
            .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
            .unwrap();
        let key = Key::generate();
        let kitchen = Self::again(folder, sandbox, key).await;
        let problems = kitchen.service.snapshot().problems.clone();
        assert!(problems.is_empty(), "{problems:?}");
        kitchen
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(format!("recipes/{name}.yaml")), text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.folder.path().join(format!("recipes/{name}.yaml"))).unwrap();
    }

    /// Stops as a process does that is told to, and opens again.
    pub(crate) async fn reopen(self) -> Self {
        self.stop.send(true).unwrap();
        self.at_work.await.unwrap().unwrap();
        drop(self.service);
        Self::again(self.folder, self.sandbox, self.key).await
    }

    /// Stops as if it were killed, and opens again.
    pub(crate) async fn kill(self) -> Self {
        self.at_work.abort();
        let _ = self.at_work.await;
        drop(self.service);
        Self::again(self.folder, self.sandbox, self.key).await
    }

    async fn again(folder: TempDir, sandbox: Running, key: Key) -> Self {
        let service = open(folder.path(), &sandbox, &key).await;
        let (stop, at_work) = start(&service);
        Self {
            service,
            sandbox,
            folder,
            key,
            stop,
            at_work,
        }
    }

    /// Hands an event in for one recipe.
    pub(crate) async fn submit(&self, recipe: &str, body: Value) -> RunId {
        let submitted = self.service.submit(submission(recipe, body, None)).await.unwrap();
        assert!(!submitted.duplicate);
        submitted.runs.first().unwrap().clone()
    }

    /// Waits until a run is as it should be.
    pub(crate) async fn until(&self, run: &RunId, right: impl Fn(&RunRecord) -> bool) -> RunRecord {
        for _ in 0..1000 {
            let record = self.service.show(run).await.unwrap();
            if right(&record) {
                return record;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it never came: {:#?}", self.service.show(run).await.unwrap());
    }

    /// Waits for a run's end.
    pub(crate) async fn end_of(&self, run: &RunId) -> RunRecord {
        self.until(run, |record| record.outcome.ended()).await
    }

    /// How often the sandbox was asked for an operation.
    pub(crate) fn asked(&self, operation: &str) -> usize {
        let ledger = self.sandbox.ledger();
        ledger
            .iter()
            .filter(|entry| entry.operation.as_deref() == Some(operation))
            .count()
    }
}

pub(crate) fn submission(recipe: &str, body: Value, key: Option<&str>) -> Submission {
    Submission {
        source: "test".to_owned(),
        connection: None,
        key: key.map(str::to_owned),
        strict: false,
        body,
        begins: vec![Begin {
            recipe: recipe.to_owned(),
            trigger: "trigger".to_owned(),
            ..Begin::default()
        }],
        signal: None,
    }
}
