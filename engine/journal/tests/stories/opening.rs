//! Whose journal it is, who may have it, and which forms are understood.

use std::fs;
use std::path::Path;

use serde_json::json;
use souschef_journal::{
    Accepted, Health, Journal, JournalError, Key, Look, Options, Outcome, Page, RunFilter, RunId, RunState,
    Secret,
};
use tempfile::TempDir;

use crate::kit::{at, claim_one, end, event, journal, key, open_in, run, start};

fn open(folder: &Path) -> Result<Journal, JournalError> {
    Journal::open(folder, key(), Options::default(), at(0))
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_data_folder() {
    use std::os::unix::fs::PermissionsExt;
    let outer = TempDir::new().unwrap();
    let folder = outer.path().join("deep/.souschef");
    let journal = open_in(&folder);
    crate::kit::keep_recipe(&journal, "h1", "welcome").await;
    start(&journal, run()).await;
    journal.copy(None, at(9)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for place in [folder.clone(), folder.join("copies")] {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files += 1;
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            } else {
                assert_eq!(mode(&path), 0o700, "{}", path.display());
            }
        }
    }
    assert!(
        files >= 6,
        "the journal, its log and index, the lock, the reserve, a copy: {files}"
    );
    // A folder that was left open is closed.
    journal.close();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    open_in(&folder);
    assert_eq!(mode(&folder), 0o700);
}

#[tokio::test]
async fn a_second_one_is_refused_and_told_who_has_it_and_may_look() {
    let (folder, journal) = journal().await;
    let id = start(&journal, run()).await;
    let error = open(folder.path()).unwrap_err();
    let path = folder.path().display();
    assert_eq!(
        error.to_string(),
        format!(
            "the data folder {path} is in use by process {}; only one souschef may have it",
            std::process::id()
        )
    );
    let look = Look::open(folder.path()).unwrap();
    assert_eq!(look.run(&id).await.unwrap().unwrap().state, RunState::Queued);
    journal.close();
    open(folder.path()).unwrap();
}

#[tokio::test]
async fn while_another_program_holds_the_file_nothing_is_taken_and_nothing_lost() {
    let (folder, journal) = journal().await;
    let other = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let held = journal.accept(event("k", json!(1), vec![run()])).await;
    assert_eq!(held, Err(JournalError::Blocked));
    assert_eq!(*journal.health().borrow(), Health::Well);
    other.execute_batch("ROLLBACK").unwrap();
    let accepted = journal.accept(event("k", json!(1), vec![run()])).await.unwrap();
    assert!(matches!(accepted, Accepted::New { .. }), "{accepted:?}");
}

#[test]
fn what_is_not_ours_is_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("journal.db");
    let foreign = folder.path().join("foreign");
    rusqlite::Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE notes (text)")
        .unwrap();
    for bytes in [
        b"Dear diary, this is not a database at all.".repeat(40),
        fs::read(&foreign).unwrap(),
    ] {
        fs::write(&file, &bytes).unwrap();
        let error = open(folder.path()).unwrap_err();
        assert!(matches!(error, JournalError::NotOurs { .. }), "{error}");
        assert_eq!(fs::read(&file).unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_newer_journal_is_refused_untouched() {
    let (folder, journal) = journal().await;
    journal.close();
    let file = folder.path().join("journal.db");
    rusqlite::Connection::open(&file)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let bytes = fs::read(&file).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} was written by a newer souschef (journal version 99, this one knows 3); it was left as it is",
            file.display()
        )
    );
    assert!(matches!(
        Look::open(folder.path()),
        Err(JournalError::Newer { .. })
    ));
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[tokio::test]
async fn another_key_is_told_at_the_start() {
    let (folder, journal) = journal().await;
    let run = start(&journal, run()).await;
    let secret = || Secret::new("a token".to_owned());
    for (connection, field) in [("main", "grant"), ("bakery", "grant"), ("bakery", "token")] {
        let put = journal.put_secret(connection, field, secret(), "ana", at(0));
        put.await.unwrap();
    }
    journal.close();
    let other = Key::generate();
    let refused = |error: JournalError| {
        assert!(matches!(error, JournalError::Key(_)), "{error}");
        let told = "the kept tokens of bakery, main were sealed with another key";
        assert!(error.to_string().contains(told), "{error}");
    };
    refused(Journal::open(folder.path(), other.clone(), Options::default(), at(0)).unwrap_err());
    refused(Journal::examine(folder.path(), &other).unwrap_err());
    Journal::examine(folder.path(), &key()).unwrap();

    // The key is lost: the tokens are given up, what was accepted is not.
    let forgotten = Journal::forget_secrets(folder.path(), "ana", at(1)).unwrap();
    assert_eq!(forgotten, ["bakery", "main"]);
    Journal::examine(folder.path(), &other).unwrap();
    let journal = Journal::open(folder.path(), other, Options::default(), at(2)).unwrap();
    assert_eq!(journal.secrets("main", "grant").await.unwrap().len(), 0);
    assert!(journal.look().run(&run).await.unwrap().is_some());
    journal
        .put_secret("main", "grant", secret(), "ana", at(3))
        .await
        .unwrap();
    journal.close();
    let error = open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("tokens of main"), "{error}");
}

#[tokio::test]
async fn a_journal_without_tokens_takes_any_key() {
    let (folder, journal) = journal().await;
    journal.close();
    let other = Key::generate();
    Journal::examine(folder.path(), &other).unwrap();
    Journal::open(folder.path(), other.clone(), Options::default(), at(0))
        .unwrap()
        .close();
    let journal = Journal::open(folder.path(), other, Options::default(), at(1)).unwrap();
    assert!(journal.secrets("main", "grant").await.unwrap().is_empty());
}

/// Each released form, as it was: runs in each state, a wait, an offer, a question, a poll, secrets.
#[tokio::test]
async fn each_form_opens_and_its_runs_go_on() {
    for form in [
        include_str!("../forms/0001.sql"),
        include_str!("../forms/0002.sql"),
        include_str!("../forms/0003.sql"),
    ] {
        opens_and_goes_on(form).await;
    }
}

async fn opens_and_goes_on(form: &str) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("journal.db");
    let old = rusqlite::Connection::open(&file).unwrap();
    old.execute_batch(form).unwrap();
    drop(old);

    let journal = open_in(folder.path());
    let look = journal.look();
    let mut states: Vec<_> = look.runs(RunFilter::default(), Page::default()).await.unwrap();
    states.reverse();
    let words: Vec<_> = states.iter().map(|run| run.state.word()).collect();
    assert_eq!(
        words,
        [
            "succeeded",
            "failed",
            "stopped",
            "cancelled",
            "waiting",
            "waiting",
            "needs_attention",
            "queued",
            "queued"
        ]
    );
    let running: RunId = states[7].id.clone();
    let replay = look.replay(&running).await.unwrap();
    assert_eq!(replay.effects[0].outcome, Outcome::Done(json!({ "id": "c1" })));
    assert_eq!(replay.attempts.len(), 1, "one that nobody knows the end of");
    assert_eq!(look.questions(Page::default()).await.unwrap().len(), 1);
    assert_eq!(
        look.poll("main contacts").await.unwrap().cursor,
        Some(json!({ "after": 7 }))
    );
    assert_eq!(
        look.seen("main contacts", vec!["c1".into()]).await.unwrap()["c1"],
        "f1"
    );
    let kept = journal.secrets("main", "oauth").await.unwrap();
    assert_eq!(kept.len(), 2, "the old token and the one that has not worked yet");
    assert_eq!(kept[0].secret.reveal(), "token two");

    // The claimed ones: the offer's, the one that was running, the one that was queued.
    let mut claims = journal.claim(10, at(500)).await.unwrap();
    assert_eq!(claims.len(), 3);
    for claim in claims.drain(..) {
        end(&journal, &claim.ticket).await;
    }
    journal.settle(at(1_000_000), 10).await.unwrap();
    let ticket = claim_one(&journal).await;
    end(&journal, &ticket).await;
    let again = journal
        .accept(event("done", json!({ "for": "done" }), vec![]))
        .await
        .unwrap();
    assert!(matches!(again, Accepted::Duplicate { .. }), "{again:?}");
}
