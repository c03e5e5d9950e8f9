//! What becomes of a file when it is laid out: its permissions, the links to it, and what is left beside it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

fn fmt(here: &Path, file: &str) -> bool {
    let output = assert_cmd::Command::cargo_bin("souschef")
        .unwrap()
        .current_dir(here)
        .args(["fmt", file])
        .output()
        .unwrap();
    output.status.success()
}

#[test]
fn a_file_keeps_its_permissions_and_a_link_stays_one() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    std::fs::create_dir(here.join("shelf")).unwrap();
    let real = here.join("shelf/a.yaml");
    std::fs::write(&real, "actions:\n- stop:   done\n").unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, here.join("a.yaml")).unwrap();
    assert!(fmt(here, "a.yaml"));
    assert_eq!(
        std::fs::read_to_string(&real).unwrap(),
        "actions:\n  - stop: done\n"
    );
    assert_eq!(
        std::fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(here.join("a.yaml").is_symlink());
    assert_eq!(std::fs::read_dir(here.join("shelf")).unwrap().count(), 1);
}
