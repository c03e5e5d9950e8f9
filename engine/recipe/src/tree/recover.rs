//! Reading on after a syntax error: the text is mended, or what can't be read is blanked out, and all of it is read
//! again, so that one slip does not hide the others.

use std::collections::{HashMap, HashSet};

use super::syntax::{self, Fault, Mend};
use super::{Node, build};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Bytes that a recipe may have.
const SIZE: usize = 256 * 1024;
/// How often a file is read again; a large one less often, so that a hostile one costs no time.
const PASSES: usize = 24;
const LARGE: usize = 16 * 1024;
/// How many invisible characters are told of one file.
const INVISIBLE: usize = 10;

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
                text.len().div_ceil(1024),
                SIZE / 1024
            ),
        ));
        return parsed;
    }
    let mut mended = Mended::new(text);
    mended.strange(&mut parsed);
    mended.directive(&mut parsed);
    let passes = PASSES.min(PASSES * LARGE / text.len().max(1)).max(3);
    for pass in 1..=passes {
        let built = build::build(&mended.text, text, &mended.texts);
        let mut faults = built.faults;
        if faults.is_empty()
            && let Some(error) = &built.stopped
        {
            mended
                .allow_closing_bracket(error)
                .unwrap_or_else(|| faults.push(syntax::explain(error, &mended.text)));
        }
        if built.refused || (faults.is_empty() && built.stopped.is_none()) || pass == passes {
            if let Some(error) = built.stopped.filter(|_| !built.refused) {
                let at = error.marker().byte_offset().unwrap_or(0);
                parsed.unread.push(Span::new(at, text.len()));
                parsed.tell(faults.into_iter().map(|fault| fault.diagnostic));
            }
            parsed.tree = built.tree;
            parsed.tell(built.diagnostics);
            parsed.unread.extend(built.unread);
            return parsed;
        }
        for fault in faults {
            mended.mend(fault, &mut parsed);
        }
    }
    parsed
}

impl Parsed {
    /// Adds what was not said yet of the same place.
    fn tell(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        let mut known: HashSet<Span> = self.diagnostics.iter().map(|known| known.span).collect();
        self.diagnostics
            .extend(diagnostics.into_iter().filter(|new| known.insert(new.span)));
    }
}

/// The text as it is given to the parser. Every byte that is not changed stays where it was.
struct Mended {
    text: String,
    /// Where texts stand whose quotes were missing: from start to end.
    texts: HashMap<usize, usize>,
}

impl Mended {
    fn new(text: &str) -> Self {
        // A return alone ended lines on old machines.
        let alone = text.contains('\r') && text.replace("\r\n", "").contains('\r');
        let text = if alone {
            text.replace("\r\n", " \n").replace('\r', "\n")
        } else {
            text.to_owned()
        };
        Self {
            text,
            texts: HashMap::new(),
        }
    }

    fn mend(&mut self, fault: Fault, parsed: &mut Parsed) {
        let mut changed = false;
        let mut first = self.text.len();
        for mend in &fault.mends {
            match *mend {
                Mend::Blank(span) => {
                    changed |= self.blank(span);
                    parsed.unread.push(span);
                    first = first.min(span.start);
                }
                Mend::Text(span) => {
                    changed |= self.lift(span);
                    first = first.min(span.start);
                }
                Mend::Put(at, c) => {
                    let span = Span::new(at, at + c.len_utf8());
                    if self
                        .text
                        .get(span.range())
                        .is_some_and(|old| old.is_ascii() && !old.starts_with(c))
                    {
                        self.text.replace_range(span.range(), c.encode_utf8(&mut [0; 4]));
                        changed = true;
                    }
                    first = first.min(at);
                }
            }
        }
        parsed.tell([fault.diagnostic]);
        if !changed {
            // Nothing left to mend there: the rest can't be read.
            let rest = Span::new(first, self.text.len());
            self.blank(rest);
            parsed.unread.push(rest);
        }
    }

    /// Puts spaces over a span; false where there was nothing but space already.
    fn blank(&mut self, span: Span) -> bool {
        let span = Span::new(span.start.min(self.text.len()), span.end.min(self.text.len()));
        let Some(old) = self.text.get(span.range()) else {
            return false;
        };
        let new: String = old
            .bytes()
            .map(|byte| {
                if matches!(byte, b'\n' | b'\r') {
                    char::from(byte)
                } else {
                    ' '
                }
            })
            .collect();
        let changed = new != old;
        if changed {
            self.text.replace_range(span.range(), &new);
        }
        changed
    }

    /// Puts a stand-in of the same length over a text that lacks its quotes; the tree takes the text itself.
    fn lift(&mut self, span: Span) -> bool {
        if span.end <= span.start
            || self.text.get(span.range()).is_none()
            || self.texts.contains_key(&span.start)
        {
            return self.blank(span);
        }
        let len = span.end - span.start;
        let new = if len < 2 {
            "x".to_owned()
        } else {
            format!("\"{}\"", "x".repeat(len - 2))
        };
        self.text.replace_range(span.range(), &new);
        self.texts.insert(span.start, span.end);
        true
    }

    /// Lets a bracket close in the column of the key that opened it, as nearly everyone writes it and YAML forbids.
    fn allow_closing_bracket(&mut self, error: &granit_parser::ScanError) -> Option<()> {
        if !matches!(error.kind(), granit_parser::ErrorKind::InvalidIndentation) {
            return None;
        }
        let at = error.marker().byte_offset()?;
        let head = self.text.get(..at)?;
        let indent = head.len() - head.trim_end_matches(' ').len();
        let newline = (at - indent).checked_sub(1)?;
        let rest = self.text.get(at..)?;
        if !rest.starts_with([']', '}']) || !head.get(..=newline)?.ends_with('\n') {
            return None;
        }
        // The line break goes, so that the bracket ends the line before it; a comment there goes too.
        let line = head.get(..newline)?.rfind('\n').map_or(0, |before| before + 1);
        if let Some(comment) = syntax::comment_on(head.get(line..newline)?) {
            self.blank(Span::new(line + comment, newline));
        }
        self.text.replace_range(newline..=newline, " ");
        Some(())
    }

    /// Tells a `%` line at the head of the file.
    fn directive(&mut self, parsed: &mut Parsed) {
        let mut start = 0;
        let mut found = None;
        for line in self.text.split_inclusive('\n') {
            let said = line.trim_start_matches('\u{feff}').trim_end();
            if said.starts_with('%') {
                let end = start + line.trim_end().len();
                found = Some(Span::new(end - said.len(), end));
                break;
            }
            if !said.is_empty() && !said.starts_with('#') {
                break;
            }
            start += line.len();
        }
        if let Some(span) = found {
            parsed.tell([Diagnostic::new(Code::DIRECTIVE, span, "recipes have no % lines")
                .label("leave this line out")]);
            self.blank(span);
        }
    }

    /// Tells characters that can't be seen and that no recipe needs: controls and marks that turn the direction of text.
    fn strange(&mut self, parsed: &mut Parsed) {
        let found: Vec<(usize, char)> = self
            .text
            .char_indices()
            .filter(|(at, c)| {
                let control = c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}');
                let turning = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
                control || turning || (*c == '\u{feff}' && *at > 0)
            })
            .collect();
        if found.is_empty() {
            return;
        }
        let mut clean = String::with_capacity(self.text.len());
        let mut from = 0;
        for (at, c) in &found {
            clean.push_str(self.text.get(from..*at).unwrap_or_default());
            clean.push_str(&" ".repeat(c.len_utf8()));
            from = at + c.len_utf8();
        }
        clean.push_str(self.text.get(from..).unwrap_or_default());
        self.text = clean;
        for (at, c) in found.iter().take(INVISIBLE) {
            let message = format!("an invisible character (U+{:04X}) stands here", u32::from(*c));
            let diagnostic = Diagnostic::new(Code::INVISIBLE, Span::new(*at, at + c.len_utf8()), message)
                .label("delete it; in double quotes it can be written as \\u and its number");
            parsed.tell([diagnostic]);
        }
    }
}
