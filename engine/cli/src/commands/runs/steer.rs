//! What a person has the service do with its runs: starts, answers, ends and repeats.

use serde_json::{Map, Value, json};
use souschef_runtime::RunSummary;
use souschef_runtime::history;
use souschef_runtime::journal::{Page, RunFilter, RunId, RunState};
use souschef_runtime::project::OpenProject;
use souschef_server::ClientError;

use super::{meant, tell_unknown, unread};
use crate::args::{Format, ResumeArgs, StartArgs, Which};
use crate::commands::support::segment;
use crate::commands::{desk, support};
use crate::exit::Exit;
use crate::show::terminal;

pub(super) async fn start(project: OpenProject, args: StartArgs) -> Result<Exit, Exit> {
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
pub(super) fn one_or_more<'a>(
    run: &'a Option<String>,
    which: &Which,
    all: bool,
) -> Result<Option<&'a str>, Exit> {
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

pub(super) async fn resume(project: OpenProject, args: ResumeArgs) -> Result<Exit, Exit> {
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

pub(super) async fn cancel(project: OpenProject, run: &str, reason: Option<String>) -> Result<Exit, Exit> {
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

pub(super) async fn cancel_all(
    project: OpenProject,
    which: Which,
    reason: Option<String>,
) -> Result<Exit, Exit> {
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
pub(super) async fn replay_all(project: OpenProject, which: Which, current: bool) -> Result<Exit, Exit> {
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

pub(super) async fn replay(
    project: OpenProject,
    run: &str,
    from: Option<String>,
    current: bool,
) -> Result<Exit, Exit> {
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
