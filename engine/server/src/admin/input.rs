//! What handlers take of a request: a body of JSON, a query, each refused in the one form of errors.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::AdminState;
use crate::answer::Problem;

/// A body must be whole after so long.
const LONGEST: Duration = Duration::from_secs(10);

/// A body of JSON; no body is an empty object.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AdminState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AdminState) -> Result<Self, Problem> {
        let bytes = tokio::time::timeout(LONGEST, Bytes::from_request(request, state))
            .await
            .map_err(|_| {
                Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "too_slow",
                    "the body did not come within 10 s",
                )
            })?
            .map_err(|why: BytesRejection| Problem::new(why.status(), "bad_request", why.body_text()))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|why| Problem::bad(format!("the body is not what is taken here: {why}")))
    }
}

/// What stands behind the `?`.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AdminState> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AdminState) -> Result<Self, Problem> {
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|Query(asked)| Self(asked))
            .map_err(|why: QueryRejection| Problem::bad(why.body_text()))
    }
}
