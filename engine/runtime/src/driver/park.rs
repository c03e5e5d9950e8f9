//! Runs that can't be carried on are set aside, with a reason, for a person to look at; nothing else suffers from them.

use std::sync::Arc;

use serde_json::json;
use souschef_flow::Failure;
use souschef_journal::{End, JournalError, Next, Outcome, Progress, RunState, Ticket};

use super::outcome::failed;
use super::{Means, mark};

/// Sets a claimed run aside. It needs attention from then on: done again it is tried once more, any other answer ends it.
///
/// # Errors
/// The journal failed.
pub async fn park(means: &Means, ticket: Ticket, why: &str) -> Result<RunState, JournalError> {
    tracing::error!(run = ticket.run.as_str(), why, "the run was set aside");
    let failure = Failure {
        code: Some("SC483".to_owned()),
        message: format!("the run was set aside: {why}"),
        help: Some(
            "try it once more with `souschef runs resume ID --again`, or end it with --skip".to_owned(),
        ),
        ..Failure::default()
    };
    let mut progress = Progress {
        heard: i64::MAX,
        asks: vec![(mark::parked(ticket.claim()), json!(failure))],
        next: Next::Rest,
        ..Progress::default()
    };
    let mut tries = 0;
    loop {
        let standing = means
            .journal
            .progress(ticket.clone(), Arc::new(progress), means.clock.now())
            .await?;
        means.teller.woken(&standing.woken);
        if standing.state != RunState::Running {
            return Ok(standing.state);
        }
        tries += 1;
        let heard: Vec<(String, Outcome)> = standing
            .again
            .iter()
            .filter(|(path, _)| mark::is_parked(path))
            .map(|(path, _)| (path.clone(), Outcome::Cancelled))
            .collect();
        // Somebody wants it cancelled, or wants something of it that it can't do: it ends here.
        let ends = standing.cancel.is_some() || heard.is_empty() || tries > 1;
        let end = End {
            state: match standing.cancel {
                Some(_) => RunState::Cancelled,
                None => RunState::Failed,
            },
            reason: standing.cancel.or_else(|| Some(failure.message.clone())),
            told: failed(&failure),
        };
        progress = Progress {
            heard: i64::MAX,
            outcomes: heard,
            next: if ends { Next::End(end) } else { Next::Rest },
            ..Progress::default()
        };
    }
}
