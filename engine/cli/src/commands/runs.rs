//! `souschef runs`.

mod look;
mod steer;

use souschef_runtime::journal::{JournalError, RunId};
use souschef_runtime::project::OpenProject;

use super::{desk, support};
use crate::args::{Common, RunsCommand, Which};
use crate::exit::Exit;
use crate::show::terminal;

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
        } => look::list(&project, which, outcome, limit, print.format).await,
        RunsCommand::Show { run, verbose, print } => look::show(&project, &run, verbose, print.format).await,
        RunsCommand::Export { run } => look::export(&project, &run).await,
        RunsCommand::Start(args) => steer::start(project, args).await,
        RunsCommand::Resume(args) => steer::resume(project, args).await,
        RunsCommand::Cancel {
            run,
            reason,
            which,
            all,
        } => match steer::one_or_more(&run, &which, all) {
            Ok(Some(run)) => steer::cancel(project, run, reason).await,
            Ok(None) => steer::cancel_all(project, which, reason).await,
            Err(exit) => Err(exit),
        },
        RunsCommand::Replay {
            run,
            from,
            current,
            which,
            all,
        } => match steer::one_or_more(&run, &which, all) {
            Ok(Some(run)) => steer::replay(project, run, from, current).await,
            Ok(None) => steer::replay_all(project, which, current).await,
            Err(exit) => Err(exit),
        },
    };
    done.unwrap_or_else(|exit| exit)
}

fn unread(error: JournalError) -> Exit {
    desk::broken(&error)
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
