//! The child: a small service with a fixed recipe of four steps: `a` calls, `b` waits, `c` calls another run, `d` calls.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use souschef_journal::{
    Accepted, AttemptBegin, AttemptEnd, Claim, Concurrency, End, EventId, Health, Journal, JournalError, Key,
    Mode, NewEvent, NewRun, NewWait, Next, Options, Outcome, PollCommit, Progress, RecipeText, Retention,
    RunId, RunState, Secret, SeenItem, Signal, Standing, WaitKind,
};

pub(crate) const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn open(folder: &std::path::Path) -> Result<Journal, JournalError> {
    Journal::open(folder, Key::read(KEY).unwrap(), Options::default(), at(0))
}

/// Says what the outside world has now been told.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "@{line}").unwrap();
    out.flush().unwrap();
}

/// Does nothing unless it was started as a child.
#[test]
fn acts() {
    let Ok(act) = std::env::var("JOURNAL_ACT") else {
        return;
    };
    let folder = PathBuf::from(std::env::var_os("JOURNAL_FOLDER").unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let journal = match open(&folder) {
            Ok(journal) => journal,
            Err(error) => return say(&format!("not opened {error}")),
        };
        for hash in ["h1", "h2"] {
            let recipe = RecipeText {
                hash: hash.into(),
                name: "welcome".into(),
                text: format!("text of {hash}"),
            };
            if let Err(error) = journal.keep_recipe(recipe, at(0)).await {
                return say(&format!("error {error}"));
            }
        }
        match act.as_str() {
            "work" => work(&journal, 8).await,
            "drain" => drain(&journal).await,
            "accept" => accept_only(&journal, 40).await,
            "fill" => fill(&journal).await,
            "race" => race(journal).await,
            "text" => text(&journal).await,
            "late" => late(&journal).await,
            "queue" => queue(&journal).await,
            "offer" => offer(&journal).await,
            "second" => {
                say(&format!("second {}", open(&folder).is_ok()));
                Ok(())
            }
            "backup" => backup(&journal),
            other => panic!("no such act: {other}"),
        }
        .unwrap_or_else(|error| say(&format!("error {error}")));
    });
}

pub(crate) fn run(hash: &str) -> NewRun {
    NewRun {
        id: RunId::new(),
        recipe: "welcome".into(),
        hash: hash.into(),
        trigger: "trigger".into(),
        connection: "main".into(),
        inputs: json!({}),
        concurrency: Concurrency::default(),
        once: None,
    }
}

pub(crate) fn event(key: &str, runs: Vec<NewRun>) -> NewEvent {
    NewEvent {
        id: EventId::new(),
        connection: Some("main".into()),
        source: "hook".into(),
        key: Some(key.into()),
        strict: true,
        body: json!({ "key": key, "fill": "some text that takes room ".repeat(8) }),
        runs,
        signal: None,
        at: at(1),
    }
}

async fn accept(journal: &Journal, key: &str) -> Result<(), JournalError> {
    match journal.accept(event(key, vec![run("h1")])).await? {
        Accepted::New { event, .. } | Accepted::Duplicate { event } => {
            say(&format!("accepted {key} {event}"))
        }
        Accepted::Differs { .. } => panic!("the same body"),
    }
    Ok(())
}

async fn accept_only(journal: &Journal, count: usize) -> Result<(), JournalError> {
    for number in 0..count {
        match accept(journal, &format!("k{number}")).await {
            Ok(()) => {}
            Err(error) => {
                say(&format!("refused {error}"));
                if let Health::Broken(why) = &*journal.health().borrow() {
                    say(&format!("broken {why}"));
                }
            }
        }
    }
    Ok(())
}

async fn work(journal: &Journal, rounds: usize) -> Result<(), JournalError> {
    for round in 0..rounds {
        accept(journal, &format!("k{round}")).await?;
        let version = journal.look().poll("poll").await?.version;
        let commit = PollCommit {
            poll: "poll".into(),
            version,
            cursor: Some(json!(round)),
            seen: vec![SeenItem {
                item: format!("i{round}"),
                fingerprint: "f".into(),
            }],
            events: vec![event(&format!("i{round}"), vec![run("h1")])],
            at: at(1),
        };
        let item = format!("i{round}");
        if journal.look().seen("poll", vec![item.clone()]).await?.is_empty() {
            journal.poll(commit).await?;
            say(&format!("polled {item}"));
        }
        drive(journal).await?;
        secrets(journal).await?;
        if round == 4 {
            journal.retain(Retention::default(), at(60)).await?;
        }
    }
    drain(journal).await
}

/// Rotates a token as a refresh would.
async fn secrets(journal: &Journal) -> Result<(), JournalError> {
    let kept = journal.secrets("main", "oauth").await?;
    let version = kept.first().map_or(0, |kept| kept.version);
    let next = journal
        .keep_secret(
            "main",
            "oauth",
            version,
            Secret::new(format!("t{}", version + 1)),
            at(2),
        )
        .await?;
    say(&format!("token {next}"));
    journal.confirm_secret("main", "oauth", next).await?;
    say(&format!("confirmed {next}"));
    Ok(())
}

/// Works until nothing is left to do; far more turns than that takes mean that it goes in a circle.
async fn drain(journal: &Journal) -> Result<(), JournalError> {
    for _ in 0..200 {
        let woken = journal.settle(at(100), 10).await?;
        let driven = drive(journal).await?;
        if woken.is_empty() && driven == 0 {
            return Ok(());
        }
    }
    say("error the runs go in a circle");
    Ok(())
}

async fn drive(journal: &Journal) -> Result<usize, JournalError> {
    let claims = journal.claim(10, at(2)).await?;
    for claim in &claims {
        carry_on(journal, claim).await?;
    }
    Ok(claims.len())
}

/// Carries a run on from where it stood. It feeds itself only what the journal gives back.
async fn carry_on(journal: &Journal, claim: &Claim) -> Result<(), JournalError> {
    let id = &claim.ticket.run;
    let replay = journal.look().replay(id).await?;
    let child = replay.run.parent.is_some();
    let mut heard = replay.effects.last().map_or(0, |effect| effect.seq);
    let mut fed: Vec<String> = replay.effects.into_iter().map(|effect| effect.path).collect();
    let steps = if child { &["a"][..] } else { &["a", "b", "c", "d"] };
    for path in steps {
        if fed.iter().any(|fed| fed == path) {
            continue;
        }
        let mut progress = Progress {
            heard,
            ..Progress::default()
        };
        match *path {
            "b" => {
                let wait = NewWait {
                    path: "b".into(),
                    kind: WaitKind::Sleep { until: at(50) },
                };
                progress.waits = vec![wait];
                progress.next = Next::Rest;
            }
            "c" => {
                progress.calls = vec![("c".into(), run("h1"))];
                progress.next = Next::Rest;
            }
            path => {
                let last = replay.attempts.iter().rfind(|attempt| attempt.path == path);
                if last.is_some_and(|attempt| attempt.ended_at.is_none()) {
                    progress.asks = vec![(path.into(), json!("nobody knows"))];
                    progress.next = Next::Rest;
                } else {
                    let number = last.map_or(1, |attempt| attempt.number + 1);
                    call(journal, claim, path, number, heard).await?;
                    progress = answered(path, number, heard);
                }
            }
        }
        let standing = journal.progress(&claim.ticket, progress, at(3)).await?;
        for effect in &standing.news {
            say(&format!("fed {id} {}", effect.path));
            fed.push(effect.path.clone());
            heard = effect.seq;
        }
        if standing.state != RunState::Running {
            return Ok(());
        }
    }
    let end = Next::End(End {
        state: RunState::Succeeded,
        reason: None,
        told: Outcome::Done(json!("well")),
    });
    journal
        .progress(
            &claim.ticket,
            Progress {
                heard,
                next: end,
                ..Progress::default()
            },
            at(4),
        )
        .await?;
    say(&format!("ended {id}"));
    Ok(())
}

async fn call(
    journal: &Journal,
    claim: &Claim,
    path: &str,
    number: u32,
    heard: i64,
) -> Result<Standing, JournalError> {
    let begin = AttemptBegin {
        path: path.into(),
        number,
        looking: false,
        request: json!({ "url": path }).into(),
    };
    let progress = Progress {
        heard,
        begins: vec![begin],
        ..Progress::default()
    };
    let standing = journal.progress(&claim.ticket, progress, at(3)).await?;
    say(&format!("sent {} {path}", claim.ticket.run));
    Ok(standing)
}

fn answered(path: &str, number: u32, heard: i64) -> Progress {
    let end = AttemptEnd {
        path: path.into(),
        number,
        status: Some(200),
        response: Some(json!({ "ok": true })),
        error: None,
        ms: 1,
    };
    Progress {
        heard,
        ends: vec![end],
        outcomes: vec![(path.into(), Outcome::Done(json!(path)))],
        ..Progress::default()
    }
}

/// Accepts until the disk is full, goes on with what is under way, waits until there is room again.
async fn fill(journal: &Journal) -> Result<(), JournalError> {
    accept(journal, "first").await?;
    let claim = journal.claim(1, at(2)).await?.remove(0);
    let mut number = 0;
    loop {
        let mut big = event(&format!("big{number}"), vec![]);
        big.body = json!("x".repeat(200_000));
        match journal.accept(big).await {
            Ok(_) => say(&format!("accepted big{number} -")),
            Err(JournalError::DiskFull) => break,
            Err(error) => return Err(error),
        }
        number += 1;
    }
    say(&format!("full {:?}", *journal.health().borrow()));
    // What is under way can still be written down.
    let standing = journal.progress(&claim.ticket, answered_only("a"), at(3)).await?;
    say(&format!("fed {} {}", claim.ticket.run, standing.news[0].path));
    match journal.accept(event("refused", vec![])).await {
        Err(JournalError::DiskFull) => say("refused"),
        other => panic!("{other:?}"),
    }
    // The parent makes room at this.
    say("waiting");
    let mut health = journal.health();
    while *health.borrow_and_update() != Health::Well {
        health.changed().await.unwrap();
    }
    accept(journal, "after").await
}

fn answered_only(path: &str) -> Progress {
    Progress {
        outcomes: vec![(path.into(), Outcome::Done(json!(path)))],
        ..Progress::default()
    }
}

async fn race(journal: Journal) -> Result<(), JournalError> {
    let journal = Arc::new(journal);
    let gate = Arc::new(tokio::sync::Barrier::new(64));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (journal, gate) = (Arc::clone(&journal), Arc::clone(&gate));
            tokio::spawn(async move {
                gate.wait().await;
                journal.accept(event("one", vec![run("h1")])).await
            })
        })
        .collect();
    for task in tasks {
        if let Accepted::New { event, .. } = task.await.unwrap()? {
            say(&format!("new {event}"));
        }
    }
    Ok(())
}

async fn text(journal: &Journal) -> Result<(), JournalError> {
    let new = run("h1");
    let id = new.id.clone();
    journal.accept(event("k", vec![new])).await?;
    let edited = RecipeText {
        hash: "h3".into(),
        name: "welcome".into(),
        text: "edited".into(),
    };
    journal.keep_recipe(edited, at(9)).await?;
    say(&format!("text {}", journal.look().replay(&id).await?.recipe.text));
    Ok(())
}

/// An older attempt's answer comes while a newer attempt is out.
async fn late(journal: &Journal) -> Result<(), JournalError> {
    journal.accept(event("k", vec![run("h1")])).await?;
    let claim = journal.claim(1, at(2)).await?.remove(0);
    call(journal, &claim, "a", 1, 0).await?;
    call(journal, &claim, "a", 2, 0).await?;
    let end = answered("a", 1, 0).ends.remove(0);
    journal.late_answer(&claim.ticket.run, end, at(4)).await?;
    let replay = journal.look().replay(&claim.ticket.run).await?;
    say(&format!("outcomes {}", replay.effects.len()));
    Ok(())
}

async fn queue(journal: &Journal) -> Result<(), JournalError> {
    for number in 0..4 {
        let mut new = run("h1");
        new.inputs = json!(number);
        new.concurrency.mode = Mode::Queue;
        journal.accept(event(&format!("k{number}"), vec![new])).await?;
    }
    loop {
        let claims = journal.claim(10, at(2)).await?;
        let [claim] = claims.as_slice() else {
            say(&format!("at once {}", claims.len()));
            return Ok(());
        };
        let run = journal.look().run(&claim.ticket.run).await?.unwrap();
        say(&format!("turn {}", run.inputs));
        let next = Next::End(End {
            state: RunState::Succeeded,
            reason: None,
            told: Outcome::Cancelled,
        });
        journal
            .progress(
                &claim.ticket,
                Progress {
                    next,
                    ..Progress::default()
                },
                at(3),
            )
            .await?;
    }
}

/// An event comes while its run is on its way to rest.
async fn offer(journal: &Journal) -> Result<(), JournalError> {
    journal.accept(event("k", vec![run("h1")])).await?;
    let claim = journal.claim(1, at(2)).await?.remove(0);
    let wait = NewWait {
        path: "a".into(),
        kind: WaitKind::Event {
            event: "reply".into(),
            path: None,
            condition: None,
            until: None,
        },
    };
    journal
        .progress(
            &claim.ticket,
            Progress {
                waits: vec![wait],
                ..Progress::default()
            },
            at(3),
        )
        .await?;
    let mut reply = event("reply", vec![]);
    reply.signal = Some(Signal::for_the_run("reply", None, None));
    journal.accept(reply).await?;
    let rest = Progress {
        next: Next::Rest,
        ..Progress::default()
    };
    let standing = journal.progress(&claim.ticket, rest, at(3)).await?;
    // Either its driver goes on, or it can be claimed.
    let seen = standing.state == RunState::Running || !journal.claim(1, at(4)).await?.is_empty();
    say(&format!("seen {seen}"));
    Ok(())
}

fn backup(journal: &Journal) -> Result<(), JournalError> {
    for second in 0..3 {
        let copy = journal.copy(None, at(second))?;
        say(&format!("copy {}", copy.path.display()));
    }
    std::thread::sleep(Duration::from_millis(1));
    Ok(())
}
