//! `souschef init`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use souschef_catalog::{Catalog, example, schema};
use souschef_expr::convert::{Options, convert};
use souschef_plan::Project;
use souschef_recipe::{InputDecl, Recipe, StepKind, TriggerKind, ValueKind};
use souschef_runtime::project::FILE;

use super::support;
use crate::args::InitArgs;
use crate::bundled::{self, Bundled};
use crate::exit::Exit;
use crate::show::questions::{Answers, below, wrong};
use crate::show::terminal::{self, faint};
use crate::show::values;

/// What stands in the project file until the location's id is filled in.
pub(super) const NO_LOCATION: &str = "YOUR_LOCATION_ID";

/// Starts a project.
pub(crate) fn init(args: &InitArgs) -> Exit {
    if args.list {
        let longest = bundled::ALL
            .iter()
            .map(|recipe| recipe.name.len())
            .max()
            .unwrap_or(0);
        for recipe in bundled::in_order() {
            let room = terminal::width().saturating_sub(longest + 2);
            for (index, line) in terminal::wrap(&recipe.description(), room).iter().enumerate() {
                let name = if index == 0 { recipe.name } else { "" };
                terminal::line(&format!("{name:<longest$}  {}", faint(line)));
            }
        }
        return Exit::Fine;
    }
    let recipe = match chosen(args) {
        Ok(recipe) => recipe,
        Err(exit) => return exit,
    };
    let Some(read) = recipe.recipe() else {
        return support::failed("the bundled recipe does not fit this binary; please report it");
    };
    let location = match &args.location {
        Some(id) => id.clone(),
        None => match asked("The GHL location's id (empty: fill it in later)", "") {
            Ok(id) => id.unwrap_or_default(),
            Err(exit) => return exit,
        },
    };
    let inputs = match settings(args, &read) {
        Ok(inputs) => inputs,
        Err(exit) => return exit,
    };
    let needs = Needs::of(&read);
    let location = if location.is_empty() {
        NO_LOCATION
    } else {
        &location
    };
    let mut files = vec![
        (
            FILE.to_owned(),
            project_file(recipe.name, location, &inputs, &needs),
        ),
        (format!("recipes/{}.yaml", recipe.name), recipe.text.to_owned()),
    ];
    files.extend(
        recipe
            .test
            .map(|test| (format!("recipes/{}.test.yaml", recipe.name), test.to_owned())),
    );
    files.extend(editor_files());
    match write(&args.dir, &files) {
        Ok(kept) => {
            let no_file = kept.iter().any(|name| name == FILE);
            if no_file {
                not_written(args);
            }
            // A file that was there has its own.
            let has_none = !no_file && location == NO_LOCATION;
            next(&args.dir, recipe.name, has_none, needs.tokens());
            if no_file && !(needs.connectors.is_empty() && needs.secrets.is_empty()) {
                terminal::hint(&needs.to_be_added());
            }
            Exit::Fine
        }
        Err(message) => support::failed(&message),
    }
}

fn chosen(args: &InitArgs) -> Result<&'static Bundled, Exit> {
    let name = match &args.recipe {
        Some(name) => name.clone(),
        None if terminal::interactive() => {
            let list = bundled::in_order();
            for (index, recipe) in list.iter().enumerate() {
                terminal::say(&format!("{:>3}  {}", index + 1, recipe.name));
                below(&recipe.description());
            }
            let answer = asked("Which recipe to begin with", "1")?.unwrap_or_default();
            let by_number = answer
                .parse::<usize>()
                .ok()
                .and_then(|number| list.get(number.wrapping_sub(1)));
            by_number.map_or(answer, |recipe| recipe.name.to_owned())
        }
        None => bundled::FIRST.to_owned(),
    };
    bundled::find(&name).ok_or_else(|| {
        let names = bundled::ALL.iter().map(|recipe| recipe.name);
        let near = souschef_recipe::nearest(&name, names).map_or_else(
            || "`souschef init --list` shows them all".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        terminal::error(&format!("there is no bundled recipe {name}"), Some(&near));
        Exit::Usage
    })
}

/// The recipe's settings: given as arguments, or asked for at a terminal.
fn settings(args: &InitArgs, recipe: &Recipe) -> Result<Vec<(String, serde_json::Value)>, Exit> {
    let mut given: BTreeMap<String, &str> = BTreeMap::new();
    for text in &args.inputs {
        let (name, value) = values::assignment(text).map_err(|message| {
            terminal::error(&message, None);
            Exit::Usage
        })?;
        if !recipe.inputs.iter().any(|input| input.name.value == name) {
            let names: Vec<&str> = recipe
                .inputs
                .iter()
                .map(|input| input.name.value.as_str())
                .collect();
            terminal::error(
                &format!("the recipe has no input {name}"),
                Some(&format!("it has: {}", names.join(", "))),
            );
            return Err(Exit::Usage);
        }
        given.insert(name, value);
    }
    let mut settings = Vec::new();
    for input in &recipe.inputs {
        let name = &input.name.value;
        let default = input.default.as_ref().map(souschef_recipe::Node::to_json);
        let value = match given.get(name) {
            Some(text) => Some(typed(input, text).map_err(|message| {
                terminal::error(&format!("the input {name}: {message}"), None);
                Exit::Usage
            })?),
            None => answered(input, default.as_ref())?,
        };
        // A setting without a default is written all the same, so that it is seen that it must be filled in.
        match value {
            Some(value) if Some(&value) != default.as_ref() => settings.push((name.clone(), value)),
            None if default.is_none() && input.required => {
                settings.push((name.clone(), filler(input.kind.value)))
            }
            _ => {}
        }
    }
    Ok(settings)
}

/// What a person answers for a setting, asked again until it is of its type; none where it is left as it is.
fn answered(
    input: &InputDecl,
    default: Option<&serde_json::Value>,
) -> Result<Option<serde_json::Value>, Exit> {
    let shown = default.map_or_else(String::new, plain);
    if let Some(help) = input.description.as_ref().filter(|_| terminal::interactive()) {
        terminal::say("");
        below(&help.value);
    }
    loop {
        let Some(text) = asked(&input.name.value, &shown)?.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        match typed(input, &text) {
            Ok(value) => return Ok(Some(value)),
            Err(message) => wrong(&message),
        }
    }
}

/// An answer as the project file holds it.
fn typed(input: &InputDecl, text: &str) -> Result<serde_json::Value, String> {
    let value = read(text, input.kind.value);
    let options = Options {
        region: input.region.as_ref().map(|region| region.value.clone()),
        time_zone: None,
    };
    convert(&value, input.kind.value, &options)
        .map(|_| value)
        .map_err(|error| error.message)
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text as a value of a kind.
fn read(text: &str, kind: ValueKind) -> serde_json::Value {
    match kind {
        ValueKind::Number | ValueKind::Integer | ValueKind::Boolean => {
            serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()))
        }
        other => values::read(text, other),
    }
}

/// A value of a kind, for a setting that nobody has filled in yet.
fn filler(kind: ValueKind) -> serde_json::Value {
    match kind {
        ValueKind::Number | ValueKind::Integer => serde_json::json!(1),
        ValueKind::Boolean => serde_json::json!(false),
        ValueKind::Date => serde_json::json!("2026-12-01"),
        ValueKind::Datetime => serde_json::json!("2026-12-01T09:00:00Z"),
        ValueKind::Phone => serde_json::json!("+12025550143"),
        ValueKind::Email => serde_json::json!("someone@example.com"),
        ValueKind::Duration => serde_json::json!("1d"),
        ValueKind::List => serde_json::json!([]),
        ValueKind::Text | ValueKind::Any => serde_json::json!("fill-this-in"),
    }
}

/// Asks at a terminal; elsewhere there is no answer.
fn asked(question: &str, default: &str) -> Result<Option<String>, Exit> {
    if terminal::interactive() {
        Answers::Person.ask(question, default).map(Some)
    } else {
        Ok(None)
    }
}

/// What a recipe needs of the project file.
struct Needs {
    /// Connectors beside GHL, and whether they have an address of their own.
    connectors: BTreeMap<String, bool>,
    /// Secrets of webhooks.
    secrets: BTreeSet<String>,
}

impl Needs {
    fn of(recipe: &Recipe) -> Self {
        let catalog = Catalog::bundled();
        let steps = recipe.all_steps();
        let called = steps.iter().filter_map(|step| match &step.kind {
            StepKind::Action { operation, .. } => Some(operation.value.as_str()),
            _ => None,
        });
        let polled = recipe.triggers.iter().filter_map(|trigger| match &trigger.kind {
            TriggerKind::Poll(poll) => Some(poll.operation.value.as_str()),
            _ => None,
        });
        let connectors = called
            .chain(polled)
            .filter_map(|id| catalog.operation(id))
            .filter_map(|operation| catalog.connector(&operation.connector))
            .filter(|connector| connector.name != "ghl")
            .map(|connector| (connector.name.clone(), connector.base_url.is_some()))
            .collect();
        Self {
            connectors,
            secrets: recipe.secrets().into_iter().collect(),
        }
    }

    /// What a project file that was there already may lack.
    fn to_be_added(&self) -> String {
        let connections = self
            .connectors
            .keys()
            .map(|name| format!("a connection of {name}"));
        let secrets = self.secrets.iter().map(|name| format!("the secret {name}"));
        let all: Vec<String> = connections.chain(secrets).collect();
        format!(
            "\nThe recipe needs {} in {FILE}; `souschef check` tells what is missing there",
            all.join(" and ")
        )
    }

    /// The environment variables that hold tokens.
    fn tokens(&self) -> Vec<String> {
        let others = self.connectors.keys().map(|name| variable(name, "_TOKEN"));
        std::iter::once("GHL_TOKEN".to_owned())
            .chain(others)
            .chain(self.secrets.iter().map(|name| variable(name, "")))
            .collect()
    }
}

fn variable(name: &str, ending: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    format!("{name}{ending}")
}

fn project_file(
    recipe: &str,
    location: &str,
    inputs: &[(String, serde_json::Value)],
    needs: &Needs,
) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema=schemas/project.schema.json\n\
         #\n\
         # Which accounts there are. Tokens stay outside of this file: it names the environment variable that holds each.\n\n\
         connections:\n  main:\n    connector: ghl\n    \
         location_id: {}\n    \
         auth: {{ token: {{ env: GHL_TOKEN }} }}   # a Private Integration Token: Settings, Private Integrations in GHL\n",
        example::yaml(&serde_json::json!(location))
    );
    for (connector, has_address) in &needs.connectors {
        text.push_str(&format!("  {connector}:\n    connector: {connector}\n"));
        if !has_address {
            text.push_str("    base_url: https://api.example.com   # the address of your own\n");
        }
        text.push_str(&format!(
            "    auth: {{ token: {{ env: {} }} }}\n",
            variable(connector, "_TOKEN")
        ));
    }
    text.push_str("\ndefault_connection: main\n");
    if !needs.secrets.is_empty() {
        text.push_str("\n# What recipes name and never see.\nsecrets:\n");
        for name in &needs.secrets {
            text.push_str(&format!("  {name}: {{ env: {} }}\n", variable(name, "")));
        }
    }
    text.push_str("\nrecipes: recipes\n");
    if !inputs.is_empty() {
        text.push_str(&format!(
            "\n# Settings of recipes, filled in once.\ninputs:\n  {recipe}:\n"
        ));
        for (name, value) in inputs {
            text.push_str(&format!("    {name}: {}\n", example::yaml(value)));
        }
    }
    text
}

/// Schemas, and what makes editors use them.
fn editor_files() -> Vec<(String, String)> {
    let pretty =
        |value: &serde_json::Value| format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default());
    let settings = serde_json::json!({
        "yaml.schemas": {
            "schemas/recipe.schema.json": ["recipes/**/*.yaml", "!recipes/**/*.test.yaml"],
            "schemas/test.schema.json": ["recipes/**/*.test.yaml"],
            "schemas/project.schema.json": ["souschef.yaml"],
            "schemas/connector.schema.json": ["connectors/**/*.yaml"]
        },
        "yaml.validate": true,
        "yaml.completion": true,
        "yaml.hover": true,
        "[yaml]": { "editor.tabSize": 2, "editor.insertSpaces": true, "editor.quickSuggestions": { "strings": true, "other": true } }
    });
    let extensions = serde_json::json!({ "recommendations": ["redhat.vscode-yaml"] });
    vec![
        (
            "schemas/recipe.schema.json".to_owned(),
            pretty(&schema::recipe(&Catalog::bundled())),
        ),
        (
            "schemas/test.schema.json".to_owned(),
            pretty(&souschef_runtime::testing::schema()),
        ),
        (
            "schemas/project.schema.json".to_owned(),
            pretty(&Project::schema()),
        ),
        (
            "schemas/connector.schema.json".to_owned(),
            pretty(&schema::connector()),
        ),
        (".vscode/settings.json".to_owned(), pretty(&settings)),
        (".vscode/extensions.json".to_owned(), pretty(&extensions)),
        (
            ".gitignore".to_owned(),
            "# The journal, and files with secrets.\n.souschef/\n.env\n*.token\n".to_owned(),
        ),
    ]
}

/// Writes what is not there yet; nothing is ever overwritten.
fn write(dir: &Path, files: &[(String, String)]) -> Result<Vec<String>, String> {
    let mut kept = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        let shown = souschef_runtime::project::shown(&path);
        let failed = |why: std::io::Error| format!("can't write {shown}: {why}");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        match std::fs::File::create_new(&path) {
            Ok(mut file) => {
                std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
                terminal::hint(&format!("  wrote {shown}"));
            }
            Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {
                terminal::hint(&format!("  kept  {shown}, which was there already"));
                kept.push(name.clone());
            }
            Err(why) => return Err(failed(why)),
        }
    }
    Ok(kept)
}

/// What was given for a project file that was there already goes nowhere: that must be said, asked for quiet or not.
fn not_written(args: &InitArgs) {
    let mut lost = Vec::new();
    lost.extend(args.location.iter().map(|_| "--location"));
    lost.extend((!args.inputs.is_empty()).then_some("--input"));
    if !lost.is_empty() {
        terminal::say(&format!(
            "{} went nowhere: {FILE} was there already, and is never changed; write it there yourself",
            lost.join(" and ")
        ));
    }
}

fn next(dir: &Path, recipe: &str, no_location: bool, tokens: Vec<String>) {
    let mut text = String::from("\nWhat to do next:\n");
    if dir != Path::new(".") {
        text.push_str(&format!("  cd {}\n", dir.display()));
    }
    text.push_str(&format!(
        "  souschef check\n  souschef test\n  souschef run {recipe} --sandbox\n"
    ));
    let place = if no_location {
        "put your location's id into souschef.yaml, then\n  "
    } else {
        ""
    };
    text.push_str(&format!(
        "\nWith your account: {place}export {}=…\n  souschef doctor --online\n",
        tokens.join("=… ")
    ));
    text.push_str(&format!("  souschef run {recipe} --dry-run"));
    terminal::hint(&text);
}
