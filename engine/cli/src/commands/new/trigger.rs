//! What starts the recipe.

use souschef_catalog::{Operation, OperationKind};
use souschef_recipe::SourceFile;
use souschef_runtime::project::OpenProject;

use super::search::{self, Thing};
use super::{draft, steps, timetable};
use crate::exit::Exit;
use crate::show::questions::{Answers, below, wrong};

/// Asks for the trigger: its lines.
pub(super) fn asked(answers: &mut Answers, project: &OpenProject) -> Result<Vec<String>, Exit> {
    let kinds = [
        (
            "event",
            "GHL or another system tells at once that something happened",
        ),
        (
            "list",
            "a list is looked at every few minutes, for what is new or changed",
        ),
        ("time", "a timetable: every weekday at nine"),
        (
            "own system",
            "a form, a shop, a script of yours posts to an address",
        ),
        ("person", "somebody starts it, or another recipe does"),
    ];
    match answers.choose("What starts it", &kinds)? {
        0 => event(answers, project),
        1 => list(answers, project),
        2 => time(answers, project),
        3 => custom(answers, project),
        _ => Ok(vec!["manual: true".to_owned()]),
    }
}

fn event(answers: &mut Answers, project: &OpenProject) -> Result<Vec<String>, Exit> {
    let events = project.catalog.events();
    let thing = |event: &souschef_catalog::Event| Thing {
        id: event.id.clone(),
        help: event.help.clone(),
    };
    let find = |words: &str| {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let fits = |event: &souschef_catalog::Event| {
            let text = format!("{} {}", event.id, event.help).to_lowercase();
            words.iter().all(|word| text.contains(word.trim_end_matches('s')))
        };
        // What is named so comes before what only speaks of it.
        let named = |event: &souschef_catalog::Event| {
            let id = event.id.to_lowercase();
            words
                .iter()
                .filter(|word| id.contains(word.trim_end_matches('s')))
                .count()
        };
        let mut found: Vec<_> = events.iter().filter(|event| fits(event)).collect();
        found.sort_by_key(|event| (std::cmp::Reverse(named(event)), event.id.len()));
        found.iter().map(|event| thing(event)).collect()
    };
    let by_id = |id: &str| project.catalog.event(id).map(|event| thing(&event));
    let found = search::one(answers, "Which event (words to look for)", false, find, by_id)?;
    Ok(found
        .map(|event| vec![format!("webhook: {}", event.id)])
        .unwrap_or_default())
}

fn list(answers: &mut Answers, project: &OpenProject) -> Result<Vec<String>, Exit> {
    let Some(operation) = steps::operation(
        answers,
        project,
        "Which list (words to look for)",
        false,
        OperationKind::Trigger,
    )?
    else {
        return Ok(Vec::new());
    };
    let mut lines = vec![format!("poll: {}", operation.id)];
    lines.push(checked(answers, project, "How often", "5m", "every", &operation)?);
    let remembers = operation.poll.as_ref().is_some_and(|poll| poll.id.is_some());
    let words: &[(&str, &str)] = if remembers {
        &[
            ("new", "an item that was not there before"),
            ("changed", "an item that is new, or whose content changed"),
            ("every_item", "every item, each time"),
            ("every_poll", "one run for each look, with all items"),
        ]
    } else {
        &[
            ("every_poll", "one run for each look, with all items"),
            ("every_item", "every item, each time"),
        ]
    };
    let chosen = answers.choose("What of it starts a run", words)?;
    if let Some((word, _)) = words.get(chosen) {
        lines.push(format!("fire_on: {word}"));
    }
    let with = needed(answers, &operation)?;
    if !with.is_empty() {
        lines.push("with:".to_owned());
        lines.extend(with);
    }
    Ok(lines)
}

/// The inputs that a read can't do without.
fn needed(answers: &mut Answers, operation: &Operation) -> Result<Vec<String>, Exit> {
    let mut lines = Vec::new();
    for (name, input) in steps::required(operation) {
        if let Some(help) = &input.help {
            below(help);
        }
        loop {
            let question = format!("{name} ({})", input.ty.describe());
            let answer = answers.ask(&question, "")?;
            match draft::value(&answer, &input.ty) {
                _ if answer.is_empty() => wrong("this is needed"),
                Ok(value) => {
                    lines.push(format!("  {name}: {value}"));
                    break;
                }
                Err(why) => wrong(&why),
            }
        }
    }
    Ok(lines)
}

fn time(answers: &mut Answers, project: &OpenProject) -> Result<Vec<String>, Exit> {
    let cron = loop {
        below("as weekdays 9:00, monday 8:30, every day 17:00, hourly, or five fields of cron");
        let words = answers.ask("When", "weekdays 9:00")?;
        let Some(cron) = timetable::cron(&words) else {
            wrong(&format!("\"{words}\" is no timetable that is understood here"));
            continue;
        };
        match mistake(project, &[format!("schedule: \"{cron}\"")]) {
            Some(why) => wrong(&why),
            None => break cron,
        }
    };
    loop {
        let zone = answers.ask("In which time zone (as Europe/Vienna)", "UTC")?;
        let lines = vec![format!("schedule: \"{cron}\""), format!("time_zone: {zone}")];
        match mistake(project, &lines) {
            Some(why) => wrong(&why),
            None => return Ok(lines),
        }
    }
}

fn custom(answers: &mut Answers, project: &OpenProject) -> Result<Vec<String>, Exit> {
    let path = loop {
        let path = answers.ask("The end of its address, /hooks/custom/…", "leads")?;
        let lines = [
            "webhook: custom".to_owned(),
            "auth: none".to_owned(),
            format!("path: {}", draft::written(&path)),
        ];
        match mistake(project, &lines) {
            Some(why) => wrong(&why),
            None => break path,
        }
    };
    below("the secret's name under secrets: in souschef.yaml; the sender shows its value as a token");
    let secret = loop {
        let secret = answers.ask("Which secret", "lead_hook")?;
        let known = project.config.secrets.contains_key(&secret);
        if known || !project.has_file {
            break secret;
        }
        let names: Vec<&str> = project.config.secrets.keys().map(String::as_str).collect();
        if names.is_empty() {
            wrong(&format!(
                "souschef.yaml has no secrets yet; add `secrets: {{ {secret}: {{ env: {} }} }}`",
                secret.to_uppercase()
            ));
            break secret;
        }
        wrong(&format!(
            "souschef.yaml has no secret {secret}; it has: {}",
            names.join(", ")
        ));
    };
    Ok(vec![
        "webhook: custom".to_owned(),
        format!("path: {}", draft::written(&path)),
        format!("auth: {{ token: {} }}", draft::written(&secret)),
    ])
}

/// Asks for a key of a poll until the checker takes it.
fn checked(
    answers: &mut Answers,
    project: &OpenProject,
    question: &str,
    default: &str,
    key: &str,
    operation: &Operation,
) -> Result<String, Exit> {
    loop {
        let answer = answers.ask(question, default)?;
        let plain = answer.chars().all(|c| c.is_ascii_alphanumeric());
        let value = if plain { answer } else { draft::written(&answer) };
        let line = format!("{key}: {value}");
        let fire_on = "fire_on: every_poll".to_owned();
        match mistake(
            project,
            &[format!("poll: {}", operation.id), fire_on, line.clone()],
        ) {
            Some(why) => wrong(&why),
            None => return Ok(line),
        }
    }
}

/// What the checker says of the last line of a trigger.
fn mistake(project: &OpenProject, lines: &[String]) -> Option<String> {
    let mut text = "trigger:\n".to_owned();
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
    let number = lines.len() + 1;
    text.push_str("actions:\n  - stop: true\n");
    steps::mistake(project, &SourceFile::new("new.yaml", text), number)
}
