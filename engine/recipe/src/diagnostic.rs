//! What is said to a user about a file.

use crate::code::Code;
use crate::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but is probably not what was meant.
    Warning,
    /// It can't work.
    Error,
}

/// A change of the text that mends what a message tells: what an editor does when asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced. Where it is a text in quotes, the quotes stay.
    pub span: Span,
    /// By what.
    pub text: String,
    /// Where else the same is wrong, and is replaced too.
    pub also: Vec<Span>,
}

impl Fix {
    /// One place and what is written there instead.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self {
            span,
            text: text.into(),
            also: Vec::new(),
        }
    }

    /// The change of each place by itself, in the order of the text.
    pub fn each(&self) -> Vec<Fix> {
        let mut spans: Vec<Span> = self.also.clone();
        spans.push(self.span);
        spans.sort_by_key(|span| span.start);
        spans.dedup();
        let own = |span| Fix::new(span, self.text.as_str());
        spans.into_iter().map(own).collect()
    }

    /// The part of this text that is replaced: what stands between quotes where it is in quotes.
    pub fn place(&self, text: &str) -> Span {
        let written = text.get(self.span.range()).unwrap_or_default();
        let quoted =
            |quote: char| written.len() > 1 && written.starts_with(quote) && written.ends_with(quote);
        if quoted('"') || quoted('\'') {
            Span::new(self.span.start + 1, self.span.end - 1)
        } else {
            self.span
        }
    }

    /// The text with the change made, in all of its places.
    pub fn apply(&self, text: &str) -> String {
        let mut made = text.to_owned();
        for one in self.each().iter().rev() {
            let place = one.place(text);
            let head = made.get(..place.start).unwrap_or_default();
            let tail = made.get(place.end..).unwrap_or_default();
            made = format!("{head}{}{tail}", self.text);
        }
        made
    }
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// The word that was probably meant.
    Meant(String),
    /// In a sentence.
    Say(String),
    /// In a sentence, with the text that is to stand at the place instead.
    Write {
        /// What a person is told.
        say: String,
        /// What is written.
        text: String,
    },
}

/// One thing to say about one place of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The stable code, which `souschef explain` expands; it also fixes the severity.
    pub code: Code,
    /// One sentence in the recipe's own words, without a full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What stands beside the carets: usually what to write instead.
    pub label: Option<String>,
    /// Lines below: what could be written, where else to look.
    pub notes: Vec<String>,
    /// Another place that belongs to it, with a word on why.
    pub related: Vec<(Span, String)>,
    /// The change that mends it, where one is sure to be meant.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A message about a place.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            span,
            label: None,
            notes: Vec::new(),
            related: Vec::new(),
            fix: None,
        }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds the word that was probably meant: what stands beside the carets, and the change that writes it there.
    #[must_use]
    pub fn did_you_mean(mut self, word: impl AsRef<str>) -> Self {
        let word = word.as_ref();
        self.fix = Some(Fix::new(self.span, word));
        self.label(format!("did you mean \"{word}\"?"))
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn advice(self, advice: Advice) -> Self {
        match advice {
            Advice::Meant(word) => self.did_you_mean(word),
            Advice::Say(sentence) => self.label(sentence),
            Advice::Write { say, text } => {
                let mut told = self.label(say);
                told.fix = Some(Fix::new(told.span, text));
                told
            }
        }
    }

    /// Adds a line below.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, why: impl Into<String>) -> Self {
        self.related.push((span, why.into()));
        self
    }

    /// Error or warning, as the code says.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// The label and the notes as one text: what to do about it. Empty where nothing is known.
    pub fn help(&self) -> String {
        self.label
            .iter()
            .chain(&self.notes)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    }
}
