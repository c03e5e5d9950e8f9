//! One trial: a project in a folder of its own, its sandbox, its service, the events that come in; at the end everything is
//! let finish, people's questions are answered, and the promises are held against what is there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use souschef_journal::{Look, Run, RunState};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::chance::Chance;
use crate::check::{Losses, Seen, check, is_made_by_an_event};
use crate::error::Error;
use crate::kept;
use crate::load::{Load, Sent, kind_of};
use crate::sandbox::{Entry, Sandbox};
use crate::service::{CANARIES, Service};
use crate::wire;

/// After the faults something must have got further after so long: the longest wait, two polls, and a look after each lost
/// answer.
const PATIENCE: Duration = Duration::from_secs(100);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(300);
/// The same where a look takes a while itself.
const LONGEST_GLANCE: Duration = Duration::from_secs(5);

/// What is tried, and with what.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The souschef that was built with the faults.
    pub binary: PathBuf,
    /// What chance depends on.
    pub seed: u64,
    /// Whether there is time.
    pub long: bool,
    /// A mistake put in.
    pub bug: Option<String>,
}

/// What a trial has shown.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Promises broken, and what else is wrong.
    pub broken: Vec<String>,
    /// SIGKILLs.
    pub kills: u64,
    /// Faults of every sort that really happened, kills among them.
    pub faults: u64,
    /// Events answered with 2xx.
    pub events: u64,
    /// Runs.
    pub runs: u64,
    /// Requests that the other side received.
    pub requests: u64,
    /// Questions that people had to answer.
    pub questions: u64,
    /// Lost events and repeated calls.
    pub losses: Losses,
    /// Memory at the first and at the last look, in KiB.
    pub memory: (u64, u64),
}

impl Report {
    /// With another's counts.
    pub fn add(&mut self, other: Self) {
        self.broken.extend(other.broken);
        self.kills += other.kills;
        self.faults += other.faults;
        self.events += other.events;
        self.runs += other.runs;
        self.requests += other.requests;
        self.questions += other.questions;
        self.losses.lost += other.losses.lost;
        self.losses.repeated += other.losses.repeated;
        self.memory = other.memory;
    }
}

/// A trial under way.
#[derive(Debug)]
pub struct Trial {
    /// Where everything lies.
    pub folder: TempDir,
    /// The other side.
    pub sandbox: Sandbox,
    /// The service.
    pub service: Service,
    /// Chance for this trial.
    pub chance: Chance,
    /// Faults that the case counts itself, beside kills and the sandbox's.
    pub faults: u64,
    /// What is wrong beside the promises.
    pub broken: Vec<String>,
    /// After the faults something must have got further after so long, until everything has ended.
    pub patience: Duration,
    /// The clock was set, so that the times of two runs say nothing of their order.
    pub clock_was_set: bool,
    /// Recipes that each contact which an event made must have a run of, beside `found`.
    pub waits_for: Vec<&'static str>,
    /// The accounts that events come in for, in turn; none for the trial's own.
    pub accounts: Vec<Option<String>>,
    /// What senders were told.
    pub sent: Vec<Sent>,
    questions: u64,
    next: u64,
    _elsewhere: TempDir,
}

impl Trial {
    /// Everything but the service is started.
    ///
    /// # Errors
    /// The trial can't be made.
    pub fn new(setting: &Setting, name: &str, sandbox: &[&str]) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::world("a folder for the trial"))?;
        Self::within(setting, name, sandbox, folder)
    }

    /// The same, in this folder.
    ///
    /// # Errors
    /// The trial can't be made.
    pub fn within(setting: &Setting, name: &str, sandbox: &[&str], folder: TempDir) -> Result<Self, Error> {
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("project"),
            folder.path(),
        )?;
        // Outside of the project, or it would be taken for the sandbox's own.
        let elsewhere = tempfile::tempdir().map_err(Error::world("a folder for the sandbox"))?;
        let sandbox = Sandbox::start(&setting.binary, elsewhere.path(), setting.seed, sandbox)?;
        let mut service = Service::new(&setting.binary, folder.path())?;
        service.bug.clone_from(&setting.bug);
        let trial = Self {
            folder,
            _elsewhere: elsewhere,
            sandbox,
            service,
            chance: Chance::new(setting.seed, name),
            faults: 0,
            broken: Vec::new(),
            patience: PATIENCE,
            clock_was_set: false,
            waits_for: Vec::new(),
            accounts: vec![None],
            sent: Vec::new(),
            questions: 0,
            next: 1,
        };
        trial.fill_in()?;
        Ok(trial)
    }

    fn fill_in(&self) -> Result<(), Error> {
        let mut text = self.project_file()?;
        let name = |name: &str| self.sandbox.names.get(name).map_or("", String::as_str);
        for (place, value) in [
            ("{location}", name("location_id")),
            ("{company}", name("company_id")),
            ("{workflow}", name("workflow_id")),
            ("{sandbox}", &self.sandbox.url),
            ("{webhooks}", &self.service.webhooks),
            ("{admin}", &self.service.admin),
        ] {
            text = text.replace(place, value);
        }
        self.write_project_file(&text)
    }

    /// Events that come in from now on: so many, over so long.
    pub fn load(
        &mut self,
        count: u64,
        over: Duration,
        times: u64,
        kinds: &[&'static str],
    ) -> JoinHandle<Vec<Sent>> {
        let load = Load {
            first: self.next,
            count,
            over,
            kinds: kinds.to_vec(),
            accounts: self.accounts.clone(),
            times,
            chance: self.chance.clone(),
        };
        self.chance.between(0, 2);
        self.next += count;
        tokio::spawn(load.send(self.service.webhooks.clone()))
    }

    /// Waits until all of a load has been taken, and keeps what its senders were told.
    ///
    /// # Errors
    /// The senders broke.
    pub async fn taken(&mut self, load: JoinHandle<Vec<Sent>>) -> Result<(), Error> {
        let sent = load
            .await
            .map_err(|why| Error::Other(format!("the senders broke: {why}")))?;
        self.sent.extend(sent);
        Ok(())
    }

    /// The same; answers how often senders were told to come again.
    ///
    /// # Errors
    /// The senders broke.
    pub async fn taken_after(&mut self, load: JoinHandle<Vec<Sent>>) -> Result<u64, Error> {
        let before: u64 = self.sent.iter().map(|sent| sent.deferred).sum();
        self.taken(load).await?;
        Ok(self.sent.iter().map(|sent| sent.deferred).sum::<u64>() - before)
    }

    /// Sends events that their recipe can make nothing of.
    ///
    /// # Errors
    /// They are not taken: that is to be found out by their runs.
    pub async fn poison(&mut self, count: u64) -> Result<u64, Error> {
        for (number, body) in (0..count).zip(poisons().into_iter().cycle()) {
            let id = format!("poison-{number}");
            let [_, (_, token), _] = CANARIES;
            let headers = [
                ("Content-Type", "application/json"),
                ("X-Webhook-Token", token),
                ("X-Webhook-Id", &id),
            ];
            let answer = wire::ask(
                &self.service.webhooks,
                "POST",
                "/hooks/custom/lead",
                &headers,
                Some(&body),
            )
            .await
            .map_err(Error::world("an event"))?;
            if answer.status != 202 {
                self.broken
                    .push(format!("N9: {id} was answered with {}", answer.status));
            }
        }
        Ok(count)
    }

    /// The project file's text.
    ///
    /// # Errors
    /// It can't be read.
    pub fn project_file(&self) -> Result<String, Error> {
        let path = self.folder.path().join("souschef.yaml");
        std::fs::read_to_string(&path).map_err(Error::file("can't read", &path))
    }

    /// Writes the project file.
    ///
    /// # Errors
    /// It can't be written.
    pub fn write_project_file(&self, text: &str) -> Result<(), Error> {
        let path = self.folder.path().join("souschef.yaml");
        std::fs::write(&path, text).map_err(Error::file("can't write", &path))
    }

    /// A recipe's text.
    ///
    /// # Errors
    /// It can't be read.
    pub fn recipe(&self, name: &str) -> Result<String, Error> {
        let path = self.folder.path().join("recipes").join(name);
        std::fs::read_to_string(&path).map_err(Error::file("can't read", &path))
    }

    /// Writes a recipe.
    ///
    /// # Errors
    /// It can't be written.
    pub fn write_recipe(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.folder.path().join("recipes").join(name);
        std::fs::write(&path, text).map_err(Error::file("can't write", &path))
    }

    /// Starts the service as it should be, and takes it for broken where it does not come up.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(&mut self) -> Result<(), Error> {
        match self.service.start(&[]).await? {
            None => Ok(()),
            Some(status) => Err(Error::Other(format!(
                "the service ended at its start ({status}):\n{}",
                self.service.log_end()
            ))),
        }
    }

    /// The faults are over: lets everything finish, answers what is asked, stops the service, and holds the promises.
    ///
    /// # Errors
    /// The trial can't be brought to its end.
    pub async fn end(mut self) -> Result<Report, Error> {
        self.settle().await?;
        if let Some(status) = self.service.stop().await?
            && !status.success()
        {
            self.broken.push(format!(
                "told to stop, the service ended with {status}:\n{}",
                self.service.log_end()
            ));
        }
        self.report().await
    }

    /// Lets everything finish, and answers what is asked.
    ///
    /// # Errors
    /// The service can't be started, or the journal can't be read.
    pub async fn settle(&mut self) -> Result<(), Error> {
        if !self.service.is_up() {
            self.start().await?;
        }
        // Ten requests a second are what the account allows, and the long tier wants thousands: what counts is that it goes on.
        let (mut most, mut since) = (0, Instant::now());
        loop {
            let began = Instant::now();
            let Progress { over, ended } = self.progress().await?;
            let looked = began.elapsed();
            if ended > most {
                (most, since) = (ended, Instant::now());
            }
            if over || since.elapsed() > self.patience {
                break;
            }
            if let Some(status) = self.service.ended()? {
                self.broken.push(format!(
                    "the service ended by itself ({status}):\n{}",
                    self.service.log_end()
                ));
                self.start().await?;
            }
            self.service.look_at_it();
            // A look at thousands of runs takes a while, and the service needs the processor too.
            tokio::time::sleep((looked * 4).clamp(GLANCE, LONGEST_GLANCE)).await;
        }
        Ok(())
    }

    /// How many requests the other side has received.
    ///
    /// # Errors
    /// The sandbox does not answer.
    pub async fn requests(&self) -> Result<usize, Error> {
        Ok(self.sandbox.ledger().await?.len())
    }

    /// The other side's limit is kept: but for the first requests of each life, which end with the first answers, it had to
    /// refuse no more than one of twenty as more than it allows. `lives`: how many requests it had received before each
    /// start.
    ///
    /// # Errors
    /// The sandbox does not answer.
    pub async fn limit_is_kept(&mut self, lives: &[usize]) -> Result<(), Error> {
        const FIRST: usize = 20;
        let ledger = self.sandbox.ledger().await?;
        let knows_nothing_yet =
            |place: usize| lives.iter().any(|life| (*life..life + FIRST).contains(&place));
        let later: Vec<&Entry> = ledger
            .iter()
            .enumerate()
            .filter(|(place, _)| !knows_nothing_yet(*place))
            .map(|(_, entry)| entry)
            .collect();
        let refused = later.iter().filter(|entry| entry.is_over_the_limit()).count();
        if refused * 20 > later.len() {
            let all = later.len();
            self.broken.push(format!(
                "N1: {refused} of {all} requests were more than the account allows"
            ));
        }
        Ok(())
    }

    async fn report(self) -> Result<Report, Error> {
        let look = Look::open(&kept::data_folder(self.folder.path()))?;
        let kept = kept::all(&look).await?;
        let ledger = self.sandbox.ledger().await?;
        let state = self.sandbox.state().await?;
        let seen = Seen {
            folder: self.folder.path(),
            sent: &self.sent,
            ledger: &ledger,
            state: &state,
            kept: &kept,
            newcomers: &self.waits_for,
            clock_was_set: self.clock_was_set,
            memory: &self.service.memory,
            files: self.service.files,
        };
        let found = check(&seen).await?;
        let losses = found.losses;
        let mut broken = self.broken;
        broken.extend(found.into_sentences());
        let played = ledger.iter().filter(|entry| entry.fault.is_some()).count();
        let played = u64::try_from(played).unwrap_or(u64::MAX);
        let refused: u64 = self.sent.iter().map(|sent| sent.deferred).sum();
        let faults = self.faults + self.service.kills + played;
        if faults == 0 {
            broken.push("teeth: no fault happened".to_owned());
        }
        if is_kept() {
            // For a look at what is left.
            eprintln!("kept: {} ({refused} deferred)", self.folder.keep().display());
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let memory = &self.service.memory;
        Ok(Report {
            broken,
            kills: self.service.kills,
            faults,
            events: count(self.sent.iter().filter(|sent| !sent.taken.is_empty()).count()),
            runs: count(kept.len()),
            requests: count(ledger.len()),
            questions: self.questions,
            losses,
            memory: (
                memory.first().copied().unwrap_or_default(),
                memory.last().copied().unwrap_or_default(),
            ),
        })
    }

    /// Whether all runs have ended and every contact was found, and how many have. Answers what is asked on the way.
    async fn progress(&mut self) -> Result<Progress, Error> {
        let look = Look::open(&kept::data_folder(self.folder.path()))?;
        let runs = kept::runs(&look).await?;
        let over = runs.iter().all(|run| run.state.ended() || run.recipe == "tick");
        let asking = |run: &&Run| run.state == RunState::NeedsAttention;
        if runs.iter().any(|run| asking(&run)) {
            // What it tells of was there before the questions were.
            let ledger = self.sandbox.ledger().await?;
            for run in runs.iter().filter(asking) {
                self.answer(&look, run, &ledger).await?;
            }
        }
        let ended = runs
            .iter()
            .filter(|run| run.state.ended() && run.recipe != "tick")
            .count();
        if !over {
            return Ok(Progress { over, ended });
        }
        let state = self.sandbox.state().await?;
        let contacts = state
            .pointer("/collections/ghl/contacts")
            .and_then(|all| all.as_array());
        let Some(contacts) = contacts else {
            return Ok(Progress { over: false, ended });
        };
        let of = |recipe: &str| runs.iter().filter(|run| kind_of(&run.recipe) == recipe).count();
        let made = contacts
            .iter()
            .filter(|contact| is_made_by_an_event(contact))
            .count();
        let over = of("found") >= contacts.len() && self.waits_for.iter().all(|recipe| of(recipe) >= made);
        Ok(Progress { over, ended })
    }

    /// Answers as a person would who looks at the other side.
    async fn answer(&mut self, look: &Look, run: &Run, ledger: &[Entry]) -> Result<(), Error> {
        let questions = look.questions_of(&run.id).await?;
        let attempts = look.attempts(&run.id).await?;
        for question in questions.iter().filter(|question| question.answer.is_none()) {
            let mut mine = attempts
                .iter()
                .filter(|attempt| attempt.path == question.path && !attempt.looking);
            let happened = mine.next_back().is_some_and(|attempt| {
                let text = |name: &str| {
                    attempt
                        .request
                        .get(name)
                        .and_then(|text| text.as_str())
                        .unwrap_or_default()
                };
                let place = format!("{} {}", text("method"), path_of(text("url")));
                ledger.iter().any(|entry| entry.place == place && entry.is_done())
            });
            let answer = if happened { "--done" } else { "--again" };
            let words = [
                "runs",
                "resume",
                run.id.as_str(),
                answer,
                "--step",
                &question.path,
            ];
            let output = self
                .service
                .command(&words)
                .output()
                .map_err(Error::world("souschef runs resume"))?;
            if output.status.success() {
                self.questions += 1;
            } else if self.service.ended()?.is_none() {
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                self.broken
                    .push(format!("`souschef {}` said: {told}", words.join(" ")));
            }
        }
        Ok(())
    }
}

/// How far the runs of a trial have got.
struct Progress {
    /// Nothing is left to be waited for.
    over: bool,
    /// How many runs have ended.
    ended: usize,
}

/// Whether somebody wants to look at what is left, and at what runs say.
pub fn is_kept() -> bool {
    std::env::var_os("SOUSCHEF_KEEP").is_some()
}

/// What a recipe that asks for a text can make nothing of.
fn poisons() -> [serde_json::Value; 4] {
    [
        serde_json::json!({ "n": { "not": ["a", "text"] } }),
        serde_json::json!({ "n": ["neither", "this"] }),
        serde_json::json!({ "another": "field" }),
        serde_json::json!({ "n": "more than a text may hold ".repeat(12_000) }),
    ]
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split('?').next().unwrap_or(path)
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    for entry in std::fs::read_dir(from).map_err(Error::file("can't read", from))? {
        let entry = entry.map_err(Error::file("can't read", from))?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).map_err(Error::file("can't make", &target))?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).map_err(Error::file("can't copy to", &target))?;
        }
    }
    Ok(())
}
