//! The fuzzing of `tests/fuzz`.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::command::{cargo, listen};
use crate::error::Error;
use crate::test::Count;

/// Hunts in every target, or in one.
///
/// # Errors
/// The hunt can't be started.
pub(crate) fn run(seconds: u64, seed: u64, target: Option<&str>) -> Result<Count, Error> {
    let mut command = cargo("run --package souschef-fuzz --");
    command.args(["--seconds", &seconds.to_string(), "--seed", &seed.to_string()]);
    if let Some(target) = target {
        command.args(["--target", target]);
    }
    let mut count = Count::default();
    let passed = listen(command, |line| {
        if let Some(rest) = line.strip_prefix("fuzz: ") {
            count.hear(rest);
        }
    })?;
    if !passed && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// A seed that is another each time.
pub(crate) fn fresh_seed() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |since| since.as_secs())
}
