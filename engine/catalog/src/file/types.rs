//! Types as a connector file writes them.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use souschef_expr::Type;
use souschef_expr::types::{Field, Format, Map, Text};

/// How deep named types may lead into each other.
const DEEPEST: usize = 16;

/// A type: a word (text, number, integer, boolean, datetime, date, phone, email, url, any, map, list, null), $Name, a
/// list holding one type, or a map with type, one_of, items, fields, open, nullable, min, max, any_of, required, help.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TypeFile {
    /// A word or `$Name`.
    Word(String),
    /// A list of it.
    ListOf(Vec<TypeFile>),
    /// In full.
    Full(Box<FullType>),
}

/// A type in full.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FullType {
    /// What it holds.
    #[serde(default, rename = "type")]
    pub kind: Option<TypeFile>,
    /// The words it may be.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// A list's items.
    #[serde(default)]
    pub items: Option<TypeFile>,
    /// A map's fields.
    #[serde(default)]
    pub fields: Option<IndexMap<String, TypeFile>>,
    /// Whether a map may have other fields; true where left out.
    #[serde(default)]
    pub open: Option<bool>,
    /// Whether it may be null.
    #[serde(default)]
    pub nullable: bool,
    /// The least number.
    #[serde(default)]
    pub min: Option<f64>,
    /// The greatest number.
    #[serde(default)]
    pub max: Option<f64>,
    /// It may be one of several types.
    #[serde(default)]
    pub any_of: Vec<TypeFile>,
    /// Whether the field must be there.
    #[serde(default)]
    pub required: bool,
    /// One line of help.
    #[serde(default)]
    pub help: Option<String>,
    /// An example.
    #[serde(default)]
    pub example: Option<Value>,
}

/// Named types of a connector.
pub(super) type Names<'a> = BTreeMap<&'a str, &'a TypeFile>;

impl TypeFile {
    /// The type it stands for.
    pub(super) fn lower(&self, names: &Names<'_>) -> Result<Type, String> {
        self.at_depth(names, 0)
    }

    fn at_depth(&self, names: &Names<'_>, depth: usize) -> Result<Type, String> {
        if depth > DEEPEST {
            return Err(format!("types lead into each other more than {DEEPEST} deep"));
        }
        match self {
            Self::Word(word) => match word.strip_prefix('$') {
                Some(name) => names
                    .get(name)
                    .ok_or_else(|| format!("there is no type ${name}; types: has {}", known(names)))?
                    .at_depth(names, depth + 1),
                None => word_type(word),
            },
            Self::ListOf(items) => match items.as_slice() {
                [item] => Ok(Type::List(Box::new(item.at_depth(names, depth + 1)?))),
                [] => Ok(Type::list()),
                _ => Err("a list type holds one type: [text]".to_owned()),
            },
            Self::Full(full) => full.lower(names, depth),
        }
    }

    fn field(&self, names: &Names<'_>, depth: usize) -> Result<Field, String> {
        let ty = self.at_depth(names, depth + 1)?;
        let (required, help) = match self {
            Self::Full(full) => (full.required, full.help.clone()),
            _ => (false, None),
        };
        Ok(Field { ty, required, help })
    }
}

impl FullType {
    pub(super) fn lower(&self, names: &Names<'_>, depth: usize) -> Result<Type, String> {
        let ty = if !self.any_of.is_empty() {
            Type::OneOf(
                self.any_of
                    .iter()
                    .map(|kind| kind.at_depth(names, depth + 1))
                    .collect::<Result<_, _>>()?,
            )
        } else if let Some(fields) = &self.fields {
            let fields = fields
                .iter()
                .map(|(name, field)| Ok((name.clone(), field.field(names, depth)?)))
                .collect::<Result<_, String>>()?;
            Type::Map(Map {
                fields,
                open: self.open.unwrap_or(true),
            })
        } else if let Some(items) = &self.items {
            Type::List(Box::new(items.at_depth(names, depth + 1)?))
        } else if !self.one_of.is_empty() {
            Type::Text(Text {
                one_of: self.one_of.clone(),
                format: Format::Plain,
            })
        } else {
            match &self.kind {
                Some(kind) => kind.at_depth(names, depth + 1)?,
                None => Type::text(),
            }
        };
        let ty = match ty {
            Type::Number { integer, .. } if self.min.is_some() || self.max.is_some() => Type::Number {
                integer,
                min: self.min,
                max: self.max,
            },
            other => other,
        };
        Ok(if self.nullable {
            Type::Nullable(Box::new(ty))
        } else {
            ty
        })
    }
}

fn word_type(word: &str) -> Result<Type, String> {
    Ok(match word {
        "text" => Type::text(),
        "number" => Type::number(),
        "integer" => Type::Number {
            integer: true,
            min: None,
            max: None,
        },
        "boolean" => Type::Boolean,
        "datetime" => Type::formatted(Format::Datetime),
        "date" => Type::formatted(Format::Date),
        "phone" => Type::formatted(Format::Phone),
        "email" => Type::formatted(Format::Email),
        "url" => Type::formatted(Format::Url),
        "any" => Type::Any,
        "map" => Type::map(),
        "list" => Type::list(),
        "null" => Type::Null,
        other => {
            return Err(format!(
                "there is no type {other}; types are text, number, integer, boolean, datetime, date, phone, email, url, any, map, list, null"
            ));
        }
    })
}

fn known(names: &Names<'_>) -> String {
    names
        .keys()
        .map(|name| format!("${name}"))
        .collect::<Vec<_>>()
        .join(", ")
}
