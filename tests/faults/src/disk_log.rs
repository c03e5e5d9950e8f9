//! What a service wrote to its journal's files, as strace has seen it, and what a disk may hold of that when the power goes:
//! all that was synced, and of the rest any part in any order, torn where a sector ends.

use std::collections::BTreeMap;
use std::path::Path;

use crate::chance::Chance;
use crate::error::Error;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// The files that matter: the index beside them is made anew at each start.
const FILES: [&str; 2] = ["journal.db", "journal.db-wal"];

/// What strace is told: a file for each thread, with times, and bytes as they are.
pub fn strace(log: &Path) -> Vec<String> {
    let words = [
        "strace",
        "-D",
        "-ff",
        "-qq",
        "-ttt",
        "-y",
        "-xx",
        "-s",
        "100000",
        "-e",
        "trace=pwrite64,write,fdatasync,fsync,ftruncate,unlink",
        "-o",
    ];
    let words = words.into_iter().map(str::to_owned);
    words.chain([log.display().to_string()]).collect()
}

/// One change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut(usize),
    Gone,
    Sync,
}

/// A change, when it began, and of which file.
#[derive(Clone, Debug)]
struct Entry {
    at: f64,
    file: &'static str,
    change: Change,
}

/// All changes, in their order.
#[derive(Debug, Default)]
pub struct DiskLog(Vec<Entry>);

/// What a disk may hold.
#[derive(Debug)]
pub struct Image {
    /// The power went after this moment, in seconds since 1970: whatever was acknowledged before it must be there.
    pub at: f64,
    /// How many writes were lost or torn.
    pub spoiled: usize,
    files: BTreeMap<&'static str, Vec<u8>>,
}

impl DiskLog {
    /// Reads what strace has written.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut entries = Vec::new();
        for file in std::fs::read_dir(folder).map_err(Error::file("can't read", folder))? {
            let path = file.map_err(Error::file("can't read", folder))?.path();
            let text = std::fs::read_to_string(&path).map_err(Error::file("can't read", &path))?;
            entries.extend(text.lines().filter_map(entry));
        }
        entries.sort_by(|one, other| one.at.total_cmp(&other.at));
        Ok(Self(entries))
    }

    /// How often something was synced.
    pub fn syncs(&self) -> usize {
        self.0.iter().filter(|entry| entry.change == Change::Sync).count()
    }

    /// What the disk may hold at so many moments, spread over all of them: one at a time, since each is a whole disk.
    pub fn images<'a>(&'a self, count: usize, chance: &'a mut Chance) -> impl Iterator<Item = Image> + 'a {
        let all = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        let mut moments: Vec<usize> = (0..count)
            .map(|_| usize::try_from(chance.between(1, all + 1)).unwrap_or_default())
            .collect();
        moments.sort_unstable();
        let (mut disk, mut done) = (Disk::default(), 0);
        moments.into_iter().filter_map(move |moment| {
            for entry in self.0.get(done..moment).unwrap_or_default() {
                disk.take(entry);
            }
            done = moment;
            let last = self.0.get(moment.saturating_sub(1))?;
            Some(disk.image(last.at, chance))
        })
    }
}

impl Image {
    /// Lays its files into a folder.
    ///
    /// # Errors
    /// They can't be written.
    pub fn lay(&self, folder: &Path) -> Result<(), Error> {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(Error::file("can't write", &path))?;
        }
        Ok(())
    }
}

/// What is surely there, and what is on its way.
#[derive(Debug, Default)]
struct Disk {
    sure: BTreeMap<&'static str, Vec<u8>>,
    under_way: Vec<Entry>,
}

impl Disk {
    fn take(&mut self, entry: &Entry) {
        if entry.change != Change::Sync {
            return self.under_way.push(entry.clone());
        }
        let (synced, others) = std::mem::take(&mut self.under_way)
            .into_iter()
            .partition(|other| other.file == entry.file);
        self.under_way = others;
        let synced: Vec<Entry> = synced;
        for entry in &synced {
            apply(&mut self.sure, entry, usize::MAX);
        }
    }

    /// Of what is under way everything, nothing, or what chance leaves of it, in the order that chance gives it.
    fn image(&self, at: f64, chance: &mut Chance) -> Image {
        let mut files = self.sure.clone();
        let mut spoiled = 0;
        let way = chance.between(0, 4);
        let mut rest: Vec<&Entry> = self.under_way.iter().collect();
        if way >= 2 {
            for place in (1..rest.len()).rev() {
                let other = chance.between(0, u64::try_from(place).unwrap_or_default() + 1);
                rest.swap(place, usize::try_from(other).unwrap_or_default());
            }
        }
        for entry in rest {
            let lost = way == 0 || (way >= 2 && chance.between(0, 2) == 0);
            spoiled += usize::from(lost);
            if lost {
                continue;
            }
            let torn = way >= 2 && chance.between(0, 3) == 0;
            let sectors = match &entry.change {
                Change::Write { bytes, .. } if torn => {
                    let all = u64::try_from(bytes.len().div_ceil(SECTOR)).unwrap_or_default();
                    spoiled += 1;
                    usize::try_from(chance.between(0, all)).unwrap_or_default()
                }
                _ => usize::MAX,
            };
            apply(&mut files, entry, sectors.saturating_mul(SECTOR));
        }
        Image { at, spoiled, files }
    }
}

/// Carries a change out; of a write, so many bytes at most.
fn apply(files: &mut BTreeMap<&'static str, Vec<u8>>, entry: &Entry, most: usize) {
    match &entry.change {
        Change::Sync => {}
        Change::Gone => {
            files.remove(entry.file);
        }
        Change::Cut(length) => files.entry(entry.file).or_default().resize(*length, 0),
        Change::Write { at, bytes } => {
            let file = files.entry(entry.file).or_default();
            let bytes = bytes.get(..most.min(bytes.len())).unwrap_or_default();
            if file.len() < at + bytes.len() {
                file.resize(at + bytes.len(), 0);
            }
            if let Some(place) = file.get_mut(*at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        }
    }
}

/// One line of strace; none where it is of another file, failed, or is no change.
fn entry(line: &str) -> Option<Entry> {
    let (time, call) = line.split_once(' ')?;
    let (name, rest) = call.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(") = ")?;
    if result.starts_with('-') {
        return None;
    }
    let path = match name {
        "unlink" => quoted(arguments)?,
        _ => bytes_of(arguments.split_once('<')?.1.split_once('>')?.0)?,
    };
    let path = String::from_utf8(path).ok()?;
    let file = FILES
        .into_iter()
        .find(|file| path.ends_with(&format!("/{file}")))?;
    let mut last = arguments.rsplit(", ");
    let mut number = || last.next()?.trim().parse::<usize>().ok();
    let change = match name {
        "fdatasync" | "fsync" => Change::Sync,
        "unlink" => Change::Gone,
        "ftruncate" => Change::Cut(number()?),
        "pwrite64" => Change::Write {
            at: number()?,
            bytes: quoted(arguments)?,
        },
        _ => return None,
    };
    Some(Entry {
        at: time.parse().ok()?,
        file,
        change,
    })
}

fn quoted(arguments: &str) -> Option<Vec<u8>> {
    let (_, rest) = arguments.split_once('"')?;
    let (text, _) = rest.split_once('"')?;
    bytes_of(text)
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let codes = text.split("\\x").skip(1);
    codes.map(|code| u8::from_str_radix(code, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: u8, name: &str, arguments: &str, file: &str) -> String {
        let path: String = format!("/d/{file}")
            .bytes()
            .map(|byte| format!("\\x{byte:02x}"))
            .collect();
        match name {
            "unlink" => format!("17.{at} unlink(\"{path}\") = 0"),
            _ => format!("17.{at} {name}(9<{path}>{arguments}) = 0"),
        }
    }

    fn log(lines: &[String]) -> DiskLog {
        DiskLog(lines.iter().filter_map(|line| entry(line)).collect())
    }

    #[test]
    fn lines_of_strace_are_read() {
        let log = log(&[
            line(1, "pwrite64", ", \"\\x61\\x62\", 2, 3", "journal.db-wal"),
            line(2, "fdatasync", "", "journal.db-wal"),
            line(3, "ftruncate", ", 1", "journal.db"),
            line(4, "unlink", "", "journal.db-wal"),
            line(5, "pwrite64", ", \"\\x61\", 1, 0", "other"),
            "17.6 +++ exited with 0 +++".to_owned(),
        ]);
        let changes: Vec<_> = log
            .0
            .iter()
            .map(|entry| (entry.file, entry.change.clone()))
            .collect();
        assert_eq!(
            changes,
            [
                (
                    "journal.db-wal",
                    Change::Write {
                        at: 3,
                        bytes: b"ab".to_vec()
                    }
                ),
                ("journal.db-wal", Change::Sync),
                ("journal.db", Change::Cut(1)),
                ("journal.db-wal", Change::Gone),
            ]
        );
        assert_eq!(log.syncs(), 1);
    }

    #[test]
    fn what_was_synced_is_in_every_image_and_the_rest_in_some() {
        let log = log(&[
            line(1, "pwrite64", ", \"\\x61\\x62\", 2, 0", "journal.db"),
            line(2, "fdatasync", "", "journal.db"),
            line(3, "pwrite64", ", \"\\x63\", 1, 2", "journal.db"),
        ]);
        let mut chance = Chance::new(1, "images");
        let images: Vec<Image> = log.images(60, &mut chance).collect();
        let whole = images.iter().filter(|image| image.at > 17.25);
        let files: Vec<_> = whole
            .map(|image| image.files.get("journal.db").cloned().unwrap_or_default())
            .collect();
        assert!(files.iter().all(|file| file.starts_with(b"ab")));
        assert!(files.iter().any(|file| file == b"ab") && files.iter().any(|file| file == b"abc"));
    }
}
