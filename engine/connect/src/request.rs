//! Requests, built structurally.

use serde_json::{Map, Value};
use souschef_catalog::{Method, Operation};
use url::Url;

use crate::connection::Connection;

/// A request, ready but for its credentials, which the client adds when it sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// Headers in order, without the credentials.
    pub headers: Vec<(String, String)>,
    /// The JSON body.
    pub body: Option<Value>,
}

/// Why a request can't be built from these inputs. Never sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct BuildError {
    /// `SC5xx`.
    pub code: &'static str,
    /// The input at fault, where it is one.
    pub input: Option<String>,
    /// One sentence.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// Builds the request of a call. All inputs at fault are told.
pub fn build(
    _operation: &Operation,
    _inputs: &Map<String, Value>,
    _connection: &Connection,
) -> Result<Request, Vec<BuildError>> {
    todo!()
}

impl Request {
    /// As it is shown: `{"method","url","headers":{…},"body"}` with `Authorization: Bearer ***`, and known secret fields hidden.
    pub fn shown(&self, _redact: &[String]) -> Value {
        todo!()
    }
}
