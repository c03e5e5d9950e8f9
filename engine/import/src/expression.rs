//! Expressions of other tools, as templates of ours. What cannot be told gives nothing.

use crate::table::Table;

/// What an expression speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// What came into this node.
    Current,
    /// What another node gave.
    Node(String),
}

/// Where a source's value lies, and below it a path: gives the whole path in a recipe.
pub(crate) type Resolve<'a> = dyn Fn(&Source, &[String]) -> Option<String> + 'a;

/// A text of n8n: an expression where it begins with `=`.
pub(crate) fn n8n(text: &str, table: &Table, resolve: &Resolve<'_>) -> Option<String> {
    let Some(text) = text.strip_prefix('=') else {
        // What looks like an expression of ours is none there.
        return (!text.contains("{{")).then(|| text.to_owned());
    };
    braces(text, |inner| n8n_inner(inner, table, resolve))
}

/// A text of Zapier: `{{123__email}}` stands for a value of step 123.
pub(crate) fn zapier(text: &str, resolve: &Resolve<'_>) -> Option<String> {
    braces(text, |inner| {
        let (step, path) = inner.split_once("__")?;
        let path: Vec<String> = path.split("__").map(str::to_owned).collect();
        resolve(&Source::Node(step.to_owned()), &path)
    })
}

/// Each `{{ … }}` of a text, translated.
fn braces(text: &str, mut inner: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut made = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("{{") {
        let (expression, after) = tail.split_once("}}")?;
        made.push_str(head);
        made.push_str(&format!("{{{{ {} }}}}", inner(expression.trim())?));
        rest = after;
    }
    Some(made + rest)
}

fn n8n_inner(text: &str, table: &Table, resolve: &Resolve<'_>) -> Option<String> {
    if let Some((value, other)) = text.split_once("||") {
        let value = n8n_inner(value.trim(), table, resolve)?;
        let other = literal(other.trim())?;
        return Some(format!("default {} {other}", argument(&value)));
    }
    let (source, rest) = head(text)?;
    let (mut path, rest) = path(rest)?;
    // `.length` is no field of a list or text, but how long it is.
    let length = path.len() > 1 && path.last().is_some_and(|name| name == "length");
    if length {
        path.pop();
    }
    let value = match source {
        Head::Value(source) => resolve(&source, &path)?,
        Head::Now if path.is_empty() => "run.started_at".to_owned(),
        Head::Today if path.is_empty() => "today".to_owned(),
        Head::Now | Head::Today => return None,
    };
    let value = if length { format!("len {value}") } else { value };
    methods(value, rest, table)
}

enum Head {
    Value(Source),
    Now,
    Today,
}

/// What the expression begins with, and the rest.
fn head(text: &str) -> Option<(Head, &str)> {
    for start in ["$input.item.json", "$input.first().json", "$json"] {
        if let Some(rest) = text.strip_prefix(start) {
            return Some((Head::Value(Source::Current), rest));
        }
    }
    if let Some(rest) = text.strip_prefix("$now") {
        return Some((Head::Now, rest));
    }
    if let Some(rest) = text.strip_prefix("$today") {
        return Some((Head::Today, rest));
    }
    let (name, rest) = match text.strip_prefix("$node[") {
        Some(rest) => quoted(rest, ']')?,
        None => quoted(text.strip_prefix("$(")?, ')')?,
    };
    let rest = [".item.json", ".first().json", ".last().json", ".json"]
        .iter()
        .find_map(|word| rest.strip_prefix(word))?;
    Some((Head::Value(Source::Node(name.to_owned())), rest))
}

/// A text in quotes and what closes after it.
fn quoted(text: &str, close: char) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (inner, rest) = text.get(1..)?.split_once(quote)?;
    Some((inner, rest.strip_prefix(close)?))
}

/// The names and positions that follow, and the rest: a method, or nothing.
fn path(mut text: &str) -> Option<(Vec<String>, &str)> {
    let mut path = Vec::new();
    loop {
        if let Some(rest) = text.strip_prefix('[') {
            let (name, rest) = match quoted(rest, ']') {
                Some(found) => found,
                None => rest
                    .split_once(']')
                    .filter(|(number, _)| number.parse::<usize>().is_ok())?,
            };
            path.push(name.to_owned());
            text = rest;
            continue;
        }
        let Some(rest) = text.strip_prefix("?.").or_else(|| text.strip_prefix('.')) else {
            return Some((path, text));
        };
        let len = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '-')))
            .unwrap_or(rest.len());
        let name = rest.get(..len).filter(|name| !name.is_empty())?;
        let after = rest.get(len..).unwrap_or_default();
        if after.starts_with('(') {
            return Some((path, text));
        }
        path.push(name.to_owned());
        text = after;
    }
}

/// Methods at the end, each as a helper around what stands before it.
fn methods(mut value: String, mut text: &str, table: &Table) -> Option<String> {
    while !text.is_empty() {
        let (name, rest) = text
            .strip_prefix("?.")
            .or_else(|| text.strip_prefix('.'))?
            .split_once('(')?;
        let (arguments, after) = rest.split_once(')')?;
        value = match (name, table.methods.get(name)) {
            (_, Some(helper)) if arguments.is_empty() && helper.is_empty() => value,
            (_, Some(helper)) if arguments.is_empty() => format!("{helper} {}", argument(&value)),
            ("plus" | "minus", _) => {
                let helper = if name == "plus" { "date_add" } else { "date_sub" };
                format!("{helper} {} \"{}\"", argument(&value), length(arguments)?)
            }
            _ => return None,
        };
        text = after;
    }
    Some(value)
}

/// `{ days: 2 }` or `2, 'days'` as `2d`.
fn length(arguments: &str) -> Option<String> {
    let plain: String = arguments
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let (count, unit) = match words.as_slice() {
        [one, other] if one.parse::<u32>().is_ok() => (*one, *other),
        [one, other] if other.parse::<u32>().is_ok() => (*other, *one),
        _ => return None,
    };
    Some(format!("{count}{}", crate::value::unit(unit)?))
}

/// A value as an argument: in parentheses where it is a helper's.
fn argument(value: &str) -> String {
    if value.contains(' ') {
        format!("({value})")
    } else {
        value.to_owned()
    }
}

fn literal(text: &str) -> Option<String> {
    let inner = text
        .strip_prefix(['\'', '"'])
        .and_then(|rest| rest.strip_suffix(['\'', '"']));
    match inner {
        Some(inner) if !inner.contains(['"', '\'', '\\']) => Some(format!("\"{inner}\"")),
        None if text.parse::<f64>().is_ok() || matches!(text, "true" | "false" | "null") => {
            Some(text.to_owned())
        }
        _ => None,
    }
}
