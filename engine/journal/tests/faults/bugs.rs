//! Mistakes put in on purpose: each is found by the checks that find nothing otherwise.

use souschef_journal::fault::BUGS;

use crate::check::broken_promises;
use crate::crash::lives;
use crate::process::{Told, child};
use crate::sync::{accepted_after_failure, syncs};

fn act(act: &str, bug: &str) -> Told {
    let folder = tempfile::tempdir().unwrap();
    child(act, folder.path(), &[("SOUSCHEF_BUG", bug)])
}

async fn cut(point: &str, bug: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let told = lives(folder.path(), &[point.to_owned()], bug);
    broken_promises(folder.path(), &told).await
}

/// Whether the check made for it finds a mistake; none where the check can't be made here.
async fn found(bug: &str, put_in: &str) -> Option<bool> {
    Some(match bug {
        "ack_before_commit" => !cut("journal.accept.before_commit:3", put_in).await.is_empty(),
        "cursor_committed_first" => !cut("journal.poll.between:2", put_in).await.is_empty(),
        "state_without_effect" => !cut("journal.progress.after_commit:12", put_in).await.is_empty(),
        "synchronous_normal" => {
            let (syncs, accepted) = syncs(put_in)?;
            syncs < accepted
        }
        "go_on_after_failed_sync" => {
            let mut found = false;
            for number in [5, 9, 14] {
                found |= accepted_after_failure(number, put_in)?.0 > 0;
            }
            found
        }
        "check_then_insert" => act("race", put_in).after("new").count() != 1,
        "forget_recipe_hash" => act("text", put_in).after("text").ne(["text of h1"]),
        "late_answer_as_newer" => act("late", put_in).after("outcomes").ne(["0"]),
        "overtake_queue" => act("queue", put_in).after("turn").ne(["0", "1", "2", "3"]),
        "drop_offer" => act("offer", put_in).after("seen").ne(["true"]),
        "forget_lock" => act("second", put_in).after("second").ne(["false"]),
        other => panic!("no check finds {other}"),
    })
}

#[tokio::test]
async fn each_mistake_is_found_and_nothing_is_found_without() {
    for bug in BUGS {
        let Some(with) = found(bug, bug).await else {
            println!("skipped: {bug}");
            continue;
        };
        assert!(with, "{bug} was not found");
        assert_eq!(
            found(bug, "").await,
            Some(false),
            "{bug} was found where it is not"
        );
        println!("found: {bug}");
    }
}
