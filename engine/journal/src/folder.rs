//! The data folder: who may read it, who has it, and what is held back for bad days.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::{JournalError, file_error};

/// Freed when the disk is full, so that what is under way can still be written down.
const RESERVE: usize = 4 << 20;

/// The data folder, held by this process until dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder where it is missing, closes it to others, and takes it for this process alone.
    pub(crate) fn take(path: &Path) -> Result<Self, JournalError> {
        fs::create_dir_all(path).map_err(|error| file_error("can't create", path, &error))?;
        close_to_others(path)?;
        let lock_path = path.join("lock");
        let mut lock = create_closed(&lock_path, false)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if crate::fault::bug("forget_lock") => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = lock
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.trim().parse().ok());
                return Err(JournalError::Locked {
                    folder: path.to_owned(),
                    pid,
                });
            }
            Err(TryLockError::Error(error)) => return Err(file_error("can't lock", &lock_path, &error)),
        }
        crate::fault::point("journal.open.locked");
        // Only told to people; a full disk must not keep the service from starting.
        let told = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()));
        if let Err(error) = told {
            tracing::warn!(path = %lock_path.display(), %error, "the process id could not be written");
        }
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn reserve(&self) -> Reserve {
        Reserve {
            path: self.path.join("reserve"),
        }
    }
}

/// The journal's file in a data folder.
pub(crate) fn journal_file(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}

/// Where copies are kept.
pub(crate) fn copies(folder: &Path) -> PathBuf {
    folder.join("copies")
}

/// The newest copy, to be named when the journal is damaged.
pub(crate) fn newest_copy(folder: &Path) -> Option<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(copies(folder))
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "db"))
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path)
}

/// Room that is held back.
#[derive(Clone, Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    /// Holds the room; tells whether there was that much.
    pub(crate) fn hold(&self) -> Result<(), JournalError> {
        if fs::metadata(&self.path).is_ok_and(|found| found.len() == RESERVE as u64) {
            return Ok(());
        }
        // Real bytes: a file of holes holds no room.
        let written = create_closed(&self.path, true).and_then(|mut file| {
            file.write_all(&vec![0xA5; RESERVE])
                .and_then(|()| file.sync_all())
                .map_err(|error| file_error("can't write", &self.path, &error))
        });
        if written.is_err() {
            self.free();
        }
        written
    }

    /// Whether there is room again beyond what is held back.
    pub(crate) fn room_again(&self) -> bool {
        if self.hold().is_err() {
            return false;
        }
        let fits = self.some_room();
        if !fits {
            self.free();
        }
        fits
    }

    /// Whether there is room for some writes, held back or not.
    pub(crate) fn some_room(&self) -> bool {
        let probe = self.path.with_extension("probe");
        let fits = create_closed(&probe, true).is_ok_and(|mut file| {
            file.write_all(&vec![0xA5; RESERVE / 4])
                .and_then(|()| file.sync_all())
                .is_ok()
        });
        let removed = fs::remove_file(&probe).is_ok();
        fits && removed
    }

    /// Gives the room back to the disk.
    pub(crate) fn free(&self) {
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "the reserve could not be freed");
        }
    }
}

/// Opens a file for reading and writing that only its owner can read.
pub(crate) fn create_closed(path: &Path, empty: bool) -> Result<File, JournalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(empty);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| file_error("can't open", path, &error))
}

/// Makes a folder that only its owner can enter.
pub(crate) fn create_closed_folder(path: &Path) -> Result<(), JournalError> {
    fs::create_dir_all(path).map_err(|error| file_error("can't create", path, &error))?;
    close_to_others(path)
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path).map_err(|error| file_error("can't look at", path, &error))?;
    if found.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(|error| file_error("can't close to others", path, &error))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn close_to_others(_path: &Path) -> Result<(), JournalError> {
    Ok(())
}

/// Makes sure that a new name in a folder survives a loss of power.
pub(crate) fn sync_folder(path: &Path) -> Result<(), JournalError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| file_error("can't sync", path, &error))
}
