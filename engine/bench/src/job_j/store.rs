//! The ceiling's journal: SQLite with the settings of the engine's, one writer thread with group commit.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::Error;

/// How many writes share a commit at most.
const LARGEST_GROUP: usize = 256;

/// A webhook that came.
pub(super) struct Came {
    pub(super) run: String,
    pub(super) delivery: String,
    pub(super) body: Vec<u8>,
}

/// A request that is about to leave.
pub(super) struct Begun {
    pub(super) step: u32,
    pub(super) request: String,
}

/// What is written in one piece.
pub(super) enum Write {
    /// The event with its run.
    Came(Came),
    /// A request's answer and the next one's begin; without a next one, the run's end.
    Went {
        run: String,
        ended: Option<(u32, String)>,
        begun: Option<Begun>,
    },
}

struct Job {
    write: Write,
    reply: oneshot::Sender<bool>,
}

/// The way to the writer thread.
pub(super) struct Store(Sender<Job>);

impl Store {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let db = Connection::open(path)?;
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "wal_autocheckpoint", 1000)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        db.set_prepared_statement_cache_capacity(32);
        db.execute_batch(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, delivery TEXT NOT NULL UNIQUE, body BLOB NOT NULL,
                 at INTEGER NOT NULL) STRICT;
             CREATE TABLE runs (id TEXT PRIMARY KEY, event INTEGER NOT NULL, accepted_at INTEGER NOT NULL,
                 ended_at INTEGER) STRICT, WITHOUT ROWID;
             CREATE TABLE attempts (run TEXT NOT NULL, step INTEGER NOT NULL, request TEXT NOT NULL,
                 began_at INTEGER NOT NULL, answer TEXT, ended_at INTEGER, PRIMARY KEY (run, step)) STRICT, WITHOUT ROWID;",
        )?;
        let (sender, jobs) = channel();
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                if let Err(error) = serve(&db, &jobs) {
                    tracing::error!(%error, "the store has stopped");
                }
            })?;
        Ok(Self(sender))
    }

    /// Returns once it is on the disk; false where the event was there before.
    pub(super) async fn write(&self, write: Write) -> Result<bool, Error> {
        let gone = || Error::Load("the store has stopped".to_owned());
        let (reply, answer) = oneshot::channel();
        self.0.send(Job { write, reply }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

fn serve(db: &Connection, jobs: &Receiver<Job>) -> Result<(), rusqlite::Error> {
    while let Ok(first) = jobs.recv() {
        let group = std::iter::once(first).chain(jobs.try_iter().take(LARGEST_GROUP - 1));
        db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut done = Vec::new();
        for job in group {
            done.push((job.reply, write(db, &job.write)?));
        }
        db.prepare_cached("COMMIT")?.execute([])?;
        for (reply, new) in done {
            // Whoever asked may have gone; the write stands all the same.
            let _ = reply.send(new);
        }
    }
    Ok(())
}

fn write(db: &Connection, write: &Write) -> Result<bool, rusqlite::Error> {
    let now = jiff::Timestamp::now().as_millisecond();
    match write {
        Write::Came(came) => {
            let new = db
                .prepare_cached(
                    "INSERT INTO events (delivery, body, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute(params![came.delivery, came.body, now])?;
            if new == 0 {
                return Ok(false);
            }
            db.prepare_cached("INSERT INTO runs (id, event, accepted_at) VALUES (?1, ?2, ?3)")?
                .execute(params![came.run, db.last_insert_rowid(), now])?;
        }
        Write::Went { run, ended, begun } => {
            if let Some((step, answer)) = ended {
                db.prepare_cached(
                    "UPDATE attempts SET answer = ?3, ended_at = ?4 WHERE run = ?1 AND step = ?2",
                )?
                .execute(params![run, step, answer, now])?;
            }
            match begun {
                Some(Begun { step, request }) => db
                    .prepare_cached(
                        "INSERT INTO attempts (run, step, request, began_at) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![run, step, request, now])?,
                None => db
                    .prepare_cached("UPDATE runs SET ended_at = ?2 WHERE id = ?1")?
                    .execute(params![run, now])?,
            };
        }
    }
    Ok(true)
}
