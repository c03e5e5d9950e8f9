//! Files that a chore makes: written, or held against what is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::root;

/// A file that a chore makes.
#[derive(Debug)]
pub(crate) struct Generated {
    /// Its place, from the root.
    pub(crate) path: PathBuf,
    /// All of it.
    pub(crate) text: String,
}

/// Writes the files, or tells which are not current.
///
/// # Errors
/// A file can't be written, or is not current.
pub(crate) fn put(files: &[Generated], check: bool) -> Result<(), Error> {
    let stale = differences(files)?;
    if check {
        for path in &stale {
            println!("not current: {}", path.display());
        }
        return if stale.is_empty() {
            Ok(())
        } else {
            Err(Error::Told)
        };
    }
    for file in files.iter().filter(|file| stale.contains(&file.path)) {
        let path = root().join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        fs::write(&path, &file.text).map_err(Error::file(&path))?;
        println!("{} {} KB", file.path.display(), file.text.len().div_ceil(1024));
    }
    let made: BTreeSet<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    for path in stale.iter().filter(|path| !made.contains(path.as_path())) {
        let path = root().join(path);
        fs::remove_file(&path).map_err(Error::file(&path))?;
        println!("removed {}", path.display());
    }
    Ok(())
}

/// The files that differ from what is made, and those in folders of generated files that nothing makes any more.
///
/// # Errors
/// A folder can't be read.
pub(crate) fn differences(files: &[Generated]) -> Result<Vec<PathBuf>, Error> {
    let mut stale = Vec::new();
    for file in files {
        if fs::read_to_string(root().join(&file.path)).ok().as_ref() != Some(&file.text) {
            stale.push(file.path.clone());
        }
    }
    let made: BTreeSet<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    // docs/ itself holds pages that people write.
    let folders: BTreeSet<&Path> = made
        .iter()
        .filter_map(|path| path.parent())
        .filter(|folder| *folder != Path::new("docs"))
        .collect();
    for folder in folders {
        let full = root().join(folder);
        if !full.exists() {
            continue;
        }
        for entry in fs::read_dir(&full).map_err(Error::file(&full))? {
            let entry = entry.map_err(Error::file(&full))?;
            let path = folder.join(entry.file_name());
            if entry.path().is_file() && !made.contains(path.as_path()) {
                stale.push(path);
            }
        }
    }
    Ok(stale)
}
