//! `souschef call`.

use std::sync::Arc;

use serde_json::{Value, json};
use souschef_catalog::Operation;
use souschef_connect::{
    Attempt, BuildError, CallOptions, CallOutcome, CallReport, Client, Connection, Noting, Observer, Refusal,
    build,
};
use souschef_recipe::{Code, render};
use souschef_runtime::Accounts;
use souschef_runtime::given::Given;
use souschef_runtime::project::OpenProject;
use souschef_sandbox::{Running, SandboxOptions};

use super::{run, sandbox, support};
use crate::args::{CallArgs, Common, Format};
use crate::exit::Exit;
use crate::show::request;
use crate::show::terminal::{self, AnsiColor, ink};

/// Calls one operation.
pub(crate) fn call(common: &Common, args: &CallArgs) -> Exit {
    match prepared(common, args) {
        Ok((project, operation, given)) => support::block_on(carried_out(&project, &operation, given, args)),
        Err(exit) => exit,
    }
}

fn prepared(common: &Common, args: &CallArgs) -> Result<(OpenProject, Arc<Operation>, Given), Exit> {
    let project = support::open_sound_for(common, args.print.format)?;
    let id = &args.operation;
    let Some(operation) = project.catalog.operation(id) else {
        let help = match project.catalog.nearest(id) {
            Some(near) => format!("did you mean {near}?"),
            None => "`souschef catalog` lists them all".to_owned(),
        };
        terminal::error(&format!("there is no operation {id}"), Some(&help));
        return Err(Exit::Usage);
    };
    let file = args.with.as_deref().map(support::text).transpose()?;
    let file = file.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    let given = Given::read(&project.catalog, &operation, file, &args.inputs).map_err(|message| {
        terminal::error(&message, None);
        Exit::Usage
    })?;
    if given.problems.is_empty() {
        Ok((project, operation, given))
    } else {
        Err(wrong(&given, args))
    }
}

/// Shows what is wrong with the inputs; nothing was sent.
fn wrong(given: &Given, args: &CallArgs) -> Exit {
    match args.print.format {
        Format::Human => {
            let text = render::human(&given.problems, terminal::err_colour(), terminal::width());
            terminal::say(text.trim_end());
            terminal::hint(&format!("\n{} was not called", args.operation));
        }
        Format::Json => {
            let diagnostics = render::json(&given.problems);
            terminal::json(&json!({ "operation": args.operation, "diagnostics": diagnostics }));
        }
    }
    Exit::Problem
}

async fn carried_out(project: &OpenProject, operation: &Operation, given: Given, args: &CallArgs) -> Exit {
    // Inputs that no request can be built from are told before anything is said of the account.
    if let Ok(nobody) =
        Accounts::unopened(project).for_connector(&operation.connector, args.connection.as_deref())
        && let Err(errors) = build(operation, &given.inputs, &nobody)
    {
        return not_built(given, &errors, args);
    }
    let running = if args.sandbox {
        match sandbox::inside(
            project,
            SandboxOptions {
                seed: 1,
                ..SandboxOptions::default()
            },
        )
        .await
        {
            Ok(running) => Some(running),
            Err(exit) => return exit,
        }
    } else {
        None
    };
    let exit = match connection(project, operation, running.as_ref(), args) {
        Ok(connection) => made(project, operation, given, &connection, args).await,
        Err(exit) => exit,
    };
    if let Some(running) = running {
        running.stop().await;
    }
    exit
}

fn connection(
    project: &OpenProject,
    operation: &Operation,
    running: Option<&Running>,
    args: &CallArgs,
) -> Result<Connection, Exit> {
    let accounts = match running {
        Some(running) => Accounts::sandbox(project, running),
        None if args.dry_run => Accounts::unopened(project),
        None => Accounts::live(project),
    };
    accounts
        .for_connector(&operation.connector, args.connection.as_deref())
        .map_err(|error| {
            terminal::error(&error.message, error.help.as_deref());
            if args.connection.is_some() {
                Exit::Usage
            } else {
                Exit::Problem
            }
        })
}

async fn made(
    project: &OpenProject,
    operation: &Operation,
    given: Given,
    connection: &Connection,
    args: &CallArgs,
) -> Exit {
    let request = match build(operation, &given.inputs, connection) {
        Ok(request) => request.shown(&[]),
        Err(errors) => return not_built(given, &errors, args),
    };
    if args.dry_run {
        would_send(operation, &request, args.print.format);
        return Exit::Fine;
    }
    let client = match Client::new(Arc::clone(&project.catalog), run::client_options(args.sandbox)) {
        Ok(client) => client,
        Err(why) => {
            terminal::error(&format!("can't start: {why}"), None);
            return Exit::World;
        }
    };
    let options: CallOptions = run::call_options(args.sandbox);
    match client
        .call(operation, &given.inputs, connection, &options, &Talk)
        .await
    {
        Ok(report) => told(operation, &request, &report, args.print.format),
        Err(errors) => not_built(given, &errors, args),
    }
}

/// Inputs from which no request can be built are told as the inputs' mistakes.
fn not_built(mut given: Given, errors: &[BuildError], args: &CallArgs) -> Exit {
    for error in errors {
        given.tell(
            error.input.as_deref(),
            Code::of(error.code),
            &error.message,
            error.help.as_deref(),
        );
    }
    wrong(&given, args)
}

fn would_send(operation: &Operation, request: &Value, format: Format) {
    match format {
        Format::Human => {
            terminal::print(&format!("{}\n", request::request(request, true).join("\n")));
            terminal::hint("\nnothing was sent");
        }
        Format::Json => terminal::json(&json!({
            "operation": operation.id,
            "outcome": "not_done",
            "status": null,
            "attempts": 0,
            "request": request,
        })),
    }
}

/// Shows what became of the call: the answer on stdout, all else on stderr.
fn told(operation: &Operation, request: &Value, report: &CallReport, format: Format) -> Exit {
    let sent: Vec<&Attempt> = report
        .attempts
        .iter()
        .map(AsRef::as_ref)
        .filter(|attempt| !attempt.looking)
        .collect();
    let last = sent.last();
    let (word, answer, refusal) = match &report.outcome {
        CallOutcome::Done(answer) => ("done", Some(answer.clone()), None),
        CallOutcome::NotDone(refusal) => ("not_done", refusal.answer.clone(), Some(refusal.clone())),
        CallOutcome::Unknown(refusal) => ("unknown", refusal.answer.clone(), Some(refusal.clone())),
        CallOutcome::Held(held) => ("not_done", None, Some(Refusal::from(held.clone()))),
    };
    let status = last.and_then(|attempt| attempt.status);
    match format {
        Format::Json => terminal::json(&json!({
            "operation": operation.id,
            "outcome": word,
            "status": status,
            "attempts": report.attempts.len(),
            "request": last.map_or(request, |attempt| attempt.request.as_ref()),
            "response": last.and_then(|attempt| attempt.response.clone()).or(answer),
        })),
        Format::Human => {
            if let Some(answer) = answer {
                terminal::json(&answer);
            }
        }
    }
    match refusal {
        None => Exit::Fine,
        Some(refusal) => {
            if format == Format::Human {
                refused(&refusal, word == "unknown");
            }
            Exit::World
        }
    }
}

fn refused(refusal: &Refusal, unknown: bool) {
    terminal::error(&refusal.message, refusal.help.as_deref());
    if unknown {
        terminal::say("  It may or may not have happened: look in the account before you call again.");
    }
    if let Some(trace) = &refusal.trace {
        terminal::say(&format!("  trace: {trace}"));
    }
    terminal::hint(&format!("  souschef explain {}", refusal.code));
}

/// Tells on stderr of each request and of waits between them.
struct Talk;

impl Observer for Talk {
    fn begins<'a>(&'a self, _number: u32, request: &'a Arc<Value>, _looking: bool) -> Noting<'a> {
        let text = |name: &str| {
            request
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        terminal::hint(&format!("{} {}", text("method"), text("url")));
        Box::pin(std::future::ready(Ok(())))
    }

    fn ended(&self, attempt: &Arc<Attempt>) {
        let colour = terminal::err_colour();
        let text = match (attempt.status, &attempt.error) {
            (Some(status), _) => {
                terminal::paint(&format!("← {status}"), ink(request::colour_of(status)), colour)
            }
            // Why is said by the wait that follows, or by the end.
            (None, _) => terminal::paint("← no answer", ink(AnsiColor::Red), colour),
        };
        terminal::hint(&format!("{text} in {}", request::time(attempt.ms)));
    }

    fn waits(&self, wait: std::time::Duration, why: &str) {
        let wait = request::time(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        terminal::hint(&format!("↻ {why}; tried again after {wait}"));
    }
}
