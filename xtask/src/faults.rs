//! The faults of `tests/faults`: the real service, killed and starved.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::command::{cargo, listen, must};
use crate::error::Error;
use crate::test::Count;
use crate::{root, tools};

/// Tests that draw lots, with more lots than in every change's tests.
const DRAWN: [(&str, &str); 5] = [
    ("SOUSCHEF_SEEDS", "2000"),
    ("SOUSCHEF_MOVING", "2000"),
    ("SOUSCHEF_TIMETABLES", "10000"),
    ("SOUSCHEF_RACES", "100"),
    ("SOUSCHEF_TOKEN_KILLS", "8"),
];

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
    if words.iter().any(|word| word == "--long") && !words.iter().any(|word| word == "--only") {
        let mut command = cargo(
            "test --package souschef-runtime --features faults --test conformance --test triggers --test accounts",
        );
        command.envs(DRAWN);
        count.failed += u64::from(!listen(command, |line| {
            if let Some(rest) = line.strip_prefix("test result: ") {
                count.hear(rest);
            }
        })?);
    }
    Ok(count)
}

/// Where cargo has put it.
fn binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| OsString::from("target"));
    root().join(target).join("debug/souschef")
}
