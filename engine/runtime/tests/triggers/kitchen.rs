//! A project in a folder of its own, a sandbox, a service, and triggers whose clock is moved by hand.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use souschef_connect::{CallOptions, CallOutcome, Quiet};
use souschef_runtime::journal::{Key, Options, Page, Run, RunFilter, RunState};
use souschef_runtime::service::ServiceOptions;
use souschef_runtime::trigger::webhook::{Answer, Arrival, Headers, Hooks};
use souschef_runtime::trigger::{Health, TriggerContext, TriggerHealth, Triggers};
use souschef_runtime::{Accounts, Clock, OpenProject, Service};
use souschef_sandbox::{Running, Sandbox, SandboxOptions};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const START: &str = "2026-05-01T12:00:00Z";

/// Not at work: runs are started and stay queued, unless [`Kitchen::carry`] is called.
pub(crate) struct Kitchen {
    pub(crate) service: Service,
    pub(crate) sandbox: Running,
    pub(crate) hooks: Arc<Hooks>,
    /// None while it is at work by itself.
    triggers: Option<Triggers>,
    health: Health,
    clock: Clock,
    folder: TempDir,
    key: Key,
}

impl Kitchen {
    pub(crate) async fn open(project: &str, files: &[(&str, &str)]) -> Self {
        Self::open_with(project, files, Map::new()).await
    }

    /// `given`: what is in the sandbox beside its sample account.
    pub(crate) async fn open_with(project: &str, files: &[(&str, &str)], given: Map<String, Value>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("recipes")).unwrap();
        std::fs::write(folder.path().join("souschef.yaml"), project).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let open = OpenProject::open(folder.path()).unwrap();
        let sandbox = Sandbox::new(
            Arc::clone(&open.catalog),
            SandboxOptions {
                given,
                ..SandboxOptions::default()
            },
        )
        .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
        Self::with(
            folder,
            sandbox,
            Key::generate(),
            Clock::fixed(START.parse().unwrap()),
        )
        .await
    }

    async fn with(folder: TempDir, sandbox: Running, key: Key, clock: Clock) -> Self {
        let project = OpenProject::open(folder.path()).unwrap();
        let accounts = Accounts::sandbox(&project, &sandbox);
        let options = ServiceOptions {
            look_at_files: None,
            journal: Options {
                queue: 8,
                ..Options::default()
            },
            ..ServiceOptions::default()
        };
        let service = Service::open(project, accounts, key.clone(), options)
            .await
            .unwrap();
        let problems = &service.snapshot().problems;
        assert!(problems.is_empty(), "{problems:?}");
        let context = TriggerContext {
            journal: Arc::clone(service.journal()),
            client: service.client().clone(),
            clock: clock.clone(),
            host: Arc::new(service.clone()),
        };
        let hooks = Arc::new(Hooks::new(context.clone()));
        let mut triggers = Triggers::new(context, Arc::clone(&hooks));
        triggers.renew().await;
        Self {
            service,
            sandbox,
            hooks,
            health: triggers.health(),
            triggers: Some(triggers),
            clock,
            folder,
            key,
        }
    }

    /// Sets the triggers to work by themselves.
    pub(crate) fn at_work(mut self) -> (Self, JoinHandle<()>, watch::Sender<bool>) {
        let (stop, stopped) = watch::channel(false);
        let triggers = self.triggers.take().unwrap();
        let at_work = tokio::spawn(triggers.run(self.service.changes(), stopped));
        (self, at_work, stop)
    }

    /// Ends and begins again, as after a kill: only the folder and the sandbox stay.
    pub(crate) async fn again(self) -> Self {
        let Self {
            service,
            sandbox,
            hooks,
            triggers,
            clock,
            folder,
            key,
            ..
        } = self;
        drop((hooks, triggers, service));
        Self::with(folder, sandbox, key, clock).await
    }

    pub(crate) async fn write(&mut self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self.reload().await;
    }

    pub(crate) async fn rename(&mut self, from: &str, to: &str) {
        std::fs::rename(self.folder.path().join(from), self.folder.path().join(to)).unwrap();
        self.reload().await;
    }

    pub(crate) async fn remove(&mut self, name: &str) {
        std::fs::remove_file(self.folder.path().join(name)).unwrap();
        self.reload().await;
    }

    async fn reload(&mut self) {
        self.service.reload().await.unwrap();
        if let Some(triggers) = &mut self.triggers {
            triggers.renew().await;
        }
    }

    /// So long passes, and what is due is done.
    pub(crate) async fn pass(&mut self, minutes: u64) {
        self.turn_clock(minutes);
        self.triggers.as_mut().unwrap().work_through().await;
    }

    pub(crate) fn turn_clock(&self, minutes: u64) {
        let length = Duration::from_secs(60 * minutes);
        self.clock
            .advance_to(self.clock.now().checked_add(length).unwrap());
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn health(&self) -> TriggerHealth {
        self.health.lock().unwrap().clone()
    }

    /// The runs of a recipe, oldest first, each with its event.
    pub(crate) async fn runs(&self, recipe: &str) -> Vec<(Run, Value)> {
        let filter = RunFilter {
            recipe: Some(recipe.to_owned()),
            ..RunFilter::default()
        };
        let page = Page {
            limit: 1000,
            below: None,
        };
        let look = self.service.look();
        let mut found = Vec::new();
        for run in look.runs(filter, page).await.unwrap().into_iter().rev() {
            let event = look.event(run.event.as_ref().unwrap()).await.unwrap().unwrap();
            found.push((run, event.body));
        }
        found
    }

    /// Calls an operation of the sandbox.
    pub(crate) async fn call(&self, operation: &str, inputs: Value) -> Value {
        let operation = self
            .service
            .snapshot()
            .project
            .catalog
            .operation(operation)
            .unwrap();
        let accounts = self.service.accounts();
        let connection = accounts.for_connector(&operation.connector, None).unwrap();
        let inputs: Map<String, Value> = inputs.as_object().unwrap().clone();
        let options = CallOptions::default();
        let report = self
            .service
            .client()
            .call(&operation, &inputs, &connection, &options, &Quiet)
            .await
            .unwrap();
        match report.outcome {
            CallOutcome::Done(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// Sends JSON to a webhook.
    pub(crate) async fn send(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut all = Headers::default();
        all.push("content-type", "application/json");
        for (name, value) in headers {
            all.push(name, *value);
        }
        let arrival = Arrival {
            path: path.to_owned(),
            query: None,
            headers: all,
            body: body.to_string().into_bytes(),
            at: self.now(),
        };
        self.hooks.receive(&arrival).await
    }

    /// Carries runs on until none is ready.
    pub(crate) async fn carry(&self) {
        let (stop, stopped) = watch::channel(false);
        let service = self.service.clone();
        let at_work = tokio::spawn(async move { service.run(stopped).await });
        // A waiting run that was offered an event is taken up without being queued first: all must be quiet for a while.
        let mut quiet = 0;
        while quiet < 15 {
            let tally = self.service.look().tally().await.unwrap();
            let still = |(state, count): &(RunState, u64)| {
                *count == 0 || !matches!(state, RunState::Queued | RunState::Running)
            };
            let rests = tally.iter().all(still) && self.service.status().at_work == 0;
            quiet = if rests { quiet + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.send(true).unwrap();
        at_work.await.unwrap().unwrap();
    }
}

pub(crate) fn contact(name: &str) -> Value {
    json!({ "firstName": name, "email": format!("{}@home.example", name.to_lowercase()) })
}
