//! What happens to people: a laptop is closed, an API is down, a clock is set. They look at `souschef runs show` then.

use std::path::{Path, PathBuf};
use std::time::Duration;

use souschef_journal::{Look, Run, RunState};

use crate::error::Error;
use crate::gate::{Gate, Way};
use crate::kept;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};

/// The lid is closed in the middle of everything, and opened again.
pub(super) async fn stopped_laptop(setting: &Setting) -> Result<Report, Error> {
    let (turns, closed) = if setting.long { (10, 40) } else { (2, 5) };
    let mut trial = Trial::new(setting, "stopped-laptop", &["--latency", "150ms"])?;
    trial.start().await?;
    let load = trial.load(turns * 20, Duration::from_secs(turns * (closed + 4)), 1, &KINDS);
    let mut waiting = Vec::new();
    for _ in 0..turns {
        tokio::time::sleep(Duration::from_secs(4)).await;
        // The answer that it waits for comes a second later.
        waiting.push(trial.load(1, Duration::from_millis(1), 1, &["asked"]));
        trial.one_waits("asked").await?;
        trial.service.freeze(true)?;
        tokio::time::sleep(Duration::from_secs(closed)).await;
        // Looking works without the service.
        trial.story_of("asked", &["Wait for an event"]).await?;
        trial.service.freeze(false)?;
        trial.faults += 1;
    }
    trial.taken(load).await?;
    for load in waiting {
        trial.taken(load).await?;
    }
    trial.end().await
}

/// Nobody answers at the other side for a while: runs wait, and end as if nothing had been once it is back.
pub(super) async fn outage(setting: &Setting) -> Result<Report, Error> {
    let gone = if setting.long { 120 } else { 20 };
    let (mut trial, gate) = behind_a_gate(setting, "outage", &[]).await?;
    trial.start().await?;
    let load = trial.load(30 + gone, Duration::from_secs(gone + 4), 1, &KINDS);
    tokio::time::sleep(Duration::from_secs(3)).await;
    gate.set(Way::Shut);
    trial.faults += 1;
    tokio::time::sleep(Duration::from_secs(gone * 3 / 4)).await;
    trial.story_of("lead", &["no connection came about"]).await?;
    tokio::time::sleep(Duration::from_secs(gone / 4)).await;
    gate.set(Way::Open);
    trial.taken(load).await?;
    trial.patience = Duration::from_secs(400);
    trial.end().await
}

/// The other side takes calls and never answers; some it carries out all the same.
pub(super) async fn never_answered(setting: &Setting) -> Result<Report, Error> {
    let (mut trial, gate) = behind_a_gate(
        setting,
        "never-answered",
        &[
            "--fail",
            "hang:contacts.add_tags:2",
            "--fail",
            "hang:contacts.create_note:2",
        ],
    )
    .await?;
    trial.start().await?;
    let load = trial.load(40, Duration::from_secs(20), 1, &KINDS);
    tokio::time::sleep(Duration::from_secs(4)).await;
    gate.set(Way::Silent);
    trial.faults += 1;
    // Longer than a call is waited for.
    tokio::time::sleep(Duration::from_secs(75)).await;
    gate.set(Way::Open);
    trial.taken(load).await?;
    trial.patience = Duration::from_secs(400);
    trial.end().await
}

async fn behind_a_gate(setting: &Setting, name: &str, sandbox: &[&str]) -> Result<(Trial, Gate), Error> {
    let trial = Trial::new(setting, name, sandbox)?;
    let gate = Gate::before(trial.sandbox.address()).await?;
    let text = trial.project_file()?.replace(&trial.sandbox.url, &gate.url);
    trial.write_project_file(&text)?;
    Ok((trial, gate))
}

/// The clock is set: an hour ahead, back, a day ahead. Nothing that is due comes twice, no wait ends early.
pub(super) async fn clock(setting: &Setting) -> Result<Report, Error> {
    let jumps = if setting.long {
        many_jumps()
    } else {
        ["+3600", "+0", "-7200", "+0", "+90000"]
            .map(str::to_owned)
            .to_vec()
    };
    let mut trial = Trial::new(setting, "clock", &[])?;
    let clock = SetClock::new(trial.folder.path())?;
    trial.service.start(&clock.environment()).await?;
    for (turn, jump) in jumps.into_iter().enumerate() {
        // Answers take a while to come.
        let kinds = if setting.long && turn % 5 > 0 {
            &KINDS[..4]
        } else {
            &KINDS[..]
        };
        let load = trial.load(10, Duration::from_secs(2), 1, kinds);
        tokio::time::sleep(Duration::from_secs(1)).await;
        clock.set(&jump)?;
        trial.faults += 1;
        trial.taken(load).await?;
    }
    trial.clock_was_set = true;
    trial.end().await
}

/// Fifty: an hour, a day, a night's sleep, small corrections, the beginning of 1970 and the end of what 32 bits hold; each
/// from another one, and back.
fn many_jumps() -> Vec<String> {
    const END_OF_32_BITS: i64 = 1 << 31;
    let now = jiff::Timestamp::now().as_second();
    let (first, last) = (3600 - now, END_OF_32_BITS - 2 - now);
    let turns = [
        [3600, -3600, 86_400, -86_400, 0],
        [28_800, 0, 30, -30, first],
        [last, 0, 60, -60, 3600],
        [first, last, 0, 86_400, 7200],
        [-86_400, 7100, 7300, -3600, 45],
    ];
    let all = turns.into_iter().flatten();
    all.clone()
        .chain(all.rev().map(|by| by + 5))
        // A wait ends at the moment that was worked out when it began: at the end all of those have come.
        .chain([last + 3600])
        .map(|by| format!("{by:+}"))
        .collect()
}

/// A clock that one process goes by, and that can be set.
#[derive(Debug)]
pub(super) struct SetClock {
    library: String,
    file: String,
}

impl SetClock {
    /// One that is right so far.
    pub(super) fn new(folder: &Path) -> Result<Self, Error> {
        let clock = Self {
            library: faketime()?.display().to_string(),
            file: folder.join("clock").display().to_string(),
        };
        clock.set("+0")?;
        Ok(clock)
    }

    /// Sets it so many seconds ahead or back: `+3600`, `-60`.
    pub(super) fn set(&self, by: &str) -> Result<(), Error> {
        std::fs::write(&self.file, by).map_err(Error::world("the clock"))
    }

    /// What the process is started with.
    pub(super) fn environment(&self) -> [(&str, &str); 4] {
        [
            ("LD_PRELOAD", &self.library),
            ("FAKETIME_TIMESTAMP_FILE", &self.file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}

/// The library that tells a process another time.
fn faketime() -> Result<PathBuf, Error> {
    let places = std::fs::read_dir("/usr/lib").map_err(Error::world("/usr/lib"))?;
    let names = ["faketime/libfaketimeMT.so.1", "faketime/libfaketimeMT.1.dylib"];
    places
        .flatten()
        .flat_map(|place| names.map(|name| place.path().join(name)))
        .find(|path| path.exists())
        .ok_or_else(|| {
            Error::Other("libfaketime is not there; this case needs it to set the clock".to_owned())
        })
}

impl Trial {
    /// Returns once a run of this recipe waits; the trial tells of it where none does.
    async fn one_waits(&self, recipe: &str) -> Result<(), Error> {
        let look = Look::open(&kept::data_folder(self.folder.path()))?;
        for _ in 0..40 {
            let runs = kept::runs(&look).await?;
            let waits = |run: &Run| run.recipe == recipe && run.state == RunState::Waiting;
            if runs.iter().any(waits) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// What `souschef runs show` says of the oldest run of a recipe that has not ended must hold one of these words.
    pub(super) async fn story_of(&mut self, recipe: &str, words: &[&str]) -> Result<(), Error> {
        let look = Look::open(&kept::data_folder(self.folder.path()))?;
        let runs = kept::runs(&look).await?;
        let Some(run) = runs
            .iter()
            .find(|run| run.recipe == recipe && !run.state.ended() && run.state != RunState::Queued)
        else {
            self.broken
                .push(format!("teeth: no run of {recipe} is under way"));
            return Ok(());
        };
        let story = self.story(run.id.as_str())?;
        if crate::trial::is_kept() {
            eprintln!("{story}");
        }
        if !words.iter().any(|word| story.contains(word)) {
            self.broken.push(format!(
                "story: none of {words:?} stands in what `runs show` says:\n{story}"
            ));
        }
        Ok(())
    }

    /// The newest run can be looked at.
    pub(super) async fn newest_is_told_of(&mut self) -> Result<(), Error> {
        let look = Look::open(&kept::data_folder(self.folder.path()))?;
        let runs = kept::runs(&look).await?;
        let Some(run) = runs.last() else {
            self.broken.push("teeth: there is no run to look at".to_owned());
            return Ok(());
        };
        let story = self.story(run.id.as_str())?;
        if !story.contains(run.id.as_str()) || !story.contains(" for main") {
            self.broken
                .push(format!("story: `runs show {}` says:\n{story}", run.id));
        }
        Ok(())
    }

    /// What `souschef runs show` says.
    pub(super) fn story(&self, run: &str) -> Result<String, Error> {
        let output = self
            .service
            .command(&["runs", "show", run])
            .output()
            .map_err(Error::world("souschef runs show"))?;
        let said = [output.stdout, output.stderr].concat();
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}
