//! Connections' secrets, sealed: the old one kept until the new one has worked, and one that refreshes at a time.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::audit;
use crate::error::{JournalError, Refusal};
use crate::journal::Journal;
use crate::look::Look;
use crate::moment::Moment;
use crate::seal::{Key, Locked, Secret};

/// A secret as it is kept.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Which of the field's secrets, from 1.
    pub version: u64,
    /// The secret.
    pub secret: Secret,
    /// Whether it has worked.
    pub confirmed: bool,
    /// When it was kept.
    pub at: Timestamp,
}

/// The right to do something alone, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lease {
    /// It was given.
    Given,
    /// Somebody else has it.
    Held {
        /// Who.
        owner: String,
        /// Until when, unless given up before.
        until: Timestamp,
    },
}

/// The row that tells whether a key is the journal's own.
const CHECK: (&str, &str) = ("", "key-check");

impl Journal {
    /// Keeps a new secret beside the ones before it. `after` is the version that it replaces (0: there was none); another
    /// one refuses it. The ones before go when it is confirmed.
    pub async fn keep_secret(
        &self,
        connection: &str,
        field: &str,
        after: u64,
        secret: Secret,
        now: Timestamp,
    ) -> Result<u64, JournalError> {
        let (connection, field) = (connection.to_owned(), field.to_owned());
        let key = self.key.clone();
        self.state("rotate_secret", move |db| {
            if newest(db, &connection, &field)? != after {
                return Err(Refusal::SecretMoved(format!("{field} of {connection}")).into());
            }
            insert(db, &key, &connection, &field, after + 1, &secret, false, now)?;
            Ok(after + 1)
        })
        .await
    }

    /// Puts a secret in the place of all before it: when a person connects anew.
    pub async fn put_secret(
        &self,
        connection: &str,
        field: &str,
        secret: Secret,
        who: &str,
        now: Timestamp,
    ) -> Result<u64, JournalError> {
        let (connection, field, who) = (connection.to_owned(), field.to_owned(), who.to_owned());
        let key = self.key.clone();
        self.state("put_secret", move |db| {
            let version = newest(db, &connection, &field)? + 1;
            db.prepare_cached("DELETE FROM secrets WHERE connection = ?1 AND field = ?2")?
                .execute([&connection, &field])?;
            insert(db, &key, &connection, &field, version, &secret, true, now)?;
            audit::note(db, &who, "connection.secret", &connection, Some(&field), now)?;
            Ok(version)
        })
        .await
    }

    /// Says that a secret has worked: those before it are forgotten.
    pub async fn confirm_secret(
        &self,
        connection: &str,
        field: &str,
        version: u64,
    ) -> Result<(), JournalError> {
        let (connection, field) = (connection.to_owned(), field.to_owned());
        self.state("confirm_secret", move |db| {
            let rows = db
                .prepare_cached(
                    "UPDATE secrets SET confirmed = 1 WHERE connection = ?1 AND field = ?2 AND version = ?3",
                )?
                .execute(params![connection, field, version])?;
            if rows == 0 {
                return Err(Refusal::SecretMoved(format!("{field} of {connection}")).into());
            }
            db.prepare_cached("DELETE FROM secrets WHERE connection = ?1 AND field = ?2 AND version < ?3")?
                .execute(params![connection, field, version])?;
            Ok(())
        })
        .await
    }

    /// Forgets all of a connection's secrets.
    pub async fn forget_connection(
        &self,
        connection: &str,
        who: &str,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let (connection, who) = (connection.to_owned(), who.to_owned());
        self.state("forget_connection", move |db| {
            db.prepare_cached("DELETE FROM secrets WHERE connection = ?1 AND connection <> ''")?
                .execute([&connection])?;
            audit::note(db, &who, "connection.remove", &connection, None, now)
        })
        .await
    }

    /// The secrets kept for a field, newest first: the unconfirmed one, then the one that worked last.
    pub async fn secrets(&self, connection: &str, field: &str) -> Result<Vec<Sealed>, JournalError> {
        let (connection, field) = (connection.to_owned(), field.to_owned());
        let key = self.key.clone();
        self.look()
            .read(move |db| find(db, &key, &connection, &field))
            .await
    }

    /// Asks for the right to do something alone, such as to refresh a token: for so long, unless given up before.
    pub async fn lease(
        &self,
        name: &str,
        owner: &str,
        length: Duration,
        now: Timestamp,
    ) -> Result<Lease, JournalError> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        let until = now.checked_add(length).unwrap_or(Timestamp::MAX);
        self.state("lease", move |db| {
            let (holder, until) = db
                .prepare_cached(
                    "INSERT INTO leases (name, owner, until) VALUES (?1, ?2, ?3)
                     ON CONFLICT (name) DO UPDATE SET
                         owner = iif(until <= ?4 OR owner = ?2, ?2, owner),
                         until = iif(until <= ?4 OR owner = ?2, ?3, until)
                     RETURNING owner, until",
                )?
                .query_row(params![name, owner, Moment(until), Moment(now)], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, Moment>(1)?.0))
                })?;
            Ok(if holder == owner {
                Lease::Given
            } else {
                Lease::Held { owner: holder, until }
            })
        })
        .await
    }

    /// Gives a right up.
    pub async fn end_lease(&self, name: &str, owner: &str) -> Result<(), JournalError> {
        let (name, owner) = (name.to_owned(), owner.to_owned());
        self.state("lease", move |db| {
            let rows = db
                .prepare_cached("DELETE FROM leases WHERE name = ?1 AND owner = ?2")?
                .execute([&name, &owner])?;
            if rows == 0 {
                return Err(Refusal::NotLeased(name.clone()).into());
            }
            Ok(())
        })
        .await
    }
}

impl Look {
    /// Which connections have secrets, the fields, and since when; never the secrets.
    pub async fn sealed(&self) -> Result<Vec<(String, String, Timestamp)>, JournalError> {
        self.read(|db| {
            let rows = db
                .prepare_cached(
                    "SELECT connection, field, max(at) FROM secrets WHERE connection <> ''
                     GROUP BY connection, field ORDER BY connection, field",
                )?
                .query_map([], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get::<_, Moment>(2)?.0))
                })?
                .collect::<Result<_, _>>()?;
            Ok(rows)
        })
        .await
    }
}

/// Makes sure that the key is the one that the journal's secrets are sealed with, before anything depends on it. Where there
/// are none, another key is as good.
pub(crate) fn check_key(db: &Connection, key: &Key, now: Timestamp) -> Result<(), JournalError> {
    let (connection, field) = CHECK;
    if is_of(db, key)? {
        find(db, key, connection, field)?;
        return Ok(());
    }
    db.execute(
        "DELETE FROM secrets WHERE connection = ?1 AND field = ?2",
        [connection, field],
    )?;
    insert(
        db,
        key,
        connection,
        field,
        1,
        &Secret::new("souschef".to_owned()),
        true,
        now,
    )
}

/// Whether this key was marked as the one that secrets are sealed with.
///
/// # Errors
/// Some are sealed with another one.
pub(crate) fn is_of(db: &Connection, key: &Key) -> Result<bool, JournalError> {
    let others: Vec<String> = db
        .prepare_cached(
            "SELECT DISTINCT connection FROM secrets WHERE connection <> '' AND key_id <> ?1 ORDER BY connection",
        )?
        .query_map([key.id()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if others.is_empty() {
        let (connection, field) = CHECK;
        return Ok(db
            .prepare_cached("SELECT 1 FROM secrets WHERE connection = ?1 AND field = ?2 AND key_id = ?3")?
            .exists(params![connection, field, key.id()])?);
    }
    Err(JournalError::Key(format!(
        "the kept tokens of {} were sealed with another key than the one given; give the key that was used, or forget these \
         tokens (`souschef connections remove --all`) and connect the accounts again; events and runs stay",
        others.join(", ")
    )))
}

/// Forgets every connection's secrets, whatever key they were sealed with; which connections had some.
pub(crate) fn forget_all(db: &Connection, who: &str, now: Timestamp) -> Result<Vec<String>, JournalError> {
    let transaction = db.unchecked_transaction()?;
    let mut had: Vec<String> = transaction
        .prepare("DELETE FROM secrets RETURNING connection")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    had.retain(|connection| !connection.is_empty());
    had.sort();
    had.dedup();
    for connection in &had {
        audit::note(&transaction, who, "connection.remove", connection, None, now)?;
    }
    transaction.commit()?;
    Ok(had)
}

fn newest(db: &Connection, connection: &str, field: &str) -> Result<u64, JournalError> {
    Ok(db
        .prepare_cached("SELECT coalesce(max(version), 0) FROM secrets WHERE connection = ?1 AND field = ?2")?
        .query_row([connection, field], |row| row.get(0))?)
}

#[allow(clippy::too_many_arguments, reason = "a row's columns")]
fn insert(
    db: &Connection,
    key: &Key,
    connection: &str,
    field: &str,
    version: u64,
    secret: &Secret,
    confirmed: bool,
    now: Timestamp,
) -> Result<(), JournalError> {
    let Locked { nonce, sealed } = key.seal(&place(connection, field, version), secret)?;
    db.prepare_cached(
        "INSERT INTO secrets (connection, field, version, key_id, nonce, sealed, confirmed, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        connection,
        field,
        version,
        key.id(),
        nonce,
        sealed,
        confirmed,
        Moment(now)
    ])?;
    Ok(())
}

fn find(db: &Connection, key: &Key, connection: &str, field: &str) -> Result<Vec<Sealed>, JournalError> {
    let rows: Vec<(u64, Vec<u8>, Locked, bool, Moment)> = db
        .prepare_cached(
            "SELECT version, key_id, nonce, sealed, confirmed, at FROM secrets
             WHERE connection = ?1 AND field = ?2 ORDER BY version DESC",
        )?
        .query_map([connection, field], |row| {
            let locked = Locked {
                nonce: row.get(2)?,
                sealed: row.get(3)?,
            };
            Ok((row.get(0)?, row.get(1)?, locked, row.get(4)?, row.get(5)?))
        })?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(version, key_id, locked, confirmed, Moment(at))| {
            if key_id != key.id() {
                return Err(JournalError::Key(format!(
                    "the {field} of {connection} was sealed with another key than the one given"
                )));
            }
            Ok(Sealed {
                version,
                secret: key.open(&place(connection, field, version), &locked)?,
                confirmed,
                at,
            })
        })
        .collect()
}

/// What a secret is bound to. No part holds a NUL, so no two places are written alike.
fn place(connection: &str, field: &str, version: u64) -> String {
    format!("{connection}\0{field}\0{version}")
}
