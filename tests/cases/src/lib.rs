//! Folders of cases, for tests whose cases are data: what goes in lies in a folder under `tests/`, and `expected.txt`
//! beside it holds what must be said of it.
//!
//! It finds, compares and writes anew; what a case means is the test's own. It is no part of the product.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::path::{Path, PathBuf};

/// The folder `tests/NAME` of the workspace.
#[must_use]
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// What lies in a folder, in order.
#[must_use]
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|why| panic!("{}: {why}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

/// The folders in a folder, in order: a case each.
#[must_use]
pub fn cases(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

/// A path's last part, as text.
#[must_use]
pub fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Whether what is expected is to be written anew: `UPDATE=1`.
#[must_use]
pub fn updating() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// Holds what is said of each case in `tests/NAME` against its `expected.txt`, or writes that file where [`updating`].
///
/// # Panics
/// Where a case says something else or can't be carried out, with all of them; or where there are fewer than `least`
/// cases, as when the folder was moved.
pub fn hold(name: &str, least: usize, said: impl Fn(&Path) -> Result<String, String>) {
    let cases = cases(&folder(name));
    assert!(
        updating() || cases.len() >= least,
        "there are {} cases, not {least}",
        cases.len()
    );
    let mut wrong = Vec::new();
    for case in &cases {
        match said(case) {
            Err(why) => wrong.push(format!("{} can't be carried out:\n{why}", case.display())),
            Ok(said) => {
                let file = case.join("expected.txt");
                if updating() {
                    std::fs::write(&file, &said).unwrap();
                } else if std::fs::read_to_string(&file).ok().as_deref() != Some(said.as_str()) {
                    wrong.push(format!("{} says:\n{said}", case.display()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases say something else:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Copies a folder with all that is below it, but for files of these names.
///
/// # Panics
/// Where a file can't be read or written.
pub fn copy(from: &Path, to: &Path, but: &[&str]) {
    std::fs::create_dir_all(to).unwrap();
    for path in entries(from) {
        let own = name(&path);
        let target = to.join(&own);
        if path.is_dir() {
            copy(&path, &target, but);
        } else if !but.contains(&own.as_str()) {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
