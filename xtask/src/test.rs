//! All that a change must pass, one stage after another, with one line of counts at the end.

use std::time::Instant;

use crate::command::{cargo, listen};
use crate::error::Error;
use crate::{editor, faults, fuzz, tools};

/// How many passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Those that passed.
    pub(crate) passed: u64,
    /// Those that failed.
    pub(crate) failed: u64,
}

impl Count {
    /// One thing that passed or failed.
    fn one(passed: bool) -> Self {
        Self {
            passed: u64::from(passed),
            failed: u64::from(!passed),
        }
    }

    /// With whether the command succeeded: it may fail without a test that did, such as one that does not compile.
    fn judged(mut self, passed: bool) -> Self {
        if !passed && self.failed == 0 {
            self.failed = 1;
        }
        self
    }

    /// Fine where nothing failed.
    pub(crate) fn end(self) -> Result<(), Error> {
        if self.failed == 0 {
            Ok(())
        } else {
            Err(Error::Told)
        }
    }

    /// Takes the numbers before the words `passed` and `failed` of a line.
    pub(crate) fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line
            .split([' ', ',', ';'])
            .filter(|word| !word.is_empty())
            .collect();
        for (number, word) in words.iter().zip(words.iter().skip(1)) {
            let number: u64 = number.parse().unwrap_or_default();
            match *word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                _ => {}
            }
        }
    }
}

/// Runs every stage, also after one that failed.
///
/// # Errors
/// A tool is missing, or something failed.
pub(crate) fn run() -> Result<(), Error> {
    tools::rust()?;
    let mut stages = Stages::default();
    stages.check("format", "fmt --all --check", &[]);
    stages.check("lints", "clippy --workspace --all-targets -- -D warnings", &[]);
    if tools::cargo_has("nextest") {
        stages.count("tests", "nextest run --workspace --no-fail-fast", "Summary [");
    } else {
        let words = "test --workspace --lib --bins --tests --no-fail-fast";
        stages.count("tests", words, "test result: ");
    }
    stages.count(
        "doc tests",
        "test --workspace --doc --no-fail-fast",
        "test result: ",
    );
    stages.check(
        "documentation",
        "doc --workspace --no-deps",
        &[("RUSTDOCFLAGS", "-D warnings")],
    );
    // Advisories need a database from the network, which changes from day to day: they are for a timetable, not for a change.
    if tools::cargo_has("deny") {
        stages.check("dependencies", "deny check licenses bans sources", &[]);
    }
    // As a user does it: the bundled recipes, with the command itself.
    stages.check("recipes", "run --quiet --package souschef -- check recipes", &[]);
    stages.last_line("recipe tests", "run --quiet --package souschef -- test recipes");
    stages.start();
    stages.add("editor", editor::run());
    stages.start();
    stages.add("extension", editor::extension());
    // Always the same hunt: a change must not fail by what it did not touch. `cargo xtask fuzz` hunts elsewhere each time.
    stages.start();
    stages.add("fuzzing", fuzz::run(5, 1, None));
    stages.start();
    stages.add("faults", faults::run(&["--seed".to_owned(), "1".to_owned()]));
    stages.end()
}

/// What each stage gave.
#[derive(Default)]
struct Stages {
    done: Vec<(String, Count, f32)>,
    since: Option<Instant>,
}

impl Stages {
    /// A cargo command that passes or fails as a whole.
    fn check(&mut self, name: &str, words: &str, environment: &[(&str, &str)]) {
        let mut command = cargo(words);
        command.envs(environment.iter().copied());
        self.start();
        let passed = listen(command, |_| {});
        self.add(name, passed.map(Count::one));
    }

    /// A cargo command whose last line has the counts.
    fn last_line(&mut self, name: &str, words: &str) {
        self.start();
        let mut last = String::new();
        let passed = listen(cargo(words), |line| line.clone_into(&mut last));
        let mut count = Count::default();
        count.hear(&last);
        self.add(name, passed.map(|passed| count.judged(passed)));
    }

    /// A cargo command that counts its tests on lines that begin so.
    fn count(&mut self, name: &str, words: &str, begins: &str) {
        self.start();
        let mut count = Count::default();
        let passed = listen(cargo(words), |line| {
            if let Some(rest) = line.trim_start().strip_prefix(begins) {
                count.hear(rest);
            }
        });
        self.add(name, passed.map(|passed| count.judged(passed)));
    }

    fn start(&mut self) {
        self.since = Some(Instant::now());
    }

    fn add(&mut self, name: &str, count: Result<Count, Error>) {
        let count = count.unwrap_or_else(|why| {
            eprintln!("error: {why}");
            Count::one(false)
        });
        let seconds = self
            .since
            .take()
            .map_or(0.0, |since| since.elapsed().as_secs_f32());
        self.done.push((name.to_owned(), count, seconds));
    }

    fn end(self) -> Result<(), Error> {
        let mut all = Count::default();
        println!();
        for (name, count, seconds) in &self.done {
            let Count { passed, failed } = *count;
            all.passed += passed;
            all.failed += failed;
            let mark = if failed == 0 { "ok    " } else { "FAILED" };
            println!("{mark} {name:<14} {passed:>5} passed {failed:>4} failed {seconds:>6.1} s");
        }
        println!("{} passed, {} failed", all.passed, all.failed);
        all.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &[&str]) -> Count {
        let mut count = Count::default();
        lines.iter().for_each(|line| count.hear(line));
        count
    }

    #[test]
    fn the_counts_of_every_runner_are_heard() {
        let nextest = "  12.3s] 31 tests run: 29 passed (1 slow), 2 failed, 1 skipped";
        assert_eq!(
            heard(&[nextest]),
            Count {
                passed: 29,
                failed: 2
            }
        );
        let libtest = [
            "ok. 3 passed; 0 failed; 0 ignored",
            "FAILED. 1 passed; 4 failed; 0 ignored",
        ];
        assert_eq!(heard(&libtest), Count { passed: 4, failed: 4 });
        assert_eq!(heard(&["error: could not compile"]), Count::default());
        assert_eq!(
            heard(&["64 passed, 0 failed"]),
            Count {
                passed: 64,
                failed: 0
            }
        );
    }
}
