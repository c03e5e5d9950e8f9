//! The promises, held against what the sandbox received and what the journal holds. Each sentence that comes back is a
//! promise broken; the letters are those of the invariants: I1 accepted means kept, I2 one event, one run, I3 one run for
//! each polled item, I4 finished calls are not repeated, I5 no hidden requests, I6 unknown calls are asked about, I7 every
//! run comes to an end, I8 the file is sound, I9 secrets are nowhere, I10 memory and files are bounded.

mod calls;
mod events;
mod process;
mod runs;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use souschef_journal::Look;

use crate::error::Error;
use crate::kept::{self, Kept};
use crate::load::Sent;
use crate::sandbox::Entry;

pub use events::is_made_by_an_event;
pub use runs::SAVED_LATER;

/// The longest list of one sort of break that is told.
const MOST_TOLD: usize = 6;

/// All that is known after a trial.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The project's folder.
    pub folder: &'a Path,
    /// What senders were told.
    pub sent: &'a [Sent],
    /// What the sandbox received.
    pub ledger: &'a [Entry],
    /// What the sandbox holds.
    pub state: &'a Value,
    /// What the journal holds.
    pub kept: &'a [Kept],
    /// Recipes with one run for each contact that an event made.
    pub newcomers: &'a [&'static str],
    /// Whether the times of two runs say nothing of their order.
    pub clock_was_set: bool,
    /// Each life's memory in KiB.
    pub memory: &'a [u64],
    /// The most open files.
    pub files: usize,
}

impl<'a> Seen<'a> {
    /// What the sandbox holds of one sort.
    fn collection(&self, name: &str) -> &'a [Value] {
        let all = self.state.pointer(&format!("/collections/ghl/{name}"));
        all.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// What is counted over all trials.
#[derive(Clone, Copy, Debug, Default)]
pub struct Losses {
    /// Accepted events or due runs that are not there.
    pub lost: u64,
    /// Finished calls that were made again.
    pub repeated: u64,
}

/// Collects what is broken.
#[derive(Debug, Default)]
pub struct Broken {
    told: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
    /// What is counted.
    pub losses: Losses,
}

impl Broken {
    fn tell(&mut self, letter: &'static str, what: String) {
        let count = self.counts.entry(letter).or_default();
        *count += 1;
        if *count <= MOST_TOLD {
            self.told.push(format!("{letter}: {what}"));
        }
        match letter {
            "I1" | "I3" => self.losses.lost += 1,
            "I4" => self.losses.repeated += 1,
            _ => {}
        }
    }

    /// The sentences.
    pub fn into_sentences(mut self) -> Vec<String> {
        for (letter, count) in &self.counts {
            if *count > MOST_TOLD {
                self.told
                    .push(format!("{letter}: and {} more", count - MOST_TOLD));
            }
        }
        self.told
    }
}

/// Holds all promises against what was seen.
///
/// # Errors
/// The journal can't be read.
pub async fn check(seen: &Seen<'_>) -> Result<Broken, Error> {
    let mut broken = Broken::default();
    let look = Look::open(&kept::data_folder(seen.folder))?;
    events::events_are_kept(seen, &look, &mut broken).await?;
    events::each_event_has_one_run(seen, &mut broken);
    events::each_item_has_one_run(seen, &mut broken);
    calls::finished_calls_stay(seen, &mut broken);
    calls::requests_are_shown(seen, &mut broken);
    calls::unknown_calls_are_asked_about(seen, &mut broken);
    runs::runs_end(seen, &mut broken);
    runs::waits_and_queues_are_kept(seen, &mut broken);
    runs::recipes_are_kept(seen, &mut broken);
    process::file_is_sound(seen, &mut broken)?;
    process::secrets_are_nowhere(seen, &mut broken)?;
    process::bounds_hold(seen, &mut broken);
    Ok(broken)
}
