//! `souschef sandbox`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use souschef_runtime::project::OpenProject;
use souschef_sandbox::{LedgerEntry, Running, Sandbox, SandboxOptions};

use super::support;
use crate::args::{Behaviour, Common, SandboxArgs};
use crate::exit::Exit;
use crate::show::request::colour_of;
use crate::show::terminal::{self, AnsiColor, cut, faint, ink, out};

/// How often what came in is shown.
const EVERY: Duration = Duration::from_millis(100);

/// Serves a stand-in of the APIs until it is interrupted.
pub(crate) fn sandbox(common: &Common, args: SandboxArgs) -> Exit {
    match support::open_sound(common) {
        Ok(project) => support::block_on(serve(project, args)),
        Err(exit) => exit,
    }
}

/// A sandbox for a run inside this process.
pub(crate) async fn inside(project: &OpenProject, options: SandboxOptions) -> Result<Running, Exit> {
    listen(project, options, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
}

/// The same where it stands in for the accounts, as the user asks for it.
pub(crate) async fn instead(
    project: &OpenProject,
    wanted: bool,
    behaviour: &Behaviour,
) -> Result<Option<Running>, Exit> {
    if !wanted {
        return Ok(None);
    }
    let options = SandboxOptions {
        seed: behaviour.seed,
        faults: behaviour.fail.clone(),
        ..SandboxOptions::default()
    };
    inside(project, options).await.map(Some)
}

async fn listen(
    project: &OpenProject,
    options: SandboxOptions,
    address: SocketAddr,
) -> Result<Running, Exit> {
    let mut meant = options
        .faults
        .iter()
        .filter_map(|fault| fault.operation.as_deref());
    let others = souschef_sandbox::fault::OF_ACCOUNTS;
    let is_known = |id: &str| project.catalog.operation(id).is_some() || others.contains(&id);
    if let Some(unknown) = meant.find(|id| !is_known(id)) {
        let near =
            souschef_recipe::nearest(unknown, project.catalog.operation_ids().into_iter().chain(others));
        let help = near.map(|near| format!("did you mean {near}?"));
        terminal::error(
            &format!("a fault is for {unknown}, and there is no such operation"),
            help.as_deref(),
        );
        return Err(Exit::Usage);
    }
    let sandbox = Sandbox::new(Arc::clone(&project.catalog), options);
    sandbox.listen(address).await.map_err(|why| {
        let taken = why.kind() == std::io::ErrorKind::AddrInUse;
        let help = taken
            .then_some("something listens there already; take another address with --listen 127.0.0.1:0");
        terminal::error(&format!("the sandbox can't listen on {address}: {why}"), help);
        Exit::World
    })
}

async fn serve(project: OpenProject, args: SandboxArgs) -> Exit {
    let options = SandboxOptions {
        seed: args.seed,
        latency: args.latency,
        faults: args.fail,
        rate_limit: args.rate_limit,
        empty: args.empty,
        tokens: args.token,
        token_life: args.token_life,
        ..SandboxOptions::default()
    };
    let running = match listen(&project, options, args.listen).await {
        Ok(running) => running,
        Err(exit) => return exit,
    };
    greet(&project, &running);
    let mut stop = support::interrupts();
    let mut shown = 0;
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            () = tokio::time::sleep(EVERY), if terminal::redraws() && !terminal::quiet() => {
                shown = show_new(&running, shown);
            }
        }
    }
    running.stop().await;
    Exit::Fine
}

/// Where it is, what is in it, and how to use it.
fn greet(project: &OpenProject, running: &Running) {
    let url = running.base_url("ghl");
    terminal::line(&format!("listening on {url}"));
    let sample = running.sample();
    let longest = sample.keys().map(String::len).max().unwrap_or(0);
    for (name, id) in &sample {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        terminal::line(&format!("  {}  {id}", faint(&format!("{name:<longest$}"))));
    }
    for connector in project.catalog.connectors() {
        let other = running.base_url(&connector.name);
        if other != url {
            terminal::line(&format!(
                "  {}  {other}",
                faint(&format!("{:<longest$}", connector.title))
            ));
        }
    }
    let location = sample.get("location_id").and_then(Value::as_str).unwrap_or("any");
    terminal::hint(&format!(
        "\nUse it from a project's souschef.yaml; any token will do:\n\n  connections:\n    main:\n      connector: ghl\n      \
         location_id: {location}\n      base_url: {url}\n      auth: {{ token: {{ env: GHL_TOKEN }} }}\n\n\
         What it received is at {url}/_ledger. Ctrl-C stops it.\n"
    ));
}

/// Shows what came in since.
fn show_new(running: &Running, shown: usize) -> usize {
    let ledger = running.ledger();
    for entry in ledger.iter().skip(shown) {
        terminal::line(&line(entry));
    }
    ledger.len().max(shown)
}

fn line(entry: &LedgerEntry) -> String {
    let status = match entry.status {
        Some(status) => out(&status.to_string(), ink(colour_of(status))),
        None => out("---", ink(AnsiColor::Red)),
    };
    let query = if entry.query.is_empty() {
        String::new()
    } else {
        format!("?{}", entry.query)
    };
    let place = cut(
        &format!("{:<6} {}{query}", entry.method, entry.path),
        terminal::width().saturating_sub(12),
    );
    let mut text = format!("{} {status} {place}", faint(&format!("{:>4}", entry.number)));
    if let Some(fault) = &entry.fault {
        text.push_str(&format!(
            "  {}",
            out(&format!("fault: {fault}"), ink(AnsiColor::Yellow))
        ));
    }
    for problem in &entry.problems {
        text.push_str(&format!("\n         {}", out(problem, ink(AnsiColor::Yellow))));
    }
    text
}
