//! What several commands need.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};
use souschef_plan::Plan;
use souschef_recipe::{Severity, SourceFile};
use souschef_runtime::project::{OpenProject, ProjectError, RecipeFile};
use tokio::runtime::Builder;
use tokio::sync::watch;

use crate::args::{Common, Format};
use crate::exit::Exit;
use crate::show::{problems, terminal, values};

/// The most that is read of an event or inputs file.
const LARGEST: u64 = 10 * 1024 * 1024;

/// Opens the project that the user means.
pub(crate) fn open(common: &Common) -> Result<OpenProject, Exit> {
    let here = std::env::current_dir().map_err(|why| failed(&format!("can't tell where we are: {why}")))?;
    let root = match &common.project {
        Some(dir) if dir.is_dir() => here.join(dir),
        Some(dir) => {
            terminal::error(&format!("there is no folder {}", dir.display()), None);
            return Err(Exit::Usage);
        }
        None => OpenProject::find(&here),
    };
    OpenProject::open(&root).map_err(|error| failed(&error.to_string()))
}

/// Opens the project, and refuses one whose own files have mistakes.
pub(crate) fn open_sound(common: &Common) -> Result<OpenProject, Exit> {
    let project = open(common)?;
    let (errors, _) = problems::count(&project.problems);
    if errors > 0 {
        problems::say(&project.problems);
        return Err(Exit::Problem);
    }
    Ok(project)
}

/// The same for a command that prints a document: what is wrong is printed too where a program waits for one.
pub(crate) fn open_sound_for(common: &Common, format: Format) -> Result<OpenProject, Exit> {
    let project = open(common)?;
    let (errors, _) = problems::count(&project.problems);
    if errors > 0 && matches!(format, Format::Json) {
        problems::document(1, &project.problems);
    }
    if errors > 0 {
        problems::say(&project.problems);
        return Err(Exit::Problem);
    }
    Ok(project)
}

/// The files that a command is about; it refuses where the paths name what is not there, or where there are none.
pub(crate) fn chosen(
    found: Result<Vec<PathBuf>, ProjectError>,
    none: &str,
    help: &str,
) -> Result<Vec<PathBuf>, Exit> {
    let files = found.map_err(|error| misnamed(&error))?;
    if files.is_empty() {
        terminal::error(none, Some(help));
        return Err(Exit::Usage);
    }
    Ok(files)
}

/// Says that what the user named can't be had.
pub(crate) fn misnamed(error: &ProjectError) -> Exit {
    terminal::error(&error.to_string(), None);
    Exit::Usage
}

/// A checked recipe; what is wrong with it is shown, and printed too where a program waits for a document.
pub(crate) fn plan(
    project: &OpenProject,
    wanted: &str,
    format: Format,
) -> Result<(RecipeFile, Arc<Plan>), Exit> {
    let file = project.recipe(wanted).map_err(|error| {
        let help = matches!(error, ProjectError::NoRecipe { .. })
            .then_some("give a recipe's file, or its name in the project's recipes folder");
        terminal::error(&error.to_string(), help);
        Exit::Usage
    })?;
    let (source, checked) = project
        .check_alone(&file)
        .map_err(|error| failed(&error.to_string()))?;
    let errors = checked
        .diagnostics
        .iter()
        .filter(|one| one.severity() == Severity::Error)
        .count();
    let said = vec![(source, checked.diagnostics)];
    if errors > 0 || !terminal::quiet() {
        problems::say(&said);
    }
    if errors > 0 && matches!(format, Format::Json) {
        problems::document(1, &said);
    }
    checked.plan.map(|plan| (file, plan)).ok_or_else(|| {
        terminal::say(&format!("{wanted} was not run: {}", problems::summary(errors, 0)));
        Exit::Problem
    })
}

/// The text of a file, or of standard input where it is `-`, with the name to show for it.
pub(crate) fn text(path: &str) -> Result<(String, String), Exit> {
    let mut text = String::new();
    let read = if path == "-" {
        std::io::stdin().take(LARGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(Path::new(path)).and_then(|file| file.take(LARGEST).read_to_string(&mut text))
    };
    let from = if path == "-" { "standard input" } else { path };
    read.map_err(|why| match why.kind() {
        std::io::ErrorKind::NotFound => {
            terminal::error(&format!("there is no file {from}"), None);
            Exit::Usage
        }
        std::io::ErrorKind::InvalidData => failed(&format!("{from} is no text: it is not written in UTF-8")),
        _ => failed(&format!("can't read {from}: {why}")),
    })?;
    Ok((from.to_owned(), text))
}

/// Reads JSON or YAML from a file, or from standard input where it is `-`.
pub(crate) fn data(path: &str) -> Result<Value, Exit> {
    let (from, text) = text(path)?;
    if let Ok(value) = serde_json::from_str(&text) {
        return Ok(value);
    }
    if text.trim().is_empty() {
        return Err(failed(&format!("{from} is empty, and should hold JSON or YAML")));
    }
    let parsed = souschef_recipe::tree::parse(&text);
    match parsed.tree {
        Some(tree) if parsed.diagnostics.is_empty() => Ok(tree.to_json()),
        _ => {
            problems::say(&vec![(SourceFile::new(from.clone(), text), parsed.diagnostics)]);
            Err(failed(&format!("{from} is neither JSON nor YAML")))
        }
    }
}

/// `NAME=VALUE` arguments as a recipe's settings, each read as its type wants it.
pub(crate) fn recipe_inputs(plan: &Plan, list: &[String]) -> Result<Map<String, Value>, Exit> {
    let wrong = |message: &str, help: Option<&str>| {
        terminal::error(message, help);
        Exit::Usage
    };
    let mut inputs = Map::new();
    for argument in list {
        let (name, value) = values::assignment(argument).map_err(|message| wrong(&message, None))?;
        let known: Vec<&str> = plan.inputs.iter().map(|input| input.name.as_str()).collect();
        let Some(input) = plan.inputs.iter().find(|input| input.name == name) else {
            let help = match souschef_recipe::nearest(&name, known.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None if known.is_empty() => "it has none".to_owned(),
                None => format!("it has: {}", known.join(", ")),
            };
            return Err(wrong(
                &format!("the recipe {} has no input {name}", plan.recipe),
                Some(&help),
            ));
        };
        inputs.insert(name, values::read(value, input.kind));
    }
    Ok(inputs)
}

/// Says what is wrong with the user's files.
pub(crate) fn failed(message: &str) -> Exit {
    terminal::error(message, None);
    Exit::Problem
}

/// Runs async work to its end.
pub(crate) fn block_on<F: Future<Output = Exit>>(work: F) -> Exit {
    run_on(Builder::new_current_thread(), work)
}

/// Runs async work of many tasks to its end, on every core.
pub(crate) fn block_on_many<F: Future<Output = Exit>>(work: F) -> Exit {
    run_on(Builder::new_multi_thread(), work)
}

fn run_on<F: Future<Output = Exit>>(mut runtime: Builder, work: F) -> Exit {
    match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(why) => {
            terminal::error(&format!("can't start: {why}"), None);
            Exit::World
        }
    }
}

/// Turns true when the user presses Ctrl-C; a second time ends at once.
pub(crate) fn interrupts() -> watch::Receiver<bool> {
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        let mut presses = 0;
        while tokio::signal::ctrl_c().await.is_ok() {
            presses += 1;
            if presses > 1 {
                terminal::keep();
                terminal::error(
                    "ended at once; what was under way may or may not have happened",
                    None,
                );
                std::process::exit(3);
            }
            terminal::say_stopping();
            if tell.send(true).is_err() {
                break;
            }
        }
    });
    told
}

/// A text as one segment of an address.
pub(crate) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Refuses a connector that there is not.
pub(crate) fn known_connector(project: &OpenProject, wanted: &str) -> Result<(), Exit> {
    if project.catalog.connector(wanted).is_some() {
        return Ok(());
    }
    let names: Vec<String> = project
        .catalog
        .connectors()
        .iter()
        .map(|connector| connector.name.clone())
        .collect();
    terminal::error(
        &format!("there is no connector {wanted}"),
        Some(&format!("there are: {}", names.join(", "))),
    );
    Err(Exit::Usage)
}

/// Whether a connector's operations are listed: those with an address of their own, and those that the project has an
/// account with. A sample whose address is anyone's to set is shown where it is asked for.
pub(crate) fn is_listed(project: &OpenProject, connector: &str) -> bool {
    let has_address = |name: &str| {
        project
            .catalog
            .connector(name)
            .is_some_and(|found| found.base_url.is_some())
    };
    let is_used = || {
        project
            .config
            .connections
            .values()
            .any(|account| account.connector == connector)
    };
    has_address(connector) || is_used()
}
