//! Quotes that are never closed, or closed too early, and backslashes in them.

use super::line::Line;
use super::{Fault, Mend, flow, other};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// A value that goes on after its closing quote.
pub(super) fn closed_early(text: &str, at: usize) -> Fault {
    let line = Line::at(text, at);
    // A quote left open above makes the next one close it.
    if let Some(before) = line.before()
        && odd(before.text).is_some()
        && let Some(fault) = open_on(before)
    {
        return fault;
    }
    if let Some(fault) = flow::no_comma(text, at) {
        return fault;
    }
    let value = line.value();
    let written = line.value_text();
    let inner = written.trim_matches(['"', '\'']);
    let better = if written.starts_with('\'') && written.ends_with('\'') {
        inner.replace('"', "\\\"")
    } else {
        without_quotes(inner)
    };
    let diagnostic = Diagnostic::new(
        Code::TEXT_AFTER_QUOTE,
        Span::new(at, value.end.max(at + 1)),
        "the quotes end before this, but the value goes on",
    )
    .label(format!("write \"{better}\""))
    .note("a quote inside is written '' in single quotes or \\\" in double quotes");
    Fault {
        diagnostic,
        mends: vec![Mend::Text(value)],
    }
}

/// The text without its double quotes; those inside an expression become single ones, which mean the same there.
fn without_quotes(text: &str) -> String {
    let mut inside = false;
    let mut before = ' ';
    let mut better = String::with_capacity(text.len());
    for c in text.chars() {
        match (before, c) {
            ('{', '{') => inside = true,
            ('}', '}') => inside = false,
            _ => {}
        }
        match c {
            '"' if inside => better.push('\''),
            '"' => {}
            c => better.push(c),
        }
        before = c;
    }
    either(&better).unwrap_or(better)
}

/// The text with `{{ a || 'b' }}` written as recipes do, so that one message is enough.
fn either(text: &str) -> Option<String> {
    let (head, rest) = text.split_once("{{")?;
    let (inner, tail) = rest.split_once("}}")?;
    let (one, two) = inner.split_once("||").filter(|(_, two)| !two.contains('|'))?;
    Some(format!(
        "{head}{{{{ default {} {} }}}}{tail}",
        one.trim(),
        two.trim()
    ))
}

/// A quote that is never closed. The parser notices at the end of the text, or at the next line that is indented
/// less; the quote was opened on the nearest line above that has an odd number of them.
pub(super) fn never_closed(text: &str, at: usize) -> Fault {
    let mut line = Some(Line::at(text, at));
    while let Some(here) = line {
        if let Some(fault) = open_on(here) {
            return fault;
        }
        line = here.before();
    }
    other(Line::at(text, at))
}

fn open_on(line: Line<'_>) -> Option<Fault> {
    let offset = odd(line.text)?;
    let start = line.span.start + offset;
    let mark = line.text.get(offset..offset + 1)?;
    let end = line.trimmed().end.max(start + 1);
    let diagnostic = Diagnostic::new(
        Code::QUOTE_NOT_CLOSED,
        Span::new(start, end),
        "this quote is never closed",
    )
    .label(format!("put a {mark} at the end of the value"));
    let in_brackets = line.text.get(..offset)?.contains(['[', '{']);
    let mend = if in_brackets {
        Mend::Blank(Span::new(line.value().start, end))
    } else {
        Mend::Text(Span::new(start, end))
    };
    Some(Fault {
        diagnostic,
        mends: vec![mend],
    })
}

/// Where a quote opens on this line that does not close on it.
fn odd(line: &str) -> Option<usize> {
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    for (index, c) in line.char_indices() {
        match (open, c) {
            (None, '#') if before == ' ' => break,
            (None, '"' | '\'') if !before.is_alphanumeric() => open = Some((index, c)),
            (Some((_, quote)), c) if c == quote && !(quote == '"' && before == '\\') => open = None,
            _ => {}
        }
        before = if before == '\\' && c == '\\' { ' ' } else { c };
    }
    open.map(|(index, _)| index)
}

/// A backslash that begins no special character, in the quotes that open at `at`.
pub(super) fn escape(text: &str, at: usize) -> Fault {
    let line = Line::at(text, at);
    let rest = text.get(at..line.span.end).unwrap_or_default();
    let mut found = None;
    let mut chars = rest.char_indices();
    while let Some((index, c)) = chars.next() {
        if c != '\\' {
            continue;
        }
        let Some((_, next)) = chars.next() else { break };
        let digits = match next {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            '0' | 'a' | 'b' | 't' | 'n' | 'v' | 'f' | 'r' | 'e' | ' ' | '"' | '/' | '\\' | 'N' | '_'
            | 'L' | 'P' | '\t' => 0,
            _ => {
                found = Some((index, 1 + next.len_utf8()));
                break;
            }
        };
        let hex = rest
            .get(index + 2..)
            .unwrap_or_default()
            .bytes()
            .take(digits)
            .filter(u8::is_ascii_hexdigit)
            .count();
        if hex < digits {
            found = Some((index, 2));
            break;
        }
    }
    let span = match found {
        Some((index, len)) => Span::new(at + index, at + index + len),
        None => Span::new(at, at + 1),
    };
    let diagnostic = Diagnostic::new(
        Code::ESCAPE,
        span,
        "a backslash in double quotes begins a special character, and this is none",
    )
    .label("write \\\\ for a backslash, or use single quotes");
    let value = line.value();
    let in_brackets = text.get(value.start..at).is_some_and(|head| !head.is_empty());
    let mend = if in_brackets {
        Mend::Blank(value)
    } else {
        Mend::Text(value)
    };
    Fault {
        diagnostic,
        mends: vec![mend],
    }
}
