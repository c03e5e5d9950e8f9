//! `souschef serve`.

use std::sync::Arc;

use souschef_plan::{Plan, TriggerPlan, TriggerPlanKind};
use souschef_recipe::WebhookAuth;
use souschef_runtime::project::OpenProject;
use souschef_runtime::service::{ServiceError, Snapshot};
use souschef_runtime::{Accounts, Service};
use souschef_server::{ServeError, ServeOptions, Serving};
use tokio::sync::watch;

use super::{desk, run, sandbox, support};
use crate::args::{Common, LogFormat, ServeArgs};
use crate::exit::Exit;
use crate::show::values::length;
use crate::show::{problems, terminal};

/// Serves the project until told to stop.
pub(crate) fn serve(common: &Common, args: &ServeArgs) -> Exit {
    match support::open_sound(common) {
        Ok(project) if !project.has_file => desk::no_project(&project),
        Ok(project) => support::block_on_many(served(project, args)),
        Err(exit) => exit,
    }
}

async fn served(project: OpenProject, args: &ServeArgs) -> Exit {
    let mut options = ServeOptions::default();
    let running = match sandbox::instead(&project, args.sandbox, &args.behaviour).await {
        Ok(running) => running,
        Err(exit) => return exit,
    };
    let accounts = match &running {
        Some(running) => {
            options.service.call = run::call_options(true);
            Accounts::sandbox(&project, running)
        }
        None => Accounts::live(&project),
    };
    let exit = work(project, accounts, options, args.log_format).await;
    if let Some(running) = running {
        running.stop().await;
    }
    exit
}

/// Opens, greets, works, and says how it ended.
pub(crate) async fn work(
    project: OpenProject,
    accounts: Accounts,
    mut options: ServeOptions,
    format: LogFormat,
) -> Exit {
    // Logs in JSON are gathered and read by others.
    options.first_token = format != LogFormat::Json;
    let serving = match Serving::open(project, accounts, options).await {
        Ok(serving) => serving,
        Err(error) => return failed(&error),
    };
    greet(&serving, format);
    let stop = stops();
    let reloads = tokio::spawn(reloads(serving.service().clone()));
    notify("READY=1");
    let leaving = {
        let mut stop = stop.clone();
        tokio::spawn(async move {
            if stop.changed().await.is_ok() {
                notify("STOPPING=1");
            }
        })
    };
    let ended = serving.run(stop).await;
    reloads.abort();
    leaving.abort();
    match ended {
        Ok(()) => {
            tracing::info!("stopped; what had not ended goes on at the next start");
            Exit::Fine
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &ServeError) -> Exit {
    let (help, exit) = match error {
        ServeError::Listen { why, .. } if why.kind() == std::io::ErrorKind::AddrInUse => (
            Some(
                "something listens there already: another souschef? Other addresses go under listen: in souschef.yaml",
            ),
            Exit::World,
        ),
        ServeError::Listen { .. } => (Some("addresses go under listen: in souschef.yaml"), Exit::World),
        ServeError::Exposed(_) => (
            Some("listen on 127.0.0.1, or put a proxy with TLS in front and say behind_proxy: true"),
            Exit::Problem,
        ),
        ServeError::Token(_) | ServeError::Folder { .. } => (None, Exit::World),
        ServeError::Service(ServiceError::Journal(error)) | ServeError::Journal(error) => {
            (desk::advice(error), Exit::World)
        }
        ServeError::Service(_) | ServeError::Traces(_) => (None, Exit::Problem),
    };
    terminal::error(&error.to_string(), help);
    exit
}

/// Where it listens, and what each recipe waits for.
fn greet(serving: &Serving, format: LogFormat) {
    let snapshot = serving.service().snapshot();
    tracing::info!(
        webhooks = %serving.webhooks(),
        admin = %serving.admin(),
        recipes = snapshot.plans.len(),
        "serving"
    );
    if let Some(token) = &serving.told().token {
        terminal::say(&format!(
            "the admin token, shown this once; only its hash is kept:\n  {token}\n"
        ));
    }
    if serving.told().no_token {
        tracing::warn!(
            "nobody has a token of the admin API yet; make one: souschef tokens add NAME --role admin"
        );
    }
    if format == LogFormat::Json {
        snapshot.log_problems();
        return;
    }
    if let Some(notice) = &serving.told().key {
        terminal::hint(&format!("note: {notice}\n"));
    }
    problems::say(&snapshot.problems);
    terminal::hint(&format!(
        "webhooks at http://{}/hooks/, admin API at http://{}\n{}",
        serving.webhooks(),
        serving.admin(),
        recipes(&snapshot)
    ));
}

fn recipes(snapshot: &Snapshot) -> String {
    let lines: Vec<String> = snapshot
        .plans
        .values()
        .map(|plan: &Arc<Plan>| {
            let waits: Vec<String> = plan.triggers.iter().map(waits_for).collect();
            let rests = if plan.enabled { "" } else { "not enabled: " };
            format!("  {:<24} {rests}{}", plan.recipe, waits.join("; "))
        })
        .collect();
    let broken = snapshot.problems.iter().map(|(source, _)| {
        let file = source.name();
        format!("  {file} has mistakes: what it says is not served")
    });
    let lines: Vec<String> = lines.into_iter().chain(broken).collect();
    if lines.is_empty() {
        return "  no recipe can run yet; they are read as they are saved".to_owned();
    }
    lines.join("\n")
}

/// What fires a trigger, in words.
fn waits_for(trigger: &TriggerPlan) -> String {
    match &trigger.kind {
        TriggerPlanKind::Poll(poll) => {
            format!("{} every {}", poll.operation.id, length(poll.every))
        }
        TriggerPlanKind::Webhook { event, reconcile } => {
            let poll = reconcile.as_ref().map_or_else(String::new, |poll| {
                format!(
                    ", made up for by {} every {}",
                    poll.operation.id,
                    length(poll.every)
                )
            });
            format!("webhook {}{poll}", event.id)
        }
        TriggerPlanKind::Custom { path, auth } => {
            let open = match auth {
                WebhookAuth::None => ", open to everybody",
                _ => "",
            };
            format!("webhook /hooks/custom/{}{open}", path.trim_matches('/'))
        }
        TriggerPlanKind::Schedule { cron, time_zone, .. } => format!("schedule {cron} ({time_zone})"),
        TriggerPlanKind::Manual => "started by hand or by another recipe".to_owned(),
    }
}

/// Turns true on SIGTERM or Ctrl-C; a second one ends at once.
fn stops() -> watch::Receiver<bool> {
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        let mut signals = match Signals::new() {
            Ok(signals) => signals,
            Err(error) => {
                tracing::error!(%error, "signals can't be heard; only kill ends this process");
                return std::future::pending().await;
            }
        };
        signals.stop().await;
        tracing::info!(
            "stopping: nothing new is taken, what is under way ends (a second signal ends at once)"
        );
        tell.send_replace(true);
        signals.stop().await;
        tracing::warn!("ended at once; what was under way is looked into at the next start");
        std::process::exit(3);
    });
    told
}

/// The signals that ask for an end.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Reads the project anew on SIGHUP.
async fn reloads(service: Service) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hang_up = match signal(SignalKind::hangup()) {
        Ok(signal) => signal,
        Err(error) => {
            tracing::warn!(%error, "SIGHUP can't be heard; files are read as they are saved");
            return;
        }
    };
    while hang_up.recv().await.is_some() {
        if let Err(error) = service.reload().await {
            tracing::error!(%error, "the project could not be read again; all stays as it was");
        }
    }
}

/// Tells systemd how it stands, where it asks for that (`Type=notify`).
#[cfg(target_os = "linux")]
fn notify(state: &str) {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let place = place.to_string_lossy();
    let address = match place.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(place.as_ref()),
    };
    let sent = address.and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::warn!(%error, "systemd could not be told {state}");
    }
}

#[cfg(not(target_os = "linux"))]
fn notify(_state: &str) {}
