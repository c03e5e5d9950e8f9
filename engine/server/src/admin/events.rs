//! What happens in runs, as it happens: server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream};
use serde_json::{Value, json};
use souschef_runtime::RunEvent;
use souschef_runtime::service::Told;
use tokio::sync::broadcast::error::RecvError;

use super::AdminState;
use super::auth::Viewer;
use crate::answer::Problem;
use crate::listen::told;

/// A line at least so often, so that what stands in between keeps the connection.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

pub(crate) async fn stream(
    _: Viewer,
    State(state): State<AdminState>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let events = stream::unfold(
        (state.service()?.events(), state.stop.clone()),
        |(mut events, mut stop)| async move {
            loop {
                let heard = tokio::select! {
                    heard = events.recv() => heard,
                    () = told(&mut stop) => return None,
                };
                let (name, data) = match heard {
                    Ok(told) => match shown(&told) {
                        Some(shown) => shown,
                        None => continue,
                    },
                    Err(RecvError::Lagged(missed)) => ("missed", json!({ "events": missed })),
                    Err(RecvError::Closed) => return None,
                };
                let event = Event::default().event(name).data(data.to_string());
                return Some((Ok(event), (events, stop)));
            }
        },
    );
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)))
}

/// An event's name and what is told of it. What the run holds is looked up by its id.
fn shown(told: &Told) -> Option<(&'static str, Value)> {
    let run = told.run.as_str();
    Some(match &told.event {
        RunEvent::Began {
            recipe, connection, ..
        } => (
            "began",
            json!({ "run": run, "recipe": recipe, "connection": connection }),
        ),
        RunEvent::Step(report) => (
            "step",
            json!({ "run": run, "path": report.path, "id": report.id, "outcome": report.outcome }),
        ),
        RunEvent::Sent { path, attempt } => (
            "sent",
            json!({ "run": run, "path": path, "number": attempt.number, "status": attempt.status, "ms": attempt.ms }),
        ),
        RunEvent::Retrying { path, wait, .. } => {
            let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            ("retrying", json!({ "run": run, "path": path, "ms": ms }))
        }
        RunEvent::Waiting { path, until, .. } => {
            ("waiting", json!({ "run": run, "path": path, "until": until }))
        }
        RunEvent::Left(state) if state.ended() => ("ended", json!({ "run": run, "outcome": state })),
        RunEvent::Left(state) => ("rests", json!({ "run": run, "outcome": state })),
        RunEvent::Sending { .. } | RunEvent::Fields(_) | RunEvent::Ended(_) => return None,
    })
}
