//! An account's token ends again and again while many calls want it. Each refresh token is good for once: two renewals at
//! once, or one that forgets its pair, lock the account out.

use std::io::Write as _;
use std::process::Stdio;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::Error;
use crate::load::KINDS;
use crate::trial::{Report, Setting, Trial};
use crate::wire;

const APP: &str = "{ oauth: { client_id: app-of-the-trial, client_secret: { env: APP_SECRET } } }";

/// Starts the service with an account that was connected by OAuth.
async fn connected(trial: &mut Trial) -> Result<(), Error> {
    let text = trial
        .project_file()?
        .replace("{ token: { env: GHL_TOKEN } }", APP);
    trial.write_project_file(&text)?;
    connect(trial).await?;
    trial.start().await
}

/// Tokens live for four seconds; the service is killed before a renewal leaves and after its pair is on disk. (Between the
/// two the answer is lost, and a provider that takes no token twice has to be asked by a person.)
pub(super) async fn short_lived(setting: &Setting) -> Result<Report, Error> {
    let rounds = if setting.long { 25 } else { 2 };
    let mut trial = Trial::new(setting, "tokens", &["--latency", "60ms", "--token-life", "4s"])?;
    connected(&mut trial).await?;
    let load = trial.load(rounds * 40, Duration::from_secs(rounds * 10), 1, &KINDS);
    for round in 0..rounds {
        let point = if round % 2 == 0 { "before_send" } else { "kept" };
        tokio::time::sleep(Duration::from_secs(4)).await;
        trial.service.kill()?;
        let cut = format!("accounts.refresh.{point}:2");
        trial.service.start(&[("SOUSCHEF_KILL_AT", &cut)]).await?;
        if trial.service.is_up() && trial.service.end_within(Duration::from_secs(25)).await?.is_none() {
            trial.broken.push(format!("teeth: {cut} was never met"));
            trial.service.kill()?;
        }
        trial.start().await?;
    }
    trial.taken(load).await?;
    let renewals = trial.sandbox.ledger().await?;
    let renewals = renewals.iter().filter(|entry| entry.operation == "oauth.refresh");
    let refused = renewals.clone().filter(|entry| !entry.is_done()).count();
    if refused > 0 {
        trial
            .broken
            .push(format!("N4: the provider refused {refused} renewals"));
    }
    if renewals.count() < 2 {
        trial.broken.push("teeth: no token was renewed".to_owned());
    }
    trial.end().await
}

/// The answer of a renewal is lost, and the provider takes no token twice. Runs wait, none fails for it; they say what is to be done, and go on once
/// it was done.
pub(super) async fn dead(setting: &Setting) -> Result<Report, Error> {
    let options = ["--token-life", "4s", "--fail", "lost:oauth.refresh:1"];
    let mut trial = Trial::new(setting, "dead-token", &options)?;
    connected(&mut trial).await?;
    let load = trial.load(40, Duration::from_secs(14), 1, &KINDS);
    tokio::time::sleep(Duration::from_secs(10)).await;
    trial
        .story_of("lead", &["must be connected again", "connect it again"])
        .await?;
    // What waits outlives the process too.
    trial.service.kill()?;
    trial.start().await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    // As a person does: beside the service that runs.
    connect(&trial).await?;
    trial.taken(load).await?;
    trial.end().await
}

/// As a person would whose browser is elsewhere: the page allows at once, and the address that it ends at is pasted.
async fn connect(trial: &Trial) -> Result<(), Error> {
    let mut child = trial
        .service
        .command(&["connect", "ghl", "--paste"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::world("souschef connect"))?;
    let (Some(mut stdin), Some(stderr)) = (child.stdin.take(), child.stderr.take()) else {
        return Err(Error::Other("souschef connect has no stdin".to_owned()));
    };
    let (page, rest) = page_of(stderr)?;
    let path = page.strip_prefix(&trial.sandbox.url).unwrap_or(&page);
    let answer = wire::ask(
        trial.sandbox.url.trim_start_matches("http://"),
        "GET",
        path,
        &[],
        None,
    )
    .await
    .map_err(Error::world("the provider's page"))?;
    let header = |line: &'_ str| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location").then(|| value.to_owned())
    };
    let address = answer.head.lines().find_map(header).unwrap_or_default();
    writeln!(stdin, "{address}").map_err(Error::world("souschef connect"))?;
    drop(stdin);
    let status = child.wait().map_err(Error::world("souschef connect"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Other(format!(
            "`souschef connect ghl` ended with {status}; the page sent to {address}:\n{}",
            rest.join().unwrap_or_default()
        )))
    }
}

/// The link that it shows, and what it says after that.
fn page_of(stderr: std::process::ChildStderr) -> Result<(String, JoinHandle<String>), Error> {
    use std::io::BufRead as _;
    let mut lines = std::io::BufReader::new(stderr);
    let mut line = String::new();
    while lines
        .read_line(&mut line)
        .map_err(Error::world("souschef connect"))?
        > 0
    {
        if let Some(page) = line.trim().strip_prefix("http") {
            let rest = std::thread::spawn(move || {
                let mut rest = String::new();
                // What can't be read is not told.
                let _ = std::io::Read::read_to_string(&mut lines, &mut rest);
                rest
            });
            return Ok((format!("http{page}"), rest));
        }
        line.clear();
    }
    Err(Error::Other("souschef connect shows no page".to_owned()))
}
