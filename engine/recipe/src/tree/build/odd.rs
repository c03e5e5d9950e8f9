//! What is told of values on the way: quotes, colons, comments and tags that were hardly meant so.

use super::Builder;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Fix};
use crate::span::Span;
use crate::tree::syntax;
use crate::tree::{Node, NodeKind, Style};

impl Builder<'_> {
    /// `All is done"`: one quote in a text without quotes, where the other was mostly lost. `6"` is a length.
    pub(super) fn stray_quote(&mut self, kind: &NodeKind, span: Span) {
        let NodeKind::Text(text, _) = kind else { return };
        let Some((before, after)) = text.split_once('"') else {
            return;
        };
        if after.contains('"') || before.ends_with(|c: char| c.is_ascii_digit()) {
            return;
        }
        let written = self.mended.get(span.range()).unwrap_or_default();
        let at = span.start + written.find('"').unwrap_or_default();
        let mut diagnostic = Diagnostic::new(
            Code::QUOTE_NOT_OPENED,
            Span::new(at, at + 1),
            "this quote is part of the text: no other belongs to it",
        );
        if after.is_empty() && !before.contains(['"', '\\', '\n']) {
            diagnostic = diagnostic.label(format!("write \"{before}\""));
            diagnostic.fix = Some(Fix::new(Span::new(span.start, span.start), "\""));
        } else {
            diagnostic = diagnostic.label("put the whole text in single quotes, or leave this one out");
        }
        self.tell(diagnostic);
    }

    /// `{ operator contains }` and `{ operator:contains }`: words without a colon in a map on one line, or without the
    /// space after it.
    pub(super) fn no_colon(&mut self, key: &Node, value: &Node) {
        let NodeKind::Text(words, Style::Plain) = &key.kind else {
            return;
        };
        let rest = self.mended.get(key.span.end..).unwrap_or_default().trim_start();
        let bare = matches!(value.kind, NodeKind::Null) && !rest.starts_with(':');
        let joined = words
            .split_once(':')
            .filter(|(word, _)| bare && !word.contains(' '));
        if let Some((word, value)) = joined {
            let message = format!("a space is missing after \"{word}:\"");
            let label = format!("write \"{word}: {value}\"");
            let mut diagnostic = Diagnostic::new(Code::NO_SPACE_AFTER_COLON, key.span, message).label(label);
            let at = key.span.start + word.len() + 1;
            diagnostic.fix = Some(Fix::new(Span::new(at, at), " "));
            self.tell(diagnostic);
        } else if let Some((word, value)) = words.split_once(' ').filter(|_| bare) {
            let message = format!("a colon is missing after \"{word}\"");
            let label = format!("write \"{word}: {}\"", value.trim());
            let mut diagnostic = Diagnostic::new(Code::NOT_A_KEY, key.span, message).label(label);
            diagnostic.fix = Some(Fix::new(
                Span::new(key.span.start + word.len(), key.span.start + word.len()),
                ":",
            ));
            self.tell(diagnostic);
        }
    }

    /// `#` right after a space begins a comment; where a word follows it at once, it was hardly meant as one.
    pub(super) fn hash(&mut self, kind: NodeKind, span: Span) -> NodeKind {
        let Some(hash) = syntax::hash_after(self.mended, span.end) else {
            return kind;
        };
        if matches!(kind, NodeKind::Null) {
            let written = self.mended.get(hash.range()).unwrap_or_default();
            let diagnostic = Diagnostic::new(
                Code::VALUE_IS_COMMENT,
                hash,
                "the value is missing here, since # begins a comment",
            )
            .label(format!("write \"{written}\", with the quotes"));
            let kind = NodeKind::Text(written.to_owned(), Style::DoubleQuoted);
            self.tell(diagnostic);
            return kind;
        }
        let whole = self.mended.get(span.start..hash.end).unwrap_or_default();
        let diagnostic = Diagnostic::new(
            Code::CUT_BY_HASH,
            hash,
            "the value ends before the #, which begins a comment",
        )
        .label(format!(
            "write \"{}\", or put a space after the #",
            whole.replace('"', "'")
        ));
        self.tell(diagnostic);
        kind
    }

    pub(super) fn tag(&mut self, before: Span) {
        let head = self.mended.get(..before.start).unwrap_or_default().trim_end();
        let mut end = head.len();
        let mut start = end;
        // An anchor may stand between the tag and its value.
        for _ in 0..2 {
            let rest = head.get(..end).unwrap_or_default().trim_end();
            start = rest
                .rfind([' ', '\t', '\n', ',', '[', '{'])
                .map_or(0, |gap| gap + 1);
            end = rest.len();
            if rest.get(start..).is_some_and(|word| word.starts_with('!')) {
                break;
            }
            end = start;
        }
        self.tell(syntax::tag(Span::new(start, end)).diagnostic);
    }

    pub(super) fn empty_anchor(&mut self, span: Span) {
        let head = self.mended.get(..span.start).unwrap_or_default().trim_end();
        let start = head.rfind('&').unwrap_or(span.start);
        let diagnostic = Diagnostic::new(
            Code::ALIAS,
            Span::new(start, head.len()),
            "a word that begins with & names the value after it, and there is none",
        );
        self.tell(diagnostic.label("put text that begins with & in quotes"));
    }

    /// A map as a key is nearly always `{{ … }}` without quotes.
    pub(super) fn odd_key(&mut self, span: Span) {
        let braces = self
            .mended
            .get(..span.start)
            .is_some_and(|head| head.ends_with('{'))
            && self
                .mended
                .get(span.start..)
                .is_some_and(|rest| rest.starts_with('{'));
        if braces {
            self.built
                .faults
                .push(syntax::unquoted_expression(span.start - 1, self.mended));
        } else {
            self.tell(Diagnostic::new(
                Code::ODD_KEY,
                span,
                "a key must be text, and this is a list or map",
            ));
        }
    }
}
