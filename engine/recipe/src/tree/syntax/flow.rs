//! Brackets: a small scanner that knows which are open, which the parser does not tell.

use super::line::Line;
use super::{Fault, Mend};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

#[derive(Clone, Copy)]
struct Bracket {
    at: usize,
    mark: char,
}

impl Bracket {
    const fn close(self) -> char {
        if self.mark == '[' { ']' } else { '}' }
    }

    const fn what(self) -> &'static str {
        if self.mark == '[' { "list" } else { "map" }
    }
}

/// The first bracket of the text that is not as it should be, where it opens no later than `at`.
pub(super) fn fault(text: &str, at: usize) -> Option<Fault> {
    let mut line = Some(Line::at(text, 0));
    while let Some(here) = line {
        if here.span.start > at {
            return None;
        }
        line = here.next();
        if here.is_silent() {
            continue;
        }
        let value = here.value_text();
        if value.starts_with(['|', '>']) {
            line = Line::at(text, here.block().end).next();
        } else if value.starts_with(['[', '{']) && !value.starts_with("{{") {
            match flow(text, here) {
                Ok(end) => line = Line::at(text, end).next(),
                Err(fault) => return (fault.0 <= at).then_some(fault.1),
            }
        }
    }
    None
}

/// Where a value in brackets ends, or what is wrong with it and where it begins.
#[allow(
    clippy::result_large_err,
    reason = "made once a file at most, and handed on at once"
)]
fn flow(text: &str, first: Line<'_>) -> Result<usize, (usize, Fault)> {
    let mut open: Vec<Bracket> = Vec::new();
    let mut line = first;
    loop {
        let start = if line.span.start == first.span.start {
            first.value().start
        } else {
            line.span.start
        };
        let below = line.span.start > first.span.start;
        let outside =
            line.indent() <= first.indent() && (line.key().is_some() || line.text.trim().starts_with("- "));
        if below && !line.is_silent() && outside {
            return Err(never_closed(&open, line.span.start - 1));
        }
        let mut quote: Option<char> = None;
        let mut before = ' ';
        let mut said = ',';
        for (index, c) in text.get(start..line.span.end).unwrap_or_default().char_indices() {
            let at = start + index;
            match (quote, c) {
                (Some(mark), c) if c == mark && before != '\\' => quote = None,
                (Some(_), _) => {}
                (None, '#') if before.is_whitespace() => break,
                (None, '"' | '\'') if matches!(said, '[' | '{' | ',' | ':') => quote = Some(c),
                (None, '[' | '{') => open.push(Bracket { at, mark: c }),
                (None, ']' | '}') => match open.last() {
                    Some(last) if last.close() == c => {
                        open.pop();
                        if open.is_empty() {
                            return after(text, at, line).map_or(Ok(line.span.end), |fault| Err((at, fault)));
                        }
                    }
                    Some(_) => return Err(wrong_close(text, &open, at, c, line)),
                    None => return Ok(line.span.end),
                },
                _ => {}
            }
            if !c.is_whitespace() {
                said = c;
            }
            before = c;
        }
        line = match line.next() {
            Some(next) => next,
            None => return Err(never_closed(&open, text.trim_end().len())),
        };
    }
}

/// A bracket that closes once more than was opened.
fn after(text: &str, at: usize, line: Line<'_>) -> Option<Fault> {
    let rest = text.get(at + 1..line.span.end)?;
    let lead = rest.len() - rest.trim_start().len();
    let c = rest
        .trim_start()
        .chars()
        .next()
        .filter(|c| matches!(c, ']' | '}'))?;
    Some(not_opened(at + 1 + lead, c))
}

fn not_opened(at: usize, c: char) -> Fault {
    let diagnostic = Diagnostic::new(
        Code::BRACKET_NOT_OPENED,
        Span::new(at, at + 1),
        format!("this {c} closes nothing that was opened"),
    )
    .label("leave it out, or put the value in quotes");
    Fault {
        diagnostic,
        mends: vec![Mend::Blank(Span::new(at, at + 1))],
    }
}

fn never_closed(open: &[Bracket], end: usize) -> (usize, Fault) {
    // The innermost is named, since an outer one may have its closing bracket below.
    let bracket = open.last().copied().unwrap_or(Bracket {
        at: end.saturating_sub(1),
        mark: '[',
    });
    let from = open.first().map_or(bracket.at, |first| first.at);
    let diagnostic = Diagnostic::new(
        Code::BRACKET_NOT_CLOSED,
        Span::new(bracket.at, bracket.at + 1),
        format!("this {} is never closed", bracket.mark),
    )
    .label(format!(
        "put a {} where the {} ends",
        bracket.close(),
        bracket.what()
    ));
    (
        from,
        Fault {
            diagnostic,
            mends: vec![Mend::Blank(Span::new(from, end.max(from + 1)))],
        },
    )
}

/// `[a, b}`: too many closing brackets, the wrong one, or one too few.
fn wrong_close(text: &str, open: &[Bracket], at: usize, c: char, line: Line<'_>) -> (usize, Fault) {
    let from = open.first().map_or(at, |first| first.at);
    let rest = text.get(at + 1..line.span.end).unwrap_or_default();
    let balanced = |mut open: Vec<char>| {
        rest.chars().all(|c| match c {
            '[' => {
                open.push(']');
                true
            }
            '{' => {
                open.push('}');
                true
            }
            ']' | '}' => open.pop() == Some(c),
            _ => true,
        }) && open.is_empty()
    };
    let closes: Vec<char> = open.iter().map(|bracket| bracket.close()).collect();
    if balanced(closes.clone()) {
        return (from, not_opened(at, c));
    }
    let Some((last, outer)) = open.split_last() else {
        return (from, not_opened(at, c));
    };
    let span = Span::new(last.at, last.at + 1);
    let diagnostic = Diagnostic::new(
        Code::BRACKET_NOT_CLOSED,
        span,
        format!("this {} is never closed", last.mark),
    );
    if balanced(
        closes
            .split_last()
            .map(|(_, outer)| outer.to_vec())
            .unwrap_or_default(),
    ) {
        let diagnostic = diagnostic
            .label(format!("a {} closes it, not a {c}", last.close()))
            .related(Span::new(at, at + 1), format!("write {} here", last.close()));
        return (
            from,
            Fault {
                diagnostic,
                mends: vec![Mend::Put(at, last.close())],
            },
        );
    }
    let diagnostic = diagnostic.label(format!("put a {} where the {} ends", last.close(), last.what()));
    // What the outer bracket holds beside it can still be read.
    let torn = if outer.is_empty() {
        Span::new(last.at, at + 1)
    } else {
        Span::new(last.at, at)
    };
    (
        from,
        Fault {
            diagnostic,
            mends: vec![Mend::Blank(torn)],
        },
    )
}

/// `{ a: 1 b: 2 }`: the place where a comma is missing, for an error that the parser puts at `at`.
pub(super) fn no_comma(text: &str, at: usize) -> Option<Fault> {
    let line = Line::at(text, at);
    let head = text.get(line.span.start..at)?;
    let value = line.value_text();
    if !value.starts_with(['[', '{'])
        && !line.text.trim_start().starts_with(['[', '{'])
        && !within(text, line)
    {
        return None;
    }
    // The parser is at the second key's colon, or already at the second value.
    let word = if text.get(at..)?.starts_with(':') {
        head.trim_end().rfind([' ', '\t', ',', '{', '['])? + 1
    } else {
        head.len()
    };
    let gap = head.get(..word)?;
    let said = gap.trim_end();
    if said.len() == gap.len() || said.ends_with(['[', '{', ',', ':']) {
        return None;
    }
    let start = line.span.start + word;
    let len = text
        .get(start..line.span.end)?
        .find([' ', ':', ',', ']', '}'])
        .unwrap_or(line.span.end - start)
        .max(1);
    let diagnostic = Diagnostic::new(
        Code::COMMA_MISSING,
        Span::new(start, start + len),
        "a comma is missing before this",
    )
    .label("lists in [ ] and maps in { } have commas between their items");
    Some(Fault {
        diagnostic,
        mends: vec![Mend::Put(line.span.start + said.len(), ',')],
    })
}

/// Whether a line stands inside brackets that were opened above it.
fn within(text: &str, line: Line<'_>) -> bool {
    let mut here = line;
    while let Some(before) = here.before() {
        let value = before.value_text();
        if value.starts_with(['[', '{']) && !value.starts_with("{{") {
            return flow(text, before).is_ok_and(|end| end >= line.span.start);
        }
        here = before;
    }
    false
}

/// Words after the bracket that closes a value: `with: { … } now`.
pub(super) fn tail(line: Line<'_>) -> Option<Fault> {
    let value = line.value();
    let text = line.value_text();
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if depth > 0 => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth > 0 {
            continue;
        }
        let more = text.get(index + c.len_utf8()..)?;
        let words = more.trim_start();
        if index == 0 || words.is_empty() || words.starts_with(':') {
            return None;
        }
        let span = Span::new(value.end - words.len(), value.end);
        let diagnostic = Diagnostic::new(
            Code::YAML,
            span,
            format!("nothing can stand after the {c} that ends the value"),
        )
        .label("leave it out, or put a # before it to make it a comment");
        return Some(Fault {
            diagnostic,
            mends: vec![Mend::Blank(span)],
        });
    }
    None
}
