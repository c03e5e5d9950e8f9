//! What both tools' workflows are made into recipes with: names of steps, what steps give, and operations.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use souschef_catalog::listing::bare;
use souschef_catalog::{Catalog, Operation};
use souschef_expr::Type;

use crate::expression::Source;
use crate::table::Row;
use crate::value::{self, plain};
use crate::write::{Recipe, Step};

/// Where what a node gave lies in the recipe.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) path: String,
    pub(crate) ty: Type,
    /// A name that the other tool puts before every path, and a recipe does not: `body` of a webhook.
    pub(crate) under: Option<&'static str>,
}

impl Given {
    pub(crate) fn new(path: impl Into<String>, ty: Type) -> Self {
        Self {
            path: path.into(),
            ty,
            under: None,
        }
    }

    /// The path of a value in it. Names of the same letters are taken for the same: `first_name` and `firstName`.
    fn at(&self, names: &[String]) -> Option<String> {
        let names = match self.under {
            Some(under) => names.strip_prefix(&[under.to_owned()])?,
            None => names,
        };
        let mut path = self.path.clone();
        let mut ty = self.ty.clone();
        for name in names {
            let known = ty.field_names();
            let own = known
                .iter()
                .find(|known| *known == name)
                .or_else(|| known.iter().find(|known| plain(known) == plain(name)))
                .map_or_else(|| name.clone(), |known| (*known).to_owned());
            ty = bare(&ty).at(&own).unwrap_or_default();
            let simple = own
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            if simple {
                path.push_str(&format!(".{own}"));
            } else if own.contains(['[', ']', '{', '}', '"', '\'', '\n']) {
                return None;
            } else {
                path.push_str(&format!(".[{own}]"));
            }
        }
        Some(path)
    }
}

/// A recipe that is being built.
pub(crate) struct Builder<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) recipe: Recipe,
    /// What each node gave; none where that cannot be told.
    pub(crate) given: HashMap<String, Option<Given>>,
    ids: HashSet<String>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(catalog: &'a Catalog, name: &str, from: &'static str) -> Self {
        let name = if name.trim().is_empty() {
            "Imported"
        } else {
            name.trim()
        };
        Self {
            catalog,
            recipe: Recipe {
                name: name.chars().filter(|c| !c.is_control()).take(120).collect(),
                from,
                ..Recipe::default()
            },
            given: HashMap::new(),
            ids: HashSet::new(),
        }
    }

    /// Notes something that a person must know.
    pub(crate) fn left(&mut self, what: impl Into<String>) {
        self.recipe.left.push(what.into());
    }

    /// An id for a step of this name that no other has.
    pub(crate) fn id(&mut self, name: &str) -> String {
        let mut word = slug(name, '_');
        if !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            word = format!("step_{word}");
        }
        let word = word.trim_end_matches('_').to_owned();
        let mut id = word.clone();
        let mut number = 2;
        while !self.ids.insert(id.clone()) {
            id = format!("{word}_{number}");
            number += 1;
        }
        id
    }

    /// The path of a value that an expression names.
    pub(crate) fn resolve(
        &self,
        current: Option<&Given>,
        source: &Source,
        path: &[String],
    ) -> Option<String> {
        let given = match source {
            Source::Current => current,
            Source::Node(name) => self.given.get(name)?.as_ref(),
        };
        given?.at(path)
    }

    /// A node as a call of an operation; gives the step and what it gives.
    pub(crate) fn call(
        &mut self,
        row: &Row,
        name: &str,
        parameters: &[(String, &Value)],
        translate: &dyn Fn(&Self, &str) -> Option<String>,
    ) -> Option<(Step, Option<Given>)> {
        let operation = self.catalog.operation(row.action.as_deref()?)?;
        let id = self.id(name);
        let (mut with, mut left) = (Vec::new(), Vec::new());
        for (parameter, written) in parameters {
            if value::is_empty(written) || row.drop.contains(parameter) {
                continue;
            }
            let Some((input, spec)) = input(&operation, row, parameter) else {
                left.push((parameter.clone(), text(written)));
                continue;
            };
            // The connection fills it in.
            if spec.fill.is_some() {
                continue;
            }
            match value::of(written, &spec.ty, &|text| translate(self, text)) {
                // A shape of the other tool's own.
                Some(value) if !fits(&value, &spec.ty) => left.push((input.clone(), text(written))),
                Some(value) if !with.iter().any(|(known, _)| known == input) => {
                    with.push((input.clone(), value))
                }
                Some(_) => {}
                None => left.push((input.clone(), text(written))),
            }
        }
        for (input, value) in &row.given {
            if !with.iter().any(|(known, _)| known == input) {
                with.push((input.clone(), value.clone()));
            }
        }
        if let Some(told) = &row.told {
            self.left(format!("{name}: {told}"));
        }
        for (input, was) in &left {
            self.left(format!("{name}: {input} ({was})"));
        }
        for (input, spec) in &operation.inputs {
            let there = with.iter().any(|(known, _)| known == input);
            if spec.required && spec.fill.is_none() && !there {
                self.left(format!("{name}: fill in {input}, which {} needs", operation.id));
            }
        }
        let order = |input: &str| operation.inputs.get_index_of(input);
        with.sort_by_key(|(input, _)| order(input));
        let path = match &row.answer {
            Some(answer) => format!("steps.{id}.{answer}"),
            None => format!("steps.{id}"),
        };
        let ty = match &row.answer {
            Some(answer) => operation.output.at(answer).unwrap_or_default(),
            None => operation.output.clone(),
        };
        let step = Step::Action {
            id,
            name: shown(name),
            operation: operation.id.clone(),
            with,
            left,
        };
        Some((step, Some(Given::new(path, ty))))
    }
}

/// Whether a parameter is an input of the operation that a row names.
pub(crate) fn takes(catalog: &Catalog, row: &Row, parameter: &str) -> bool {
    let operation = row.action.as_deref().and_then(|id| catalog.operation(id));
    operation.is_some_and(|operation| input(&operation, row, parameter).is_some())
}

/// The input that a parameter is.
fn input<'o>(
    operation: &'o Operation,
    row: &Row,
    parameter: &str,
) -> Option<(&'o String, &'o souschef_catalog::Input)> {
    let name = row.with.get(parameter).map_or(parameter, String::as_str);
    operation.inputs.get_key_value(name).or_else(|| {
        operation
            .inputs
            .iter()
            .find(|(input, _)| plain(input) == plain(name))
    })
}

/// Whether a list or map stands where one may.
fn fits(value: &Value, ty: &Type) -> bool {
    let plain = |ty: &Type| matches!(ty, Type::Text(_) | Type::Number { .. } | Type::Boolean);
    match (value, bare(ty)) {
        (Value::Object(_), ty) => !plain(ty) && !matches!(ty, Type::List(_)),
        (Value::Array(_), ty) => !plain(ty) && !matches!(ty, Type::Map(_)),
        _ => true,
    }
}

/// A foreign value in short.
pub(crate) fn text(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(120).collect()
}

/// A node's name as a step's.
pub(crate) fn shown(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_control())
        .take(80)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A name in small letters and digits.
pub(crate) fn slug(name: &str, gap: char) -> String {
    let mut word = String::new();
    for c in name.chars().take(60) {
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        } else if !word.is_empty() && !word.ends_with(gap) {
            word.push(gap);
        }
    }
    word.trim_end_matches(gap).to_owned()
}

/// A webhook of one's own, proven by a token.
pub(crate) fn webhook(path: &str) -> Vec<(String, Value)> {
    vec![
        ("webhook".to_owned(), Value::String("custom".to_owned())),
        ("path".to_owned(), Value::String(path.to_owned())),
        ("auth".to_owned(), serde_json::json!({ "token": "import_hook" })),
    ]
}
