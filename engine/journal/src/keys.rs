//! Keys: by them an event is known to be the same, and a run to be started by something else already.

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::JournalError;
use crate::event::NewEvent;
use crate::fault::bug;
use crate::id::EventId;
use crate::moment::Moment;
use crate::run::NewRun;

/// Takes the key for this event; tells whether nobody had it.
pub(crate) fn claim_key(
    db: &Connection,
    new: &NewEvent,
    key: &str,
    print: &[u8],
) -> Result<bool, JournalError> {
    let sql = if bug("check_then_insert") {
        "INSERT OR REPLACE INTO keys (connection, source, dedupe_key, event, fingerprint, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    } else {
        "INSERT INTO keys (connection, source, dedupe_key, event, fingerprint, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING"
    };
    let rows = db.prepare_cached(sql)?.execute(params![
        new.connection.as_deref().unwrap_or_default(),
        new.source,
        key,
        new.id,
        print,
        Moment(new.at)
    ])?;
    Ok(rows == 1)
}

/// What is left of an event's runs when those are gone that something else has started already.
pub(crate) enum Starts<'a> {
    These(Vec<&'a NewRun>),
    /// None is left, and it has nothing else to do: the event that started the first of them.
    AllBy(EventId),
}

/// Marks the key of a thing that a sender told of.
const TOLD: &[u8] = b"told";
/// Marks the key of a thing that was found.
const FOUND: &[u8] = b"found";

/// The runs of an event that nothing has started yet; from here on, this one has.
pub(crate) fn unstarted<'a>(db: &Connection, new: &'a NewEvent) -> Result<Starts<'a>, JournalError> {
    let mut left = Vec::new();
    let mut by = None;
    for run in &new.runs {
        let Some(once) = &run.once else {
            left.push(run);
            continue;
        };
        let source = format!("run {}/{}", run.recipe, run.trigger);
        let told: &[u8] = if once.told_at.is_some() { TOLD } else { FOUND };
        let rows = db
            .prepare_cached(
                "INSERT INTO keys (connection, source, dedupe_key, event, fingerprint, seen_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                run.connection,
                source,
                once.key,
                new.id,
                told,
                Moment(new.at)
            ])?;
        if rows == 1 {
            left.push(run);
            continue;
        }
        let (event, first, Moment(at)): (EventId, Vec<u8>, Moment) = db
            .prepare_cached(
                "SELECT event, fingerprint, seen_at FROM keys WHERE connection = ?1 AND source = ?2 AND dedupe_key = ?3",
            )?
            .query_row(params![run.connection, source, once.key], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        match once.told_at {
            Some(told_at) if first == TOLD || told_at > at => left.push(run),
            _ => by = by.or(Some(event)),
        }
    }
    match by {
        Some(event) if left.is_empty() && new.signal.is_none() => Ok(Starts::AllBy(event)),
        _ => Ok(Starts::These(left)),
    }
}

/// A repeat of an event that was not kept is a repeat of the one that did its work.
pub(crate) fn hand_key_to(
    db: &Connection,
    new: &NewEvent,
    key: &str,
    event: &EventId,
) -> Result<(), JournalError> {
    db.prepare_cached(
        "UPDATE keys SET event = ?4 WHERE connection = ?1 AND source = ?2 AND dedupe_key = ?3",
    )?
    .execute(params![
        new.connection.as_deref().unwrap_or_default(),
        new.source,
        key,
        event
    ])?;
    Ok(())
}

/// The event that has this one's key, and its fingerprint.
pub(crate) fn known(db: &Connection, new: &NewEvent) -> Result<Option<(EventId, Vec<u8>)>, JournalError> {
    Ok(db
        .prepare_cached(
            "SELECT event, fingerprint FROM keys WHERE connection = ?1 AND source = ?2 AND dedupe_key = ?3",
        )?
        .query_row(
            params![
                new.connection.as_deref().unwrap_or_default(),
                new.source,
                new.key.as_deref().unwrap_or_default()
            ],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?)
}
