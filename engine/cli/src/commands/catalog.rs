//! `souschef catalog`.

use std::sync::Arc;

use serde_json::{Value, json};
use souschef_catalog::{Event, Operation, OperationKind, example, listing};
use souschef_runtime::project::OpenProject;

use super::support;
use crate::args::{CatalogArgs, CatalogCommand, Common, Format, Kind};
use crate::exit::Exit;
use crate::show::operation as show;
use crate::show::terminal;

/// Shows what can be triggered and done.
pub(crate) fn catalog(common: &Common, args: &CatalogArgs) -> Exit {
    let project = match support::open_sound(common) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    match &args.show {
        Some(CatalogCommand::Show { id, print }) => one(&project, id, print.format),
        None if args.kind == Some(Kind::Event) => events(&project, args),
        None => operations(&project, args),
    }
}

/// Whether a connector's operations are listed: where it is asked for, any.
fn is_listed(project: &OpenProject, args: &CatalogArgs, connector: &str) -> bool {
    if let Some(wanted) = &args.connector {
        return wanted == connector;
    }
    support::is_listed(project, connector)
}

fn operations(project: &OpenProject, args: &CatalogArgs) -> Exit {
    if let Err(exit) = known_connector(project, args) {
        return exit;
    }
    let words = args.words.join(" ");
    let all = if words.is_empty() {
        project.catalog.operations()
    } else {
        project.catalog.search(&words)
    };
    let fits = |operation: &Operation| match args.kind {
        Some(Kind::Trigger) => operation.kind == OperationKind::Trigger,
        Some(Kind::Action) => operation.kind == OperationKind::Action,
        Some(Kind::Event) | None => true,
    };
    let (found, elsewhere): (Vec<Arc<Operation>>, Vec<Arc<Operation>>) = all
        .into_iter()
        .filter(|operation| fits(operation))
        .partition(|operation| is_listed(project, args, &operation.connector));
    if args.print.format == Format::Json {
        let list: Vec<Value> = found
            .iter()
            .map(|operation| listing::operation(operation))
            .collect();
        terminal::json(&Value::Array(list));
        return Exit::Fine;
    }
    terminal::print(&show::list(&found, words.is_empty(), terminal::width()));
    let triggers = found
        .iter()
        .filter(|operation| operation.kind == OperationKind::Trigger)
        .count();
    if found.is_empty() {
        terminal::say(&match fitting_events(project, args).len() {
            0 => format!("nothing in the catalog fits {words:?}"),
            1 => format!("no operation fits {words:?}, but one event does: --kind event shows it"),
            count => format!("no operation fits {words:?}, but {count} events do: --kind event shows them"),
        });
    } else {
        let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let words = format!(
            "{}: {}, {}. `souschef catalog show ID` tells all of one; `--kind event` lists the events of webhooks.",
            many(found.len(), "operation"),
            many(triggers, "trigger"),
            many(found.len() - triggers, "action")
        );
        terminal::hint(&format!(
            "\n{}",
            terminal::wrap(&words, terminal::width()).join("\n")
        ));
    }
    if let Some(other) = elsewhere
        .first()
        .filter(|_| !words.is_empty() && args.connector.is_none())
    {
        let name = &other.connector;
        terminal::hint(&format!(
            "{} more are the connector {name}'s: --connector {name} shows them",
            elsewhere.len()
        ));
    }
    Exit::Fine
}

fn known_connector(project: &OpenProject, args: &CatalogArgs) -> Result<(), Exit> {
    args.connector
        .as_deref()
        .map_or(Ok(()), |wanted| support::known_connector(project, wanted))
}

fn events(project: &OpenProject, args: &CatalogArgs) -> Exit {
    if let Err(exit) = known_connector(project, args) {
        return exit;
    }
    let found = fitting_events(project, args);
    match args.print.format {
        Format::Json => {
            let list = found
                .iter()
                .map(|event| json!({ "id": event.id, "help": event.help, "example": event.example }));
            terminal::json(&Value::Array(list.collect()));
        }
        Format::Human => {
            terminal::print(&show::events(&found, terminal::width()));
            terminal::hint(&format!(
                "\n{} events. Write one as `webhook: ID`; `souschef catalog show ID` tells all of it.",
                found.len()
            ));
        }
    }
    Exit::Fine
}

/// The events of webhooks that fit what is looked for.
fn fitting_events(project: &OpenProject, args: &CatalogArgs) -> Vec<Arc<Event>> {
    let words: Vec<String> = args.words.iter().map(|word| word.to_lowercase()).collect();
    let fits = |event: &Event| {
        let text = format!("{} {}", event.id, event.help).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let wanted = |id: &str| {
        args.connector
            .as_deref()
            .is_none_or(|name| id.split('.').next() == Some(name))
    };
    project
        .catalog
        .events()
        .into_iter()
        .filter(|event| wanted(&event.id) && fits(event))
        .collect()
}

fn one(project: &OpenProject, id: &str, format: Format) -> Exit {
    let json = format == Format::Json;
    if let Some(operation) = project.catalog.operation(id) {
        if json {
            let mut listed = listing::operation(&operation);
            if let Some(map) = listed.as_object_mut() {
                map.insert("help".to_owned(), json!(operation.help));
                map.insert("output".to_owned(), listing::shape(&operation.output));
                map.insert("example".to_owned(), json!(example::step(&operation)));
            }
            terminal::json(&listed);
        } else {
            let connector = project.catalog.connector(&operation.connector);
            terminal::print(&show::operation(
                &operation,
                connector.as_deref(),
                terminal::width(),
            ));
        }
        return Exit::Fine;
    }
    if let Some(event) = project.catalog.event(id) {
        if json {
            terminal::json(&json!({
                "id": event.id,
                "help": event.help,
                "fields": listing::shape(&event.shape),
                "example": event.example,
            }));
        } else {
            terminal::print(&show::event(&event, terminal::width()));
        }
        return Exit::Fine;
    }
    let near = project.catalog.nearest(id).or_else(|| near_event(project, id));
    let help = near.map_or_else(
        || "`souschef catalog` lists them all".to_owned(),
        |near| format!("did you mean {near}?"),
    );
    terminal::error(&format!("there is no operation or event {id}"), Some(&help));
    Exit::Usage
}

fn near_event(project: &OpenProject, id: &str) -> Option<String> {
    let events = project.catalog.events();
    souschef_recipe::nearest(id, events.iter().map(|event| event.id.as_str())).map(str::to_owned)
}
