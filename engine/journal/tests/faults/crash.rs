//! Killed at every named point, once in the first life and once more in the second: nothing that was told is untrue.

use std::path::Path;

use souschef_journal::fault::{POINTS, WRITES};

use crate::check::broken_promises;
use crate::process::{Told, child};

/// The writes that the child's work makes.
const WORK: &[&str] = &[
    "accept",
    "claim",
    "confirm_secret",
    "keep_recipe",
    "poll",
    "progress",
    "retain",
    "rotate_secret",
    "settle",
];

/// Lives until all is done; the first lives are cut short.
pub(crate) fn lives(folder: &Path, cuts: &[String], bug: &str) -> Vec<Told> {
    let mut told: Vec<_> = cuts
        .iter()
        .map(|cut| {
            child(
                "work",
                folder,
                &[("SOUSCHEF_KILL_AT", cut), ("SOUSCHEF_BUG", bug)],
            )
        })
        .collect();
    told.push(child("work", folder, &[("SOUSCHEF_BUG", bug)]));
    told
}

#[tokio::test]
async fn nothing_told_is_lost_and_nothing_done_is_repeated() {
    let mut points: Vec<String> = Vec::new();
    for write in WORK {
        assert!(WRITES.contains(write));
        for place in ["before_commit", "after_commit", "answered"] {
            points.push(format!("journal.{write}.{place}"));
        }
    }
    let met = |point: &&&str| !point.starts_with("journal.migrate.") && !point.starts_with("journal.backup.");
    points.extend(POINTS.iter().filter(met).map(|point| (*point).to_owned()));
    points.push("journal.migrate.before_commit".into());
    points.push("journal.migrate.after_commit".into());
    let (mut kills, mut tried) = (0, 0);
    for point in &points {
        let mut killed = false;
        for number in [1, 4] {
            let folder = tempfile::tempdir().unwrap();
            let cut = format!("{point}:{number}");
            let told = lives(folder.path(), &[cut.clone(), cut.clone()], "");
            let here = told.iter().filter(|told| told.killed).count();
            killed |= here > 0;
            kills += here;
            tried += 1;
            let broken = broken_promises(folder.path(), &told).await;
            assert!(broken.is_empty(), "{cut}: {broken:#?}");
        }
        assert!(killed, "{point} was never met");
    }
    println!(
        "{kills} kills at {} points in {tried} lives, 0 losses, 0 repeats",
        points.len()
    );
}

#[test]
fn a_copy_that_was_cut_short_has_no_name() {
    let folder = tempfile::tempdir().unwrap();
    for (point, kept) in [("journal.backup.written", 1), ("journal.backup.named", 2)] {
        let folder = folder.path().join(point);
        let cut = format!("{point}:2");
        let told = child("backup", &folder, &[("SOUSCHEF_KILL_AT", &cut)]);
        assert!(told.killed);
        let named: Vec<_> = std::fs::read_dir(folder.join("copies"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "db"))
            .collect();
        assert_eq!(named.len(), kept, "{point}");
        for copy in named {
            let verdict: String = rusqlite::Connection::open(copy)
                .unwrap()
                .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                .unwrap();
            assert_eq!(verdict, "ok");
        }
        // What was cut short is in nobody's way.
        assert!(!child("backup", &folder, &[]).killed);
    }
}
