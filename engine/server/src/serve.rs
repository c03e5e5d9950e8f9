//! The whole service in one process: listeners, journal, triggers, drivers; from the first to the last moment.
//!
//! The order is what keeps events. Webhooks are listened for first and told to come again while the journal opens; work is
//! taken once everything is in place; on the way out it is refused again before anything stops.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use souschef_runtime::journal::{JournalError, KeyPlace};
use souschef_runtime::service::{ServiceError, data_folder};
use souschef_runtime::trigger::Health;
use souschef_runtime::{Accounts, OpenProject, Service, ServiceOptions, alert};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::{self, AdminState, Role, TokenError, Tokens};
use crate::gate::{Gate, Stage};
use crate::hooks::{self, Intake, Room};
use crate::listen::{self, Limits};
use crate::local::{Local, Written};
use crate::metrics::Metrics;
use crate::traces::{Traces, TracesError};

/// The name of the token that is made at the first start.
const FIRST_TOKEN: &str = "admin";

/// So long the traces of the last runs may take.
const LAST_TRACES: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Of the service.
    pub service: ServiceOptions,
    /// Of each listener's connections.
    pub limits: Limits,
    /// Whether an admin token is made where there is none: somebody must be there to read it.
    pub first_token: bool,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            service: ServiceOptions::default(),
            limits: Limits::default(),
            first_token: true,
        }
    }
}

/// Why the service can't be.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address that can't be listened on.
    #[error("can't listen on {address}: {why}")]
    Listen {
        /// Which.
        address: String,
        /// The system's words.
        why: std::io::Error,
    },
    /// The admin listener would be open to others.
    #[error("listen: admin: {0} can be reached from other machines")]
    Exposed(SocketAddr),
    /// The service.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The journal, or the key of its secrets.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Tokens.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Traces.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// The file that tells commands where the service listens.
    #[error("can't write into {}: {why}", .folder.display())]
    Folder {
        /// The data folder.
        folder: PathBuf,
        /// The system's words.
        why: std::io::Error,
    },
}

/// A service that listens and has its journal, but does not work yet.
pub struct Serving {
    service: Service,
    gate: Gate,
    webhooks: SocketAddr,
    admin: SocketAddr,
    listeners: Vec<JoinHandle<()>>,
    closed: watch::Sender<bool>,
    metrics: Arc<Metrics>,
    intake: Arc<OnceLock<Arc<dyn Intake>>>,
    health: Arc<OnceLock<Health>>,
    /// What is to be told the person who starts it, once: a token, a notice.
    told: Told,
    /// Removed when the service ends.
    _written: Written,
}

/// What the person who starts the service is to be told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The first admin token, made now; shown this once.
    pub token: Option<String>,
    /// Whether there is none, and none was made.
    pub no_token: bool,
    /// Where secrets' key lies, where that is worth a word.
    pub key: Option<String>,
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving")
            .field("webhooks", &self.webhooks)
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}

impl Serving {
    /// Listens, opens the journal and reads the recipes. Until [`Serving::run`] webhooks are told to come again.
    ///
    /// # Errors
    /// An address or the data folder can't be had, or the journal can't be opened.
    pub async fn open(
        project: OpenProject,
        accounts: Accounts,
        options: ServeOptions,
    ) -> Result<Self, ServeError> {
        let config = &project.config;
        let wanted: Option<SocketAddr> = config.listen_admin.parse().ok();
        if let Some(address) = wanted.filter(|address| !address.ip().is_loopback() && !config.behind_proxy) {
            return Err(ServeError::Exposed(address));
        }
        let webhooks = bind(&config.listen_webhooks).await?;
        let admin = bind(&config.listen_admin).await?;
        let at = |listener: &TcpListener| {
            listener.local_addr().map_err(|why| ServeError::Listen {
                address: config.listen_admin.clone(),
                why,
            })
        };
        let (webhooks_at, admin_at) = (at(&webhooks)?, at(&admin)?);
        let folder = data_folder(&project);
        let hosts = config.hosts.clone();
        let gate = Gate::default();
        let metrics = Arc::new(Metrics::default());
        let intake = Arc::new(OnceLock::new());
        let health = Arc::new(OnceLock::new());
        let later = Arc::new(OnceLock::new());
        let (closed, stop) = watch::channel(false);
        let local = Local::new(admin_at, webhooks_at);
        let tokens = Arc::new(Tokens::of(&folder).with_local(&local.token));
        let state = AdminState {
            service: Arc::clone(&later),
            tokens: Arc::clone(&tokens),
            gate: gate.clone(),
            metrics: Arc::clone(&metrics),
            triggers: Arc::clone(&health),
            failures: Arc::new(admin::Failures::new(options.limits.failures)),
            questions: Arc::default(),
            stop: stop.clone(),
        };
        let listeners = vec![
            tokio::spawn(listen::serve(
                webhooks,
                hooks::router(gate.clone(), Arc::clone(&intake), Arc::clone(&metrics)),
                options.limits,
                stop.clone(),
            )),
            tokio::spawn(listen::serve(
                admin,
                admin::router(state, admin_at, &hosts),
                options.limits,
                stop,
            )),
        ];
        let (key, notice) = KeyPlace::from_env().find(&folder)?;
        let service = Service::open(project, accounts, key, options.service).await?;
        // The folder is ours from here on.
        let written = local.write(&folder).map_err(|why| ServeError::Folder {
            folder: folder.clone(),
            why,
        })?;
        let none = tokens.list()?.is_empty();
        let token = (none && options.first_token)
            .then(|| tokens.add(FIRST_TOKEN, Role::Admin, None, Timestamp::now()))
            .transpose()?;
        let _first = later.set(service.clone());
        Ok(Self {
            service,
            gate,
            webhooks: webhooks_at,
            admin: admin_at,
            listeners,
            closed,
            metrics,
            intake,
            health,
            told: Told {
                no_token: none && token.is_none(),
                token,
                key: notice,
            },
            _written: written,
        })
    }

    /// The service.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Where webhooks are taken.
    pub fn webhooks(&self) -> SocketAddr {
        self.webhooks
    }

    /// Where the admin API listens.
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// What the person who starts it is to be told.
    pub fn told(&self) -> &Told {
        &self.told
    }

    /// Works until told to stop: then nothing new is taken, what is under way ends, and all is put down.
    ///
    /// # Errors
    /// The journal broke. Nothing can be kept any more, and the process must end.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Result<(), ServeError> {
        let counting = {
            let (metrics, events) = (Arc::clone(&self.metrics), self.service.events());
            tokio::spawn(async move { metrics.count(events).await })
        };
        let traces = Traces::by_environment(&self.service, &self.metrics)?
            .map(|traces| tokio::spawn(traces.send(self.service.events(), self.closed.subscribe())));
        let triggers = self.service.triggers();
        let room: Arc<dyn Intake> = Arc::new(Room(Arc::clone(&triggers.hooks)));
        let (_first, _told) = (
            self.intake.set(room),
            self.health.set(Arc::clone(&triggers.health)),
        );
        let alerts = tokio::spawn(alert::watch(
            self.service.clone(),
            Arc::clone(&triggers.health),
            stop.clone(),
        ));
        let triggers = tokio::spawn(triggers.run(stop.clone()));
        self.gate.set(Stage::Open);
        let closing = {
            let (gate, mut stop) = (self.gate.clone(), stop.clone());
            tokio::spawn(async move {
                listen::told(&mut stop).await;
                gate.set(Stage::Draining);
            })
        };
        let ran = self.service.run(stop).await;
        self.gate.set(Stage::Draining);
        closing.abort();
        triggers.abort();
        alerts.abort();
        self.closed.send_replace(true);
        for listener in self.listeners {
            // A listener that panicked has been told of by the panic's own words.
            drop(listener.await);
        }
        counting.abort();
        if let Some(traces) = traces {
            let ends = traces.abort_handle();
            // Nobody waits longer for a receiver that is gone.
            drop(tokio::time::timeout(LAST_TRACES, traces).await);
            ends.abort();
        }
        Ok(ran?)
    }
}

async fn bind(address: &str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|why| ServeError::Listen {
            address: address.to_owned(),
            why,
        })
}
