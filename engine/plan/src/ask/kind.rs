//! A type in a person's words.

use souschef_catalog::example;
use souschef_expr::Type;

use super::offer::yaml;
use crate::check::walk::bare;

/// A type in a few words.
pub(super) fn kind_of(ty: &Type) -> String {
    let text = ty.describe();
    let text = text.split(", like").next().unwrap_or(&text);
    if text.chars().count() > 60 {
        let head: String = text.chars().take(59).collect();
        return format!("{head}…");
    }
    text.to_owned()
}

/// What there is to say of a value of a type: its help, and an example.
pub(super) fn about(ty: &Type, help: Option<&str>) -> Option<String> {
    let example = match bare(ty) {
        Type::Map(map) if !map.fields.is_empty() => {
            let names: Vec<&str> = map.fields.keys().map(String::as_str).take(12).collect();
            let more = if map.fields.len() > 12 { " …" } else { "" };
            Some(format!("Holds `{}`{more}", names.join("`, `")))
        }
        Type::Any | Type::Null | Type::Map(_) | Type::OneOf(_) => None,
        Type::Text(text) if text.one_of.is_empty() && text.format == Default::default() => None,
        Type::List(item) if matches!(bare(item), Type::Map(_) | Type::Any) => {
            return match (help, about(item, None)) {
                (Some(help), Some(item)) => Some(format!("{help}\n\nEach {}", lower(&item))),
                (Some(help), None) => Some(help.to_owned()),
                (None, item) => item.map(|item| format!("Each {}", lower(&item))),
            };
        }
        ty => Some(format!("Example: `{}`", yaml(&example::of_type(ty)))),
    };
    match (help, example) {
        (Some(help), Some(example)) => Some(format!("{help}\n\n{example}")),
        (Some(one), None) => Some(one.to_owned()),
        (None, example) => example,
    }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
