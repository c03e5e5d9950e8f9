//! Reading values out of nodes, telling each mistake once.

use std::time::Duration;

use super::keys;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::duration;
use crate::span::{SourceFile, Span, Spanned};
use crate::tree::{Entry, Node, NodeKind};

/// Names that a person can't give to something of their own.
pub const RESERVED: &[&str] = &[
    "trigger",
    "fields",
    "steps",
    "inputs",
    "connection",
    "run",
    "this",
    "error",
    "event",
    "secrets",
];

/// Collects what is wrong while values are read.
pub(super) struct Reader<'a> {
    pub(super) source: &'a SourceFile,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) unread: Vec<Span>,
}

/// A map's values by key; the keys are known ones.
pub(super) struct Fields<'a> {
    entries: &'a [Entry],
    /// What misspelt keys were meant as: they are told, and read all the same, so that what is in them is not missing.
    meant: Vec<(String, &'a Entry)>,
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(super) fn entry(&self, key: &str) -> Option<&'a Entry> {
        let misspelt = || {
            self.meant
                .iter()
                .find(|(word, _)| word == key)
                .map(|(_, entry)| *entry)
        };
        self.entries
            .iter()
            .find(|entry| entry.key.value == key)
            .or_else(misspelt)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a SourceFile, diagnostics: Vec<Diagnostic>, unread: Vec<Span>) -> Self {
        Self {
            source,
            diagnostics,
            unread,
        }
    }

    /// Whether a part of this span, or the lines just below it, could not be read.
    fn is_torn(&self, span: Span) -> bool {
        let end = span.end + 200;
        self.unread
            .iter()
            .any(|lost| lost.start < end && lost.end + 1 >= span.start)
    }

    /// A map with these keys; unknown ones are told.
    pub(super) fn map<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let NodeKind::Map(entries) = &node.kind else {
            self.wrong_kind(node, what, "a map (lines of `key: value`)");
            return None;
        };
        let mut meant = Vec::new();
        for entry in entries {
            if !known.contains(&entry.key.value.as_str()) {
                self.unknown_key(&entry.key, what, known);
                let word = keys::nearest(&entry.key.value, known.iter().copied());
                meant.extend(word.map(|word| (word.to_owned(), entry)));
            }
        }
        Some(Fields { entries, meant })
    }

    /// A map whose keys are tested by the caller.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        match &node.kind {
            NodeKind::Map(entries) => Some(Fields {
                entries,
                meant: Vec::new(),
            }),
            _ => {
                self.wrong_kind(node, what, "a map (lines of `key: value`)");
                None
            }
        }
    }

    /// A map of a person's own keys; nothing there is an empty map.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        match &node.kind {
            NodeKind::Map(entries) => Some(entries),
            NodeKind::Null => Some(&[]),
            NodeKind::List(items) => {
                self.wrong_kind(node, what, "a map (lines of `key: value`)");
                let lines = |item: &Node| matches!(&item.kind, NodeKind::Map(entries) if entries.len() == 1);
                if let (true, Some(told)) = (items.iter().all(lines), self.diagnostics.last_mut()) {
                    told.label = Some("take the dash away from each line".to_owned());
                }
                None
            }
            _ => {
                self.wrong_kind(node, what, "a map (lines of `key: value`)");
                None
            }
        }
    }

    pub(super) fn unknown_key(&mut self, key: &Spanned<String>, what: &str, known: &[&str]) {
        let word = key.value.as_str();
        if self.hidden(key) {
            return;
        }
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_KEY,
            key.span,
            format!("{what} has no key \"{word}\""),
        );
        let near = keys::nearest(word, known.iter().copied()).or_else(|| keys::meant(word, known));
        if let Some(near) = near {
            diagnostic = diagnostic.did_you_mean(near);
        } else if super::step::is_key(word) && known.contains(&"actions") {
            diagnostic = diagnostic.label(format!(
                "{word}: belongs to a step; indent it as far as the word behind the step's `- `"
            ));
        }
        self.diagnostics
            .push(diagnostic.note(format!("keys here: {}", known.join(", "))));
    }

    /// Tells a character of a key that looks like a space and is none.
    pub(super) fn hidden(&mut self, key: &Spanned<String>) -> bool {
        let written = self.source.text().get(key.span.range()).unwrap_or_default();
        let Some((at, c)) = keys::hidden(written) else {
            return false;
        };
        let span = Span::new(key.span.start + at, key.span.start + at + c.len_utf8());
        let message = format!(
            "this is no space, but a character that looks like one or like nothing (U+{:04X})",
            u32::from(c)
        );
        self.diagnostics.push(
            Diagnostic::new(Code::INVISIBLE, span, message)
                .label("delete it, and type a space where one is due"),
        );
        true
    }

    pub(super) fn missing(&mut self, node: &Node, what: &str, key: &str, label: &str) {
        if self.is_torn(node.span) {
            return;
        }
        // The first line of the map is shown, not all of it.
        let start = node.span.start;
        let len = self
            .source
            .text()
            .get(start..node.span.end)
            .and_then(|text| text.lines().next())
            .map_or(0, str::len);
        let span = Span::new(start, start + len.max(1));
        self.diagnostics.push(
            Diagnostic::new(Code::MISSING_KEY, span, format!("{what} has no {key}:")).label(label.to_owned()),
        );
    }

    pub(super) fn wrong_kind(&mut self, node: &Node, what: &str, wanted: &str) {
        if matches!(node.kind, NodeKind::Null) && self.is_torn(node.span) {
            return;
        }
        let there = node.kind_name();
        let message = if there == "nothing" {
            format!("{what} is empty, but should be {wanted}")
        } else {
            format!("{what} should be {wanted}, and this is {there}")
        };
        self.diagnostics.push(Diagnostic::new(
            Code::WRONG_KIND,
            self.first_line(node.span),
            message,
        ));
    }

    /// The part of a span that is on its first line.
    pub(super) fn first_line(&self, span: Span) -> Span {
        let len = self
            .source
            .text()
            .get(span.range())
            .and_then(|text| text.lines().next())
            .map_or(0, str::len);
        Span::new(span.start, span.start + len)
    }

    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        match &node.kind {
            NodeKind::Text(text, _) => Some(Spanned::new(text.clone(), node.span)),
            NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Bool(_) => {
                let written = self
                    .source
                    .text()
                    .get(node.span.range())
                    .unwrap_or_default()
                    .to_owned();
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::WRONG_KIND,
                        node.span,
                        format!("{what} should be text, and this is {}", node.kind_name()),
                    )
                    .label(format!("write \"{written}\", with the quotes")),
                );
                None
            }
            _ => {
                self.wrong_kind(node, what, "text");
                None
            }
        }
    }

    /// A list of texts; one text stands for a list of it.
    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Vec<Spanned<String>> {
        match &node.kind {
            NodeKind::List(items) => items.iter().filter_map(|item| self.text(item, what)).collect(),
            _ => self.text(node, what).into_iter().collect(),
        }
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let NodeKind::Bool(value) = node.kind {
            return Some(value);
        }
        let meant = match node.as_text().map(str::to_lowercase).as_deref() {
            Some("yes" | "on" | "y") => Some("true"),
            Some("no" | "off" | "n") => Some("false"),
            _ => None,
        };
        self.wrong_kind(node, what, "true or false");
        if let (Some(meant), Some(last)) = (meant, self.diagnostics.last_mut()) {
            last.label = Some(format!("write {meant}"));
        }
        None
    }

    /// A whole number between bounds.
    pub(super) fn count(&mut self, node: &Node, what: &str, least: u32, most: u32) -> Option<Spanned<u32>> {
        let NodeKind::Int(number) = node.kind else {
            self.wrong_kind(node, what, "a whole number");
            return None;
        };
        match u32::try_from(number) {
            Ok(number) if (least..=most).contains(&number) => Some(Spanned::new(number, node.span)),
            _ => {
                self.diagnostics.push(Diagnostic::new(
                    Code::OUT_OF_BOUNDS,
                    node.span,
                    format!("{what} is {number}, and must be from {least} to {most}"),
                ));
                None
            }
        }
    }

    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<Spanned<Duration>> {
        let message = match &node.kind {
            NodeKind::Text(text, _) => match duration::parse(text) {
                Ok(length) => return Some(Spanned::new(length, node.span)),
                Err(why) => format!("{what} is no length of time: {why}"),
            },
            NodeKind::Int(number) => {
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::BAD_DURATION,
                        node.span,
                        format!("{what} has a number without a unit"),
                    )
                    .label(format!("write {number}s, {number}m, {number}h or {number}d")),
                );
                return None;
            }
            _ => {
                self.wrong_kind(node, what, "a length of time, like 30s, 5m, 2h or 3d");
                return None;
            }
        };
        let told = Diagnostic::new(Code::BAD_DURATION, node.span, message);
        let meant = node.as_text().and_then(duration::meant);
        self.diagnostics.push(match meant {
            Some(meant) => told.did_you_mean(meant),
            None => told.label("write it like 30s, 5m, 2h, 3d or 1h30m"),
        });
        None
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        node: &Node,
        what: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Option<Spanned<T>> {
        let Some(text) = node.as_text() else {
            let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
            self.wrong_kind(node, what, &format!("one of {}", words.join(", ")));
            return None;
        };
        if let Some(found) = all.iter().find(|one| word(**one) == text) {
            return Some(Spanned::new(*found, node.span));
        }
        let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_WORD,
            node.span,
            format!("{what} can't be \"{text}\""),
        );
        let near = keys::meant_word(text, &words).or_else(|| keys::nearest(text, words.iter().copied()));
        if let Some(near) = near {
            diagnostic = diagnostic.did_you_mean(near);
        }
        self.diagnostics
            .push(diagnostic.note(format!("{what} is one of: {}", words.join(", "))));
        None
    }

    /// Tells a name that can't be used in expressions.
    pub(super) fn name(&mut self, name: &Spanned<String>, what: &str) -> bool {
        let text = name.value.as_str();
        let good = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if good {
            return true;
        }
        if self.hidden(name) {
            return false;
        }
        let letters = if text.is_ascii() {
            "letters"
        } else {
            "letters from a to z"
        };
        let label = match keys::plain_name(text) {
            Some(better) => format!("{letters}, digits and _ only, like \"{better}\""),
            None => format!("{letters}, digits and _ only"),
        };
        let message = format!("\"{text}\" can't be the name of {what}");
        self.diagnostics
            .push(Diagnostic::new(Code::BAD_NAME, name.span, message).label(label));
        false
    }

    /// Tells a name that means something already.
    pub(super) fn not_reserved(&mut self, name: &Spanned<String>) {
        if RESERVED.contains(&name.value.as_str()) {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::RESERVED_NAME,
                    name.span,
                    format!("\"{}\" already means something in every recipe", name.value),
                )
                .label("choose another name"),
            );
        }
    }

    /// A person's own `key: value` lines, such as `with:`.
    pub(super) fn pairs(&mut self, node: &Node, what: &str) -> Vec<(Spanned<String>, Node)> {
        self.entries(node, what)
            .unwrap_or_default()
            .iter()
            .map(|entry| (entry.key.clone(), entry.value.clone()))
            .collect()
    }
}
