//! `souschef run`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use souschef_connect::{CallOptions, Client, ClientOptions};
use souschef_flow::Failure;
use souschef_plan::{Plan, TriggerPlan};
use souschef_runtime::journal::RunState;
use souschef_runtime::project::OpenProject;
use souschef_runtime::{Accounts, Clock, Driver, DriverOptions, Mode, RunRequest, foreground, sample, waits};
use souschef_sandbox::Running;

use super::{sandbox, support};
use crate::args::{Common, Format, RunArgs};
use crate::exit::Exit;
use crate::show::live::{Screen, View};
use crate::show::run_lines::Detail;
use crate::show::terminal;

/// Runs a recipe once, in the foreground.
pub(crate) fn run(common: &Common, args: RunArgs) -> Exit {
    match prepared(common, &args) {
        Ok((project, plan, given)) => support::block_on(carried_out(project, plan, given, args)),
        Err(exit) => exit,
    }
}

/// What the command line gives to the run.
struct Given {
    inputs: Map<String, Value>,
    event: Option<Value>,
}

fn prepared(common: &Common, args: &RunArgs) -> Result<(OpenProject, Arc<Plan>, Given), Exit> {
    let project = support::open_sound_for(common, args.print.format)?;
    let (_, plan) = support::plan(&project, &args.recipe, args.print.format)?;
    let mut inputs = project.inputs_of(&plan.recipe);
    inputs.extend(support::recipe_inputs(&plan, &args.inputs)?);
    let event = args.event.as_deref().map(support::data).transpose()?;
    let skips = args.skip_waits || args.dry_run;
    let long = if skips { Vec::new() } else { waits::too_long(&plan) };
    if let Some(first) = long.first() {
        let others = if long.len() > 1 {
            format!(" (and {} more)", long.len() - 1)
        } else {
            String::new()
        };
        terminal::error(
            &format!("this recipe waits longer than a run in the foreground sits through: {first}{others}"),
            Some("go on at once where it waits: --skip-waits"),
        );
        return Err(Exit::Problem);
    }
    Ok((project, plan, Given { inputs, event }))
}

async fn carried_out(project: OpenProject, plan: Arc<Plan>, given: Given, args: RunArgs) -> Exit {
    let sandbox = match sandbox::instead(&project, args.sandbox, &args.behaviour).await {
        Ok(sandbox) => sandbox,
        Err(exit) => return exit,
    };
    let accounts = match &sandbox {
        Some(running) => Accounts::sandbox(&project, running),
        None if args.dry_run => Accounts::unopened(&project),
        None => Accounts::live(&project),
    };
    let connection = match accounts.name_for(&plan, args.connection.as_deref()) {
        Ok(name) => name,
        Err(error) => {
            terminal::error(&error.message, error.help.as_deref());
            return if args.connection.is_some() {
                Exit::Usage
            } else {
                Exit::Problem
            };
        }
    };
    if let Err(error) = accounts.check(&connection) {
        terminal::error(&error.message, error.help.as_deref());
        return Exit::Problem;
    }
    let trigger = match sample::trigger(&plan, args.trigger.as_deref()) {
        Ok(trigger) => trigger,
        Err(message) => {
            terminal::error(&message, None);
            return Exit::Usage;
        }
    };
    let started = Started {
        project: &project,
        plan: &plan,
        accounts,
        connection,
        sandbox: sandbox.as_ref(),
    };
    let exit = started.run(trigger, given, &args).await;
    if let Some(running) = sandbox {
        running.stop().await;
    }
    exit
}

struct Started<'a> {
    project: &'a OpenProject,
    plan: &'a Arc<Plan>,
    accounts: Accounts,
    connection: String,
    sandbox: Option<&'a Running>,
}

impl Started<'_> {
    async fn run(self, trigger: Option<&TriggerPlan>, given: Given, args: &RunArgs) -> Exit {
        let mode = if args.dry_run { Mode::DryRun } else { Mode::Send };
        let screen = Screen::new(view(args), detail(args), None);
        let options = client_options(args.sandbox);
        let client = match Client::new(Arc::clone(&self.project.catalog), options) {
            Ok(client) => client,
            Err(why) => {
                terminal::error(&format!("can't start: {why}"), None);
                return Exit::World;
            }
        };
        let others = self.project.clone();
        let driver = Driver::new(
            client,
            self.accounts,
            Clock::System,
            screen.reporter(),
            Box::new(move |name: &str| foreground::plan_of(&others, name)),
            DriverOptions {
                mode,
                skip_waits: args.skip_waits,
                call: call_options(self.sandbox.is_some()),
                events: Vec::new(),
            },
            support::interrupts(),
        );
        let event = match given.event {
            Some(event) => {
                screen.event_from(args.event.as_deref().map(|from| match from {
                    "-" => "standard input".to_owned(),
                    file => file.to_owned(),
                }));
                event
            }
            None => {
                match sample::find(&driver, mode, trigger, self.plan, &given.inputs, &self.connection).await {
                    Ok(found) => {
                        if view(args) == View::Hidden {
                            terminal::hint(&format!("no --event given: the run takes {}", found.from));
                        }
                        screen.event_from(Some(found.from));
                        found.event
                    }
                    Err(failure) => return no_event(&failure),
                }
            }
        };
        let request = RunRequest {
            plan: Arc::clone(self.plan),
            trigger: trigger.map_or_else(String::new, |trigger| trigger.id.clone()),
            event,
            inputs: given.inputs,
            connection: self.connection,
        };
        let record = driver.run(request).await.record;
        screen.finish(&record);
        if args.print.format == Format::Json {
            terminal::json(&json!({ "run": record }));
        }
        exit_of(record.outcome)
    }
}

/// A run that ended badly is the user's run having a problem, whoever's fault it was: 1. 3 is for the outside world
/// failing before there was a run.
pub(crate) fn exit_of(outcome: RunState) -> Exit {
    match outcome {
        RunState::Succeeded | RunState::Stopped => Exit::Fine,
        _ => Exit::Problem,
    }
}

fn no_event(failure: &Failure) -> Exit {
    terminal::error(
        &format!("no event to run for: {}", failure.message),
        failure.help.as_deref(),
    );
    if let Some(code) = &failure.code {
        terminal::hint(&format!("  souschef explain {code}"));
    }
    // Without a code it is an account that holds nothing yet.
    if failure.code.is_some() {
        Exit::World
    } else {
        Exit::Problem
    }
}

fn view(args: &RunArgs) -> View {
    match args.print.format {
        Format::Json => View::Hidden,
        Format::Human if terminal::redraws() && !terminal::quiet() && !args.dry_run => View::Live,
        Format::Human => View::Lines,
    }
}

fn detail(args: &RunArgs) -> Detail {
    Detail {
        width: terminal::width(),
        verbose: args.verbose,
        dry_run: args.dry_run,
        frame: 0,
    }
}

/// A sandbox in this process answers and lists at once, so what it holds back is a fault that was asked for.
pub(crate) fn client_options(sandbox: bool) -> ClientOptions {
    if sandbox {
        ClientOptions {
            first_byte: Duration::from_secs(5),
            index_lag: Duration::from_millis(50),
            ..ClientOptions::default()
        }
    } else {
        ClientOptions::default()
    }
}

/// Nobody waits seconds for a sandbox that plays a fault.
pub(crate) fn call_options(sandbox: bool) -> CallOptions {
    if sandbox {
        CallOptions {
            first_wait: Duration::from_millis(50),
            longest_wait: Duration::from_millis(500),
            ..CallOptions::default()
        }
    } else {
        CallOptions::default()
    }
}
