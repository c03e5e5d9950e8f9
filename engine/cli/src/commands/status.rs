//! `souschef status`.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use souschef_runtime::journal::RunState;
use souschef_runtime::project::OpenProject;
use souschef_runtime::service::data_folder;
use souschef_server::Client;

use super::desk::{moment, text};
use super::{desk, support};
use crate::args::{Common, Format, StatusArgs};
use crate::exit::Exit;
use crate::show::terminal::{self, AnsiColor, at, bold, faint, ink, out};
use crate::show::values::length;

/// In the order in which a run goes through them.
const STATES: [RunState; 8] = [
    RunState::Queued,
    RunState::Running,
    RunState::Waiting,
    RunState::NeedsAttention,
    RunState::Succeeded,
    RunState::Stopped,
    RunState::Failed,
    RunState::Cancelled,
];
/// So many missed instants of a schedule are shown.
const MISSED: usize = 3;

/// Tells how the service that runs on the project does: whether it takes work, its runs, and what each recipe waits for.
pub(crate) fn status(common: &Common, args: &StatusArgs) -> Exit {
    match support::open(common) {
        Ok(project) => support::block_on(told(project, args.print.format)),
        Err(exit) => exit,
    }
}

async fn told(project: OpenProject, format: Format) -> Exit {
    let data = data_folder(&project);
    let client = match Client::find(&data).await {
        Ok(Some(client)) => client,
        Ok(None) => {
            terminal::error(
                &format!("no service runs on {}", data.display()),
                Some("`souschef serve` starts it; `souschef doctor --service` tells what it would meet"),
            );
            return Exit::Problem;
        }
        Err(error) => return desk::refused(&error),
    };
    let (health, mut recipes) = match (
        client.get("/api/v1/health").await,
        client.get("/api/v1/recipes").await,
    ) {
        (Ok(health), Ok(recipes)) => (health, recipes),
        (Err(error), _) | (_, Err(error)) => return desk::refused(&error),
    };
    if format == Format::Json {
        if let Some(all) = recipes.as_object_mut() {
            all.insert("service".to_owned(), health);
        }
        terminal::json(&recipes);
        return Exit::Fine;
    }
    service(&health);
    for recipe in list(&recipes, "recipes") {
        self::recipe(recipe, &recipes);
    }
    for problem in list(&recipes, "problems") {
        mark(
            false,
            &format!(
                "{}:{}:{}  {}",
                text(problem, "path"),
                problem.get("line").unwrap_or(&json!(0)),
                problem.get("column").unwrap_or(&json!(0)),
                text(problem, "message")
            ),
        );
    }
    Exit::Fine
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn count(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn mark(good: bool, line: &str) {
    let (mark, colour) = if good {
        ("✓", AnsiColor::Green)
    } else {
        ("✗", AnsiColor::Red)
    };
    terminal::line(&format!("{} {line}", out(mark, ink(colour))));
}

fn below(line: &str) {
    for line in terminal::wrap(line, terminal::width().saturating_sub(4)) {
        terminal::line(&format!("    {}", faint(&line)));
    }
}

fn service(health: &Value) {
    let (stage, journal) = (text(health, "stage"), text(health, "journal"));
    let state = match (stage, journal) {
        ("ready", "well") => "takes work".to_owned(),
        ("ready", journal) => format!("takes no new work: {journal}"),
        (stage, _) => format!("is {stage}"),
    };
    mark(
        (stage, journal) == ("ready", "well"),
        &format!("{} {} {state}", bold("souschef"), text(health, "version")),
    );
    let counts = health.get("runs").unwrap_or(&Value::Null);
    let runs: Vec<String> = STATES
        .map(RunState::word)
        .into_iter()
        .filter(|word| count(counts, word) > 0)
        .map(|word| format!("{} {}", count(counts, word), word.replace('_', " ")))
        .collect();
    below(&if runs.is_empty() {
        "no runs yet".to_owned()
    } else {
        format!("runs: {}", runs.join(", "))
    });
}

/// A recipe and its triggers.
fn recipe(recipe: &Value, all: &Value) {
    let name = text(recipe, "recipe");
    let polls: Vec<&Value> = list(all, "polls")
        .filter(|poll| list(poll, "recipes").any(|own| own == name))
        .collect();
    let schedules: Vec<&Value> = list(all, "schedules")
        .filter(|schedule| text(schedule, "recipe") == name)
        .collect();
    let not_taken: Vec<&Value> = list(all, "not_taken")
        .filter(|webhook| text(webhook, "recipe") == name)
        .collect();
    let troubled = |health: &&Value| !text(health, "trouble").is_empty();
    let well = not_taken.is_empty() && !polls.iter().chain(&schedules).any(troubled);
    mark(well, &bold(name));
    if recipe.get("enabled") == Some(&Value::Bool(false)) {
        below("not enabled: nothing but a person or another recipe starts it");
    }
    for trigger in list(recipe, "triggers") {
        below(&waits_for(trigger));
    }
    for webhook in not_taken {
        below(&format!("not taken: {}", text(webhook, "why")));
    }
    for poll in polls {
        let last = moment(poll, "last_at").map(at).map_or_else(
            || "not looked yet".to_owned(),
            |last| format!("looked {last}, {} items", count(poll, "items")),
        );
        let next = moment(poll, "next_at")
            .map(at)
            .map_or_else(String::new, |next| format!(", next {next}"));
        below(&format!(
            "{} for {}: {last}{next}",
            text(poll, "operation"),
            text(poll, "connection")
        ));
        trouble(poll);
    }
    for schedule in schedules {
        let next = moment(schedule, "next_at")
            .map(at)
            .unwrap_or_else(|| "never".to_owned());
        below(&format!("{}: next {next}", text(schedule, "schedule")));
        let missed: Vec<String> = list(schedule, "missed")
            .filter_map(|at| at.as_str()?.parse::<Timestamp>().ok())
            .map(at)
            .collect();
        let newest = missed.get(..MISSED.min(missed.len())).unwrap_or_default();
        if !newest.is_empty() {
            let more = if missed.len() > MISSED {
                ", and more before (--format json)"
            } else {
                ""
            };
            below(&format!(
                "missed and not made up for: {}{more}",
                newest.join(", ")
            ));
        }
        trouble(schedule);
    }
}

fn trouble(health: &Value) {
    let why = text(health, "trouble");
    if !why.is_empty() {
        let times = match count(health, "failures") {
            0 => String::new(),
            1 => "failed once: ".to_owned(),
            many => format!("failed {many} times in a row: "),
        };
        below(&format!("{times}{why}"));
    }
}

/// What fires a trigger, in words.
fn waits_for(trigger: &Value) -> String {
    let open = trigger.get("open_to_all") == Some(&json!(true));
    match (text(trigger, "kind"), text(trigger, "path")) {
        ("poll", _) => format!(
            "{} every {}",
            text(trigger, "operation"),
            length(Duration::from_secs(count(trigger, "every_seconds")))
        ),
        ("webhook", "") => format!("webhook {}", text(trigger, "event")),
        ("webhook", path) => format!(
            "webhook /hooks/custom/{path}{}",
            if open { ", open to everybody" } else { "" }
        ),
        ("schedule", _) => format!(
            "schedule {} ({})",
            text(trigger, "cron"),
            text(trigger, "time_zone")
        ),
        _ => "started by hand or by another recipe".to_owned(),
    }
}
