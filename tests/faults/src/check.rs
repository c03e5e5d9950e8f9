//! The promises, held against what the sandbox received and what the journal holds. Each sentence that comes back is a
//! promise broken; the letters are those of the invariants: I1 accepted means kept, I2 one event, one run, I3 one run for
//! each polled item, I4 finished calls are not repeated, I5 no hidden requests, I6 unknown calls are asked about, I7 every
//! run comes to an end, I8 the file is sound, I9 secrets are nowhere, I10 memory and files are bounded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use souschef_journal::{Answer, Attempt, Look, RunState};

use crate::error::Error;
use crate::kept::{self, Kept};
use crate::load::Sent;
use crate::sandbox::{Entry, request};
use crate::service::CANARIES;

/// The call whose repetition does harm.
const UNSAFE: &str = "contacts.add_to_workflow";
/// The most memory of a service, in KiB: a debug build with a handful of recipes.
const MOST_MEMORY: u64 = 256 * 1024;
/// The most files that it has open: what many systems allow.
const MOST_FILES: usize = 1024;
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
    events_are_kept(seen, &look, &mut broken).await?;
    each_event_has_one_run(seen, &mut broken);
    each_item_has_one_run(seen, &mut broken);
    finished_calls_stay(seen, &mut broken);
    requests_are_shown(seen, &mut broken);
    unknown_calls_are_asked_about(seen, &mut broken);
    runs_end(seen, &mut broken);
    waits_and_queues_are_kept(seen, &mut broken);
    recipes_are_kept(seen, &mut broken);
    file_is_sound(seen, &mut broken)?;
    secrets_are_nowhere(seen, &mut broken)?;
    bounds_hold(seen, &mut broken);
    Ok(broken)
}

async fn events_are_kept(seen: &Seen<'_>, look: &Look, broken: &mut Broken) -> Result<(), Error> {
    for sent in seen.sent {
        for wrong in &sent.wrong {
            broken.tell("I1", wrong.clone());
        }
        if sent.taken.len() > 1 {
            let number = sent.number;
            broken.tell(
                "I2",
                format!("event {number} was taken as several: {:?}", sent.taken.keys()),
            );
        }
        for id in sent.taken.keys() {
            if !kept::has_event(look, id).await? {
                broken.tell(
                    "I1",
                    format!("event {} was answered 2xx as {id} and is not kept", sent.number),
                );
            }
        }
    }
    Ok(())
}

fn number_of(kept: &Kept) -> Option<&str> {
    kept.event.as_ref()?.body.get("n")?.as_str()
}

fn each_event_has_one_run(seen: &Seen<'_>, broken: &mut Broken) {
    let mut runs: HashMap<(&str, &str), u64> = HashMap::new();
    for kept in seen.kept {
        if kept.run.parent.is_none()
            && let Some(number) = number_of(kept)
        {
            *runs.entry((kept.run.recipe.as_str(), number)).or_default() += 1;
        }
    }
    for sent in seen.sent.iter().filter(|sent| !sent.taken.is_empty()) {
        let number = sent.number.to_string();
        match runs.get(&(sent.kind, number.as_str())) {
            Some(1) => {}
            Some(more) => broken.tell(
                "I2",
                format!("event {number} started {more} runs of {}", sent.kind),
            ),
            None => broken.tell("I1", format!("event {number} started no run of {}", sent.kind)),
        }
    }
    for later in seen.kept.iter().filter(|kept| kept.run.recipe == "later") {
        let children = seen
            .kept
            .iter()
            .filter(|kept| {
                kept.run
                    .parent
                    .as_ref()
                    .is_some_and(|(run, _)| *run == later.run.id)
            })
            .count();
        if later.run.state == RunState::Succeeded && children != 1 {
            broken.tell(
                "I2",
                format!("run {} called {children} runs of greet", later.run.id),
            );
        }
    }
    let mut instants = BTreeSet::new();
    for tick in seen.kept.iter().filter(|kept| kept.run.recipe == "tick") {
        let event = tick.event.as_ref();
        let instant = event.map(|event| format!("{:?} {}", event.key, event.body));
        if !instants.insert(instant.clone()) {
            broken.tell("I2", format!("{instant:?} started a run twice"));
        }
    }
}

fn collection<'a>(seen: &Seen<'a>, name: &str) -> &'a [Value] {
    let all = seen.state.pointer(&format!("/collections/ghl/{name}"));
    all.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn each_item_has_one_run(seen: &Seen<'_>, broken: &mut Broken) {
    if !seen.kept.iter().any(|kept| kept.run.recipe == "found") {
        return broken.tell("I3", "no contact was found by the poll".to_owned());
    }
    for (recipe, all) in
        std::iter::once(("found", true)).chain(seen.newcomers.iter().map(|name| (*name, false)))
    {
        let mut runs: HashMap<&str, u64> = HashMap::new();
        for kept in seen.kept.iter().filter(|kept| kept.run.recipe == recipe) {
            let id = kept
                .event
                .as_ref()
                .and_then(|event| event.body.get("id"))
                .and_then(Value::as_str);
            *runs.entry(id.unwrap_or_default()).or_default() += 1;
        }
        for contact in collection(seen, "contacts") {
            let id = contact.get("id").and_then(Value::as_str).unwrap_or_default();
            match runs.get(id) {
                Some(1) => {}
                Some(more) => broken.tell("I2", format!("{recipe} found contact {id} {more} times")),
                None if all || is_made_by_an_event(contact) => {
                    broken.tell("I3", format!("{recipe} never found contact {id}: {contact}"));
                }
                None => {}
            }
        }
    }
}

/// Whether a contact is none of the sandbox's sample: events carry their number in the address.
pub fn is_made_by_an_event(contact: &Value) -> bool {
    let email = contact.get("email").and_then(Value::as_str).unwrap_or_default();
    let name = email.split('@').next().unwrap_or_default();
    name.rsplit_once('-')
        .is_some_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether an attempt ended well, as far as its run knew at the time.
fn finished(attempt: &Attempt) -> bool {
    let well = attempt.status.is_some_and(|status| (200..300).contains(&status));
    attempt.ended_at.is_some() && !attempt.late && attempt.error.is_none() && well
}

/// The tries of each step, in their order.
fn tries(kept: &Kept) -> BTreeMap<&str, Vec<&Attempt>> {
    let mut steps: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
    for attempt in kept.attempts.iter().filter(|attempt| !attempt.looking) {
        steps.entry(attempt.path.as_str()).or_default().push(attempt);
    }
    for tries in steps.values_mut() {
        tries.sort_by_key(|attempt| attempt.number);
    }
    steps
}

fn finished_calls_stay(seen: &Seen<'_>, broken: &mut Broken) {
    for kept in seen.kept {
        for (path, tries) in tries(kept) {
            let after = tries
                .iter()
                .skip_while(|attempt| !finished(attempt))
                .skip(1)
                .count();
            if after > 0 {
                let run = &kept.run.id;
                broken.tell(
                    "I4",
                    format!("{path} of run {run} had ended and was sent {after} times more"),
                );
            }
        }
    }
    // What the other side did: each note, task, appointment and contact once, however often it was asked for.
    for (name, fields) in [
        ("notes", &["contactId", "body"][..]),
        ("tasks", &["contactId", "title"][..]),
        ("events", &["contactId", "title"][..]),
        ("contacts", &["email"][..]),
    ] {
        let mut met = BTreeSet::new();
        for thing in collection(seen, name) {
            let texts: Vec<&str> = fields
                .iter()
                .map(|field| thing.get(*field).and_then(Value::as_str).unwrap_or_default())
                .collect();
            if texts.iter().all(|text| !text.is_empty()) && !met.insert(texts.clone()) {
                broken.tell("I4", format!("there is more than one of {name} with {texts:?}"));
            }
        }
    }
}

fn shown_request(attempt: &Attempt) -> String {
    let text = |name: &str| {
        attempt
            .request
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let url = text("url");
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.find('/').and_then(|at| path.get(at..)).unwrap_or("/");
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    request(text("method"), path, query, attempt.request.get("body"))
}

/// What is asked without a run: the poll, and the provider of tokens.
fn of_no_run(operation: &str) -> bool {
    const POLLED: [&str; 4] = [
        "contacts.search",
        "opportunities.search",
        "timerex.list_contacts",
        "timerex.list_tasks",
    ];
    POLLED.contains(&operation) || operation.starts_with("oauth.")
}

fn requests_are_shown(seen: &Seen<'_>, broken: &mut Broken) {
    let mut shown: HashMap<String, u64> = HashMap::new();
    for attempt in seen.kept.iter().flat_map(|kept| &kept.attempts) {
        *shown.entry(shown_request(attempt)).or_default() += 1;
    }
    let mut received: HashMap<&str, u64> = HashMap::new();
    for entry in seen.ledger.iter().filter(|entry| !of_no_run(&entry.operation)) {
        *received.entry(&entry.request).or_default() += 1;
    }
    for (request, count) in received {
        let told = shown.get(request).copied().unwrap_or_default();
        if count > told {
            broken.tell(
                "I5",
                format!("{request} was received {count} times, and runs show {told}"),
            );
        }
    }
}

/// Whether nobody can know what became of it.
fn unknown(attempt: &Attempt) -> bool {
    let doubtful = attempt.status.is_none_or(|status| !(300..500).contains(&status));
    attempt.ended_at.is_none() || attempt.late || (attempt.error.is_some() && doubtful)
}

fn unknown_calls_are_asked_about(seen: &Seen<'_>, broken: &mut Broken) {
    let mut done: HashMap<&str, usize> = HashMap::new();
    for entry in seen
        .ledger
        .iter()
        .filter(|entry| entry.operation == UNSAFE && entry.is_done())
    {
        *done.entry(&entry.place).or_default() += 1;
    }
    let mut allowed: HashMap<String, usize> = HashMap::new();
    for kept in seen.kept {
        for (path, tries) in tries(kept) {
            let operation = kept
                .steps
                .iter()
                .find(|step| step.path == path)
                .and_then(|step| step.operation.as_deref());
            if operation != Some(UNSAFE) {
                continue;
            }
            let unknown = tries.iter().filter(|attempt| unknown(attempt)).count();
            let asked = kept
                .questions
                .iter()
                .filter(|question| question.path == path)
                .count();
            let again = kept
                .questions
                .iter()
                .filter(|question| question.path == path && question.answer == Some(Answer::Again))
                .count();
            let run = &kept.run.id;
            if unknown > asked {
                broken.tell(
                    "I6",
                    format!("{path} of run {run}: {unknown} tries of unknown outcome, asked {asked} times"),
                );
            }
            for attempt in tries {
                let shown = shown_request(attempt);
                let place = shown.split('?').next().unwrap_or_default();
                allowed.insert(place.to_owned(), 1 + again);
            }
        }
    }
    for (place, count) in done {
        let most = allowed.get(place).copied().unwrap_or_default();
        if count > most {
            broken.tell(
                "I4",
                format!("{place} was done {count} times, {most} at most was right"),
            );
        }
    }
}

fn runs_end(seen: &Seen<'_>, broken: &mut Broken) {
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

/// The words that a recipe fails with which was saved after the events that are under way had come.
pub const SAVED_LATER: &str = "the recipe that was saved later";

fn recipes_are_kept(seen: &Seen<'_>, broken: &mut Broken) {
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

fn waits_and_queues_are_kept(seen: &Seen<'_>, broken: &mut Broken) {
    for kept in seen.kept {
        // A wait counts from where the run had come to, also where it was killed before it could say so.
        let (least, since) = match kept.run.recipe.as_str() {
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
            if waited < SignedDuration::from_secs(least) {
                broken.tell(
                    "P6",
                    format!("a wait of run {} ended after {waited:#}", kept.run.id),
                );
            }
        }
    }
    let mut last: HashMap<&str, &Kept> = HashMap::new();
    for kept in seen.kept.iter().filter(|kept| kept.run.recipe == "queued") {
        let Some(key) = &kept.run.key else {
            broken.tell("queue", format!("run {} has no key", kept.run.id));
            continue;
        };
        if let Some(before) = last.insert(key, kept)
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

fn file_is_sound(seen: &Seen<'_>, broken: &mut Broken) -> Result<(), Error> {
    let file = kept::data_folder(seen.folder).join("journal.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = rusqlite::Connection::open_with_flags(file, flags)?;
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if verdict != "ok" {
        broken.tell("I8", verdict);
    }
    Ok(())
}

fn secrets_are_nowhere(seen: &Seen<'_>, broken: &mut Broken) -> Result<(), Error> {
    let mut folders = vec![seen.folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(Error::file("can't read", &folder))? {
            let path = entry.map_err(Error::file("can't read", &folder))?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).map_err(Error::file("can't read", &path))?;
            for (name, secret) in CANARIES {
                if bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
                {
                    broken.tell("I9", format!("{name} stands in {}", path.display()));
                }
            }
        }
    }
    for attempt in seen.kept.iter().flat_map(|kept| &kept.attempts) {
        let text = format!("{} {:?}", attempt.request, attempt.response);
        if CANARIES.iter().any(|(_, secret)| text.contains(secret)) {
            broken.tell("I9", format!("a secret stands in a request of {}", attempt.path));
        }
    }
    Ok(())
}

fn bounds_hold(seen: &Seen<'_>, broken: &mut Broken) {
    if let Some(most) = seen.memory.iter().max().filter(|most| **most > MOST_MEMORY) {
        broken.tell("I10", format!("the service had {most} KiB"));
    }
    if seen.files > MOST_FILES {
        broken.tell("I10", format!("the service had {} files open", seen.files));
    }
}
