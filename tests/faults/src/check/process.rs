//! What the service leaves and takes: a sound file, no secret anywhere, bounded memory and files.

use super::{Broken, Seen};
use crate::error::Error;
use crate::kept;
use crate::service::CANARIES;

/// The most memory of a service, in KiB: a debug build with a handful of recipes.
const MOST_MEMORY: u64 = 256 * 1024;
/// The most files that it has open: what many systems allow.
const MOST_FILES: usize = 1024;

pub(super) fn file_is_sound(seen: &Seen<'_>, broken: &mut Broken) -> Result<(), Error> {
    let file = kept::data_folder(seen.folder).join("journal.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = rusqlite::Connection::open_with_flags(file, flags)?;
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if verdict != "ok" {
        broken.tell("I8", verdict);
    }
    Ok(())
}

pub(super) fn secrets_are_nowhere(seen: &Seen<'_>, broken: &mut Broken) -> Result<(), Error> {
    let mut folders = vec![seen.folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(Error::file("can't read", &folder))? {
            let path = entry.map_err(Error::file("can't read", &folder))?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).map_err(Error::file("can't read", &path))?;
            for (name, secret) in CANARIES {
                if bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
                {
                    broken.tell("I9", format!("{name} stands in {}", path.display()));
                }
            }
        }
    }
    for attempt in seen.kept.iter().flat_map(|kept| &kept.attempts) {
        let text = format!("{} {:?}", attempt.request, attempt.response);
        if CANARIES.iter().any(|(_, secret)| text.contains(secret)) {
            broken.tell("I9", format!("a secret stands in a request of {}", attempt.path));
        }
    }
    Ok(())
}

pub(super) fn bounds_hold(seen: &Seen<'_>, broken: &mut Broken) {
    if let Some(most) = seen.memory.iter().max().filter(|most| **most > MOST_MEMORY) {
        broken.tell("I10", format!("the service had {most} KiB"));
    }
    if seen.files > MOST_FILES {
        broken.tell("I10", format!("the service had {} files open", seen.files));
    }
}
