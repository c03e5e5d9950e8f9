//! The form that people read: the line itself, with carets under the place.
//!
//! Drawn here and not by codespan-reporting, which was tried first: it has no limit on the width of a shown line, puts
//! a rule between the place and the line, and wraps no notes; each matters on a terminal of 80 columns.

use super::Problems;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::{Place, SourceFile, Span};

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const BLUE: &str = "\u{1b}[34m";
const BOLD: &str = "\u{1b}[1m";
const OFF: &str = "\u{1b}[0m";

/// All diagnostics, as text. Lines are at most `width` columns where that can be.
pub fn human(problems: Problems<'_>, colour: bool, width: usize) -> String {
    let mut text = String::new();
    let painter = Painter {
        colour,
        width: width.max(40),
    };
    for (source, diagnostics) in problems {
        for diagnostic in diagnostics {
            painter.diagnostic(source, diagnostic, &mut text);
            text.push('\n');
        }
    }
    text
}

struct Painter {
    colour: bool,
    width: usize,
}

impl Painter {
    fn paint(&self, style: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("{style}{text}{OFF}")
        } else {
            text.to_owned()
        }
    }

    fn diagnostic(&self, source: &SourceFile, diagnostic: &Diagnostic, text: &mut String) {
        let (word, style) = match diagnostic.severity() {
            Severity::Error => ("error", RED),
            Severity::Warning => ("warning", YELLOW),
        };
        let head = self.paint(style, &format!("{word}[{}]", diagnostic.code.id()));
        text.push_str(&format!(
            "{head}: {}\n",
            self.paint(BOLD, &seen(&diagnostic.message))
        ));
        let place = source.place(diagnostic.span.start);
        let last = diagnostic
            .related
            .iter()
            .map(|(span, _)| source.place(span.start).line)
            .max();
        let gutter = place.line.max(last.unwrap_or(0)).to_string().len();
        let pad = " ".repeat(gutter);
        let at = format!("{}:{}:{}", seen(source.name()), place.line, place.column);
        text.push_str(&format!("{pad} {} {at}\n", self.paint(BLUE, "┌─")));
        self.line(
            source,
            diagnostic.span,
            place,
            style,
            diagnostic.label.as_deref(),
            gutter,
            text,
        );
        for (span, why) in &diagnostic.related {
            self.line(
                source,
                *span,
                source.place(span.start),
                BLUE,
                Some(why),
                gutter,
                text,
            );
        }
        let equals = self.paint(BLUE, "=");
        for note in &diagnostic.notes {
            for (index, line) in self.wrap(&seen(note), gutter + 3).iter().enumerate() {
                let mark = if index == 0 { equals.as_str() } else { " " };
                text.push_str(&format!("{pad} {mark} {line}\n"));
            }
        }
        text.push_str(&format!(
            "{pad} {equals} souschef explain {}\n",
            diagnostic.code.id()
        ));
    }

    /// A line of the source with carets under a part of it.
    #[allow(
        clippy::too_many_arguments,
        reason = "one line's parts, used in this file only"
    )]
    fn line(
        &self,
        source: &SourceFile,
        span: Span,
        place: Place,
        style: &str,
        label: Option<&str>,
        gutter: usize,
        text: &mut String,
    ) {
        let bar = self.paint(BLUE, "│");
        let number = self.paint(BLUE, &format!("{:>gutter$}", place.line));
        let whole = source.line(place.line);
        let before: usize = whole.chars().take(place.column - 1).map(columns).sum();
        let marked = source
            .text()
            .get(span.range())
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default();
        let carets = marked.chars().take(self.width).map(columns).sum::<usize>().max(1);
        let room = self.width.saturating_sub(gutter + 3);
        let (shown, before) = window(whole, before, carets, room);
        let carets = carets.min(room.saturating_sub(before).max(1));
        text.push_str(&format!("{number} {bar} {shown}\n"));
        let under = self.paint(style, &"^".repeat(carets));
        let pad = " ".repeat(gutter);
        let label = label.map(seen);
        let Some(label) = label.as_deref() else {
            text.push_str(&format!("{pad} {bar} {}{under}\n", " ".repeat(before)));
            return;
        };
        let beside = before + carets + 1 + label.chars().map(columns).sum::<usize>();
        if beside <= room {
            text.push_str(&format!(
                "{pad} {bar} {}{under} {}\n",
                " ".repeat(before),
                self.paint(style, label)
            ));
        } else {
            text.push_str(&format!("{pad} {bar} {}{under}\n", " ".repeat(before)));
            for line in self.wrap(label, gutter + 5) {
                text.push_str(&format!("{pad} {bar}   {}\n", self.paint(style, &line)));
            }
        }
    }

    /// A text in lines that fit beside an indent.
    fn wrap(&self, text: &str, indent: usize) -> Vec<String> {
        let room = self.width.saturating_sub(indent).max(20);
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in paragraph.split(' ') {
                if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                    lines.push(std::mem::take(&mut line));
                }
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            lines.push(line);
        }
        lines
    }
}

/// The part of a long line that shows the place, with marks where it was cut, and the place's column in it.
fn window(line: &str, before: usize, carets: usize, room: usize) -> (String, usize) {
    // No more of the line is looked at than can be shown: it may be as long as the file.
    let clean = || line.trim_end().chars().map(visible);
    let short = clean().nth(2 * room).is_none();
    if short && clean().map(columns).sum::<usize>() <= room {
        return (clean().collect(), before);
    }
    let skip = if before + carets.min(room / 2) + 1 > room {
        before.saturating_sub(room / 3)
    } else {
        0
    };
    let mut shown = String::new();
    let mut at = 0;
    for c in clean() {
        if at >= skip + room {
            break;
        }
        if at >= skip + usize::from(skip > 0) && at + columns(c) < skip + room {
            shown.push(c);
        }
        at += columns(c);
    }
    let lead = if skip > 0 { "…" } else { "" };
    (format!("{lead}{shown}…"), before - skip)
}

/// A character as it may be sent to a terminal: what it would obey, or would turn text round, becomes a space.
fn visible(c: char) -> char {
    let turns = matches!(u32::from(c), 0x202a..=0x202e | 0x2066..=0x2069);
    if c.is_control() || turns { ' ' } else { c }
}

/// A text with nothing in it that a terminal would obey; its lines stay.
fn seen(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' { c } else { visible(c) })
        .collect()
}

/// Columns that a character takes: two for East Asian wide ones and emoji, none for marks that combine.
fn columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}
