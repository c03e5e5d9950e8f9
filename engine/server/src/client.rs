//! The other end of the admin API, for commands on the same machine: over the wire where a service runs, and to the very
//! same router without a wire where none does. So a command does the same in both cases.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{Method, Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use souschef_runtime::Service;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::admin::token::new_token;
use crate::admin::{self, AdminState, Tokens};
use crate::gate::{Gate, Stage};
use crate::local::Local;

/// What can go wrong on the way.
type Wrong = Box<dyn std::error::Error + Send + Sync>;

/// The name under which a service without a wire is asked.
const INSIDE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// An answer must be whole after so long.
const LONGEST: Duration = Duration::from_secs(90);
/// The most bytes of an answer.
const LARGEST: usize = 256 * 1024 * 1024;

/// Why the service did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It refused, with its own words.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its sentence.
        message: String,
    },
    /// The file that tells where it listens can't be read.
    #[error("can't read what tells where the service listens, in {}: {why}", .folder.display())]
    File {
        /// The data folder.
        folder: PathBuf,
        /// The system's words.
        why: String,
    },
    /// It did not answer, or not in its own form.
    #[error("the service at {address} does not answer: {why}")]
    Silent {
        /// Where it should listen.
        address: String,
        /// What happened.
        why: String,
    },
}

/// The admin API of a project's service.
#[derive(Debug)]
pub struct Client {
    way: Way,
    token: String,
}

/// How requests get there.
#[derive(Debug)]
enum Way {
    /// To a service that runs.
    Wire(SocketAddr),
    /// To one that this process has opened, and that carries nothing on.
    Inside(Router),
}

impl Client {
    /// The service that runs on a data folder; none where nothing listens where one did.
    ///
    /// # Errors
    /// What tells where it listens can't be read.
    pub async fn find(folder: &Path) -> Result<Option<Self>, ClientError> {
        let local = Local::read(folder).map_err(|why| ClientError::File {
            folder: folder.to_owned(),
            why: why.to_string(),
        })?;
        let Some(local) = local else { return Ok(None) };
        // One that was killed has left its file. What listens there now, if anything, must be asked before it is believed.
        let client = Self {
            way: Way::Wire(local.admin),
            token: local.token,
        };
        match client.get("/api/v1/health").await {
            Ok(_) => Ok(Some(client)),
            Err(
                ClientError::Silent { .. }
                | ClientError::Refused {
                    status: 401 | 403 | 404,
                    ..
                },
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A service that this process has opened and that does not run: what is done is carried on at the next start.
    pub fn inside(service: Service) -> Self {
        let gate = Gate::default();
        gate.set(Stage::Open);
        let token = new_token();
        let tokens = Tokens::of(service.look().folder()).with_local(&token);
        let (_, stop) = watch::channel(false);
        let state = AdminState {
            service: Arc::new(OnceLock::from(service)),
            tokens: Arc::new(tokens),
            gate,
            metrics: Arc::default(),
            triggers: Arc::default(),
            failures: Arc::new(admin::Failures::new(u32::MAX)),
            questions: Arc::default(),
            stop,
        };
        Self {
            way: Way::Inside(admin::router(state, INSIDE, &[])),
            token,
        }
    }

    /// Whether a service runs that carries on what is done.
    pub fn runs(&self) -> bool {
        matches!(self.way, Way::Wire(_))
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The service refused or does not answer.
    pub async fn get(&self, path: &str) -> Result<Value, ClientError> {
        self.ask(Method::GET, path, None).await
    }

    /// Has something done.
    ///
    /// # Errors
    /// The service refused or does not answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ClientError> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Has something taken away.
    ///
    /// # Errors
    /// The service refused or does not answer.
    pub async fn delete(&self, path: &str) -> Result<Value, ClientError> {
        self.ask(Method::DELETE, path, None).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, ClientError> {
        let silent = |why: String| ClientError::Silent {
            address: self.address().to_string(),
            why,
        };
        let (status, bytes) = tokio::time::timeout(LONGEST, self.exchange(method, path, body))
            .await
            .map_err(|_| silent(format!("no answer within {} s", LONGEST.as_secs())))?
            .map_err(|why| silent(why.to_string()))?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|_| silent("what answers there is not souschef".to_owned()))?;
        if (200..300).contains(&status) {
            return Ok(value);
        }
        let message = value
            .get("message")
            .and_then(Value::as_str)
            .map_or_else(|| format!("it answers {status}"), str::to_owned);
        Err(ClientError::Refused { status, message })
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Bytes), Wrong> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address().to_string())
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        let body = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body)?;
        match &self.way {
            Way::Inside(router) => {
                let answer = TowerToHyperService::new(router.clone()).call(request).await?;
                whole(answer).await
            }
            Way::Wire(_) => {
                let stream = TcpStream::connect(self.address()).await?;
                let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
                let connection = tokio::spawn(connection);
                let answer = whole(sender.send_request(request).await?).await;
                connection.abort();
                answer
            }
        }
    }

    /// Where it is asked. One that listens everywhere is asked on this machine.
    fn address(&self) -> SocketAddr {
        match self.way {
            Way::Inside(_) => INSIDE,
            Way::Wire(mut address) => {
                if address.ip().is_unspecified() {
                    address.set_ip(match address {
                        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
                    });
                }
                address
            }
        }
    }
}

async fn whole<B>(answer: Response<B>) -> Result<(u16, Bytes), Wrong>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Wrong>,
{
    let status = answer.status().as_u16();
    let bytes = Limited::new(answer.into_body(), LARGEST)
        .collect()
        .await?
        .to_bytes();
    Ok((status, bytes))
}
