//! Copies of the journal, made while it is in use and read through before they get their name.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::error::{JournalError, damaged, file_error};
use crate::fault::point;
use crate::folder::{copies, create_closed, create_closed_folder, sync_folder};

/// A copy that was made and read through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Copies what the connection sees at one moment. The name appears only once the copy is whole and on the disk.
pub(crate) fn copy(connection: &Connection, to: &Path) -> Result<Copy, JournalError> {
    let folder = to.parent().unwrap_or(Path::new("."));
    create_closed_folder_if_missing(folder)?;
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    // An empty file of ours, so that the copy is closed to others from its first byte.
    drop(create_closed(&partial, true)?);
    let text = partial.to_str().ok_or_else(|| JournalError::File {
        doing: "can't write a copy to",
        path: to.to_owned(),
        why: "its name is no valid text".to_owned(),
    })?;
    let made = connection
        .execute("VACUUM INTO ?1", [text])
        .map_err(JournalError::from)
        .and_then(|_| verify(&partial))
        .and_then(|()| {
            std::fs::File::open(&partial)
                .and_then(|file| file.sync_all())
                .map_err(|error| file_error("can't sync", &partial, &error))
        });
    if let Err(error) = made {
        // The reason is told; a copy that can't be removed is only in the way.
        let _ = std::fs::remove_file(&partial);
        return Err(error);
    }
    point("journal.backup.written");
    std::fs::rename(&partial, to).map_err(|error| file_error("can't name", to, &error))?;
    sync_folder(folder)?;
    point("journal.backup.named");
    let bytes = std::fs::metadata(to)
        .map_err(|error| file_error("can't look at", to, &error))?
        .len();
    Ok(Copy {
        path: to.to_owned(),
        bytes,
    })
}

/// The name of a copy made now.
pub(crate) fn name_of(folder: &Path, now: Timestamp) -> PathBuf {
    copies(folder).join(format!("journal-{}.db", now.strftime("%Y%m%dT%H%M%S%.6f")))
}

fn verify(path: &Path) -> Result<(), JournalError> {
    let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(damaged(format!("a copy of it does not read back: {verdict}")))
    }
}

fn create_closed_folder_if_missing(folder: &Path) -> Result<(), JournalError> {
    // A folder that a person chose keeps the rights that it has.
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    create_closed_folder(folder)
}
