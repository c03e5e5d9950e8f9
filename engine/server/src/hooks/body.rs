//! A body, read whole and no further than its limit. Small ones are read as they come; larger ones a few at a time, so
//! that a thousand senders of megabytes take no more memory than a few.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::Problem;

/// The most bytes of a body.
const LARGEST_BODY: usize = 1024 * 1024;
/// Up to here a body is small.
const SMALL: usize = 64 * 1024;
/// So many larger ones are read at once.
const LARGE_AT_ONCE: usize = 32;

/// The places for large bodies.
#[derive(Clone, Debug)]
pub(super) struct Large(Arc<Semaphore>);

impl Default for Large {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_AT_ONCE)))
    }
}

/// Reads a body.
pub(super) async fn read(mut body: Body, large: &Large) -> Result<Vec<u8>, Problem> {
    if body.size_hint().lower() > LARGEST_BODY as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut place: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::bad("the body broke off, or its length is not as told"))?;
        let Ok(data) = frame.into_data() else { continue };
        let length = bytes.len().saturating_add(data.len());
        if length > LARGEST_BODY {
            return Err(too_large());
        }
        if length > SMALL && place.is_none() {
            let free = Arc::clone(&large.0).try_acquire_owned();
            place = Some(free.map_err(|_| {
                Problem::later("too many large webhooks are being read; send it again later", 30)
            })?);
        }
        bytes.extend_from_slice(&data);
    }
    drop(place);
    Ok(bytes)
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "the body is larger than 1 MiB",
    )
}
