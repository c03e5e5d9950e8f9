//! The mistakes that are put in, and what catches each: a test that can't fail shows nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;

/// A mistake.
#[derive(Clone, Copy, Debug)]
pub struct Bug {
    /// Its name in `SOUSCHEF_BUG`.
    pub name: &'static str,
    /// What catches it.
    pub by: By,
}

/// What catches a mistake.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A case of this crate, which tells that this promise is broken: the letters before the colon.
    Case(&'static str, &'static str),
    /// `engine/journal/tests/faults/bugs.rs`, which looks for all of the journal's own and for nothing without them.
    Journal,
    /// A test of `engine/runtime`, in this program, which then fails, and passes otherwise.
    Runtime(&'static str, &'static str),
}

const fn case(name: &'static str, case: &'static str, letters: &'static str) -> Bug {
    Bug {
        name,
        by: By::Case(case, letters),
    }
}

const fn journal(name: &'static str) -> Bug {
    Bug {
        name,
        by: By::Journal,
    }
}

/// All of them. Where the journal's own tests and a case both catch one, the case stands here: it shows the whole service.
pub const CAUGHT: &[Bug] = &[
    case("ack_before_commit", "kill-at-points", "I1"),
    case("answer_503", "full-disk", "I1"),
    case("attempt_row_after_send", "slow-disk", "I5"),
    case("check_then_insert", "duplicates", "I2"),
    case("forget_attempts", "killed-while-sending", "I6"),
    case("forget_lock", "second-service", "C8"),
    case("forget_recipe_hash", "edited-recipe", "P7"),
    case("forget_seen", "poison", "I2"),
    case("go_on_after_failed_sync", "failed-sync", "C5"),
    case("overtake_queue", "poison", "queue"),
    case("repeat_unknown", "lost-answers", "I4"),
    case("synchronous_normal", "power-loss", "C4"),
    case("wait_ends_early", "edited-recipe", "P6"),
    journal("cursor_committed_first"),
    journal("drop_offer"),
    journal("late_answer_as_newer"),
    journal("state_without_effect"),
    Bug {
        name: "no_single_flight_refresh",
        by: By::Runtime(
            "accounts",
            "races::a_refused_token_is_refreshed_once_however_many_wait",
        ),
    },
];

/// The journal's own mistakes that its tests find. They are all looked for at once.
///
/// # Errors
/// The tests can't be run.
pub fn found_by_the_journal() -> Result<Vec<String>, Error> {
    let said = cargo_test("souschef-journal", "faults", "bugs::", &BTreeMap::new())?.1;
    let found = said
        .lines()
        .filter_map(|line| line.trim().strip_prefix("found: "));
    Ok(found.map(str::to_owned).collect())
}

/// What a test of `engine/runtime` says when it fails with a mistake put in; none where it passes all the same.
///
/// # Errors
/// The test can't be run, or fails without the mistake too.
pub fn told_by_the_runtime(bug: &str, program: &str, test: &str) -> Result<Option<String>, Error> {
    let (passed, said) = cargo_test("souschef-runtime", program, test, &BTreeMap::new())?;
    if !passed {
        return Err(Error::Other(format!("{test} fails without {bug}:\n{said}")));
    }
    let put_in = BTreeMap::from([("SOUSCHEF_BUG", bug)]);
    let (passed, said) = cargo_test("souschef-runtime", program, test, &put_in)?;
    // A program that does not compile fails too, but no test of it does.
    Ok((!passed && said.contains(&format!("{test} --- FAILED"))).then_some(said))
}

fn cargo_test(
    package: &str,
    program: &str,
    test: &str,
    environment: &BTreeMap<&str, &str>,
) -> Result<(bool, String), Error> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "test",
            "--quiet",
            "--package",
            package,
            "--features",
            "faults",
            "--test",
            program,
        ])
        .args(["--", "--nocapture", test])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .envs(environment)
        .stdin(Stdio::null())
        .output()
        .map_err(Error::world("cargo test"))?;
    let said = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use souschef_journal::fault::BUGS as JOURNAL;
    use souschef_runtime::fault::BUGS as RUNTIME;

    use super::*;
    use crate::cases::CASES;

    #[test]
    fn every_mistake_that_can_be_put_in_is_caught_by_something_that_there_is() {
        let known: BTreeSet<&str> = JOURNAL.iter().chain(RUNTIME).copied().collect();
        let caught: BTreeSet<&str> = CAUGHT.iter().map(|bug| bug.name).collect();
        assert_eq!(caught, known);
        assert!(caught.len() >= 16, "{} mistakes are too few", caught.len());
        for bug in CAUGHT {
            match bug.by {
                By::Case(name, letters) => {
                    assert!(
                        CASES.iter().any(|case| case.name == name),
                        "there is no case {name}"
                    );
                    assert!(!letters.is_empty(), "{} must break a named promise", bug.name);
                }
                By::Journal => assert!(JOURNAL.contains(&bug.name), "{}", bug.name),
                By::Runtime(..) => assert!(RUNTIME.contains(&bug.name), "{}", bug.name),
            }
        }
    }
}
