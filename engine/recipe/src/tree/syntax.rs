//! The parser's errors, in our words and at the place where the mistake is.

mod flow;
mod key;
mod line;
mod quote;

use granit_parser::{ErrorKind, ScanError};

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use line::Line;

/// What to say of an error, and how the text can be mended so that the rest can still be read.
pub(super) struct Fault {
    /// What is said.
    pub(super) diagnostic: Diagnostic,
    /// What is done to the text before reading on.
    pub(super) mends: Vec<Mend>,
}

/// A change of the text that moves nothing: every other byte stays where it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mend {
    /// Takes this for white space; what stood there is lost.
    Blank(Span),
    /// Takes this for a text in quotes.
    Text(Span),
    /// Puts this character over the one that stands there.
    Put(usize, char),
}

/// `{{ … }}` without quotes, which begins at `start`.
pub(super) fn unquoted_expression(start: usize, text: &str) -> Fault {
    let line = Line::at(text, start);
    let rest = text.get(start..line.span.end).unwrap_or_default();
    let head = text.get(line.span.start..start).unwrap_or_default();
    let code = rest
        .get(..line::comment(rest).unwrap_or(rest.len()))
        .unwrap_or(rest)
        .trim_end();
    let closed = code.find("}}").map_or(code.len(), |close| close + 2);
    let tail = code.get(closed..).unwrap_or_default();
    let in_brackets = head.matches(['[', '{']).count() > head.matches([']', '}']).count();
    let len = if in_brackets {
        closed + tail.find([',', ']', '}']).unwrap_or(tail.len())
    } else if tail.trim() == "," {
        closed
    } else {
        code.len()
    };
    let written = code.get(..len).unwrap_or(code).trim_end();
    let span = Span::new(start, start + written.len());
    let value = line.value();
    let colon = text
        .get(value.start..start)
        .and_then(|before| before.trim_end().strip_suffix(':'))
        .filter(|before| !in_brackets && !before.starts_with(['"', '\'', '[', '{', '-']));
    if let Some(before) = colon {
        // `body: Hello: {{ … }}`: all of it is the text.
        let at = value.start + before.len();
        return key::colon_in_text(at, Span::new(value.start, span.end), text);
    }
    let diagnostic = Diagnostic::new(
        Code::UNQUOTED_EXPRESSION,
        span,
        "a value that begins with {{ needs quotes around it",
    )
    .label(format!("write \"{}\"", written.replace('"', "'")))
    .note("without quotes YAML takes the braces for a map");
    Fault {
        diagnostic,
        mends: vec![Mend::Text(span)],
    }
}

/// Finds the words and the place for an error.
pub(super) fn explain(error: &ScanError, text: &str) -> Fault {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let line = Line::at(text, at);
    if let Some(fault) = tabs(line) {
        return fault;
    }
    if let Some(start) = braces(line).or_else(|| line.before().and_then(braces)) {
        return unquoted_expression(start, text);
    }
    match error.kind() {
        ErrorKind::DirectiveDisallowed
        | ErrorKind::UnsupportedYamlMajorVersion
        | ErrorKind::DuplicateVersionDirective
        | ErrorKind::MissingDocumentEndBeforeDirective => Fault {
            diagnostic: Diagnostic::new(Code::DIRECTIVE, line.trimmed(), "recipes have no % lines")
                .label("leave this line out"),
            mends: vec![Mend::Blank(line.span)],
        },
        ErrorKind::UnknownAnchor => {
            let value = value_at(text, at);
            Fault {
                diagnostic: Diagnostic::new(
                    Code::ALIAS,
                    value,
                    "this alias names nothing that stands before it",
                )
                .label("put text that begins with * in quotes"),
                mends: vec![Mend::Text(value)],
            }
        }
        ErrorKind::RecursionLimitExceeded => Fault {
            diagnostic: Diagnostic::new(
                Code::TOO_DEEP,
                Span::new(at, at),
                "this is nested more than 32 deep",
            ),
            mends: vec![Mend::Blank(Span::new(at, text.len()))],
        },
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => {
            quote::closed_early(text, at)
        }
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => quote::never_closed(text, at),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => quote::escape(text, at),
        ErrorKind::UnexpectedCharacter { character } => odd_character(text, at, *character),
        ErrorKind::MissingAnchorOrAliasName => {
            let start = text
                .get(..at)
                .map_or(at, |head| head.trim_end().len().saturating_sub(1));
            odd_character(
                text,
                start,
                text.get(start..)
                    .and_then(|rest| rest.chars().next())
                    .unwrap_or('&'),
            )
        }
        ErrorKind::InvalidBlockScalarHeader | ErrorKind::ZeroBlockScalarIndent => {
            let value = line.value();
            odd_character(text, value.start, line.value_text().chars().next().unwrap_or('|'))
        }
        ErrorKind::UndeclaredTagHandle
        | ErrorKind::ExpectedTagBang
        | ErrorKind::InvalidGlobalTagCharacter
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::MissingTagUri
        | ErrorKind::UnclosedVerbatimTag
        | ErrorKind::InvalidTagEscape
        | ErrorKind::InvalidTagUtf8LeadingByte
        | ErrorKind::InvalidTagUtf8TrailingByte
        | ErrorKind::InvalidTagUtf8 => {
            let bang = text
                .get(..at)
                .and_then(|head| head.rfind('!'))
                .filter(|bang| *bang >= line.span.start);
            tag(value_at(text, bang.unwrap_or(at)))
        }
        kind => structure(kind, text, at, line),
    }
}

/// Errors whose cause is a bracket, a key, a colon or the indentation.
fn structure(kind: &ErrorKind, text: &str, at: usize, line: Line<'_>) -> Fault {
    if let Some(fault) = flow::fault(text, at).or_else(|| flow::tail(line)) {
        return fault;
    }
    match kind {
        ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::FlowMappingValueAdjacentCollection
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            flow::no_comma(text, at).unwrap_or_else(|| other(line))
        }
        ErrorKind::MappingValueNotAllowed => {
            flow::no_comma(text, at).unwrap_or_else(|| key::colon(text, at, line))
        }
        ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::UnexpectedEofBlockMapping => key::key(text, at, line),
        ErrorKind::BlockSequenceEntryNotAllowed => key::list_beside_key(line),
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockSequenceEntry => key::indentation(line),
        _ => other(line),
    }
}

/// Tabs in the indentation of this line or the one below; all of the file are told at once.
fn tabs(line: Line<'_>) -> Option<Fault> {
    let first = [Some(line), line.next()]
        .into_iter()
        .flatten()
        .find(|line| line.leading_tab().is_some())?;
    let at = first.leading_tab()?;
    let mut mends = vec![Mend::Blank(first.block())];
    let mut more = 0;
    let mut below = first.next();
    while let Some(line) = below {
        if line.leading_tab().is_some() && !line.text.trim().is_empty() {
            more += 1;
            mends.push(Mend::Blank(line.span));
        }
        below = line.next();
    }
    let diagnostic = Diagnostic::new(Code::TAB, Span::new(at, at + 1), "a tab can't be used to indent")
        .label("use spaces, two for each level");
    let diagnostic = match more {
        0 => diagnostic,
        1 => diagnostic.note("one more line below begins with a tab"),
        _ => diagnostic.note(format!("{more} more lines below begin with a tab")),
    };
    Some(Fault { diagnostic, mends })
}

/// Where `{{` stands on a line that needs quotes there.
fn braces(line: Line<'_>) -> Option<usize> {
    let start = line.text.find("{{")?;
    let head = line.text.get(..start)?;
    if head.matches('"').count() % 2 == 1
        || head.matches('\'').count() % 2 == 1
        || line::comment(head).is_some()
    {
        return None;
    }
    let begins = head.trim_end().is_empty() || head.trim_end().ends_with([':', '-', ',', '[', '{']);
    begins.then_some(line.span.start + start)
}

/// A value that begins with a character of another meaning.
fn odd_character(text: &str, at: usize, character: char) -> Fault {
    let value = value_at(text, at);
    let written = text.get(value.range()).unwrap_or_default();
    Fault {
        diagnostic: Diagnostic::new(
            Code::ODD_CHARACTER,
            Span::new(at, at + character.len_utf8()),
            format!("a value can't begin with {character}"),
        )
        .label(format!(
            "put the value in quotes: \"{}\"",
            written.replace('"', "'")
        )),
        mends: vec![Mend::Text(value)],
    }
}

/// A tag that stands here.
pub(super) fn tag(span: Span) -> Fault {
    Fault {
        diagnostic: Diagnostic::new(Code::TAG, span, "recipes have no tags (words that begin with !)")
            .label("leave the tag out; put text that begins with ! in quotes"),
        mends: vec![Mend::Text(span)],
    }
}

/// What no other rule knows.
fn other(line: Line<'_>) -> Fault {
    let diagnostic = Diagnostic::new(Code::YAML, line.trimmed(), "this line can't be read as YAML")
        .label("look for a missing quote, bracket, colon or space here or on the line above");
    Fault {
        diagnostic,
        mends: vec![Mend::Blank(line.block())],
    }
}

/// The unquoted value that begins here: to the end of its line, or of its place in brackets.
fn value_at(text: &str, at: usize) -> Span {
    let line = Line::at(text, at);
    let rest = text.get(at..line.span.end).unwrap_or_default();
    let rest = rest
        .get(..line::comment(rest).unwrap_or(rest.len()))
        .unwrap_or(rest);
    let in_brackets = line.value_text().starts_with(['[', '{']) && at > line.value().start;
    let len = if in_brackets {
        rest.find([',', ']', '}']).unwrap_or(rest.len())
    } else {
        rest.len()
    };
    let len = rest.get(..len).unwrap_or_default().trim_end().len();
    Span::new(at, at + len.max(rest.chars().next().map_or(1, char::len_utf8)))
}

/// Where a comment begins on a line.
pub(super) fn comment_on(line: &str) -> Option<usize> {
    line::comment(line)
}

/// The word after a `#` that follows an unquoted value, where no space stands between the two: `see #general`.
pub(super) fn hash_after(text: &str, end: usize) -> Option<Span> {
    let line = Line::at(text, end);
    let rest = text.get(end..line.span.end)?;
    let gap = rest.strip_prefix(':').unwrap_or(rest);
    let said = gap.trim_start_matches([' ', '\t']);
    let word = said.strip_prefix('#')?.trim_end();
    if gap.len() == said.len() || !word.starts_with(char::is_alphanumeric) {
        return None;
    }
    let start = line.span.end - said.len();
    Some(Span::new(start, start + 1 + word.len()))
}

/// `>5`: a sign that begins text of several lines, and none follow.
pub(super) fn empty_block(text: &str, at: usize, value: &str) -> Option<Fault> {
    if !value.trim().is_empty() {
        return None;
    }
    let sign = text.get(..at)?.rfind(['|', '>'])?;
    let line = Line::at(text, sign);
    let value = line.value();
    if line.value_text().len() < 2
        || sign != value.start
        || !line.value_text().ends_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    Some(odd_character(text, sign, line.value_text().chars().next()?))
}
