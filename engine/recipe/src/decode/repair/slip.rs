//! The slips that are looked for: a line in the wrong column or the wrong place, a key that is not all there, a colon, a
//! space, a dash, a brace or a `with:` that is missing.

use super::super::{RECIPE_KEYS, keys, step};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Fix};
use crate::span::Span;

/// What is put in the place of a part of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) span: Span,
    pub(super) text: String,
}

/// One slip and how it is mended.
pub(super) struct Slip {
    pub(super) changes: Vec<Change>,
    /// The line where it is told.
    pub(super) place: Span,
    kind: Kind,
}

enum Kind {
    /// So many spaces too many (or too few), and how many there should be.
    Column {
        was: usize,
        due: usize,
        lines: usize,
    },
    /// The word before it, and what follows where that is short.
    Colon(String, String),
    Space(String),
    /// A word that stands where a key should, and the key that it begins.
    Word(String, Option<&'static str>),
    Opening(char),
    Dash,
    With,
    /// A key of the recipe of which only what stands under it is there.
    Head(&'static str),
    Swapped,
}

/// Keys that open a block.
const BLOCKS: &[&str] = &[
    "inputs",
    "trigger",
    "mappings",
    "actions",
    "on_failure",
    "with",
    "do",
    "choose",
    "otherwise",
    "parallel",
    "set",
    "wait_for",
    "any",
    "all",
    "not",
    "on_error",
    "retry",
    "concurrency",
    "connections",
    "lookup",
    "auth",
    "if",
    "for_each",
];

/// A line that says something.
#[derive(Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    start: usize,
    indent: usize,
}

impl Line<'_> {
    fn words(&self) -> &str {
        self.text.trim()
    }

    fn span(&self) -> Span {
        let start = self.start + self.text.len() - self.text.trim_start().len();
        Span::new(start, start + self.words().len())
    }

    /// The column of what stands behind its dashes.
    fn inner(&self) -> usize {
        let mut rest = self.text.trim_start();
        while let Some(item) = rest.strip_prefix("- ") {
            rest = item.trim_start();
        }
        self.text.len() - rest.len()
    }

    fn opens(&self) -> bool {
        self.words().ends_with(':')
    }

    /// The word that it begins with, behind its dashes.
    fn word(&self) -> &str {
        let rest = self.text.get(self.inner()..).unwrap_or_default();
        let len = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        rest.get(..len).unwrap_or_default()
    }
}

impl Slip {
    /// Whether it says more than what was said of its line without looking for it.
    pub(super) fn says_more(&self) -> bool {
        matches!(
            self.kind,
            Kind::Word(_, Some(_)) | Kind::Colon(..) | Kind::Swapped
        )
    }

    /// The change that mends it, where it is one.
    pub(super) fn fix(&self) -> Option<Fix> {
        match (self.changes.as_slice(), &self.kind) {
            (_, Kind::Word(_, None)) => None,
            ([only], _) => Some(Fix {
                span: only.span,
                text: only.text.clone(),
            }),
            _ => None,
        }
    }

    /// What is said of it.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        Diagnostic {
            fix: self.fix(),
            ..self.told()
        }
    }

    fn told(&self) -> Diagnostic {
        let tell =
            |code, message: String, label: String| Diagnostic::new(code, self.place, message).label(label);
        match &self.kind {
            Kind::Column { was, due, lines } => {
                let side = if was > due { "right" } else { "left" };
                let (it, begins) = if *lines > 1 {
                    ("them", "these lines begin")
                } else {
                    ("it", "this line begins")
                };
                let spaces = |many: usize| match many {
                    1 => "1 space".to_owned(),
                    many => format!("{many} spaces"),
                };
                tell(
                    Code::INDENTATION,
                    format!("{begins} {} too far to the {side}", spaces(was.abs_diff(*due))),
                    format!("indent {it} by {}", spaces(*due)),
                )
            }
            Kind::Colon(word, rest) => tell(
                Code::NOT_A_KEY,
                format!("a colon is missing after \"{word}\""),
                format!("write \"{word}:{rest}\""),
            ),
            Kind::Space(word) => tell(
                Code::NO_SPACE_AFTER_COLON,
                format!("a space is missing after \"{word}:\""),
                format!("write \"{word}: \" and then the value"),
            ),
            Kind::Word(word, meant) => {
                let message = format!("\"{word}\" is no \"key: value\"");
                let label = match meant {
                    Some(key) => format!("write \"{key}:\""),
                    None => "write a key, a colon, a space and the value".to_owned(),
                };
                tell(Code::NOT_A_KEY, message, label)
            }
            Kind::Opening(mark) => tell(
                Code::BRACKET_NOT_OPENED,
                format!("the {mark} that opens this value is missing"),
                format!("write {mark} before it"),
            ),
            Kind::Head(key) => tell(
                Code::MISSING_KEY,
                format!("the line `{key}:` is missing above this one"),
                format!("write `{key}:` above it, at the very left"),
            ),
            Kind::Swapped => tell(
                Code::INDENTATION,
                "this line belongs below the one that follows it".to_owned(),
                "swap the two lines".to_owned(),
            ),
            Kind::Dash => tell(
                Code::INDENTATION,
                "a dash is missing here: each item of a list begins with one".to_owned(),
                "begin it with `- `".to_owned(),
            ),
            Kind::With => tell(
                Code::MISPLACED_INPUT,
                "these are inputs, and the line `with:` is missing above them".to_owned(),
                "write `with:` above this line, in the column of the key before it".to_owned(),
            ),
        }
    }
}

/// What may be wrong at these lines (from 1), the likeliest first.
pub(super) fn slips(text: &str, places: &[usize]) -> Vec<Slip> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut index_of = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let words = line.trim();
        index_of.push(lines.len());
        if !words.is_empty() && !words.starts_with('#') {
            let indent = line.len() - line.trim_start().len();
            lines.push(Line {
                text: line,
                start,
                indent,
            });
        }
        start += line.len() + 1;
    }
    let mut found: Vec<Slip> = Vec::new();
    for place in places {
        let Some(&at) = index_of.get(place.saturating_sub(1)) else {
            continue;
        };
        let at = at.min(lines.len().saturating_sub(1));
        heads(text, &lines, at, &mut found);
        let mut near = vec![at];
        near.extend(at.checked_sub(1));
        near.push(at + 1);
        near.extend(head(&lines, at));
        near.extend(parent(&lines, at));
        let mut looked_at = Vec::new();
        for index in near {
            if index < lines.len() && !looked_at.contains(&index) {
                looked_at.push(index);
                at_line(&lines, index, &mut found);
            }
        }
    }
    // The smallest change is the likeliest.
    found.sort_by_key(|slip| slip.changes.len());
    found
}

fn at_line(lines: &[Line<'_>], index: usize, found: &mut Vec<Slip>) {
    let Some(line) = lines.get(index).copied() else {
        return;
    };
    let before = index.checked_sub(1).and_then(|index| lines.get(index)).copied();
    marks(line, before, lines.get(index + 1).copied(), found);
    let mut due: Vec<usize> = Vec::new();
    if let Some(before) = before {
        due.extend([before.indent, before.inner()]);
        if before.opens() {
            due.push(before.inner() + 2);
        }
    }
    due.extend(lines.get(index + 1).map(|next| next.indent));
    let mut above = index;
    while let Some(up) = parent(lines, above) {
        due.extend(
            lines
                .get(up)
                .into_iter()
                .flat_map(|line| [line.indent, line.inner()]),
        );
        above = up;
    }
    let mut tried = vec![line.indent];
    let block = 1 + lines
        .get(index + 1..)
        .unwrap_or_default()
        .iter()
        .take_while(|below| below.indent > line.indent)
        .count();
    let run = lines
        .get(index..)
        .unwrap_or_default()
        .iter()
        .take_while(|below| below.indent >= line.indent)
        .count();
    let tab = line
        .text
        .get(..line.indent)
        .is_some_and(|lead| lead.contains('\t'));
    for due in due {
        if (tried.contains(&due) && !tab) || due.abs_diff(line.indent) > 8 {
            continue;
        }
        tried.push(due);
        let mut counts = vec![1, block, run];
        counts.dedup();
        for count in counts {
            let moved: Option<Vec<Change>> = lines
                .get(index..index + count)
                .unwrap_or_default()
                .iter()
                .map(|one| {
                    let indent = (one.indent + due).checked_sub(line.indent)?;
                    Some(Change {
                        span: Span::new(one.start, one.start + one.indent),
                        text: " ".repeat(indent),
                    })
                })
                .collect();
            found.extend(moved.map(|changes| Slip {
                changes,
                place: line.span(),
                kind: Kind::Column {
                    was: line.indent,
                    due,
                    lines: if count == block { 1 } else { count },
                },
            }));
        }
    }
}

/// A key of the recipe that is missing above this line.
fn heads(text: &str, lines: &[Line<'_>], at: usize, found: &mut Vec<Slip>) {
    let Some(line) = lines.get(at).filter(|line| (1..=2).contains(&line.indent)) else {
        return;
    };
    // A gap in the text shows where another part of the recipe begins.
    let above = text.get(..line.start.saturating_sub(1)).unwrap_or_default();
    let above = above.rsplit('\n').next().unwrap_or_default().trim();
    if !(above.is_empty() || above.starts_with('#')) {
        return;
    }
    for key in ["inputs", "trigger", "mappings", "actions"] {
        let there = |line: &Line<'_>| line.indent == 0 && line.word() == key;
        if !lines.iter().any(there) {
            found.push(Slip {
                changes: vec![Change {
                    span: Span::new(line.start, line.start),
                    text: format!("{key}:\n"),
                }],
                place: line.span(),
                kind: Kind::Head(key),
            });
        }
    }
}

/// What is missing on this line.
fn marks(line: Line<'_>, before: Option<Line<'_>>, next: Option<Line<'_>>, found: &mut Vec<Slip>) {
    let inner = line.start + line.inner();
    let rest = line.text.get(line.inner()..).unwrap_or_default();
    let word = line.word();
    let change = |start: usize, end: usize, text: &str, kind: Kind| Slip {
        changes: vec![Change {
            span: Span::new(start, end),
            text: text.to_owned(),
        }],
        place: line.span(),
        kind,
    };
    let put = |at: usize, text: &str, kind: Kind| change(at, at, text, kind);
    let after = rest.get(word.len()..).unwrap_or_default();
    let end = inner + word.len();
    if !word.is_empty()
        && (after.trim().is_empty() || after.starts_with(' '))
        && !after.trim().starts_with(':')
    {
        found.push(put(end, ":", Kind::Colon(word.to_owned(), short(after))));
    }
    if !word.is_empty() && after.trim().is_empty() {
        let begun = BLOCKS
            .iter()
            .filter(|key| key.starts_with(word) || keys::nearest(word, [**key]).is_some());
        for key in begun {
            let kind = Kind::Word(word.to_owned(), Some(key));
            found.push(change(inner, end, &format!("{key}:"), kind));
        }
        // An item of which the first line is not all there.
        if next.is_some_and(|next| next.indent == line.inner() && next.indent > line.indent) {
            found.push(change(inner, end, "name: x", Kind::Word(word.to_owned(), None)));
        }
    }
    if !word.is_empty() && after.starts_with(':') && after.len() > 1 && !after.starts_with(": ") {
        found.push(put(end + 1, " ", Kind::Space(word.to_owned())));
    }
    in_brackets(line, &put, found);
    let value = after.strip_prefix(": ").map(str::trim);
    if let Some(value) = value
        && let Some(open) = value.chars().last().and_then(|last| match last {
            '}' if !value.contains("}}") || value.ends_with(" }") => Some('{'),
            ']' => Some('['),
            _ => None,
        })
        && !value.starts_with(['{', '[', '|', '>'])
    {
        found.push(put(end + 2, &format!("{open} "), Kind::Opening(open)));
    }
    if !line.text.trim_start().starts_with('-') {
        found.push(put(line.start + line.indent, "- ", Kind::Dash));
        if line.indent >= 2 {
            let start = line.start + line.indent;
            found.push(change(start - 2, start, "- ", Kind::Dash));
        }
    }
    let own = step::is_key(word) || RECIPE_KEYS.contains(&word);
    if let Some(before) = before.filter(|before| !own && !before.opens() && line.indent > before.inner()) {
        let with = format!("{}with:\n", " ".repeat(before.inner()));
        found.push(put(line.start, &with, Kind::With));
    }
    if let Some(next) = next {
        let swapped = format!("{}\n{}", next.text, line.text);
        found.push(change(
            line.start,
            next.start + next.text.len(),
            &swapped,
            Kind::Swapped,
        ));
    }
}

/// What goes into a message: nothing where it is long.
fn short(rest: &str) -> String {
    let rest = rest.trim_end();
    if rest.len() > 40 || rest.contains('"') {
        String::new()
    } else {
        rest.to_owned()
    }
}

/// A colon, or the space after it, that is missing within brackets: `{ key "value" }`.
fn in_brackets(line: Line<'_>, put: &dyn Fn(usize, &str, Kind) -> Slip, found: &mut Vec<Slip>) {
    let mut from = 0;
    while let Some(at) = line
        .text
        .get(from..)
        .and_then(|rest| rest.find(['{', ',']))
        .map(|at| from + at + 1)
    {
        from = at;
        let rest = line.text.get(at..).unwrap_or_default();
        let lead = rest.len() - rest.trim_start().len();
        let word: String = rest
            .trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            .collect();
        let end = at + lead + word.len();
        let after = line.text.get(end..).unwrap_or_default();
        let begins = |text: &str| text.starts_with(['"', '\'', '[', '{']);
        if word.is_empty() {
            continue;
        }
        if begins(after.trim_start()) {
            found.push(put(line.start + end, ": ", Kind::Colon(word, String::new())));
        } else if after.strip_prefix(':').is_some_and(begins) {
            found.push(put(line.start + end + 1, " ", Kind::Space(word)));
        }
    }
}

/// The first of the lines above that are indented as far as the one above this, where that is further than this.
fn head(lines: &[Line<'_>], index: usize) -> Option<usize> {
    let own = lines.get(index)?.indent;
    let mut head = None;
    let mut at = index;
    while let Some(up) = at.checked_sub(1) {
        if lines.get(up)?.indent <= own {
            break;
        }
        head = Some(up);
        at = up;
    }
    head
}

/// The nearest line above that is indented less.
fn parent(lines: &[Line<'_>], index: usize) -> Option<usize> {
    let own = lines.get(index)?.indent;
    lines.get(..index)?.iter().rposition(|line| line.indent < own)
}
