//! Keys, colons and indentation.

use super::line::Line;
use super::{Fault, Mend, other};
use crate::code::Code;
use crate::decode::RECIPE_KEYS;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// A colon where none can be: in text, after a key that lacks its space, or on a line that is out of line.
pub(super) fn colon(text: &str, at: usize, line: Line<'_>) -> Fault {
    let value = line.value();
    if at >= value.start && value.end > value.start && line.key().is_some() {
        let written = line.value_text();
        if written.starts_with("- ") {
            return list_beside_key(line);
        }
        return colon_in_text(at, value, text);
    }
    if let Some(before) = line.before() {
        if let Some(fault) = no_space(text, before) {
            return fault;
        }
        if let Some(fault) = lone_words(before).filter(|_| before.indent() == line.indent()) {
            return fault;
        }
    }
    indentation(line)
}

/// The colon at `at` is part of the text that stands at `value`.
pub(super) fn colon_in_text(at: usize, value: Span, text: &str) -> Fault {
    let written = text.get(value.range()).unwrap_or_default();
    let diagnostic = Diagnostic::new(
        Code::COLON_IN_TEXT,
        Span::new(at, at + 1),
        "text that holds a colon and a space needs quotes",
    )
    .label(format!("write \"{}\"", written.replace('"', "'")));
    Fault {
        diagnostic,
        mends: vec![Mend::Text(value)],
    }
}

/// `every:5m`.
fn no_space(text: &str, line: Line<'_>) -> Option<Fault> {
    if line.key().is_some() {
        return None;
    }
    let value = line.value();
    let written = text.get(value.range())?;
    let (key, after) = written.split_once(':')?;
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !plain || after.is_empty() || after.starts_with([' ', '\t', '/']) {
        return None;
    }
    let diagnostic = Diagnostic::new(
        Code::NO_SPACE_AFTER_COLON,
        value,
        format!("a space is missing after \"{key}:\""),
    )
    .label(format!("write \"{key}: {}\"", after.trim_end()));
    Some(Fault {
        diagnostic,
        mends: vec![Mend::Blank(line.block())],
    })
}

/// A line that should begin with a key and does not.
pub(super) fn key(text: &str, at: usize, line: Line<'_>) -> Fault {
    for candidate in [Some(line), line.before()].into_iter().flatten() {
        if let Some(fault) = no_space(text, candidate) {
            return fault;
        }
    }
    // The parser points past the word in question where the line is a lone word.
    let place = if line.text.trim().is_empty() {
        line.before().unwrap_or(line)
    } else {
        line
    };
    if let Some(fault) = lone_words(place) {
        return fault;
    }
    if at > place.span.start && text.get(at..).is_some_and(|rest| rest.starts_with(':')) {
        return colon(text, at, place);
    }
    indentation(place)
}

/// A line that is no `key: value`.
fn lone_words(line: Line<'_>) -> Option<Fault> {
    let written = line.text.trim();
    if written.is_empty() || line.key().is_some() || written.starts_with(['-', '"', '\'', '[', '{', '}', ']'])
    {
        return None;
    }
    let diagnostic = Diagnostic::new(
        Code::NOT_A_KEY,
        line.trimmed(),
        format!("\"{}\" is no \"key: value\"", shorten(written)),
    );
    let diagnostic = match written.split_once([' ', '=']) {
        Some((word, rest)) if RECIPE_KEYS.contains(&word) => diagnostic.label(format!(
            "write \"{word}: {}\"",
            rest.trim_start_matches([' ', '=', ':'])
        )),
        None if RECIPE_KEYS.contains(&written) => diagnostic.label(format!("write \"{written}:\"")),
        _ => diagnostic
            .label("write a key, a colon, a space and the value; text of several lines goes after `key: |`"),
    };
    Some(Fault {
        diagnostic,
        mends: vec![Mend::Blank(line.span)],
    })
}

/// `actions: - stop: done`.
pub(super) fn list_beside_key(line: Line<'_>) -> Fault {
    let value = line.value();
    if !line.value_text().starts_with("- ") || line.key().is_none() {
        return indentation(line);
    }
    let diagnostic = Diagnostic::new(
        Code::INDENTATION,
        value,
        "a list begins on the line below its key",
    )
    .label("put this on a line of its own, indented by two more spaces");
    Fault {
        diagnostic,
        mends: vec![Mend::Blank(Span::new(value.start, line.block().end))],
    }
}

/// A line that begins in a column where it belongs to nothing.
pub(super) fn indentation(line: Line<'_>) -> Fault {
    let diagnostic = Diagnostic::new(
        Code::INDENTATION,
        line.trimmed(),
        "this line is indented differently from the lines it belongs to",
    );
    let mut lines = line.block();
    let diagnostic = match line.before() {
        Some(before) => {
            let beside_item = before.text.trim_start().starts_with("- ") && before.indent() == line.indent();
            let inputs = before.text.trim_start_matches([' ', '-']).starts_with("action: ")
                && line.indent() > before.indent();
            let label = if inputs {
                // They are one mistake.
                lines = line.column();
                "inputs stand under `with:`: write it on a line of its own above them, in the column of `action:`"
            } else if beside_item && !line.text.trim_start().starts_with("- ") {
                "indent it by two more spaces, so that it belongs to the item above, or begin it with `- `"
            } else {
                "lines of one map or list begin in the same column"
            };
            diagnostic
                .label(label)
                .related(before.trimmed(), "the line before it")
        }
        None => return other(line),
    };
    Fault {
        diagnostic,
        mends: vec![Mend::Blank(lines)],
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(39).collect::<String>())
    }
}
