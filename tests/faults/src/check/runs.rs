//! Runs end, keep their recipe, wait as long as they are to, and stand in their queues.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use souschef_journal::RunState;

use super::{Broken, Seen};
use crate::kept::Kept;

/// The words that a recipe fails with which was saved after the events that are under way had come.
pub const SAVED_LATER: &str = "the recipe that was saved later";

pub(super) fn runs_end(seen: &Seen<'_>, broken: &mut Broken) {
    for kept in seen.kept {
        let run = &kept.run;
        if !run.state.ended() && run.recipe != "tick" {
            broken.tell(
                "I7",
                format!("run {} of {} stands as {}", run.id, run.recipe, run.state.word()),
            );
        }
    }
    let well = |state| matches!(state, RunState::Succeeded | RunState::Stopped);
    let good = seen.kept.iter().filter(|kept| well(kept.run.state)).count();
    if good * 100 < seen.kept.len() * 95 || seen.kept.is_empty() {
        let mut why: BTreeMap<&str, usize> = BTreeMap::new();
        for kept in seen.kept.iter().filter(|kept| !well(kept.run.state)) {
            *why.entry(kept.run.reason.as_deref().unwrap_or("no reason"))
                .or_default() += 1;
        }
        let all = seen.kept.len();
        broken.tell("teeth", format!("only {good} of {all} runs ended well: {why:?}"));
    }
}

pub(super) fn recipes_are_kept(seen: &Seen<'_>, broken: &mut Broken) {
    let changed = |kept: &&Kept| {
        kept.run
            .reason
            .as_deref()
            .is_some_and(|reason| reason.contains(SAVED_LATER))
    };
    for kept in seen.kept.iter().filter(changed) {
        broken.tell("P7", format!("run {} went on with {SAVED_LATER}", kept.run.id));
    }
}

pub(super) fn waits_and_queues_are_kept(seen: &Seen<'_>, broken: &mut Broken) {
    for kept in seen.kept {
        // A wait counts from where the run had come to, also where it was killed before it could say so.
        let (least, since) = match kept.kind() {
            "later" => (2, kept.run.started_at),
            "queued" => (
                1,
                kept.attempts.iter().filter_map(|attempt| attempt.ended_at).max(),
            ),
            _ => continue,
        };
        let ended = kept
            .steps
            .iter()
            .find(|step| step.word == "wait")
            .and_then(|step| step.ended_at);
        if let (Some(since), Some(ended)) = (since, ended) {
            let waited = ended.duration_since(since);
            // Where the clock was set back meanwhile, how far its two moments are apart says nothing.
            let set_back = seen.clock_was_set && waited.is_negative();
            if waited < SignedDuration::from_secs(least) && !set_back {
                broken.tell(
                    "P6",
                    format!("a wait of run {} ended after {waited:#}", kept.run.id),
                );
            }
        }
    }
    let mut last: HashMap<(&str, &str), &Kept> = HashMap::new();
    for kept in seen.kept.iter().filter(|kept| kept.kind() == "queued") {
        let Some(key) = &kept.run.key else {
            broken.tell("queue", format!("run {} has no key", kept.run.id));
            continue;
        };
        if let Some(before) = last.insert((&kept.run.recipe, key), kept)
            // A claim is stamped before it waits for the writer, where the end of the run before may stand in front of it: that
            // nothing leaves before that end is what counts.
            && let (Some(ended), Some(began)) = (before.run.ended_at, first_request(kept).or(kept.run.started_at))
            && began < ended
            && !seen.clock_was_set
        {
            broken.tell(
                "queue",
                format!("runs {} and {} of one key overlapped", before.run.id, kept.run.id),
            );
        }
    }
}

fn first_request(kept: &Kept) -> Option<Timestamp> {
    kept.attempts.iter().map(|attempt| attempt.began_at).min()
}
