//! What the service has run: lists and stories, only read.

use serde_json::json;
use souschef_runtime::RunSummary;
use souschef_runtime::driver::CONNECTED;
use souschef_runtime::history::{self, Story};
use souschef_runtime::journal::{Page, RunFilter, RunState};
use souschef_runtime::project::{self, OpenProject};

use super::{meant, tell_unknown, unread};
use crate::args::{Format, Which};
use crate::commands::desk;
use crate::exit::Exit;
use crate::show::history::took;
use crate::show::run_lines::Detail;
use crate::show::run_tree::RunTree;
use crate::show::terminal::{self, AnsiColor, at, cut, faint, ink, out};

pub(super) async fn list(
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

pub(super) async fn story(project: &OpenProject, run: &str) -> Result<Story, Exit> {
    let run = meant(project, run).await?;
    history::story(&desk::look(project)?, &run).await.map_err(unread)
}

pub(super) async fn show(
    project: &OpenProject,
    run: &str,
    verbose: bool,
    format: Format,
) -> Result<Exit, Exit> {
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

pub(super) async fn export(project: &OpenProject, run: &str) -> Result<Exit, Exit> {
    let run = meant(project, run).await?;
    let exported = desk::look(project)?.export(&run).await.map_err(unread)?;
    terminal::json(&exported);
    Ok(Exit::Fine)
}
