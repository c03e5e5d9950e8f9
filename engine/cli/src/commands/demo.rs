//! `souschef demo`.

use std::path::Path;
use std::sync::Arc;

use serde_json::Map;
use souschef_connect::Client;
use souschef_plan::Plan;
use souschef_runtime::project::OpenProject;
use souschef_runtime::{Accounts, Clock, Driver, DriverOptions, Mode, RunRequest, sample};
use souschef_sandbox::SandboxOptions;

use super::{demo_serve, run, sandbox, support};
use crate::args::DemoArgs;
use crate::bundled;
use crate::exit::Exit;
use crate::show::live::{Screen, View};
use crate::show::run_lines::Detail;
use crate::show::terminal;

/// Runs the bundled recipe in a sandbox: no account, no file, no network.
pub(crate) fn demo(args: &DemoArgs) -> Exit {
    let project = OpenProject::empty(Path::new("."));
    let Some(plan) = bundled::find(bundled::FIRST)
        .and_then(|recipe| project.check(recipe.name, &recipe.source(), None).plan)
    else {
        return support::failed("the bundled recipe does not fit this binary; please report it");
    };
    let (seed, serve) = (args.seed, args.serve);
    support::block_on_many(async move {
        match shown(project, plan, seed, serve).await {
            Exit::Fine if serve => demo_serve::served(seed).await,
            exit => exit,
        }
    })
}

async fn shown(project: OpenProject, plan: Arc<Plan>, seed: u64, serve: bool) -> Exit {
    let running = match sandbox::inside(
        &project,
        SandboxOptions {
            seed,
            ..SandboxOptions::default()
        },
    )
    .await
    {
        Ok(running) => running,
        Err(exit) => return exit,
    };
    let client = match Client::new(Arc::clone(&project.catalog), run::client_options(true)) {
        Ok(client) => client,
        Err(why) => return support::failed(&format!("can't start: {why}")),
    };
    let words = format!(
        "A stand-in of the GHL API runs in this process, with a sample account in it. The recipe \"{}\" is carried out \
         for one of its contacts, with real requests.",
        plan.title
    );
    terminal::hint(&format!(
        "{}\n",
        terminal::wrap(&words, terminal::width()).join("\n")
    ));
    let view = if terminal::redraws() && !terminal::quiet() {
        View::Live
    } else {
        View::Lines
    };
    let detail = Detail {
        width: terminal::width(),
        verbose: false,
        dry_run: false,
        frame: 0,
    };
    let screen = Screen::new(view, detail, None);
    let driver = Driver::new(
        client,
        Accounts::sandbox(&project, &running),
        Clock::System,
        screen.reporter(),
        Box::new(|name: &str| Err(format!("the demo has no recipe {name}"))),
        DriverOptions {
            mode: Mode::Send,
            skip_waits: false,
            call: run::call_options(true),
            events: Vec::new(),
        },
        support::interrupts(),
    );
    let connection = "sandbox".to_owned();
    let trigger = plan.triggers.first();
    let found = match sample::find(&driver, Mode::Send, trigger, &plan, &Map::new(), &connection).await {
        Ok(found) => found,
        Err(failure) => return support::failed(&failure.message),
    };
    screen.event_from(Some(found.from));
    let request = RunRequest {
        plan: Arc::clone(&plan),
        trigger: trigger.map_or_else(String::new, |trigger| trigger.id.clone()),
        event: found.event,
        inputs: Map::new(),
        connection,
    };
    let record = driver.run(request).await.record;
    screen.finish(&record);
    running.stop().await;
    if serve {
        return run::exit_of(record.outcome);
    }
    terminal::hint(
        "\nWhat to try next:\n  \
         souschef init my-project   a project with this recipe, for your account\n  \
         souschef catalog note      what else can be triggered and done\n  \
         souschef sandbox           the stand-in on a port, to try recipes on\n  \
         souschef demo --serve      the service, started by your own webhook\n  \
         souschef demo --seed 2     another account, another contact",
    );
    run::exit_of(record.outcome)
}
