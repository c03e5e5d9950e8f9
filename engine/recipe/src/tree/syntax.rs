//! The parser's errors, in our words and at the place where the mistake is.

use granit_parser::{ErrorKind, ScanError};

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// What to say of an error, and how the text can be mended so that the rest can still be read.
pub(super) struct Fault {
    /// What is said.
    pub(super) diagnostic: Diagnostic,
    /// The bytes to blank out before reading on.
    pub(super) blank: Span,
}

/// `{{ … }}` without quotes.
pub(super) fn unquoted_expression(span: Span, text: &str) -> Diagnostic {
    let written = text
        .get(span.range())
        .unwrap_or("{{ … }}")
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end();
    Diagnostic::new(
        Code::UNQUOTED_EXPRESSION,
        span,
        "a value that begins with {{ needs quotes around it",
    )
    .label(format!("write \"{}\"", written.replace('"', "'")))
    .note("without quotes YAML takes the braces for a map")
}

/// Finds the words and the place for an error.
pub(super) fn explain(error: &ScanError, text: &str) -> Fault {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let line = Line::at(text, at);
    if let Some(tab) = line.leading_tab() {
        let diagnostic = Diagnostic::new(
            Code::TAB,
            Span::new(tab, tab + 1),
            "a tab can't be used to indent",
        )
        .label("use spaces, two for each level");
        return Fault {
            diagnostic,
            blank: line.span,
        };
    }
    if let Some(fault) =
        braces(text, &line).or_else(|| line.before(text).and_then(|line| braces(text, &line)))
    {
        return fault;
    }
    match error.kind() {
        ErrorKind::DirectiveDisallowed
        | ErrorKind::UnsupportedYamlMajorVersion
        | ErrorKind::DuplicateVersionDirective
        | ErrorKind::MissingDocumentEndBeforeDirective => Fault {
            diagnostic: Diagnostic::new(Code::DIRECTIVE, line.trimmed(text), "recipes have no % lines")
                .label("leave this line out"),
            blank: line.span,
        },
        ErrorKind::UnknownAnchor => Fault {
            diagnostic: Diagnostic::new(
                Code::ALIAS,
                word_at(text, at),
                "this alias names nothing that stands before it",
            )
            .label("put text that begins with * in quotes"),
            blank: line.after_colon(text),
        },
        ErrorKind::RecursionLimitExceeded => Fault {
            diagnostic: Diagnostic::new(
                Code::TOO_DEEP,
                Span::new(at, at),
                "this is nested more than 32 deep",
            ),
            blank: Span::new(at, text.len()),
        },
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar => quote(error.kind(), text, at),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => Fault {
            diagnostic: Diagnostic::new(
                Code::ESCAPE,
                Span::new(at, at + 1),
                "a backslash in double quotes begins a special character, and this is none",
            )
            .label("write \\\\ for a backslash, or use single quotes"),
            blank: line.after_colon(text),
        },
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => colon(text, at, &line),
        ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::UnexpectedEofBlockMapping => key(text, at, &line),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::MisplacedFlowCollectionEnd => bracket(error.kind(), text, at, &line),
        ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockSequenceEntry => indentation(text, &line),
        ErrorKind::UnexpectedCharacter { character } => Fault {
            diagnostic: Diagnostic::new(
                Code::ODD_CHARACTER,
                Span::new(at, at + character.len_utf8()),
                format!("a value can't begin with {character}"),
            )
            .label("put the value in quotes"),
            blank: line.after_colon(text),
        },
        _ => other(text, at, &line),
    }
}

/// `{{` that stands where quotes are needed.
fn braces(text: &str, line: &Line) -> Option<Fault> {
    let code = line.text.split(" #").next().unwrap_or(line.text);
    let start = code.find("{{")?;
    let head = code.get(..start)?;
    if head.matches('"').count() % 2 == 1 || head.matches('\'').count() % 2 == 1 {
        return None;
    }
    let begins = head.trim_end().ends_with([':', '-', ',', '[', '{']) || head.contains(['{', '[']);
    if !begins {
        return None;
    }
    let start_at = line.span.start + start;
    let end = code.rfind("}}").map_or(code.trim_end().len(), |end| end + 2);
    let span = Span::new(start_at, line.span.start + end.max(start));
    let value_end = line.span.start + code.trim_end().len();
    Some(Fault {
        diagnostic: unquoted_expression(Span::new(start_at, value_end.max(span.end)), text),
        blank: line.after_colon(text),
    })
}

/// A quote that is never closed, or closed too early.
fn quote(kind: &ErrorKind, text: &str, at: usize) -> Fault {
    let early = matches!(
        kind,
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar
    );
    if early {
        let line = Line::at(text, at);
        let diagnostic = Diagnostic::new(
            Code::TEXT_AFTER_QUOTE,
            Span::new(at, (at + 1).min(text.len())),
            "the quotes end before this, but the value goes on",
        )
        .label("put quotes around the whole value; a quote inside is written '' in single quotes or \\\" in double quotes");
        return Fault {
            diagnostic,
            blank: line.after_colon(text),
        };
    }
    // The parser notices at the end of the text or at the next line that is indented less; the quote was opened on
    // the nearest line above that has an odd number of them.
    let mut line = Line::at(text, at);
    loop {
        if let Some(offset) = odd_quote(line.text) {
            let start = line.span.start + offset;
            let mark = line.text.get(offset..offset + 1).unwrap_or("\"");
            let diagnostic = Diagnostic::new(
                Code::QUOTE_NOT_CLOSED,
                Span::new(start, line.trimmed(text).end.max(start + 1)),
                "this quote is never closed",
            )
            .label(format!("put a {mark} at the end of the value"));
            return Fault {
                diagnostic,
                blank: Span::new(start, line.span.end),
            };
        }
        match line.before(text) {
            Some(before) => line = before,
            None => return other(text, at, &Line::at(text, at)),
        }
    }
}

/// Where a quote opens on this line that does not close on it.
fn odd_quote(line: &str) -> Option<usize> {
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

/// A colon in text, or one without a space after it.
fn colon(text: &str, at: usize, line: &Line) -> Fault {
    let inside = at.saturating_sub(line.span.start);
    let head = line.text.get(..inside).unwrap_or_default();
    if head.contains(": ") || head.trim_start().starts_with("- ") && head.contains(':') {
        let value = head
            .find(": ")
            .map_or(line.span.start, |colon| line.span.start + colon + 2);
        let end = line.trimmed(text).end;
        let written = text.get(value..end).unwrap_or_default();
        let diagnostic = Diagnostic::new(
            Code::COLON_IN_TEXT,
            Span::new(at, at + 1),
            "text that holds a colon and a space needs quotes",
        )
        .label(format!("write \"{}\"", written.replace('"', "'")));
        // The colon alone is blanked, so that the line is still read.
        return Fault {
            diagnostic,
            blank: Span::new(at, at + 1),
        };
    }
    if let Some(before) = line.before(text)
        && let Some(fault) = no_space(text, &before)
    {
        return fault;
    }
    indentation(text, line)
}

/// `every:5m`.
fn no_space(text: &str, line: &Line) -> Option<Fault> {
    let trimmed = line.text.trim_start().trim_start_matches("- ").trim_start();
    let start = line.text.len() - line.text.trim_start().len();
    let offset = line.text.find(trimmed).unwrap_or(start);
    let colon = trimmed.find(':')?;
    let key = trimmed.get(..colon)?;
    let after = trimmed.get(colon + 1..)?;
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !plain || after.is_empty() || after.starts_with([' ', '\t', '/']) {
        return None;
    }
    let begin = line.span.start + offset;
    let diagnostic = Diagnostic::new(
        Code::NO_SPACE_AFTER_COLON,
        Span::new(begin, line.trimmed(text).end),
        format!("a space is missing after \"{key}:\""),
    )
    .label(format!("write \"{key}: {}\"", after.trim_end()));
    Some(Fault {
        diagnostic,
        blank: line.span,
    })
}

/// A line that should begin with a key and does not.
fn key(text: &str, at: usize, line: &Line) -> Fault {
    for candidate in [Some(line.clone()), line.before(text)].into_iter().flatten() {
        if let Some(fault) = no_space(text, &candidate) {
            return fault;
        }
    }
    // The parser points past the word in question where the line is a lone word.
    let place = if line.text.trim().is_empty() {
        line.before(text).unwrap_or_else(|| line.clone())
    } else {
        line.clone()
    };
    let written = place.text.trim();
    if !written.contains(':') && !written.starts_with('-') && !written.is_empty() {
        let diagnostic = Diagnostic::new(
            Code::NOT_A_KEY,
            place.trimmed(text),
            format!("\"{}\" is no \"key: value\"", shorten(written)),
        )
        .label("write a key, a colon, a space and the value; text of several lines goes after `key: |`");
        return Fault {
            diagnostic,
            blank: place.span,
        };
    }
    if at > place.span.start && text.get(at..).is_some_and(|rest| rest.starts_with(':')) {
        return colon(text, at, &place);
    }
    indentation(text, &place)
}

fn bracket(kind: &ErrorKind, text: &str, at: usize, line: &Line) -> Fault {
    if let Some(fault) = no_comma(text, at, line) {
        return fault;
    }
    // The bracket that is still open: the nearest above that is not closed on its line.
    let mut place = line.clone();
    for _ in 0..40 {
        if let Some(offset) = open_bracket(place.text) {
            let start = place.span.start + offset;
            let mark = place.text.get(offset..offset + 1).unwrap_or("[");
            let close = if mark == "[" { "]" } else { "}" };
            let diagnostic = Diagnostic::new(
                Code::BRACKET_NOT_CLOSED,
                Span::new(start, start + 1),
                format!("this {mark} is never closed"),
            )
            .label(format!(
                "put a {close} where the {} ends",
                if mark == "[" { "list" } else { "map" }
            ));
            return Fault {
                diagnostic,
                blank: place.after_colon(text),
            };
        }
        match place.before(text) {
            Some(before) => place = before,
            None => break,
        }
    }
    let closing = matches!(
        kind,
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. }
    );
    if closing {
        let diagnostic = Diagnostic::new(
            Code::BRACKET_NOT_OPENED,
            Span::new(at, at + 1),
            "this bracket closes nothing that was opened",
        )
        .label("leave it out, or put the value in quotes");
        return Fault {
            diagnostic,
            blank: line.after_colon(text),
        };
    }
    other(text, at, line)
}

/// `{ a: 1 b: 2 }`.
fn no_comma(text: &str, at: usize, line: &Line) -> Option<Fault> {
    let opened = line.text.matches(['{', '[']).count();
    let closed = line.text.matches(['}', ']']).count();
    if opened == 0 || opened != closed {
        return None;
    }
    let diagnostic = Diagnostic::new(
        Code::COMMA_MISSING,
        Span::new(at, (at + 1).min(text.len())),
        "a comma is missing before this",
    )
    .label("lists in [ ] and maps in { } have commas between their items");
    Some(Fault {
        diagnostic,
        blank: line.after_colon(text),
    })
}

fn open_bracket(line: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (index, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') if before == ' ' => break,
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if c == q => quote = None,
            (None, '[' | '{') => open.push(index),
            (None, ']' | '}') => {
                open.pop();
            }
            _ => {}
        }
        before = c;
    }
    open.pop()
}

fn indentation(text: &str, line: &Line) -> Fault {
    let diagnostic = Diagnostic::new(
        Code::INDENTATION,
        line.trimmed(text),
        "this line is indented differently from the lines it belongs to",
    )
    .label("lines of one map or list begin in the same column");
    let diagnostic = match line.before(text) {
        Some(before) => diagnostic.related(before.trimmed(text), "the line before it"),
        None => diagnostic,
    };
    Fault {
        diagnostic,
        blank: line.span,
    }
}

fn other(text: &str, at: usize, line: &Line) -> Fault {
    let span = if line.text.trim().is_empty() {
        Span::new(at, at)
    } else {
        line.trimmed(text)
    };
    let diagnostic = Diagnostic::new(Code::YAML, span, "this line can't be read as YAML")
        .label("look for a missing quote, bracket, colon or space here or on the line above");
    Fault {
        diagnostic,
        blank: line.span,
    }
}

fn word_at(text: &str, at: usize) -> Span {
    let len = text.get(at..).map_or(0, |rest| {
        rest.find([' ', '\n', ',', ']', '}']).unwrap_or(rest.len())
    });
    Span::new(at, at + len.max(1))
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(39).collect::<String>())
    }
}

/// One line of the text.
#[derive(Clone)]
struct Line<'a> {
    text: &'a str,
    span: Span,
}

impl<'a> Line<'a> {
    fn at(text: &'a str, at: usize) -> Self {
        let at = (0..=at.min(text.len()))
            .rev()
            .find(|&i| text.is_char_boundary(i))
            .unwrap_or(0);
        let start = text
            .get(..at)
            .and_then(|head| head.rfind('\n'))
            .map_or(0, |newline| newline + 1);
        let end = text
            .get(start..)
            .and_then(|rest| rest.find('\n'))
            .map_or(text.len(), |len| start + len);
        Self {
            text: text.get(start..end).unwrap_or_default(),
            span: Span::new(start, end),
        }
    }

    /// The nearest line above that says something.
    fn before(&self, text: &'a str) -> Option<Self> {
        let mut start = self.span.start;
        while start > 0 {
            let line = Self::at(text, start - 1);
            let said = line.text.trim();
            if !said.is_empty() && !said.starts_with('#') {
                return Some(line);
            }
            start = line.span.start;
        }
        None
    }

    /// Without the spaces around it.
    fn trimmed(&self, _text: &str) -> Span {
        let lead = self.text.len() - self.text.trim_start().len();
        let start = self.span.start + lead;
        Span::new(start, start + self.text.trim().len())
    }

    fn leading_tab(&self) -> Option<usize> {
        let lead = self.text.len() - self.text.trim_start().len();
        self.text.get(..lead)?.find('\t').map(|tab| self.span.start + tab)
    }

    /// The value's part of `key: value`, or the whole line.
    fn after_colon(&self, _text: &str) -> Span {
        match self.text.find(": ") {
            Some(colon) => Span::new(self.span.start + colon + 1, self.span.end),
            None => self.span,
        }
    }
}
