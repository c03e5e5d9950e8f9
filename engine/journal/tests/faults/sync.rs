//! A sync that fails: the commit is not told as done, and the journal stops.

use std::ffi::OsStr;
use std::path::Path;

use crate::check::broken_promises;
use crate::process::{Told, child, command, finish};

/// A child under strace; none where strace is not there or may not trace.
pub(crate) fn traced(arguments: &[&str], folder: &Path, bug: &str) -> Option<Told> {
    let there = std::process::Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: strace is not there");
        return None;
    }
    let mut command = command(Some(OsStr::new("strace")), arguments, "accept", folder);
    Some(finish(command.env("SOUSCHEF_BUG", bug)))
}

/// How many events were told as accepted after a sync had failed.
pub(crate) fn accepted_after_failure(number: u32, bug: &str) -> Option<(usize, Told, tempfile::TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let inject = format!("inject=fdatasync,fsync:error=EIO:when={number}");
    // `when` counts for each thread: in the first ones it is opening that fails, later on the writer's commits.
    let arguments = [
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync,fsync",
        "-e",
        &inject,
    ];
    let told = traced(&arguments, folder.path(), bug)?;
    let whole = told.lines.iter().all(|line| line.starts_with("accepted "));
    assert!(
        !whole || !bug.is_empty(),
        "the failed sync {number} was told to nobody"
    );
    let failed = told.lines.iter().position(|line| line.starts_with("refused "));
    let after = failed.map_or(0, |place| {
        told.lines
            .iter()
            .skip(place)
            .filter(|line| line.starts_with("accepted "))
            .count()
    });
    Some((after, told, folder))
}

#[tokio::test]
async fn after_a_failed_sync_nothing_more_is_accepted() {
    let mut broke = 0;
    for number in [1, 2, 3, 4, 5, 6, 9, 14, 20, 27] {
        let Some((after, told, folder)) = accepted_after_failure(number, "") else {
            return;
        };
        assert_eq!(after, 0, "{:?}", told.lines);
        broke += usize::from(told.after("broken").count() > 0);
        if told.lines.iter().any(|line| line.starts_with("refused ")) {
            assert!(told.after("broken").count() > 0, "{:?}", told.lines);
        }
        // Started again, what was accepted is there, and the rest can come.
        let again = child("work", folder.path(), &[]);
        let broken: Vec<_> = broken_promises(folder.path(), &[told, again])
            .await
            .into_iter()
            .filter(|broken| !broken.starts_with("a child met"))
            .collect();
        assert!(broken.is_empty(), "{number}: {broken:#?}");
    }
    assert!(broke >= 4, "only {broke} syncs of the writer failed");
}

/// How many syncs there were for how many accepted events.
pub(crate) fn syncs(bug: &str) -> Option<(usize, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("strace");
    let log_text = log.to_str().unwrap();
    let arguments = ["-f", "-o", log_text, "-e", "trace=fdatasync,fsync"];
    let told = traced(&arguments, &folder.path().join("data"), bug)?;
    let trace = std::fs::read_to_string(log).unwrap();
    let syncs = trace.lines().filter(|line| line.contains("sync(")).count();
    Some((syncs, told.after("accepted").count()))
}

#[test]
fn each_commit_is_synced() {
    if let Some((syncs, accepted)) = syncs("") {
        assert_eq!(accepted, 40);
        assert!(syncs >= accepted, "{syncs} syncs for {accepted} events");
    }
}
