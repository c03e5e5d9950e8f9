//! The journal's forms: forward only, one transaction each, a verified copy kept before.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::backup;
use crate::error::JournalError;
use crate::fault::point;
use crate::folder::copies;

/// Written into the file's head: this is a souschef journal ("sous").
pub(crate) const APPLICATION_ID: i32 = 0x736f_7573;

/// Each form, by the statements that make it of the one before. A released one is never changed.
pub(crate) const FORMS: &[&str] = &[
    include_str!("../migrations/0001.sql"),
    include_str!("../migrations/0002.sql"),
    include_str!("../migrations/0003.sql"),
];

/// Brings the journal to the newest form.
pub(crate) fn migrate(
    connection: &Connection,
    folder: &Path,
    forms: &[&str],
    now: Timestamp,
) -> Result<(), JournalError> {
    let found = version(connection)?;
    let done = usize::try_from(found).unwrap_or(usize::MAX);
    if done > 0 && done < forms.len() {
        point("journal.migrate.before_copy");
        let stamp = now.strftime("%Y%m%dT%H%M%S");
        let name = copies(folder).join(format!("before-form-{}-{stamp}.db", done + 1));
        backup::copy(connection, &name)?;
        point("journal.migrate.copied");
        tracing::info!(copy = %name.display(), from = found, "the journal is brought to a newer form");
    }
    for (statements, number) in forms.iter().zip(1_u32..).skip(done) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let made = connection.execute_batch(statements).and_then(|()| {
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            connection.pragma_update(None, "user_version", number)?;
            point("journal.migrate.before_commit");
            connection.execute_batch("COMMIT")
        });
        if let Err(error) = made {
            // Where SQLite has rolled back by itself there is nothing left to roll back.
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            return Err(error.into());
        }
        point("journal.migrate.after_commit");
    }
    Ok(())
}

/// Which form the file has; 0 for a new one.
pub(crate) fn version(connection: &Connection) -> Result<u32, JournalError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(folder: &Path) -> Connection {
        Connection::open(folder.join("journal.db")).unwrap()
    }

    fn count(connection: &Connection) -> i64 {
        connection
            .query_row("SELECT count(*) FROM recipes", [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_newer_form_comes_with_a_copy_of_the_older() {
        let folder = tempfile::tempdir().unwrap();
        let connection = journal(folder.path());
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        migrate(&connection, folder.path(), FORMS, now).unwrap();
        assert!(
            !copies(folder.path()).exists(),
            "a new journal has nothing to copy"
        );
        connection
            .execute("INSERT INTO recipes VALUES ('h', 'welcome', 'text', 1)", [])
            .unwrap();

        let next = [FORMS, &["ALTER TABLE recipes ADD COLUMN seen INTEGER"]].concat();
        migrate(&connection, folder.path(), &next, now).unwrap();
        migrate(&connection, folder.path(), &next, now).unwrap();
        assert_eq!(version(&connection).unwrap() as usize, next.len());
        assert_eq!(count(&connection), 1);
        let found: Vec<_> = std::fs::read_dir(copies(folder.path()))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(found.len(), 1);
        let copy = Connection::open(found[0].path()).unwrap();
        assert_eq!((version(&copy).unwrap() as usize, count(&copy)), (FORMS.len(), 1));
    }

    #[test]
    fn a_form_that_fails_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let connection = journal(folder.path());
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        migrate(&connection, folder.path(), FORMS, now).unwrap();
        let next = [FORMS, &["DROP TABLE leases; ALTER TABLE nowhere ADD COLUMN x"]].concat();
        assert!(migrate(&connection, folder.path(), &next, now).is_err());
        assert_eq!(version(&connection).unwrap() as usize, FORMS.len());
        connection
            .query_row("SELECT count(*) FROM leases", [], |_| Ok(()))
            .unwrap();
    }
}
