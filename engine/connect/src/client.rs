//! The one HTTP client.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value};
use souschef_catalog::{Catalog, Operation};
use url::Url;

use crate::budget::Budget;
use crate::call::{CallOptions, Observer};
use crate::circuits::Circuits;
use crate::connection::Connection;
use crate::outcome::CallReport;
use crate::request::{BuildError, build};
use crate::tls;
use crate::tries::Tries;

/// The client's own settings.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// To connect (5 s).
    pub connect: Duration,
    /// To the answer's first byte, once connected (30 s).
    pub first_byte: Duration,
    /// One request as a whole (60 s).
    pub request: Duration,
    /// Bytes of an answer, unpacked (10 MB).
    pub answer_limit: usize,
    /// How long what was created may take to show up in lists and searches: so long a look is put off (5 s).
    pub index_lag: Duration,
    /// Whether calls are held back ([`crate::CallOutcome::Held`]) whose other side fails again and again. For a service, whose
    /// calls wait; a person's own calls are made at once, one at a time (no).
    pub circuits: bool,
    /// Makes the waits between tries the same every time, for tests; random where absent.
    pub seed: Option<u64>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(30),
            request: Duration::from_secs(60),
            answer_limit: 10 * 1024 * 1024,
            index_lag: Duration::from_secs(5),
            circuits: false,
            seed: None,
        }
    }
}

/// Sends calls. Cheap to clone; one for the whole process.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    catalog: Arc<Catalog>,
    options: ClientOptions,
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
    random: Mutex<StdRng>,
    budgets: Mutex<HashMap<String, Arc<Mutex<Budget>>>>,
    circuits: Circuits,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client. The catalog is where `look_for` operations are found. What TLS needs is read when the first https address
    /// is called.
    ///
    /// # Errors
    /// In words, why there can be none.
    pub fn new(catalog: Arc<Catalog>, options: ClientOptions) -> Result<Self, String> {
        let random = match options.seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => rand::make_rng(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                catalog,
                options,
                plain: OnceLock::new(),
                secure: OnceLock::new(),
                random: Mutex::new(random),
                budgets: Mutex::default(),
                circuits: Circuits::default(),
            }),
        })
    }

    /// Makes a call: builds the request, sends it, tries again where that does no harm.
    ///
    /// # Errors
    /// Inputs from which no request can be built; nothing was sent.
    pub async fn call(
        &self,
        operation: &Operation,
        inputs: &Map<String, Value>,
        connection: &Connection,
        options: &CallOptions,
        observer: &dyn Observer,
    ) -> Result<CallReport, Vec<BuildError>> {
        let request = build(operation, inputs, connection)?;
        let mut tries = Tries::new(self, connection, options, observer);
        let outcome = tries.call(operation, inputs, &request).await;
        Ok(CallReport {
            outcome,
            attempts: tries.into_attempts(),
        })
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.inner.catalog
    }

    pub(crate) fn options(&self) -> &ClientOptions {
        &self.inner.options
    }

    pub(crate) fn kept_circuits(&self) -> &Circuits {
        &self.inner.circuits
    }

    /// A random length of time up to `most`.
    pub(crate) fn up_to(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        let mut random = self.inner.random.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::from_micros(random.random_range(0..=most))
    }

    /// The budget of a connection's account, shared by every connection to it.
    pub(crate) fn budget(&self, connection: &Connection) -> Arc<Mutex<Budget>> {
        let account = connection
            .location_id
            .as_ref()
            .or(connection.company_id.as_ref())
            .unwrap_or(&connection.name);
        let key = format!("{} {account} {}", connection.connector.name, connection.base_url);
        let mut budgets = self.inner.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = budgets
            .entry(key)
            .or_insert_with(|| Arc::new(Mutex::new(Budget::new(&connection.connector.limits))));
        Arc::clone(budget)
    }

    /// The HTTP library's client for an address.
    pub(crate) fn http(&self, url: &Url) -> Result<&reqwest::Client, String> {
        let (place, roots) = match url.scheme() {
            "https" => (&self.inner.secure, true),
            _ => (&self.inner.plain, false),
        };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let config = if roots { tls::config()? } else { tls::none()? };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .user_agent(concat!("souschef/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(self.inner.options.connect)
            // Shorter than most servers': a connection that the other side is closing makes a write's outcome unknown.
            .pool_idle_timeout(Duration::from_secs(15))
            .build()
            .map_err(|why| format!("the HTTP client can't be made: {why}"))?;
        Ok(place.get_or_init(|| client))
    }
}
