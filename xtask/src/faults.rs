//! The faults of `tests/faults`: the real service, killed and starved.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::command::{cargo, listen, must};
use crate::error::Error;
use crate::test::Count;
use crate::{root, tools};

/// Builds souschef with its kill points, and tries every case, or what these words of `souschef-faults` say.
///
/// # Errors
/// It can't be built or started.
pub(crate) fn run(words: &[String]) -> Result<Count, Error> {
    tools::strace()?;
    tools::faketime()?;
    must(cargo("build --package souschef --features faults"))?;
    let mut command = cargo("run --package souschef-faults --");
    command.arg("--binary").arg(binary()).args(words);
    let mut count = Count::default();
    let passed = listen(command, |line| {
        if let Some(rest) = line.strip_prefix("faults: ") {
            count.hear(rest);
        }
    })?;
    if !passed && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Where cargo has put it.
fn binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| OsString::from("target"));
    root().join(target).join("debug/souschef")
}
