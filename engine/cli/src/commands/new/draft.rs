//! A recipe that is being made.

use std::path::Path;

use souschef_catalog::{Operation, example};
use souschef_expr::Type;
use souschef_recipe::{Recipe, SourceFile, decode, format::format, tree};
use souschef_runtime::project::OpenProject;

use serde_json::Value;

/// What was answered so far.
pub(super) struct Draft {
    name: String,
    /// The file's name without `.yaml`.
    pub(super) file_name: String,
    modeline: Option<String>,
    /// The lines of `trigger:`.
    pub(super) trigger: Vec<String>,
    /// The steps.
    pub(super) steps: Vec<Step>,
}

/// A step.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) id: String,
    pub(super) operation: String,
    /// Inputs and their values as YAML.
    pub(super) with: Vec<(String, String)>,
}

impl Draft {
    pub(super) fn new(name: &str, project: &OpenProject, folder: &Path) -> Self {
        let schema = project.root.join("schemas/recipe.schema.json");
        let below = folder.strip_prefix(&project.root).unwrap_or(Path::new(""));
        let up = "../".repeat(below.components().count());
        Self {
            name: name.to_owned(),
            file_name: file_name(name),
            modeline: schema
                .is_file()
                .then(|| format!("# yaml-language-server: $schema={up}schemas/recipe.schema.json\n")),
            trigger: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The recipe's text, laid out.
    pub(super) fn text(&self) -> String {
        let mut text = self.modeline.clone().unwrap_or_default();
        text.push_str(&format!("name: {}\n\ntrigger:\n", written(&self.name)));
        for line in &self.trigger {
            text.push_str(&format!("  {line}\n"));
        }
        text.push_str("\nactions:\n");
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            let dash = if step.id.is_empty() {
                format!("  - action: {}\n", step.operation)
            } else {
                format!("  - id: {}\n    action: {}\n", step.id, step.operation)
            };
            text.push_str(&dash);
            if !step.with.is_empty() {
                text.push_str("    with:\n");
            }
            for (name, value) in &step.with {
                text.push_str(&format!("      {name}: {value}\n"));
            }
        }
        if self.steps.is_empty() {
            // Without a step there is no recipe that could be looked at.
            text.push_str("  - stop: true\n");
        }
        format(&text).unwrap_or(text)
    }

    /// The recipe as far as it is known.
    pub(super) fn recipe(&self) -> Option<Recipe> {
        decode(&SourceFile::new("new.yaml", self.text())).recipe
    }

    /// Takes away ids that no later step names.
    pub(super) fn drop_unused_ids(&mut self) {
        let used: Vec<bool> = self
            .steps
            .iter()
            .map(|step| {
                let name = format!("steps.{}", step.id);
                let names = |value: &str| {
                    value.match_indices(&name).any(|(at, _)| {
                        let after = value.get(at + name.len()..).and_then(|rest| rest.chars().next());
                        after.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
                    })
                };
                let mut values = self.steps.iter().flat_map(|other| &other.with);
                values.any(|(_, value)| names(value))
            })
            .collect();
        for (step, used) in self.steps.iter_mut().zip(used) {
            if !used {
                step.id.clear();
            }
        }
    }

    /// A name for a step of this operation that no other has: `note` of `contacts.create_note`.
    pub(super) fn id_for(&self, operation: &Operation) -> String {
        let mut parts = operation.id.rsplit('.');
        let (act, group) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let word = match act.rsplit_once('_') {
            Some((_, last)) => last,
            None => group.strip_suffix('s').unwrap_or(group),
        };
        let taken = |id: &str| self.steps.iter().any(|step| step.id == id);
        let mut id = word.to_owned();
        let mut number = 2;
        while taken(&id) {
            id = format!("{word}_{number}");
            number += 1;
        }
        id
    }
}

/// A file's name for a recipe's: `Welcome new leads!` becomes `welcome-new-leads`.
pub(in crate::commands) fn file_name(name: &str) -> String {
    let name = name.trim().trim_end_matches(".yaml");
    let mut stem = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            stem.push(c.to_ascii_lowercase());
        } else if !stem.ends_with('-') && !stem.is_empty() {
            stem.push('-');
        }
    }
    stem.trim_end_matches('-').to_owned()
}

/// A recipe's name from what was given: `welcome-new-leads` reads as `Welcome new leads`.
pub(super) fn title(name: &str) -> String {
    let name = name.trim().trim_end_matches(".yaml");
    let name = if name.contains(' ') {
        name.to_owned()
    } else {
        name.replace(['-', '_'], " ")
    };
    let mut chars = name.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A text as YAML.
pub(super) fn written(text: &str) -> String {
    if text.contains("{{") && !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    if text.contains("{{") && !text.contains('\'') {
        return format!("'{text}'");
    }
    example::yaml(&Value::String(text.to_owned()))
}

/// An answer as the value of a type, in YAML.
pub(super) fn value(answer: &str, ty: &Type) -> Result<String, String> {
    let kind = souschef_catalog::listing::bare(ty);
    if answer.contains("{{") && !matches!(kind, Type::List(_) | Type::Map(_)) {
        return Ok(written(answer));
    }
    match kind {
        Type::Boolean => match answer.to_lowercase().as_str() {
            "yes" | "y" | "true" => Ok("true".to_owned()),
            "no" | "n" | "false" => Ok("false".to_owned()),
            _ => Err("answer with yes or no".to_owned()),
        },
        Type::Number { .. } => match answer.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(answer.to_owned()),
            _ => Err(format!("{answer} is no number")),
        },
        Type::List(item) if !answer.starts_with('[') => {
            if answer.starts_with("{{") && answer.ends_with("}}") {
                return Ok(written(answer));
            }
            let items: Result<Vec<String>, String> = answer
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| value(part, item))
                .collect();
            Ok(format!("[ {} ]", items?.join(", ")))
        }
        Type::Text(_) => Ok(written(answer)),
        _ if answer.starts_with(['{', '[']) && !answer.starts_with("{{") => {
            let parsed = tree::parse(answer);
            match parsed.tree.filter(|_| parsed.diagnostics.is_empty()) {
                Some(_) => Ok(answer.to_owned()),
                None => Err("this can't be read: write { name: value } or [ one, two ]".to_owned()),
            }
        }
        Type::Map(_) => Ok(written(answer)),
        _ => Ok(written(answer)),
    }
}
