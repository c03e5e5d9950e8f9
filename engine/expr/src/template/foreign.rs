//! Forms of other tools, and how recipes write them.

use super::scan::Tag;
use crate::error::ExprError;
use crate::helpers;

/// Names of other tools' functions and filters, and our helper of that meaning. A name that a helper has is not here.
const SYNONYMS: &[(&str, &str)] = &[
    ("uppercase", "upper"),
    ("upcase", "upper"),
    ("toupper", "upper"),
    ("touppercase", "upper"),
    ("ucase", "upper"),
    ("lowercase", "lower"),
    ("downcase", "lower"),
    ("tolower", "lower"),
    ("tolowercase", "lower"),
    ("lcase", "lower"),
    ("capitalise", "capitalize"),
    ("titlecase", "title"),
    ("totitlecase", "title"),
    ("proper", "title"),
    ("first_name", "first_word"),
    ("firstname", "first_word"),
    ("last_name", "last_word"),
    ("lastname", "last_word"),
    ("surname", "last_word"),
    ("strip", "trim"),
    ("lstrip", "trim"),
    ("rstrip", "trim"),
    ("size", "len"),
    ("length", "len"),
    ("count", "len"),
    ("date", "date_format"),
    ("format_date", "date_format"),
    ("formatdate", "date_format"),
    ("dateformat", "date_format"),
    ("add_days", "date_add"),
    ("adddays", "date_add"),
    ("dateadd", "date_add"),
    ("plus", "add"),
    ("minus", "sub"),
    ("subtract", "sub"),
    ("times", "mul"),
    ("multiply", "mul"),
    ("divided_by", "div"),
    ("divide", "div"),
    ("modulo", "mod"),
    ("concatenate", "concat"),
    ("uniq", "unique"),
    ("distinct", "unique"),
    ("sort_natural", "sort"),
    ("map", "pluck"),
    ("filter", "where"),
    ("select", "where"),
    ("handleize", "slug"),
    ("slugify", "slug"),
    ("tonumber", "number"),
    ("tofloat", "number"),
    ("toint", "number"),
    ("parseint", "number"),
    ("parsefloat", "number"),
    ("int", "number"),
    ("float", "number"),
    ("tostring", "text"),
    ("string", "text"),
    ("str", "text"),
    ("tofixed", "round"),
    ("to_json", "json"),
    ("tojson", "json"),
    ("ifelse", "if_else"),
    ("iif", "if_else"),
    ("ifempty", "default"),
    ("if_empty", "default"),
    ("fallback", "default"),
    ("ifnull", "default"),
    ("equals", "eq"),
    ("includes", "contains"),
    ("format_phone", "phone"),
    ("formatphone", "phone"),
];

/// The helper that is meant by another tool's name for it: its own, or one of the table.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    let own = helpers::find(&word).map(|helper| helper.name);
    own.or_else(|| {
        let (_, ours) = SYNONYMS.iter().find(|(other, _)| *other == word)?;
        helpers::find(ours).map(|helper| helper.name)
    })
}

/// `phone` of `body.phone`: another tool's path as it is behind `trigger.`.
fn of_trigger(path: &str) -> Option<String> {
    // What comes with a request lies there in parts, of which recipes see the body's fields only.
    const PARTS: &[&str] = &["body", "query", "data", "payload", "fields"];
    let mut names = path.split('.').peekable();
    while names.peek().is_some_and(|name| PARTS.contains(name)) {
        names.next();
    }
    let names: Vec<&str> = names.collect();
    let plain = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (!names.is_empty() && names.iter().all(plain)).then(|| names.join("."))
}

/// How recipes write what stands in pipes: `a || b`, and `value | filter: argument | filter`.
fn piped(inner: &str) -> String {
    const HELPERS: &str =
        "helpers stand in front of what they work on: {{ upper trigger.name }}; docs/helpers.md lists them";
    let parts = apart(inner, '|');
    let trimmed: Vec<&str> = parts.iter().map(|part| part.trim()).collect();
    // Between the two signs of `||` stands nothing.
    if trimmed.len() > 2 && trimmed.iter().skip(1).step_by(2).all(|part| part.is_empty()) {
        let values: Vec<String> = trimmed.iter().step_by(2).map(|value| argument(value)).collect();
        let helper = if values.len() > 2 { "coalesce" } else { "default" };
        return format!("write {{{{ {helper} {} }}}}", values.join(" "));
    }
    let [value, filters @ ..] = trimmed.as_slice() else {
        return HELPERS.to_owned();
    };
    let mut written = argument(value);
    for (index, filter) in filters.iter().enumerate() {
        let name: String = filter
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let Some(helper) = meant(&name).and_then(helpers::find) else {
            return HELPERS.to_owned();
        };
        let rest = filter.get(name.len()..).unwrap_or_default().trim();
        let rest = rest.trim_start_matches([':', '(']).trim_end_matches(')');
        let mut arguments: Vec<String> = apart(rest, ',')
            .iter()
            .map(|one| one.trim())
            .filter(|one| !one.is_empty())
            .map(argument)
            .collect();
        // What it lacks is named as its signature names it.
        let lacks = helper.signature.split_whitespace().skip(2 + arguments.len());
        let count = helper.least.saturating_sub(1 + arguments.len());
        arguments.extend(lacks.take(count).map(str::to_owned));
        let before = if index == 0 {
            written
        } else {
            format!("({written})")
        };
        written = format!("{} {before} {}", helper.name, arguments.join(" "))
            .trim()
            .to_owned();
    }
    format!("write {{{{ {written} }}}}")
}

/// A value as it stands behind a helper: another helper in parentheses.
fn argument(value: &str) -> String {
    let quoted = value.starts_with(['"', '\'']);
    let helper = value.split_whitespace().next().and_then(helpers::find);
    let call = value.contains(char::is_whitespace) || helper.is_some_and(|helper| helper.least == 0);
    if call && !quoted && !value.starts_with('(') {
        format!("({value})")
    } else {
        value.to_owned()
    }
}

/// The parts of a text between these signs, those in quotes left alone.
fn apart(text: &str, sign: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut quote: Option<char> = None;
    let mut from = 0;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == sign => {
                parts.push(text.get(from..at).unwrap_or_default());
                from = at + c.len_utf8();
            }
            None => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}

/// `now + 2 days` as recipes write it, where the right side is a length of time.
fn moved(sign: &str, left: &str, right: &str) -> Option<String> {
    let helper = match sign {
        "+" => "date_add",
        "-" => "date_sub",
        _ => return None,
    };
    let length = right.trim_matches(['"', '\'']);
    // A bare number is a number; one with a unit is a length of time.
    if length.parse::<f64>().is_ok() || souschef_recipe::duration::parse(length).is_err() {
        return None;
    }
    let moment = if matches!(left, "now" | "today") {
        format!("({left})")
    } else {
        left.to_owned()
    };
    Some(format!("write {{{{ {helper} {moment} '{length}' }}}}"))
}

/// Tells what is written in the form of another tool.
pub(super) fn foreign(tag: &Tag<'_>, inner: &str, bare: &str) -> Result<(), ExprError> {
    let error = |message: &str, help: String| {
        Err(ExprError::new("SC105", tag.range.clone(), message.to_owned()).help(help))
    };
    let words: Vec<&str> = bare.split_whitespace().collect();
    if bare.contains('|') && !words.contains(&"as") {
        return error("recipes have no pipes (|)", piped(inner));
    }
    const OPERATORS: [(&str, &str); 14] = [
        ("&&", "and"),
        ("===", "eq"),
        ("!==", "ne"),
        ("==", "eq"),
        ("!=", "ne"),
        (">=", "gte"),
        ("<=", "lte"),
        ("+", "add"),
        ("-", "sub"),
        ("*", "mul"),
        ("/", "div"),
        ("%", "mod"),
        (">", "gt"),
        ("<", "lt"),
    ];
    if let Some((sign, helper)) = OPERATORS.into_iter().find(|(sign, _)| words.contains(sign)) {
        let (left, right) = inner.split_once(sign).unwrap_or((inner, ""));
        let help = format!("write {{{{ {helper} {} {} }}}}", left.trim(), right.trim());
        let help = if let Some(help) = moved(sign, left.trim(), right.trim()) {
            help
        } else if sign == "+" {
            format!("{help}, or {{{{ concat … }}}} for text")
        } else {
            help
        };
        return error(&format!("recipes write {sign} as a helper"), help);
    }
    let first = words.first().copied().unwrap_or_default();
    if let Some((name, rest)) = first.split_once('(').filter(|(name, _)| !name.is_empty()) {
        let rest = inner.split_once('(').map_or(rest, |(_, rest)| rest);
        let rest = rest
            .trim_end()
            .trim_end_matches(')')
            .replace(", ", " ")
            .replace(',', " ");
        if let Some((value, own)) = name.rsplit_once('.') {
            let helper = meant(own).unwrap_or("HELPER");
            let example = format!("{helper} {value} {}", rest.trim());
            return error(
                "values have no functions of their own",
                format!(
                    "helpers stand in front of what they work on: {{{{ {} }}}}",
                    example.trim()
                ),
            );
        }
        return error(
            "helpers are written without parentheses",
            format!("write {{{{ {name} {} }}}}", rest.trim()),
        );
    }
    if first.starts_with("$json") || first.starts_with("$node") || first.starts_with("$(") {
        let help = match first.strip_prefix("$json.").and_then(of_trigger) {
            Some(path) => format!(
                "write {{{{ trigger.{path} }}}}, or {{{{ steps.ID.{path} }}}} for what a step returned"
            ),
            None => "write {{ trigger.email }} or {{ steps.ID.field }}".to_owned(),
        };
        return error("$json and $node belong to another tool", help);
    }
    if first.starts_with('$') {
        return error(
            "a JSONPath stands without braces",
            format!("write the whole value as {inner}, without {{{{ }}}}"),
        );
    }
    if first.starts_with(|c: char| c.is_ascii_digit())
        && first.contains(|c: char| c.is_alphabetic() || c == '_')
    {
        return error(
            "names don't begin with a digit",
            "write {{ trigger.email }} for the event, or {{ steps.ID.field }} for a step".to_owned(),
        );
    }
    let bracketed = words
        .iter()
        .position(|word| word.contains('[') && !word.contains(".[") && !word.starts_with('['));
    // What is in quotes is wanted too.
    if let Some(word) = bracketed.and_then(|at| inner.split_whitespace().nth(at)) {
        let dotted = word
            .replace("['", ".")
            .replace("[\"", ".")
            .replace("']", "")
            .replace("\"]", "")
            .replace('[', ".")
            .replace(']', "");
        return error(
            "parts of a list or map are named with a dot",
            format!("write {dotted}"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_stand_for_helpers_and_hide_none() {
        for (other, ours) in SYNONYMS {
            assert!(helpers::find(ours).is_some(), "{ours}");
            assert!(helpers::find(other).is_none(), "{other}");
        }
    }
}
