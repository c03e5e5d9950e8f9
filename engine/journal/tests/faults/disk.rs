//! A full disk: new work is refused, what is under way is written down, and all goes on when there is room.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use souschef_journal::Page;

use crate::child::open;
use crate::process::command;

/// A small disk of its own, taken away when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
            .arg(path)
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: no small disk can be mounted here");
            return None;
        }
        Some(Self(path.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let gone = Command::new("umount").arg("--lazy").arg(&self.0).status();
        if !gone.is_ok_and(|status| status.success()) {
            println!("{} is still mounted", self.0.display());
        }
    }
}

#[tokio::test]
async fn a_full_disk_refuses_new_work_and_recovers_by_itself() {
    let outer = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&outer.path().join("disk")) else {
        return;
    };
    let ballast = disk.0.join("ballast");
    fs::write(&ballast, vec![7; 6 << 20]).unwrap();
    let data = disk.0.join("data");
    let mut child = command(None, &[], "fill", &data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some((_, line)) = line.split_once('@') else {
            continue;
        };
        if line == "waiting" {
            fs::remove_file(&ballast).unwrap();
        }
        lines.push(line.to_owned());
    }
    assert!(child.wait().unwrap().success(), "{lines:?}");
    assert!(lines.iter().any(|line| line == "full Full"), "{lines:?}");
    assert!(lines.iter().any(|line| line == "refused"), "{lines:?}");
    assert!(lines.last().unwrap().starts_with("accepted after "), "{lines:?}");
    let journal = open(&data).unwrap();
    let accepted = lines.iter().filter(|line| line.starts_with("accepted ")).count();
    let counters = journal.look().counters().await.unwrap();
    let counted = counters
        .iter()
        .find(|counter| counter.name == "events.accepted")
        .unwrap()
        .value;
    assert_eq!(accepted, usize::try_from(counted).unwrap());
    // The outcome that was written while the disk was full is there.
    let runs = journal
        .look()
        .runs(Default::default(), Page::default())
        .await
        .unwrap();
    let fed = lines
        .iter()
        .find_map(|line| line.strip_prefix("fed ")?.strip_suffix(" a"))
        .unwrap();
    let run = runs.iter().find(|run| run.id.as_str() == fed).unwrap();
    assert_eq!(journal.look().replay(&run.id).await.unwrap().effects.len(), 1);
    journal.close();
}
