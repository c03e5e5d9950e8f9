//! The file, opened: which library, whose file, which settings, and whether all is well with it.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{JournalError, damaged};
use crate::fault;
use crate::folder::{create_closed, journal_file, newest_copy, sync_folder};
use crate::migrate::{APPLICATION_ID, FORMS, version};

/// The oldest SQLite without the WAL reset fault (sqlite.org/wal.html).
const OLDEST_LIBRARY: i32 = 3_051_003;
/// How long another program's lock on the file is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the journal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It keeps what it is given.
    Well,
    /// The disk is full: no new work is taken, what is under way is written down while the reserve lasts.
    Full,
    /// A write or sync failed: nothing is taken any more, the process must stop.
    Broken(String),
    /// It was closed.
    Closed,
}

/// Opens the writing connection: the file is made where there is none, and refused where it is not ours or not whole.
pub(crate) fn open_writer(folder: &Path) -> Result<Connection, JournalError> {
    let linked = rusqlite::version_number();
    if linked < OLDEST_LIBRARY {
        return Err(JournalError::OldLibrary {
            found: rusqlite::version().to_owned(),
        });
    }
    let path = journal_file(folder);
    if !path.exists() {
        drop(create_closed(&path, false)?);
        sync_folder(folder)?;
        fault::point("journal.open.created");
    }
    // Looked at through a connection that can't write: what is not ours is left untouched.
    look_at(&path)?;
    let connection = Connection::open_with_flags(
        &path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settings(&connection)?;
    // Whether it took is seen by the readers' connections: SQLite answers "wal" here even where a write failed.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    let sync = if fault::bug("synchronous_normal") {
        "NORMAL"
    } else {
        "FULL"
    };
    connection.pragma_update(None, "synchronous", sync)?;
    // Checkpoints are the writer thread's own, since SQLite swallows the errors of automatic ones.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    whole(&connection)?;
    Ok(connection)
}

/// Opens a connection that reads beside the writer.
pub(crate) fn open_reader(folder: &Path) -> Result<Connection, JournalError> {
    let connection = open_to_look(folder)?;
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        let why = format!("its file could not be given a write-ahead log (it is in {mode} mode)");
        return Err(JournalError::Broken(why));
    }
    Ok(connection)
}

/// Opens a connection that reads, whether a service is there or not. A copy that was put in the journal's place has its
/// write-ahead log only once a service has opened it.
pub(crate) fn open_to_look(folder: &Path) -> Result<Connection, JournalError> {
    let path = journal_file(folder);
    let connection = Connection::open_with_flags(
        &path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settings(&connection)?;
    Ok(connection)
}

/// Refuses what is not a journal, or one of a later release.
pub(crate) fn look_at(path: &Path) -> Result<u32, JournalError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(PATIENCE)?;
    let not_ours = |why: String| JournalError::NotOurs {
        path: path.to_owned(),
        why,
    };
    let application: i32 = match connection.pragma_query_value(None, "application_id", |row| row.get(0)) {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(not_ours("it is no database".to_owned()));
        }
        found => found?,
    };
    let found = version(&connection)?;
    if application != APPLICATION_ID {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if application != 0 || found != 0 || tables != 0 {
            return Err(not_ours("it is another program's database".to_owned()));
        }
    }
    let known = u32::try_from(FORMS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(JournalError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(found)
}

fn settings(connection: &Connection) -> Result<(), JournalError> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Without this, a statement whose plan could depend on a bound value is prepared anew each time one is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection
        .pragma_update_and_check(None, "mmap_size", 0, |_| Ok(()))
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            error => Err(error),
        })?;
    Ok(())
}

/// Reads the structure through before anything is built on it.
pub(crate) fn whole(connection: &Connection) -> Result<(), JournalError> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(damaged(verdict))
    }
}

/// Names the newest copy in an error that tells of damage.
pub(crate) fn name_copy(error: JournalError, folder: &Path) -> JournalError {
    match error {
        JournalError::Damaged { what, .. } => JournalError::Damaged {
            what,
            copy: newest_copy(folder),
        },
        other => other,
    }
}
