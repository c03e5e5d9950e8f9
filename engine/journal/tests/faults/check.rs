//! Holds what children were told against what the journal holds.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use souschef_journal::{Page, RunFilter, RunState};

use crate::child::{event, open};
use crate::process::Told;

/// Every promise that was broken, in words. `told`: each child's lines, in the order in which they lived.
pub(crate) async fn broken_promises(folder: &Path, told: &[Told]) -> Vec<String> {
    let mut broken = Vec::new();
    let journal = match open(folder) {
        Ok(journal) => journal,
        Err(error) => return vec![format!("it does not open: {error}")],
    };
    let look = journal.look();
    let lines = || told.iter().flat_map(|told| told.lines.iter());
    let after =
        |word: &'static str| lines().filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' '));
    for line in after("error") {
        broken.push(format!("a child met: {line}"));
    }
    for line in after("accepted") {
        let (key, id) = line.split_once(' ').unwrap();
        let runs = look.runs_of(&id.into()).await.unwrap();
        match look.event(&id.into()).await.unwrap() {
            Some(_) if runs.len() == 1 => {}
            Some(_) => broken.push(format!("{key} has {} runs", runs.len())),
            None => broken.push(format!("{key} was accepted and is not there")),
        }
    }
    // What a poll says it has seen has its event.
    let items: Vec<String> = (0..8).map(|number| format!("i{number}")).collect();
    for item in look.seen("poll", items).await.unwrap().keys() {
        let accepted = journal.accept(event(item, vec![])).await.unwrap();
        if !matches!(accepted, souschef_journal::Accepted::Duplicate { .. }) {
            broken.push(format!("item {item} was seen and started nothing"));
        }
    }
    // A step whose outcome was fed is not sent again; what was sent has its attempt.
    let mut fed = HashSet::new();
    let mut sent: HashMap<&str, usize> = HashMap::new();
    for line in lines() {
        if let Some(step) = line.strip_prefix("fed ")
            && !fed.insert(step)
        {
            broken.push(format!("{step} was fed twice"));
        }
        if let Some(step) = line.strip_prefix("sent ") {
            if fed.contains(step) {
                broken.push(format!("{step} was sent after it was done"));
            }
            *sent.entry(step).or_default() += 1;
        }
    }
    for (step, count) in sent {
        let (run, path) = step.split_once(' ').unwrap();
        let attempts = look.attempts(&run.into()).await.unwrap();
        let kept = attempts.iter().filter(|attempt| attempt.path == path).count();
        if kept < count {
            broken.push(format!("{step} was sent {count} times and has {kept} attempts"));
        }
    }
    // All runs have ended, or wait for a person because nobody knows what became of a request.
    for run in look
        .runs(
            RunFilter::default(),
            Page {
                limit: 1000,
                below: None,
            },
        )
        .await
        .unwrap()
    {
        let unknown = look
            .attempts(&run.id)
            .await
            .unwrap()
            .iter()
            .any(|attempt| attempt.ended_at.is_none());
        let well = match run.state {
            RunState::Succeeded => !unknown,
            RunState::NeedsAttention => unknown,
            // It waits for the run that it called, which waits for a person.
            RunState::Waiting => look.waits(&run.id).await.unwrap().is_empty(),
            _ => false,
        };
        if !well {
            broken.push(format!(
                "run {} stands as {} in the end",
                run.id,
                run.state.word()
            ));
        }
    }
    for line in after("ended") {
        let run = look.run(&line.into()).await.unwrap();
        if run.is_none_or(|run| run.state != RunState::Succeeded) {
            broken.push(format!("run {line} was said to have ended"));
        }
    }
    // The newest token that was told is there, and one that has worked.
    if let Some(version) = after("token").filter_map(|text| text.parse::<u64>().ok()).max() {
        let kept = journal.secrets("main", "oauth").await.unwrap();
        if kept.first().is_none_or(|kept| kept.version < version) {
            broken.push(format!("token {version} is gone"));
        }
        for kept in &kept {
            if kept.secret.reveal() != format!("t{}", kept.version) {
                broken.push(format!("token {} is another", kept.version));
            }
        }
    }
    broken
}
