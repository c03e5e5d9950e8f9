//! `souschef runs`.

use serde_json::{Map, Value, json};
use souschef_runtime::RunSummary;
use souschef_runtime::driver::CONNECTED;
use souschef_runtime::history::{self, Story};
use souschef_runtime::journal::{JournalError, Page, RunFilter, RunId, RunState};
use souschef_runtime::project::{self, OpenProject};
use souschef_server::ClientError;

use super::support::segment;
use super::{desk, support};
use crate::args::{Common, Format, ResumeArgs, RunsCommand, StartArgs, Which};
use crate::exit::Exit;
use crate::show::history::took;
use crate::show::run_lines::Detail;
use crate::show::run_tree::RunTree;
use crate::show::terminal::{self, AnsiColor, at, cut, faint, ink, out};

/// Shows and changes what the service has run.
pub(crate) fn runs(common: &Common, command: RunsCommand) -> Exit {
    match support::open_sound(common) {
        Ok(project) => support::block_on(done(project, command)),
        Err(exit) => exit,
    }
}

async fn done(project: OpenProject, command: RunsCommand) -> Exit {
    let done = match command {
        RunsCommand::List {
            which,
            outcome,
            limit,
            print,
        } => list(&project, which, outcome, limit, print.format).await,
        RunsCommand::Show { run, verbose, print } => show(&project, &run, verbose, print.format).await,
        RunsCommand::Export { run } => export(&project, &run).await,
        RunsCommand::Start(args) => start(project, args).await,
        RunsCommand::Resume(args) => resume(project, args).await,
        RunsCommand::Cancel {
            run,
            reason,
            which,
            all,
        } => match one_or_more(&run, &which, all) {
            Ok(Some(run)) => cancel(project, run, reason).await,
            Ok(None) => cancel_all(project, which, reason).await,
            Err(exit) => Err(exit),
        },
        RunsCommand::Replay {
            run,
            from,
            current,
            which,
            all,
        } => match one_or_more(&run, &which, all) {
            Ok(Some(run)) => replay(project, run, from, current).await,
            Ok(None) => replay_all(project, which, current).await,
            Err(exit) => Err(exit),
        },
    };
    done.unwrap_or_else(|exit| exit)
}

fn unread(error: JournalError) -> Exit {
    desk::broken(&error)
}

async fn list(
    project: &OpenProject,
    which: Which,
    outcome: Option<RunState>,
    limit: u32,
    format: Format,
) -> Result<Exit, Exit> {
    let asked = which.clone();
    let filter = RunFilter {
        recipe: which.recipe,
        connection: which.connection,
        state: outcome,
        since: which.since,
        until: which.until,
    };
    let page = Page { limit, below: None };
    let runs = history::list(&desk::look(project)?, filter, page)
        .await
        .map_err(unread)?;
    if format == Format::Json {
        terminal::json(&json!(runs));
        return Ok(Exit::Fine);
    }
    for run in &runs {
        terminal::line(&line(run));
        if let Some(reason) = &run.reason {
            let room = terminal::width().saturating_sub(4);
            terminal::line(&format!("    {}", faint(&cut(reason, room))));
        }
    }
    if runs.is_empty() {
        terminal::hint("no runs");
        tell_unknown(project, &asked);
    } else if runs.len() == usize::try_from(limit).unwrap_or(usize::MAX) {
        terminal::hint("there may be more: --limit, --since, --until");
    }
    Ok(Exit::Fine)
}

fn line(run: &RunSummary) -> String {
    let (mark, colour) = mark(run.outcome);
    let word = run.outcome.word().replace('_', " ");
    format!(
        "{} {} {} {} {}",
        out(&format!("{mark} {word:<15}"), ink(colour)),
        run.id,
        faint(&at(run.accepted_at)),
        run.recipe,
        faint(&format!("for {}", run.connection)),
    )
}

fn mark(state: RunState) -> (&'static str, AnsiColor) {
    match state {
        RunState::Succeeded => ("✓", AnsiColor::Green),
        RunState::Stopped => ("■", AnsiColor::Blue),
        RunState::Failed => ("✗", AnsiColor::Red),
        RunState::NeedsAttention => ("?", AnsiColor::Yellow),
        RunState::Cancelled => ("⊘", AnsiColor::Yellow),
        RunState::Queued => ("·", AnsiColor::BrightBlack),
        RunState::Running => ("▸", AnsiColor::Cyan),
        RunState::Waiting => ("◷", AnsiColor::Cyan),
    }
}

async fn story(project: &OpenProject, run: &str) -> Result<Story, Exit> {
    let run = meant(project, run).await?;
    history::story(&desk::look(project)?, &run).await.map_err(unread)
}

async fn show(project: &OpenProject, run: &str, verbose: bool, format: Format) -> Result<Exit, Exit> {
    let story = story(project, run).await?;
    if format == Format::Json {
        terminal::json(&json!({ "run": story.record() }));
        return Ok(Exit::Fine);
    }
    let detail = Detail {
        width: terminal::width(),
        verbose,
        dry_run: false,
        frame: 0,
    };
    let tree = RunTree::of(&story);
    let mut lines = tree.head(Some(&came(&story)), detail);
    if let Some(other) = recipe_since(project, &story).await? {
        lines.push(format!("{} {other}", faint("recipe  ")));
    }
    let body = tree.body(detail);
    if !body.is_empty() {
        lines.push(String::new());
        lines.extend(body);
    }
    let took = took(&story);
    let waits = what_for(&story);
    lines.extend(tree.end(&story.record(), took, detail));
    lines.extend(waits.map(|text| format!("  {text}")));
    terminal::line(&lines.join("\n"));
    Ok(Exit::Fine)
}

/// What an unfinished run waits for that none of its steps tells.
fn what_for(story: &Story) -> Option<String> {
    if let Some(other) = &story.behind {
        return Some(format!(
            "waits its turn: run {other} has the same key and is under way"
        ));
    }
    let account = story
        .waits
        .iter()
        .find(|wait| wait.event.as_deref() == Some(CONNECTED))?;
    Some(format!(
        "`souschef connections list` tells what is the matter with {}",
        account.event_path.as_deref().unwrap_or(&story.run.connection)
    ))
}

/// The run that is meant: by its id, or by so much of its beginning or end as no other has.
async fn meant(project: &OpenProject, named: &str) -> Result<RunId, Exit> {
    /// What is shorter is a slip.
    const SHORTEST: usize = 4;
    let look = desk::look(project)?;
    if look.run(&RunId::from(named)).await.map_err(unread)?.is_some() {
        return Ok(RunId::from(named));
    }
    let mut found = if named.len() < SHORTEST {
        Vec::new()
    } else {
        look.named(named).await.map_err(unread)?
    };
    if found.len() == 1
        && let Some(run) = found.pop()
    {
        return Ok(run);
    }
    let (message, help) = if found.is_empty() {
        (
            format!("there is no run {named}"),
            "`souschef runs list` shows them; a run is named by its id, or by four or more letters of its beginning or end"
                .to_owned(),
        )
    } else {
        let several: Vec<&str> = found.iter().map(RunId::as_str).collect();
        (
            format!("several runs begin or end with {named}"),
            format!("such as {}; their ends differ most", several.join(", ")),
        )
    };
    terminal::error(&message, Some(&help));
    Err(Exit::Problem)
}

/// Says where a name that was asked for is none of the project's: a slip, or a thing of the past.
fn tell_unknown(project: &OpenProject, which: &Which) {
    let recipes: Vec<String> = project
        .recipes()
        .unwrap_or_default()
        .into_iter()
        .map(|file| file.name)
        .collect();
    let connections: Vec<String> = project.config.connections.keys().cloned().collect();
    for (word, asked, known) in [
        ("recipe", &which.recipe, recipes),
        ("connection", &which.connection, connections),
    ] {
        if let Some(name) = asked.as_ref().filter(|name| !known.contains(name)) {
            let near = souschef_recipe::nearest(name, known.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            terminal::hint(&format!("the project has no {word} {name}{near}"));
        }
    }
}

/// Where the run's event came from.
fn came(story: &Story) -> String {
    let run = &story.run;
    let when = at(run.accepted_at);
    match (&run.replay_of, &run.parent, &run.event) {
        (Some(old), _, _) => format!("that of run {old}, repeated {when}"),
        (None, Some((parent, step)), _) => format!("called by {step} of run {parent}, {when}"),
        // The only trigger of a recipe has no name that a person has given it.
        (None, None, Some(event)) if run.trigger == "trigger" => format!("{event}, {when}"),
        (None, None, Some(event)) => format!("{event}, {when}, by trigger {}", run.trigger),
        (None, None, None) => when,
    }
}

/// What has become of the run's recipe since its event came: a run keeps the text that it began with.
async fn recipe_since(project: &OpenProject, story: &Story) -> Result<Option<&'static str>, Exit> {
    let kept = desk::look(project)?
        .recipe(&story.run.hash)
        .await
        .map_err(unread)?;
    let Some(kept) = kept else { return Ok(None) };
    let now = project
        .recipe(&story.run.recipe)
        .ok()
        .and_then(|file| project::read(&file.path).ok());
    Ok(match now {
        None => Some("its file is gone; the run goes by the text that it began with"),
        Some(now) if now.text() != kept.text => {
            Some("changed since; the run goes by the text that it began with")
        }
        Some(_) => None,
    })
}

async fn export(project: &OpenProject, run: &str) -> Result<Exit, Exit> {
    let run = meant(project, run).await?;
    let exported = desk::look(project)?.export(&run).await.map_err(unread)?;
    terminal::json(&exported);
    Ok(Exit::Fine)
}

async fn start(project: OpenProject, args: StartArgs) -> Result<Exit, Exit> {
    let event = match &args.event {
        Some(file) => support::data(file)?,
        None => json!({}),
    };
    let inputs = if args.inputs.is_empty() {
        Map::new()
    } else {
        let (_, plan) = support::plan(&project, &args.recipe, Format::Human)?;
        support::recipe_inputs(&plan, &args.inputs)?
    };
    let mut asked = json!({ "event": event, "inputs": inputs, "connection": args.connection });
    if let (Some(asked), Some(trigger)) = (asked.as_object_mut(), args.trigger) {
        asked.insert("trigger".to_owned(), json!(trigger));
    }
    let client = desk::desk(project).await?;
    let answer = client
        .post(
            &format!("/api/v1/recipes/{}/start", segment(&args.recipe)),
            &asked,
        )
        .await
        .map_err(|error| desk::refused(&error))?;
    let runs: Vec<&str> = answer
        .get("runs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for run in &runs {
        terminal::line(run);
    }
    terminal::hint(match runs.len() {
        0 => "the recipe is for no connection, so nothing was started",
        1 => "that is the run; `souschef runs show` follows it",
        _ => "those are the runs, one for each account; `souschef runs show` follows each",
    });
    desk::later(&client);
    Ok(Exit::Fine)
}

/// Whether anything says which runs are meant.
fn narrowed(which: &Which) -> bool {
    which.recipe.is_some() || which.connection.is_some() || which.since.is_some() || which.until.is_some()
}

/// The run that is meant, or none where those are that fit.
fn one_or_more<'a>(run: &'a Option<String>, which: &Which, all: bool) -> Result<Option<&'a str>, Exit> {
    let message = match run {
        Some(_) if narrowed(which) => {
            "give either a run, or which runs by --recipe, --connection, --since, --until"
        }
        None if !narrowed(which) && !all => {
            "say which runs: an id, or --recipe, --connection, --since, --until; --all for every one"
        }
        run => return Ok(run.as_deref()),
    };
    terminal::error(message, None);
    Err(Exit::Usage)
}

/// Every run in one of these states that fits, the oldest first.
async fn fitting(project: &OpenProject, which: &Which, states: &[RunState]) -> Result<Vec<RunSummary>, Exit> {
    let look = desk::look(project)?;
    tell_unknown(project, which);
    let mut found = Vec::new();
    for state in states {
        let mut page = Page {
            limit: 1000,
            below: None,
        };
        loop {
            let filter = RunFilter {
                recipe: which.recipe.clone(),
                connection: which.connection.clone(),
                state: Some(*state),
                since: which.since,
                until: which.until,
            };
            let runs = history::list(&look, filter, page.clone()).await.map_err(unread)?;
            let Some(last) = runs.last() else { break };
            page.below = Some(last.seq);
            // What was called goes with what called it.
            found.extend(runs.into_iter().filter(|run| run.parent.is_none()));
        }
    }
    found.sort_by_key(|run| run.seq);
    Ok(found)
}

async fn resume(project: OpenProject, args: ResumeArgs) -> Result<Exit, Exit> {
    let answer = match (args.done, args.again) {
        (true, _) => "done",
        (_, true) => "again",
        _ => "skip",
    };
    let mut asked = Map::new();
    asked.insert("answer".to_owned(), json!(answer));
    let path = match &args.run {
        Some(run) => {
            if narrowed(&args.which) {
                terminal::error(
                    "give either a run, or which runs by --recipe, --connection, --since, --until",
                    None,
                );
                return Err(Exit::Usage);
            }
            asked.insert("step".to_owned(), json!(args.step));
            if args.value.is_some() && !args.done {
                terminal::error("--value goes with --done: it is what the step returned", None);
                return Err(Exit::Usage);
            }
            if let Some(value) = &args.value {
                let value: Value = serde_json::from_str(value).map_err(|why| {
                    terminal::error(
                        &format!("--value is no JSON: {why}"),
                        Some("a text has quotes: '\"abc\"'"),
                    );
                    Exit::Usage
                })?;
                asked.insert("value".to_owned(), value);
            }
            let run = meant(&project, run).await?;
            format!("/api/v1/runs/{}/resume", segment(run.as_str()))
        }
        None if !narrowed(&args.which) && !args.all => {
            terminal::error(
                "say which runs: an id, or --recipe, --connection, --since, --until; --all for every one that asks",
                None,
            );
            return Err(Exit::Usage);
        }
        None => {
            asked.insert("recipe".to_owned(), json!(args.which.recipe));
            asked.insert("connection".to_owned(), json!(args.which.connection));
            asked.insert("since".to_owned(), json!(args.which.since));
            asked.insert("until".to_owned(), json!(args.which.until));
            asked.insert("all".to_owned(), json!(args.all));
            "/api/v1/resume".to_owned()
        }
    };
    desk::look(&project)?;
    if args.run.is_none() {
        tell_unknown(&project, &args.which);
    }
    let client = desk::desk(project).await?;
    let answer = client
        .post(&path, &Value::Object(asked))
        .await
        .map_err(|error| desk::refused(&error))?;
    let runs: Vec<&str> = answer
        .get("runs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for run in &runs {
        terminal::line(run);
    }
    match runs.len() {
        0 => terminal::hint("no run asks anything that fits"),
        1 => terminal::hint("answered: the run goes on"),
        several => terminal::hint(&format!("answered: {several} runs go on")),
    }
    if !runs.is_empty() {
        desk::later(&client);
    }
    Ok(Exit::Fine)
}

async fn cancel(project: OpenProject, run: &str, reason: Option<String>) -> Result<Exit, Exit> {
    let run = meant(&project, run).await?;
    let client = desk::desk(project).await?;
    client
        .post(
            &format!("/api/v1/runs/{}/cancel", segment(run.as_str())),
            &json!({ "reason": reason }),
        )
        .await
        .map_err(|error| desk::refused(&error))?;
    terminal::hint("the run ends once what it has under way has ended");
    desk::later(&client);
    Ok(Exit::Fine)
}

async fn cancel_all(project: OpenProject, which: Which, reason: Option<String>) -> Result<Exit, Exit> {
    let open = [
        RunState::Queued,
        RunState::Running,
        RunState::Waiting,
        RunState::NeedsAttention,
    ];
    let runs = fitting(&project, &which, &open).await?;
    let client = desk::desk(project).await?;
    let mut cancelled = 0;
    for run in runs {
        let path = format!("/api/v1/runs/{}/cancel", segment(&run.id));
        match client.post(&path, &json!({ "reason": reason })).await {
            Ok(_) => {
                terminal::line(&run.id);
                cancelled += 1;
            }
            // It has ended meanwhile.
            Err(ClientError::Refused { status: 409, .. }) => {}
            Err(error) => return Err(desk::refused(&error)),
        }
    }
    match cancelled {
        0 => terminal::hint("no run that fits is under way"),
        1 => terminal::hint("the run ends once what it has under way has ended"),
        several => terminal::hint(&format!(
            "{several} runs end, each once what it has under way has ended"
        )),
    }
    if cancelled > 0 {
        desk::later(&client);
    }
    Ok(Exit::Fine)
}

/// Repeats what has failed and was not repeated yet. One that can't be repeated keeps none of the others from it.
async fn replay_all(project: OpenProject, which: Which, current: bool) -> Result<Exit, Exit> {
    let failed = fitting(&project, &which, &[RunState::Failed]).await?;
    let look = desk::look(&project)?;
    let client = desk::desk(project).await?;
    let (mut repeated, mut refused) = (0, 0);
    for run in failed {
        let id = RunId::from(run.id.as_str());
        if look.is_repeated(&id).await.map_err(unread)? {
            continue;
        }
        let path = format!("/api/v1/runs/{}/replay", segment(&run.id));
        match client
            .post(&path, &json!({ "from": null, "current": current }))
            .await
        {
            Ok(answer) => {
                terminal::line(answer.get("run").and_then(Value::as_str).unwrap_or_default());
                repeated += 1;
            }
            Err(ClientError::Refused { message, .. }) => {
                terminal::error(&format!("run {} is not repeated: {message}", run.id), None);
                refused += 1;
            }
            Err(error) => return Err(desk::refused(&error)),
        }
    }
    match repeated {
        0 => terminal::hint("no failed run fits that was not repeated yet"),
        1 => terminal::hint("that is the new run; `souschef runs show` follows it"),
        several => terminal::hint(&format!(
            "those are {several} new runs; `souschef runs list` follows them"
        )),
    }
    if repeated > 0 {
        desk::later(&client);
    }
    Ok(if refused > 0 { Exit::Problem } else { Exit::Fine })
}

async fn replay(project: OpenProject, run: &str, from: Option<String>, current: bool) -> Result<Exit, Exit> {
    let run = meant(&project, run).await?;
    let client = desk::desk(project).await?;
    let answer = client
        .post(
            &format!("/api/v1/runs/{}/replay", segment(run.as_str())),
            &json!({ "from": from, "current": current }),
        )
        .await
        .map_err(|error| desk::refused(&error))?;
    terminal::line(answer.get("run").and_then(Value::as_str).unwrap_or_default());
    terminal::hint("that is the new run; `souschef runs show` follows it");
    desk::later(&client);
    Ok(Exit::Fine)
}
