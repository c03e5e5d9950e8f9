//! Job J: how many runs the service finishes, beside a program written for that one job.
//!
//! # The job
//!
//! A webhook of about 600 bytes arrives with a token and a delivery id, six of its fields are mapped, two calls go to an
//! API that answers at once, the second with what the first gave. Everything is journaled before it counts: the event
//! before the webhook is answered, each request before it leaves, each result, the end. 32 clients send a webhook each and
//! the next one when the run of the last has ended.
//!
//! The **engine** is the service as it is, with the recipe of `project/`. The **ceiling** ([`ceiling`]) does the same job
//! written out in Rust: axum, reqwest, SQLite with the same settings (write-ahead log, `synchronous=FULL`, one writer
//! thread with group commit), and nothing that a user could change. Both log a line for each run's end, from which its end
//! is known.
//!
//! # How it is read
//!
//! Both run as processes of their own, in turns, each with a fresh journal; the figures are medians of the rounds.
//!
//! | figure | what |
//! |---|---|
//! | runs/s | finished runs in a second. The **ratio** to the ceiling is the figure to hold on to: half is sound, 70 % the goal |
//! | p50, p99 | from the webhook's first byte sent to the run's end |
//! | CPU | of the process, for each run. It changes least with what else the machine does |
//! | memory | resident, at the end of a round |
//!
//! The clients and the API live in the measuring process and take their share of the machine, so on few cores the ratio of
//! CPU is the stricter one. A run waits for four commits in either; many runs share each.
//!
//! # What was found
//!
//! Measured on two cores. At first, beside other work, 0.45 to 0.53 ms of CPU for each run beside 0.10 to 0.12, and 22 to 26 % of the
//! ceiling's runs. Alone on the machine, before the last row of the table: 0.29 ms beside 0.09, 4,589 runs/s beside 11,689, 39 %,
//! p99 12.8 ms beside 4.7. With it, three times five rounds: 0.21 to 0.24 ms beside 0.09, 5,740 to 6,494 runs/s beside 12,169 to
//! 12,710, **47, 50 and 51 %**, p99 9.6 to 10.8 ms beside 4.1 to 4.5, 40 MiB beside 26. The last row itself was measured beside other
//! work, in eleven pairs of rounds with the version before. What gave what, as CPU for each run:
//!
//! | what | CPU |
//! |---|---|
//! | a group is written without savepoints, each of which copied every page that changed in it | -14 % |
//! | a run is claimed in the write that accepts it, its driver is handed all that is known of it: four commits in place of five and a read | -5 % |
//! | fewer statements for each write, and no outcome read back that was just written | -10 % |
//! | what a request came to is shared, not copied; one index fewer; the log is carried over less often | -6 % |
//! | another allocator; it takes 11 MiB, the ceiling's process too | -12 % |
//! | together: no `RETURNING` (SQLite makes a table for each answer) and no upsert where rows are written often; the journal's form 3, with two indexes fewer and a third that a run leaves when it went well; a copy of a scope copies no names, a call and its request as shown are shared | median -12 %, single pairs from +3 to -28 % |
//!
//! What still holds it back: 40 % of the time is the journal's thread (27 pages of the log for a commit of some eleven writes,
//! in 18 trees; half of it is SQLite's statements, a third writing and syncing), a sixth is the allocator (values made by one thread and
//! freed by another), the rest is spread thinly over HTTP, the interpreter and the values that are made between them.
//!
//! What gave nothing that could be measured: waiting a moment, or yielding, so that more writes share a commit; mimalloc 2; tables
//! without rowid for steps, requests and outcomes (by count of pages only, in a model of the same writes: what the second index saves
//! is lost to splits of wide rows).
//!
//! `cargo xtask bench job-j`; `cargo run --release -p souschef-bench -- job-j --rounds 3 --seconds 5 --clients 32 --only engine`
//! for a closer look.

mod ceiling;
mod child;
mod engine;
mod fake;
mod load;
mod store;
mod table;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use child::Child;
use load::Ends;
use table::Figures;

/// The word by which the program starts itself as one of the two that are measured.
pub(crate) const CHILD: &str = "job-j-child";
/// The token that the webhook's sender shows.
const TOKEN: &str = "3f9c1d7e5b2a48608c9d0e1f2a3b4c5d";
/// Before figures are taken, so that files, pools and caches are warm.
const WARM_UP: Duration = Duration::from_secs(2);

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Arguments.
    #[error(
        "`{0}` is not understood: checks, or job-j with --rounds, --seconds, --clients, --only engine or ceiling"
    )]
    Words(String),
    /// Files, sockets, processes.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What was started did not begin to work.
    #[error("the {who} did not start:\n{said}")]
    NotStarted {
        /// Engine or ceiling.
        who: &'static str,
        /// Its log.
        said: String,
    },
    /// A webhook was not taken, or its run came to no end.
    #[error("{0}")]
    Load(String),
    /// The service.
    #[error(transparent)]
    Service(#[from] souschef_runtime::ServiceError),
    /// The project of the measurement.
    #[error(transparent)]
    Project(#[from] souschef_runtime::ProjectError),
    /// The ceiling's SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The ceiling's HTTP client.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The service.
    Engine,
    /// The program written for the job.
    Ceiling,
}

impl Who {
    fn word(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Ceiling => "ceiling",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Self::Engine, Self::Ceiling]
            .into_iter()
            .find(|who| who.word() == word)
    }
}

struct Plan {
    rounds: usize,
    length: Duration,
    clients: usize,
    who: Vec<Who>,
}

fn plan(options: &[&str]) -> Option<Plan> {
    let mut plan = Plan {
        rounds: 5,
        length: Duration::from_secs(6),
        clients: 32,
        who: vec![Who::Engine, Who::Ceiling],
    };
    for pair in options.chunks(2) {
        match pair {
            ["--rounds", number] => plan.rounds = number.parse().ok().filter(|rounds| *rounds > 0)?,
            ["--seconds", number] => plan.length = Duration::from_secs(number.parse().ok()?),
            ["--clients", number] => plan.clients = number.parse().ok()?,
            ["--only", who] => plan.who = vec![Who::of(who)?],
            _ => return None,
        }
    }
    Some(plan)
}

/// Measures and prints.
pub(crate) fn run(options: &[&str]) -> Result<(), Error> {
    let plan = plan(options).ok_or_else(|| Error::Words(options.join(" ")))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut all = Vec::new();
    for round in 0..plan.rounds {
        let mut who = plan.who.clone();
        if round % 2 == 1 {
            who.reverse();
        }
        for who in who {
            let figures = runtime.block_on(measure(who, &plan))?;
            table::print_round(round, who, &figures);
            all.push((who, figures));
        }
    }
    table::print_medians(&all);
    Ok(())
}

/// One of the two, in a fresh folder, under load.
async fn measure(who: Who, plan: &Plan) -> Result<Figures, Error> {
    // Beside the build, not in the system's temporary folder, which may lie in memory.
    let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    std::fs::create_dir_all(&place)?;
    let folder = tempfile::tempdir_in(place)?;
    let api = fake::listen().await?;
    let ends = Ends::default();
    let child = Child::start(who, folder.path(), &format!("http://{api}"), ends.clone())?;
    let address = child.address();
    load::run(address, plan.clients, WARM_UP, &ends).await?;
    let before = child.taken();
    let took = load::run(address, plan.clients, plan.length, &ends).await?;
    let after = child.taken();
    Ok(Figures::of(took, plan.length, before, after))
}

/// One of the two, as a process of its own: prints the address that it listens on, and works until its input ends.
pub(crate) fn child(who: &str, folder: &str, api: &str) -> Result<(), Error> {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::INFO)
        .init();
    let folder = Path::new(folder);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match Who::of(who) {
        Some(Who::Engine) => runtime.block_on(engine::work(folder, api)),
        Some(Who::Ceiling) => runtime.block_on(ceiling::work(folder, api)),
        None => Err(Error::Words(who.to_owned())),
    }
}

/// Tells where the child listens, and returns once its input has ended.
#[allow(clippy::print_stdout, reason = "it is how the address is told")]
async fn until_told_to_stop(address: std::net::SocketAddr) {
    println!("{address}");
    let ended = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    // However the reading ended, there is nobody left to work for.
    drop(ended.await);
}
