//! What is read from messages, and how answers are written.

use serde_json::{Value, json};
use souschef_plan::ask::{Offer, OfferKind, Offers};
use souschef_recipe::{Diagnostic, Severity};

use crate::lines::Lines;

/// A text at a dotted path of a message.
pub(crate) fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    at(value, path)?.as_str()
}

/// A number at a dotted path of a message.
pub(crate) fn number(value: &Value, path: &str) -> Option<usize> {
    at(value, path)?
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
}

/// What stands at a dotted path of a message.
pub(crate) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

/// What is told of a file, as the protocol writes it.
pub(crate) fn diagnostic(uri: &str, text: &str, lines: &Lines, one: &Diagnostic) -> Value {
    let severity = match one.severity() {
        Severity::Error => 1,
        Severity::Warning => 2,
    };
    let mut message = one.message.clone();
    let help = one.help();
    if !help.is_empty() {
        message.push('\n');
        message.push_str(&help);
    }
    message.push_str(&format!("\nsouschef explain {}", one.code.id()));
    let mut told = json!({
        "range": lines.range(text, one.span),
        "severity": severity,
        "code": one.code.id(),
        "source": "souschef",
        "message": message,
    });
    if !one.related.is_empty()
        && let Some(map) = told.as_object_mut()
    {
        let related: Vec<Value> = one
            .related
            .iter()
            .map(|(span, why)| json!({ "location": { "uri": uri, "range": lines.range(text, *span) }, "message": why }))
            .collect();
        map.insert("relatedInformation".to_owned(), Value::Array(related));
    }
    told
}

/// What an editor can take of an offer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Can {
    /// Parts to fill in.
    pub(crate) snippets: bool,
    /// Whether it gives further lines the spaces of the line that is written on, when told so.
    pub(crate) indents: bool,
}

/// What may be written, as the protocol writes it.
pub(crate) fn completion(text: &str, lines: &Lines, offers: &Offers, can: Can) -> Value {
    let range = lines.range(text, offers.replace);
    let (line, _) = lines.position(text, offers.replace.start);
    let own = lines.line(text, line).1;
    let indent = own.get(..own.len() - own.trim_start().len()).unwrap_or_default();
    let items: Vec<Value> = offers
        .items
        .iter()
        .enumerate()
        .map(|(index, offer)| item(offer, index, &range, indent, can))
        .collect();
    json!({ "isIncomplete": false, "items": items })
}

fn item(offer: &Offer, index: usize, range: &Value, indent: &str, can: Can) -> Value {
    let kind = match offer.kind {
        OfferKind::Key => 10,
        OfferKind::Word => 12,
        OfferKind::Operation => 2,
        OfferKind::Event => 23,
        OfferKind::Name => 6,
        OfferKind::Field => 5,
        OfferKind::Helper => 3,
        OfferKind::Snippet => 15,
    };
    // Editors that know snippets indent them; others write a text as it is, unless they say that they can.
    let insert = match (can.snippets, can.indents) {
        (true, _) => offer.insert.clone(),
        (false, true) => plain(&offer.insert),
        (false, false) => plain(&offer.insert).replace('\n', &format!("\n{indent}")),
    };
    let mut item = json!({
        "label": offer.label,
        "kind": kind,
        "sortText": format!("{index:04}"),
        "insertTextFormat": if can.snippets { 2 } else { 1 },
        "textEdit": { "range": range, "newText": insert },
    });
    if let Some(map) = item.as_object_mut() {
        if can.indents {
            map.insert("insertTextMode".to_owned(), json!(2));
        }
        if let Some(detail) = &offer.detail {
            map.insert("detail".to_owned(), json!(detail));
        }
        if let Some(help) = &offer.help {
            map.insert(
                "documentation".to_owned(),
                json!({ "kind": "markdown", "value": help }),
            );
        }
    }
    item
}

/// A snippet as plain text: parts to fill in are what they suggest.
pub(crate) fn plain(snippet: &str) -> String {
    let mut text = String::new();
    let mut chars = snippet.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            '$' if chars.peek() == Some(&'{') => {
                chars.next();
                let mut inner = String::new();
                while let Some(c) = chars.next() {
                    match c {
                        '}' => break,
                        '\\' => inner.extend(chars.next()),
                        c => inner.push(c),
                    }
                }
                let inner = inner.trim_start_matches(|c: char| c.is_ascii_digit());
                let suggested = match inner.strip_prefix('|') {
                    Some(words) => words.split([',', '|']).next().unwrap_or_default(),
                    None => inner.trim_start_matches(':'),
                };
                text.push_str(suggested);
            }
            '$' if chars.peek().is_some_and(char::is_ascii_digit) => {
                while chars.peek().is_some_and(char::is_ascii_digit) {
                    chars.next();
                }
            }
            c => text.push(c),
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_snippet_is_text_for_editors_without_them() {
        for (snippet, text) in [
            (
                "with:\n  a: ${1:x}\n  b: ${2|true,false|}\n  c: $3",
                "with:\n  a: x\n  b: true\n  c:",
            ),
            ("price: \\$5 $0", "price: $5"),
            ("{ is: $0 }", "{ is:  }"),
        ] {
            assert_eq!(plain(snippet), text);
        }
    }
}
