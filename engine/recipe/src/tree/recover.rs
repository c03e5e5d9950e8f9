//! Reading on after a syntax error: what can't be read is blanked out, and the rest is read again, so that one slip
//! does not hide the others.

use super::{Node, build, syntax};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Bytes that a recipe may have.
const SIZE: usize = 256 * 1024;
/// How many syntax errors are told of one file.
const ERRORS: usize = 20;

/// What reading gives.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The tree; without the parts that could not be read.
    pub tree: Option<Node>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The parts that could not be read: what is missing there is no further mistake.
    pub unread: Vec<Span>,
}

/// Reads a text. Never fails: what is wrong is in the diagnostics.
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    if text.len() > SIZE {
        parsed.diagnostics.push(Diagnostic::new(
            Code::TOO_LARGE,
            Span::new(0, 0),
            format!(
                "the file has {} KB, and a recipe may have {} KB",
                text.len() / 1024,
                SIZE / 1024
            ),
        ));
        return parsed;
    }
    if let Some(diagnostic) = strange(text) {
        parsed.diagnostics.push(diagnostic);
        return parsed;
    }
    // Blanks keep every offset as it was.
    let mut mended = text.replace('\r', " ");
    if let Some(directive) = directive(text) {
        parsed.diagnostics.push(
            Diagnostic::new(Code::DIRECTIVE, directive, "recipes have no % lines")
                .label("leave this line out"),
        );
        blank(&mut mended, directive);
    }
    loop {
        let built = build::build(&mended);
        let stopped = built.stopped.filter(|_| !built.refused);
        match stopped {
            Some(error) if parsed.unread.len() < ERRORS => {
                let fault = syntax::explain(&error, &mended);
                let known = parsed
                    .diagnostics
                    .iter()
                    .any(|known| known.span == fault.diagnostic.span);
                if !known {
                    parsed.diagnostics.push(fault.diagnostic);
                }
                if !blank(&mut mended, fault.blank) {
                    // Nothing left to blank there: the rest can't be read.
                    let rest = Span::new(fault.blank.start, mended.len());
                    parsed.unread.push(rest);
                    if !blank(&mut mended, rest) {
                        return parsed;
                    }
                }
                parsed.unread.push(fault.blank);
            }
            _ => {
                parsed.tree = built.tree;
                parsed.diagnostics.extend(built.diagnostics);
                return parsed;
            }
        }
    }
}

/// Puts spaces over a span; false where there was nothing but space already.
fn blank(text: &mut String, span: Span) -> bool {
    let span = Span::new(span.start.min(text.len()), span.end.min(text.len()));
    let Some(old) = text.get(span.range()) else {
        return false;
    };
    let new: String = old
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    let changed = new != old;
    if changed {
        text.replace_range(span.range(), &new);
    }
    changed
}

/// A `%` line at the head of the file.
fn directive(text: &str) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim_start_matches('\u{feff}').trim_end();
        if said.starts_with('%') {
            return Some(Span::new(start, start + line.trim_end().len()));
        }
        if !said.is_empty() && !said.starts_with('#') {
            return None;
        }
        start += line.len();
    }
    None
}

/// A character that can't be seen, and that no recipe needs: controls and marks that turn the direction of text.
fn strange(text: &str) -> Option<Diagnostic> {
    let (at, c) = text.char_indices().find(|(at, c)| {
        let control = c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
        let turning = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        control || turning || (*c == '\u{feff}' && *at > 0)
    })?;
    let message = format!("an invisible character (U+{:04X}) stands here", u32::from(c));
    Some(
        Diagnostic::new(Code::INVISIBLE, Span::new(at, at + c.len_utf8()), message)
            .label("delete it; in double quotes it can be written as \\u and its number"),
    )
}
