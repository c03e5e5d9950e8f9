//! A slip in the structure makes many messages: a line that is out of line takes those below it with it. Here the one
//! small change of the text is looked for that makes most of them vanish; it is told, and the recipe is read as if
//! it had been made, so that nothing is told that it caused.

mod slip;

use super::{Decoded, decode_tree};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::span::{SourceFile, Span};
use crate::tree::{self, Node, NodeKind, Parsed};
use slip::{Change, Slip};

/// Bytes of a recipe that is still mended so; a larger one is told as it is read.
const LARGE: usize = 32 * 1024;
/// How many slips are looked for in one recipe.
const ROUNDS: usize = 4;
/// How many places are looked at in one round.
const PLACES: usize = 3;

/// Codes that a line out of its place can cause.
const STRUCTURE: &[Code] = &[
    Code::YAML,
    Code::TAB,
    Code::INDENTATION,
    Code::NO_SPACE_AFTER_COLON,
    Code::NOT_A_KEY,
    Code::DUPLICATE_KEY,
    Code::UNKNOWN_KEY,
    Code::MISSING_KEY,
    Code::WRONG_KIND,
    Code::SEVERAL_STEP_KINDS,
    Code::NO_STEP_KIND,
    Code::MISPLACED_INPUT,
    Code::UNKNOWN_OPERATOR,
    Code::UNKNOWN_WORD,
    Code::BAD_CONDITION,
    Code::TRIGGER_FORM,
    Code::COMMA_MISSING,
    Code::BRACKET_NOT_OPENED,
];

/// Codes that already say all there is to say of such a slip; only what they cause is to be kept quiet.
const SAID: &[Code] = &[
    Code::TAB,
    Code::INDENTATION,
    Code::NO_SPACE_AFTER_COLON,
    Code::NOT_A_KEY,
];

/// A text with some changes made, which knows where each byte of it came from.
#[derive(Clone)]
struct Changed {
    text: String,
    origin: Vec<usize>,
}

impl Changed {
    fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            origin: (0..=text.len()).collect(),
        }
    }

    /// The same with more changes; they are given in the order of the text.
    fn with(&self, changes: &[Change]) -> Option<Self> {
        let mut new = self.clone();
        for change in changes.iter().rev() {
            let range = change.span.range();
            let at = *new.origin.get(range.start)?;
            new.text.get(range.clone())?;
            new.text.replace_range(range.clone(), &change.text);
            new.origin
                .splice(range, std::iter::repeat_n(at, change.text.len()));
        }
        Some(new)
    }

    /// Where a place of this text is in the text as it was written.
    fn back(&self, span: Span) -> Span {
        let last = self.origin.last().copied().unwrap_or_default();
        let at = |offset: usize| self.origin.get(offset).copied().unwrap_or(last);
        let start = at(span.start);
        if span.end <= span.start {
            return Span::new(start, start);
        }
        Span::new(start, (at(span.end - 1) + 1).min(last).max(start))
    }

    fn back_of(&self, diagnostic: &mut Diagnostic) {
        diagnostic.span = self.back(diagnostic.span);
        for (span, _) in &mut diagnostic.related {
            *span = self.back(*span);
        }
        if let Some(fix) = &mut diagnostic.fix {
            fix.span = self.back(fix.span);
            for span in &mut fix.also {
                *span = self.back(*span);
            }
        }
    }

    fn back_in(&self, node: &mut Node) {
        node.span = self.back(node.span);
        match &mut node.kind {
            NodeKind::List(items) => items.iter_mut().for_each(|item| self.back_in(item)),
            NodeKind::Map(entries) => {
                for entry in entries {
                    entry.key.span = self.back(entry.key.span);
                    self.back_in(&mut entry.value);
                }
            }
            _ => {}
        }
    }

    /// Reads it, with every place told as it is in the text as it was written.
    fn decoded(&self, source: &SourceFile) -> Decoded {
        let mut parsed: Parsed = tree::parse(&self.text);
        parsed.tree.iter_mut().for_each(|node| self.back_in(node));
        parsed
            .diagnostics
            .iter_mut()
            .for_each(|diagnostic| self.back_of(diagnostic));
        for span in &mut parsed.unread {
            *span = self.back(*span);
        }
        decode_tree(source, parsed)
    }
}

/// Reads a recipe anew where slips in its structure made messages.
pub(super) fn mended(source: &SourceFile, first: Decoded) -> Decoded {
    if source.text().len() > LARGE || source.text().contains('\r') {
        return first;
    }
    let mut best = first;
    let mut text = Changed::of(source.text());
    let mut told: Vec<Diagnostic> = Vec::new();
    for _ in 0..ROUNDS {
        let Some((changed, decoded, diagnostic)) = round(source, &text, &best) else {
            break;
        };
        (text, best) = (changed, decoded);
        told.push(diagnostic);
    }
    best.diagnostics.extend(told);
    best.diagnostics.sort_by_key(|one| (one.span.start, one.span.end));
    best
}

/// The change that makes most messages vanish, where there is one that does.
fn round(source: &SourceFile, text: &Changed, before: &Decoded) -> Option<(Changed, Decoded, Diagnostic)> {
    let errors = |decoded: &Decoded| {
        decoded
            .diagnostics
            .iter()
            .filter(|one| one.severity() == Severity::Error)
            .count()
    };
    let all = errors(before);
    let mut lines: Vec<usize> = Vec::new();
    for one in before.diagnostics.iter().filter(|one| is_structure(one)) {
        let line = source.place(one.span.start).line;
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.truncate(PLACES);
    // A key that is missing may stand where it does not belong.
    for one in before
        .diagnostics
        .iter()
        .filter(|one| one.code == Code::MISSING_KEY)
    {
        let key = one.message.rsplit(' ').next().unwrap_or_default();
        let stray = text.text.lines().position(|line| line.trim().starts_with(key));
        lines.extend(stray.map(|index| index + 1).filter(|line| !lines.contains(line)));
    }
    // A change that lets the parser come no further is no better.
    let stop = tree::stop(&text.text).map(|at| line_of(&text.text, at));
    let mut best: Option<(usize, Changed, Decoded, Slip)> = None;
    for slip in slip::slips(&text.text, &lines) {
        let Some(changed) = text.with(&slip.changes) else {
            continue;
        };
        let further = match (tree::stop(&changed.text), stop) {
            (None, _) => true,
            (Some(at), Some(stop)) => line_of(&changed.text, at) > stop,
            (Some(_), None) => false,
        };
        if !further {
            continue;
        }
        let decoded = changed.decoded(source);
        let left = errors(&decoded);
        if left >= all || best.as_ref().is_some_and(|(least, ..)| left >= *least) {
            continue;
        }
        let new = decoded.diagnostics.iter().any(|one| {
            one.severity() == Severity::Error
                && !before
                    .diagnostics
                    .iter()
                    .any(|old| old.code == one.code && old.message == one.message)
        });
        if !new {
            best = Some((left, changed, decoded, slip));
        }
        if left == 0 && best.is_some() {
            break;
        }
    }
    let (left, changed, decoded, slip) = best?;
    let place = text.back(slip.place);
    let line = source.place(place.start).line;
    // What was said of that line in words of its own stays.
    let said = before.diagnostics.iter().find(|one| {
        SAID.contains(&one.code)
            && one.severity() == Severity::Error
            && source.place(one.span.start).line == line
            && !decoded.diagnostics.contains(one)
    });
    let missing = before.diagnostics.iter().any(|one| one.code == Code::MISSING_KEY);
    let mut own = slip.diagnostic();
    text.back_of(&mut own);
    let diagnostic = match said {
        Some(said) => Diagnostic {
            label: if slip.says_more() {
                own.label
            } else {
                said.label.clone()
            },
            fix: said.fix.clone().or(own.fix),
            ..said.clone()
        },
        // One message is not exchanged for another, unless it only told what is missing.
        None if left + 1 >= all && !(all == 1 && missing) => return None,
        None => own,
    };
    Some((changed, decoded, diagnostic))
}

/// Whether a message may come of a line that is out of its place; a key that is only misspelt is not.
fn is_structure(diagnostic: &Diagnostic) -> bool {
    let misspelt = diagnostic.code == Code::UNKNOWN_KEY
        && diagnostic
            .label
            .as_ref()
            .is_some_and(|label| label.starts_with("did you mean"));
    STRUCTURE.contains(&diagnostic.code) && !misspelt
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count()
}
