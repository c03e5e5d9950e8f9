//! Folders of cases, for tests whose cases are data: what goes in lies in a folder under `tests/`, and a file
//! beside it, mostly `expected.txt`, holds what must come of it.
//!
//! It finds, compares and writes anew; what a case means is the test's own. Beside it stands [`chance`], for tests that
//! choose their cases themselves. It is no part of the product.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

pub mod chance;

use std::path::{Path, PathBuf};

/// The workspace's folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder `tests/NAME` of the workspace.
#[must_use]
pub fn folder(name: &str) -> PathBuf {
    root().join("tests").join(name)
}

/// The bundled recipes, in order: name and text.
#[must_use]
pub fn recipes() -> Vec<(String, String)> {
    files(&root().join("recipes"), ".yaml")
        .into_iter()
        .filter_map(|path| {
            let file = name(&path);
            let own = file.strip_suffix(".yaml").filter(|own| !own.contains('.'))?;
            Some((own.to_owned(), std::fs::read_to_string(&path).unwrap()))
        })
        .collect()
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

/// What lies in a folder and has a name that ends so, in order.
#[must_use]
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = entries(folder);
    found.retain(|path| name(path).ends_with(ending));
    found
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

/// Holds what comes of each case in `tests/NAME` against a file in its folder, or writes that file where [`updating`].
///
/// # Panics
/// Where a case says something else or can't be carried out, with all of them; or where there are fewer than `least`
/// cases, as when the folder was moved.
pub fn hold(name: &str, file: &str, least: usize, said: impl Fn(&Path) -> Result<String, String>) {
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
                let file = case.join(file);
                if updating() {
                    std::fs::write(&file, &said).unwrap();
                } else if std::fs::read_to_string(&file).ok().as_deref() != Some(said.as_str()) {
                    wrong.push(format!("{} comes to:\n{said}", case.display()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases come to something else:\n{}",
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
