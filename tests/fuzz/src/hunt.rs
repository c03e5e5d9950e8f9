//! The hunt: changes inputs, tries them, keeps those that go a new way.

use std::any::Any;
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::Target;
use crate::change::change;
use crate::corpus;
use souschef_cases::chance::Chance;

/// The stack of the hunting thread: what is too deep for it would be too deep for a thread of the product.
const STACK: usize = 2 << 20;
/// An input that takes this long hangs. Far more than any takes on a busy machine in a debug build.
const HANGS: Duration = Duration::from_secs(20);

/// How long and where.
#[derive(Clone, Debug)]
pub struct Hunt {
    /// How long.
    pub time: Duration,
    /// What the changes depend on.
    pub seed: u64,
    /// Where the input in hand is written, so that it is there when the process dies.
    pub folder: PathBuf,
}

/// What a hunt without a find was.
#[derive(Clone, Copy, Debug)]
pub struct Hunted {
    /// How many inputs were tried.
    pub inputs: u64,
    /// How many ways they went.
    pub ways: usize,
}

/// A find, or a hunt that could not be.
#[derive(Debug, Error)]
pub enum Find {
    /// An input on which the target panics.
    #[error("{message}\n  with {}", input.display())]
    Panic {
        /// What the panic said.
        message: String,
        /// The input.
        input: PathBuf,
    },
    /// An input on which the target hangs. Its thread still runs.
    #[error("it hangs\n  with {}", .0.display())]
    Hangs(PathBuf),
    /// A file could not be written, or no thread started.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Hunt {
    /// Hunts in one target.
    ///
    /// # Errors
    /// What it found.
    pub fn run(&self, target: &'static Target) -> Result<Hunted, Find> {
        fs::create_dir_all(&self.folder)?;
        let current = self.folder.join("current");
        let count = Arc::new(AtomicU64::new(0));
        let (hunt, counted, written) = (self.clone(), Arc::clone(&count), current.clone());
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || hunt.hunt(target, &written, &counted))?;
        let (mut seen, mut since) = (0, Instant::now());
        while !thread.is_finished() {
            std::thread::sleep(Duration::from_millis(20));
            let now = count.load(Ordering::Relaxed);
            if now != seen {
                (seen, since) = (now, Instant::now());
            } else if since.elapsed() > HANGS {
                return Err(Find::Hangs(self.keep(&current)?));
            }
        }
        match thread.join() {
            Ok(Ok(hunted)) => Ok(hunted),
            Ok(Err(Find::Panic { message, input })) => Err(Find::Panic {
                message,
                input: self.keep(&input)?,
            }),
            Ok(Err(other)) => Err(other),
            Err(panic) => Err(Find::Panic {
                message: said(panic.as_ref()),
                input: current,
            }),
        }
    }

    /// Puts the input in hand aside under a name of its own.
    fn keep(&self, current: &Path) -> std::io::Result<PathBuf> {
        let kept = self.folder.join(format!("find-{}", self.seed));
        fs::copy(current, &kept)?;
        Ok(kept)
    }

    fn hunt(&self, target: &Target, current: &Path, count: &AtomicU64) -> Result<Hunted, Find> {
        let mut inputs = corpus::files(&format!("tests/fuzz/corpus/{}", target.name), "");
        inputs.extend((target.seeds)());
        inputs.push(String::new());
        let mut ways = BTreeSet::new();
        let mut tried = 0;
        let mut attempt = |text: &str| -> Result<bool, Find> {
            fs::write(current, text)?;
            let way = catch_unwind(AssertUnwindSafe(|| (target.run)(text))).map_err(|panic| Find::Panic {
                message: said(panic.as_ref()),
                input: current.to_owned(),
            })?;
            tried += 1;
            count.fetch_add(1, Ordering::Relaxed);
            Ok(ways.insert(way))
        };
        for text in &inputs {
            attempt(text)?;
        }
        let mut chance = Chance::from(self.seed);
        let until = Instant::now() + self.time;
        while Instant::now() < until {
            let none = String::new();
            let text = chance.pick(&inputs).unwrap_or(&none);
            let other = chance.pick(&inputs).unwrap_or(&none);
            let changed = change(text, other, target.words, &mut chance);
            if attempt(&changed)? {
                inputs.push(changed);
            }
        }
        Ok(Hunted {
            inputs: tried,
            ways: ways.len(),
        })
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it panics".to_owned())
}
