//! Makes the file that later releases are held against: run once for a new form, before it is released, with
//! `cargo test -p souschef-journal --test stories -- --ignored write_the_newest_form`.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use rusqlite::types::Value as Cell;
use serde_json::json;
use souschef_journal::{
    NewEvent, NewWait, Next, PollCommit, Progress, RunState, Secret, SeenItem, Signal, WaitKind,
};

use crate::kit::{at, claim_one, end_as, event, journal, run, run_with, say, start};
use crate::runs::{answer, begin, done, rest_until};

#[tokio::test]
#[ignore = "makes a file"]
async fn write_the_newest_form() {
    let (folder, journal) = journal().await;
    for state in [RunState::Succeeded, RunState::Failed, RunState::Stopped] {
        let id = start(&journal, run()).await;
        let ticket = claim_one(&journal).await;
        let mut progress = done("a", json!({ "of": id }));
        progress.begins = vec![begin("a", 1)];
        progress.ends = vec![answer("a", 1, 200)];
        progress.fields = Some(json!({ "name": "Ana" }));
        say(&journal, &ticket, progress).await;
        end_as(&journal, &ticket, state).await;
    }
    let cancelled = start(&journal, run()).await;
    journal
        .cancel(&cancelled, "not wanted", "token:ana", at(4))
        .await
        .unwrap();
    start(&journal, run()).await;
    rest_until(&journal, &claim_one(&journal).await, 900_000).await;
    start(&journal, run()).await;
    let wait = NewWait {
        path: "reply".into(),
        kind: WaitKind::Event {
            event: "ghl.ContactReply".into(),
            path: None,
            condition: Some(json!({ "contact": "c1" })),
            until: None,
        },
    };
    let rest = Progress {
        waits: vec![wait],
        next: Next::Rest,
        ..Progress::default()
    };
    say(&journal, &claim_one(&journal).await, rest).await;
    start(&journal, run()).await;
    let ask = Progress {
        begins: vec![begin("sms", 1)],
        asks: vec![("sms".into(), json!({ "message": "nobody knows" }))],
        next: Next::Rest,
        ..Progress::default()
    };
    say(&journal, &claim_one(&journal).await, ask).await;
    start(&journal, run_with(souschef_journal::Mode::Queue, "c1", None)).await;
    let ticket = claim_one(&journal).await;
    say(&journal, &ticket, done("contact", json!({ "id": "c1" }))).await;
    say(
        &journal,
        &ticket,
        Progress {
            begins: vec![begin("note", 1)],
            ..Progress::default()
        },
    )
    .await;
    start(&journal, run_with(souschef_journal::Mode::Queue, "c2", None)).await;
    let offered = NewEvent {
        signal: Some(Signal::for_the_run("ghl.ContactReply", None, None)),
        ..event("reply", json!({ "text": "yes" }), vec![])
    };
    journal.accept(offered).await.unwrap();
    journal
        .accept(event("done", json!({ "for": "done" }), vec![]))
        .await
        .unwrap();
    let commit = PollCommit {
        poll: "main contacts".into(),
        version: 0,
        cursor: Some(json!({ "after": 7 })),
        seen: vec![SeenItem {
            item: "c1".into(),
            fingerprint: "f1".into(),
        }],
        events: vec![],
        at: at(5),
    };
    journal.poll(commit).await.unwrap();
    journal
        .put_secret(
            "main",
            "oauth",
            Secret::new("token one".into()),
            "token:ana",
            at(5),
        )
        .await
        .unwrap();
    journal
        .keep_secret("main", "oauth", 1, Secret::new("token two".into()), at(6))
        .await
        .unwrap();
    journal
        .lease("refresh main", "task 1", Duration::from_secs(60), at(6))
        .await
        .unwrap();
    // As it lies when the process is killed: the run that was under way is still said to be.
    let db = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    let number: u32 = db
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let file = format!("{}/tests/forms/{number:04}.sql", env!("CARGO_MANIFEST_DIR"));
    assert!(
        !fs::exists(&file).unwrap(),
        "{file} is there: a released form never changes"
    );
    fs::write(file, dump(&db)).unwrap();
}

fn dump(db: &rusqlite::Connection) -> String {
    let mut text =
        String::from("-- A journal of this form, made by `write_the_newest_form` (stories/form.rs).\n");
    for pragma in ["application_id", "user_version"] {
        let value: i64 = db.pragma_query_value(None, pragma, |row| row.get(0)).unwrap();
        writeln!(text, "PRAGMA {pragma} = {value};").unwrap();
    }
    text.push_str("PRAGMA journal_mode = WAL;\nBEGIN;\n");
    let mut schema = db
        .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
        .unwrap();
    let parts: Vec<(String, String, String)> = schema
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (_, _, sql) in &parts {
        writeln!(text, "{sql};").unwrap();
    }
    for (_, table, _) in parts.iter().filter(|(kind, ..)| kind == "table") {
        let mut rows = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<_> = (0..columns)
                .map(|column| quote(row.get(column).unwrap()))
                .collect();
            writeln!(text, "INSERT INTO {table} VALUES ({});", cells.join(", ")).unwrap();
        }
    }
    text.push_str("COMMIT;\n");
    text
}

fn quote(cell: Cell) -> String {
    match cell {
        Cell::Null => "NULL".into(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Cell::Blob(bytes) => format!(
            "x'{}'",
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        ),
    }
}
