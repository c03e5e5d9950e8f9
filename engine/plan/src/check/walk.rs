//! Following a path through a type.

use souschef_expr::{Segment, Type};

/// Where a path through a type leads.
pub(crate) enum Walk<'t> {
    /// To something known.
    Known(&'t Type),
    /// To something of which nothing is known.
    Unknown,
    /// Nowhere.
    Nowhere {
        /// Which step of the path is wrong.
        at: usize,
        /// What was there.
        parent: &'t Type,
        /// Whether that is sure; maps of published answers are open.
        certain: bool,
    },
}

enum Step<'t> {
    To(&'t Type),
    Unknown,
    Nowhere { certain: bool },
}

/// Follows a path.
pub(crate) fn walk<'t>(ty: &'t Type, path: &[Segment]) -> Walk<'t> {
    let mut here = ty;
    for (at, segment) in path.iter().enumerate() {
        match step(here, &segment.name) {
            Step::To(next) => here = next,
            Step::Unknown => return Walk::Unknown,
            Step::Nowhere { certain } => {
                return Walk::Nowhere {
                    at,
                    parent: here,
                    certain,
                };
            }
        }
    }
    Walk::Known(here)
}

fn step<'t>(ty: &'t Type, name: &str) -> Step<'t> {
    match ty {
        Type::Any => Step::Unknown,
        Type::Nullable(inner) => step(inner, name),
        Type::Map(map) => match map.fields.get(name) {
            Some(field) => Step::To(&field.ty),
            None if map.open && map.fields.is_empty() => Step::Unknown,
            None => Step::Nowhere { certain: !map.open },
        },
        Type::List(item) if name.parse::<usize>().is_ok() => Step::To(item),
        Type::List(_) if name == "length" => Step::Unknown,
        Type::OneOf(kinds) => {
            let mut certain = true;
            for kind in kinds {
                match step(kind, name) {
                    Step::To(next) => return Step::To(next),
                    Step::Unknown => return Step::Unknown,
                    Step::Nowhere { certain: own } => certain &= own,
                }
            }
            Step::Nowhere { certain }
        }
        _ => Step::Nowhere { certain: true },
    }
}

/// The names of a map's fields, also where it is one of several kinds.
pub(crate) fn fields(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Map(map) => map.fields.keys().map(String::as_str).collect(),
        Type::Nullable(inner) => fields(inner),
        Type::OneOf(kinds) => {
            let mut names: Vec<&str> = Vec::new();
            for name in kinds.iter().flat_map(fields) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        }
        _ => Vec::new(),
    }
}

/// The type without "or null" around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(inner) => bare(inner),
        other => other,
    }
}

/// What a value is, without the example of how it is written.
pub(crate) fn kind(ty: &Type) -> String {
    let text = bare(ty).describe();
    text.split(", like").next().unwrap_or(&text).to_owned()
}

/// A field one level further in that has this name: what was left out of the path.
pub(crate) fn deeper(ty: &Type, name: &str) -> Option<String> {
    let Type::Map(map) = bare(ty) else { return None };
    map.fields
        .iter()
        .find_map(|(outer, field)| match bare(&field.ty) {
            Type::Map(inner) if inner.fields.contains_key(name) => Some(format!("{outer}.{name}")),
            Type::List(item) => match bare(item) {
                Type::Map(inner) if inner.fields.contains_key(name) => Some(format!("{outer}.0.{name}")),
                _ => None,
            },
            _ => None,
        })
}

/// The first field that holds a list.
pub(crate) fn list_field(ty: &Type) -> Option<&str> {
    let Type::Map(map) = bare(ty) else { return None };
    map.fields
        .iter()
        .find(|(_, field)| matches!(bare(&field.ty), Type::List(_)))
        .map(|(name, _)| name.as_str())
}

/// A name without its capitals, underscores and dashes: other ways to write the same are equal then.
pub(crate) fn plain(name: &str) -> String {
    name.to_lowercase().replace(['_', '-'], "")
}
