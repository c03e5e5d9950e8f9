//! Tokens: sealed, bound to their place, the old one kept until the new one has worked, refreshed by one at a time.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use souschef_journal::{JournalError, Key, KeyPlace, Lease, Refusal, Secret};
use tempfile::TempDir;

use crate::kit::{KEY, at, journal, open_in};

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

async fn texts(journal: &souschef_journal::Journal) -> Vec<(u64, String, bool)> {
    let kept = journal.secrets("main", "oauth").await.unwrap();
    kept.into_iter()
        .map(|kept| (kept.version, kept.secret.reveal().to_owned(), kept.confirmed))
        .collect()
}

#[tokio::test]
async fn the_old_token_is_kept_until_the_new_one_has_worked() {
    let (folder, journal) = journal().await;
    assert_eq!(
        journal
            .put_secret("main", "oauth", secret("one"), "ana", at(1))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        journal
            .keep_secret("main", "oauth", 1, secret("two"), at(2))
            .await
            .unwrap(),
        2
    );
    journal.close();
    let journal = open_in(folder.path());
    assert_eq!(
        texts(&journal).await,
        [(2, "two".into(), false), (1, "one".into(), true)]
    );
    // Another one that refreshed the first too comes too late.
    let late = journal
        .keep_secret("main", "oauth", 1, secret("other"), at(3))
        .await;
    assert_eq!(
        late,
        Err(JournalError::Refused(Refusal::SecretMoved(
            "oauth of main".into()
        )))
    );
    journal.confirm_secret("main", "oauth", 2).await.unwrap();
    assert_eq!(texts(&journal).await, [(2, "two".into(), true)]);
    // Connecting anew replaces all; removing forgets all.
    assert_eq!(
        journal
            .put_secret("main", "oauth", secret("three"), "ana", at(4))
            .await
            .unwrap(),
        3
    );
    assert_eq!(texts(&journal).await, [(3, "three".into(), true)]);
    assert_eq!(
        journal.look().sealed().await.unwrap(),
        [("main".into(), "oauth".into(), at(4))]
    );
    journal.forget_connection("main", "ana", at(5)).await.unwrap();
    assert!(texts(&journal).await.is_empty());
    assert!(journal.look().sealed().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_secret_opens_in_its_own_place_only_and_lies_nowhere_in_the_clear() {
    let (folder, journal) = journal().await;
    let canary = "canary-7f3a91";
    journal
        .put_secret("main", "oauth", secret(canary), "ana", at(1))
        .await
        .unwrap();
    journal
        .put_secret("other", "oauth", secret("else"), "ana", at(1))
        .await
        .unwrap();
    let kept = journal.secrets("main", "oauth").await.unwrap();
    assert!(!format!("{kept:?} {journal:?}").contains(canary));
    journal.copy(None, at(2)).unwrap();
    journal.close();
    let mut searched = 0;
    for place in [folder.path().to_owned(), folder.path().join("copies")] {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                searched += 1;
                let bytes = fs::read(&path).unwrap();
                let found = bytes
                    .windows(canary.len())
                    .any(|window| window == canary.as_bytes());
                assert!(!found, "in the clear in {}", path.display());
            }
        }
    }
    assert!(searched >= 3);
    let db = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    db.execute_batch(
        "UPDATE secrets SET (nonce, sealed) = (SELECT nonce, sealed FROM secrets s WHERE s.connection = 'main')
         WHERE connection = 'other'",
    )
    .unwrap();
    drop(db);
    let journal = open_in(folder.path());
    assert!(matches!(
        journal.secrets("other", "oauth").await,
        Err(JournalError::Spoiled(_))
    ));
    assert_eq!(
        journal.secrets("main", "oauth").await.unwrap()[0].secret.reveal(),
        canary
    );
}

#[tokio::test]
async fn one_of_many_is_given_the_lease_and_a_dead_ones_runs_out() {
    let (_folder, journal) = journal().await;
    let journal = Arc::new(journal);
    let minute = Duration::from_secs(60);
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let journal = Arc::clone(&journal);
            tokio::spawn(async move {
                journal
                    .lease("refresh main", &format!("task {number}"), minute, at(0))
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut given = 0;
    for task in tasks {
        given += u32::from(task.await.unwrap() == Lease::Given);
    }
    assert_eq!(given, 1);
    let held = journal
        .lease("refresh main", "late", minute, at(59))
        .await
        .unwrap();
    let Lease::Held { owner, until } = held else {
        panic!("{held:?}")
    };
    assert_eq!(until, at(60));
    assert!(journal.end_lease("refresh main", "late").await.is_err());
    assert_eq!(
        journal
            .lease("refresh main", "late", minute, at(60))
            .await
            .unwrap(),
        Lease::Given
    );
    assert!(
        journal.end_lease("refresh main", &owner).await.is_err(),
        "it was taken over"
    );
    journal.end_lease("refresh main", "late").await.unwrap();
    assert_eq!(
        journal
            .lease("refresh main", "next", minute, at(61))
            .await
            .unwrap(),
        Lease::Given
    );
}

#[cfg(unix)]
#[test]
fn the_key_comes_from_one_of_three_places() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let given = KeyPlace {
        text: Some(secret(KEY)),
        file: None,
    };
    assert!(given.find(&data).unwrap().1.is_none());
    for wrong in ["", "abc", &KEY[1..], &KEY.replace('0', "g"), &"é".repeat(32)] {
        let place = KeyPlace {
            text: Some(secret(wrong)),
            file: None,
        };
        let error = place.find(&data).unwrap_err().to_string();
        assert!(
            error.starts_with("SOUSCHEF_KEY is no key: it must be 64 hex digits"),
            "{error}"
        );
        assert!(wrong.is_empty() || !error.contains(wrong));
    }
    assert!(!data.exists());

    // Beside the data: made once, closed to others, with a notice.
    let (_, notice) = KeyPlace::default().find(&data).unwrap();
    assert!(notice.unwrap().contains("SOUSCHEF_KEY_FILE"));
    let file = data.join("key");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    KeyPlace::default().find(&data).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), text);

    let by_file = KeyPlace {
        text: None,
        file: Some(file.clone()),
    };
    assert!(by_file.find(&data).unwrap().1.is_none());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let error = by_file.find(&data).unwrap_err().to_string();
    assert!(error.contains("can be read by others (mode 640)"), "{error}");
    let missing = KeyPlace {
        text: None,
        file: Some(folder.path().join("none")),
    };
    assert!(missing.find(&data).is_err());
    assert!(Key::read(&format!(" {KEY}\n")).is_some());
}
