//! Requests and their answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_server::ErrorCode;
use serde_json::{Map, Value, json};
use souschef_plan::ask::{self, Fold, Named, Part, Question, Symbol, Target};
use souschef_recipe::format::{format, format_data};
use souschef_recipe::{Fix, Span};
use souschef_runtime::project;
use url::Url;

use crate::changes;
use crate::lines::Lines;
use crate::message::{self, Can, number, text};
use crate::world::{Document, Home, Kind, World};

/// A request that can't be answered, and why.
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) why: String,
}

impl Refusal {
    fn new(code: ErrorCode, why: impl Into<String>) -> Self {
        Self {
            code,
            why: why.into(),
        }
    }
}

/// A document, the place that is asked about, and all that the answer is made from.
struct Asked {
    document: Document,
    at: usize,
    home: Arc<Home>,
    schema: Option<Arc<Value>>,
}

impl Asked {
    fn new(world: &mut World, parameters: &Value) -> Result<Self, Refusal> {
        let uri = text(parameters, "textDocument.uri").unwrap_or_default();
        let Some(document) = world.document(uri).cloned() else {
            return Err(Refusal::new(
                ErrorCode::InvalidParams,
                format!("{uri} is not open"),
            ));
        };
        let line = number(parameters, "position.line").unwrap_or_default();
        let character = number(parameters, "position.character").unwrap_or_default();
        let home = world.home(&document);
        let schema = world.schema_of(&document, &home);
        Ok(Self {
            at: document.lines.offset(document.text(), line, character),
            document,
            home,
            schema,
        })
    }

    fn question<'a>(&'a self, schema: &'a Value) -> Question<'a> {
        Question {
            name: self.document.name(),
            source: &self.document.source,
            at: self.at,
            context: self.home.context(),
            schema,
            recipe: self.document.kind() == Kind::Recipe,
        }
    }

    /// Asks about the place, where the file is one that is known of.
    fn ask<T>(&self, ask: impl FnOnce(&Question<'_>) -> T) -> Option<T> {
        let schema = self.schema.as_deref()?;
        Some(ask(&self.question(schema)))
    }

    fn range(&self, span: Span) -> Value {
        self.document.lines.range(self.document.text(), span)
    }

    fn edits(&self, fixes: &[Fix]) -> Vec<Value> {
        edits(self.document.text(), &self.document.lines, fixes)
    }

    /// The file of a recipe of the project, and its text as it is being written.
    fn recipe(&self, world: &World, name: &str) -> Option<(String, String)> {
        let files = self.home.open.recipes().ok()?;
        let file = files.into_iter().find(|file| file.name == name)?;
        file_text(world, &file.path)
    }
}

/// A file's address, and its text: as it is being written where it is open.
fn file_text(world: &World, path: &Path) -> Option<(String, String)> {
    let uri = Url::from_file_path(path).ok()?.to_string();
    if let Some(open) = world.documents().find(|open| open.path.as_deref() == Some(path)) {
        return Some((open.uri.clone(), open.text().to_owned()));
    }
    let source = project::read(path).ok()?;
    Some((uri, source.text().to_owned()))
}

/// Changes of a text as the protocol has them.
pub(crate) fn edits(text: &str, lines: &Lines, fixes: &[Fix]) -> Vec<Value> {
    fixes
        .iter()
        .flat_map(Fix::each)
        .map(|fix| json!({ "range": lines.range(text, fix.place(text)), "newText": fix.text }))
        .collect()
}

/// Answers a request.
pub(crate) fn answer(
    world: &mut World,
    can: Can,
    method: &str,
    parameters: &Value,
) -> Result<Value, Refusal> {
    let asked = |world: &mut World| Asked::new(world, parameters);
    Ok(match method {
        "textDocument/completion" => completion(&asked(world)?, can),
        "textDocument/hover" => hover(&asked(world)?),
        "textDocument/signatureHelp" => signature(&asked(world)?),
        "textDocument/definition" => {
            let asked = asked(world)?;
            definition(world, &asked)
        }
        "textDocument/references" => {
            let asked = asked(world)?;
            let spans = asked.ask(ask::uses).unwrap_or_default();
            let places = spans
                .into_iter()
                .map(|span| json!({ "uri": asked.document.uri, "range": asked.range(span) }));
            Value::Array(places.collect())
        }
        "textDocument/prepareRename" => prepare_rename(&asked(world)?)?,
        "textDocument/rename" => {
            let asked = asked(world)?;
            rename(world, &asked, parameters)?
        }
        "textDocument/codeAction" => {
            let asked = asked(world)?;
            changes::code_actions(world, &asked.document, parameters)
        }
        "textDocument/codeLens" => code_lenses(&asked(world)?),
        "textDocument/formatting" => formatting(&asked(world)?)?,
        "textDocument/documentSymbol" => symbols(&asked(world)?),
        "textDocument/foldingRange" => folds(&asked(world)?),
        other => {
            let why = format!("souschef does not answer {other}");
            return Err(Refusal::new(ErrorCode::MethodNotFound, why));
        }
    })
}

fn completion(asked: &Asked, can: Can) -> Value {
    match asked.ask(ask::offers) {
        Some(offers) => message::completion(asked.document.text(), &asked.document.lines, &offers, can),
        None => Value::Null,
    }
}

fn hover(asked: &Asked) -> Value {
    match asked.ask(ask::about).flatten() {
        Some(about) => json!({
            "contents": { "kind": "markdown", "value": about.text },
            "range": asked.range(about.span),
        }),
        None => Value::Null,
    }
}

fn signature(asked: &Asked) -> Value {
    let Some(call) = asked.ask(ask::call).flatten() else {
        return Value::Null;
    };
    let parameters: Vec<Value> = call
        .arguments
        .iter()
        .map(|name| json!({ "label": name }))
        .collect();
    json!({
        "signatures": [{
            "label": call.signature,
            "documentation": { "kind": "markdown", "value": call.help },
            "parameters": parameters,
        }],
        "activeSignature": 0,
        "activeParameter": call.argument,
    })
}

fn definition(world: &World, asked: &Asked) -> Value {
    match asked.ask(ask::definition).flatten() {
        Some(Target::Here(span)) => json!({ "uri": asked.document.uri, "range": asked.range(span) }),
        Some(Target::Recipe(name)) => match asked.recipe(world, &name) {
            Some((uri, _)) => json!({ "uri": uri, "range": Lines::new("").range("", Span::new(0, 0)) }),
            None => Value::Null,
        },
        Some(Target::InputOf(recipe, input)) => {
            let place = asked.recipe(world, &recipe).and_then(|(uri, text)| {
                let source = souschef_recipe::SourceFile::new(recipe.as_str(), text.as_str());
                let other = souschef_recipe::decode(&source).recipe?;
                let input = other.inputs.iter().find(|own| own.name.value == input)?;
                Some(json!({ "uri": uri, "range": Lines::new(&text).range(&text, input.name.span) }))
            });
            place.unwrap_or(Value::Null)
        }
        None => Value::Null,
    }
}

fn prepare_rename(asked: &Asked) -> Result<Value, Refusal> {
    match asked.ask(ask::named).flatten() {
        Some((Named::Step(name) | Named::Field(name) | Named::Item(name, _), span)) => {
            Ok(json!({ "range": asked.range(span), "placeholder": name }))
        }
        // What can't be renamed says why.
        _ => match asked.ask(|question| ask::rename(question, "another")) {
            Some(Err(why)) => Err(Refusal::new(ErrorCode::RequestFailed, why)),
            _ => Ok(Value::Null),
        },
    }
}

fn rename(world: &World, asked: &Asked, parameters: &Value) -> Result<Value, Refusal> {
    let name = text(parameters, "newName").unwrap_or_default();
    let Some(renamed) = asked.ask(|question| ask::rename(question, name)) else {
        return Err(Refusal::new(ErrorCode::RequestFailed, "this is no recipe"));
    };
    let fixes = renamed.map_err(|why| Refusal::new(ErrorCode::RequestFailed, why))?;
    let mut changes = Map::new();
    changes.insert(asked.document.uri.clone(), Value::Array(asked.edits(&fixes)));
    if let Some((Named::Step(id), _)) = asked.ask(ask::named).flatten()
        && let Some(test) = test_of(&asked.document)
        && let Some((uri, text)) = file_text(world, &test)
    {
        let fixes: Vec<Fix> = ask::names_in_test(&text, &id)
            .into_iter()
            .map(|span| Fix::new(span, name))
            .collect();
        if !fixes.is_empty() {
            changes.insert(uri, Value::Array(edits(&text, &Lines::new(&text), &fixes)));
        }
    }
    Ok(json!({ "changes": changes }))
}

/// The test file beside a recipe.
fn test_of(document: &Document) -> Option<PathBuf> {
    let recipe = project::RecipeFile {
        name: document.name().to_owned(),
        path: document.path.clone()?,
    };
    recipe.test()
}

/// What can be done with the file as a whole, above its first line. The editor's part carries it out in a terminal.
fn code_lenses(asked: &Asked) -> Value {
    let Some(path) = &asked.document.path else {
        return json!([]);
    };
    let path = path.display().to_string();
    let lens = |title: &str, command: &str| {
        json!({
            "range": asked.range(Span::new(0, 0)),
            "command": { "title": title, "command": command, "arguments": [path] },
        })
    };
    match asked.document.kind() {
        Kind::Recipe => json!([
            lens("Run in sandbox", "souschef.runInSandbox"),
            lens("Dry run", "souschef.dryRun"),
        ]),
        Kind::Test => json!([lens("Run these tests", "souschef.test")]),
        Kind::Project | Kind::Connector | Kind::Other => json!([]),
    }
}

/// The document laid out, as one change of the lines that differ.
fn formatting(asked: &Asked) -> Result<Value, Refusal> {
    let text = asked.document.text();
    let laid_out = match asked.document.kind() {
        Kind::Recipe => format(text),
        Kind::Test | Kind::Project | Kind::Connector => format_data(text),
        Kind::Other => return Ok(Value::Null),
    };
    let new = laid_out.map_err(|told| {
        let first = told.first().map_or("", |one| one.message.as_str());
        Refusal::new(
            ErrorCode::RequestFailed,
            format!("what can't be read is not laid out: {first}"),
        )
    })?;
    if new == text {
        return Ok(json!([]));
    }
    // What is the same before and after stays, so that the caret and the folds do.
    let head = same_lines(text, &new);
    let (old, put) = (
        text.get(head..).unwrap_or_default(),
        new.get(head..).unwrap_or_default(),
    );
    let tail: usize = old
        .split_inclusive('\n')
        .rev()
        .zip(put.split_inclusive('\n').rev())
        .take_while(|(old, new)| old == new)
        .map(|(line, _)| line.len())
        .sum();
    let span = Span::new(head, text.len() - tail);
    let put = put.get(..put.len() - tail).unwrap_or_default();
    Ok(json!([{ "range": asked.range(span), "newText": put }]))
}

/// The bytes of the whole lines with which two texts begin alike.
fn same_lines(one: &str, other: &str) -> usize {
    one.split_inclusive('\n')
        .zip(other.split_inclusive('\n'))
        .take_while(|(one, other)| one == other)
        .map(|(line, _)| line.len())
        .sum()
}

fn folds(asked: &Asked) -> Value {
    if asked.document.kind() == Kind::Other {
        return json!([]);
    }
    let fold = |one: Fold| match one.comment {
        true => json!({ "startLine": one.first, "endLine": one.last, "kind": "comment" }),
        false => json!({ "startLine": one.first, "endLine": one.last }),
    };
    Value::Array(ask::folds(asked.document.text()).into_iter().map(fold).collect())
}

fn symbols(asked: &Asked) -> Value {
    let list = match asked.document.kind() {
        Kind::Recipe => ask::outline(&asked.document.source),
        Kind::Test | Kind::Project | Kind::Connector => ask::outline_of_data(asked.document.text()),
        Kind::Other => Vec::new(),
    };
    Value::Array(list.iter().map(|one| symbol(asked, one)).collect())
}

fn symbol(asked: &Asked, one: &Symbol) -> Value {
    // An event, a method, a key.
    let kind = match one.part {
        Part::Trigger => 24,
        Part::Step => 6,
        Part::Entry => 20,
    };
    let mut told = json!({
        "name": if one.name.trim().is_empty() { "…" } else { &one.name },
        "kind": kind,
        "range": asked.range(one.span),
        "selectionRange": asked.range(one.select),
        "children": one.inside.iter().map(|inner| symbol(asked, inner)).collect::<Vec<_>>(),
    });
    if !one.detail.is_empty()
        && let Some(map) = told.as_object_mut()
    {
        map.insert("detail".to_owned(), json!(one.detail));
    }
    told
}
