//! What is on the disk is not what was written: told, never believed, and never a panic.

use std::fs;
use std::path::Path;

use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use souschef_journal::{Journal, JournalError, Look, Options, Outcome, Page, Progress, RunFilter, RunId};
use tempfile::TempDir;

use crate::kit::{at, claim_one, journal, key, open_in, run, say, start};
use crate::runs::{begin, done};

/// A journal with twenty runs, each with an event, an attempt and an outcome that tell its number.
async fn filled() -> (TempDir, Journal, Vec<RunId>) {
    let (folder, journal) = journal().await;
    let mut ids = Vec::new();
    for number in 0..20 {
        let mut new = run();
        new.inputs = content(number);
        let id = start(&journal, new).await;
        let ticket = claim_one(&journal).await;
        let mut progress = done("a", content(number));
        progress.begins = vec![begin("b", 1)];
        say(&journal, &ticket, progress).await;
        ids.push(id);
    }
    (folder, journal, ids)
}

fn content(number: usize) -> Value {
    json!({ "number": number, "text": "long enough to be met by a flipped byte ".repeat(8) })
}

/// Reads all that there is; what is answered must be what was written.
async fn read_all(look: &Look, ids: &[RunId]) -> Result<(), JournalError> {
    for run in look
        .runs(
            RunFilter::default(),
            Page {
                limit: 1000,
                below: None,
            },
        )
        .await?
    {
        if let Some(number) = ids.iter().position(|id| *id == run.id) {
            assert_eq!(run.inputs, content(number), "believed what was never written");
        }
    }
    for (number, id) in ids.iter().enumerate() {
        if look.run(id).await?.is_none() {
            continue;
        }
        let replay = look.replay(id).await?;
        for effect in replay.effects {
            assert_eq!(
                effect.outcome,
                Outcome::Done(content(number)),
                "believed what was never written"
            );
        }
        if let Some(event) = replay.event {
            assert_eq!(
                event.body,
                json!({ "for": id }),
                "believed what was never written"
            );
        }
        look.export(id).await?;
    }
    Ok(())
}

async fn try_folder(folder: &Path, ids: &[RunId]) -> Result<(), JournalError> {
    let journal = Journal::open(folder, key(), Options::default(), at(0))?;
    read_all(journal.look(), ids).await?;
    let claims = journal.claim(100, at(9)).await?;
    for claim in claims {
        journal
            .progress(&claim.ticket, Progress::default(), at(9))
            .await?;
    }
    Ok(())
}

#[tokio::test]
async fn flipped_and_missing_bytes_are_refused_or_harmless() {
    let (folder, journal, ids) = filled().await;
    // The file and its log as they lie while the service runs.
    let live: Vec<_> = ["journal.db", "journal.db-wal"]
        .map(|name| (name, fs::read(folder.path().join(name)).unwrap()))
        .to_vec();
    read_all(journal.look(), &ids).await.unwrap();
    journal.close();
    let closed = vec![("journal.db", fs::read(folder.path().join("journal.db")).unwrap())];
    let mut rng = rand::rngs::SmallRng::seed_from_u64(7);
    let mut refused = 0;
    for round in 0..120 {
        let copy = TempDir::new().unwrap();
        let from = if round % 4 == 0 { &live } else { &closed };
        let hit = rng.random_range(0..from.len());
        for (place, (name, bytes)) in from.iter().enumerate() {
            let mut bytes = bytes.clone();
            if place == hit && !bytes.is_empty() {
                if round % 10 == 9 {
                    bytes.truncate(rng.random_range(0..bytes.len()));
                } else {
                    for _ in 0..rng.random_range(1..20) {
                        let at = rng.random_range(0..bytes.len());
                        bytes[at] ^= 1 << rng.random_range(0..8);
                    }
                }
            }
            fs::write(copy.path().join(name), bytes).unwrap();
        }
        if try_folder(copy.path(), &ids).await.is_err() {
            refused += 1;
        }
    }
    println!("{refused} of 120 damaged journals were refused");
    assert!(refused > 20, "only {refused}: the damage was not met");
}

#[tokio::test]
async fn a_row_put_in_anothers_place_is_told_and_harms_no_other_run() {
    let (folder, journal, ids) = filled().await;
    journal.close();
    let db = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    db.execute(
        "UPDATE effects SET outcome = (SELECT outcome FROM effects WHERE run = 2) WHERE run = 1",
        [],
    )
    .unwrap();
    drop(db);
    let journal = open_in(folder.path());
    let error = journal.look().replay(&ids[0]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the content of outcome a of run 1 is not what was written"
    );
    journal.look().replay(&ids[1]).await.unwrap();
    // Its driver can't go on with it, the writer goes on with the others.
    let claims = journal.claim(100, at(9)).await.unwrap();
    for claim in &claims {
        let spoiled = claim.ticket.run == ids[0];
        let answer = journal.progress(&claim.ticket, Progress::default(), at(9)).await;
        assert_eq!(answer.is_err(), spoiled, "{answer:?}");
    }
    assert_eq!(*journal.health().borrow(), souschef_journal::Health::Well);
}

#[tokio::test]
async fn damage_names_the_newest_copy() {
    let (folder, journal, _ids) = filled().await;
    let copy = journal.copy(None, at(9)).unwrap();
    journal.close();
    let file = folder.path().join("journal.db");
    let mut bytes = fs::read(&file).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..64].fill(0xFF);
    }
    fs::write(&file, &bytes).unwrap();
    let error = Journal::open(folder.path(), key(), Options::default(), at(0)).unwrap_err();
    assert!(
        matches!(&error, JournalError::Damaged { copy: Some(named), .. } if *named == copy.path),
        "{error}"
    );
    assert!(error.to_string().contains(&copy.path.display().to_string()));
    assert_eq!(fs::read(&file).unwrap(), bytes, "it was not mended in silence");
}
