//! Questions to a person, a line each: at a terminal, or answered beforehand.
//!
//! Plain lines instead of menus that are drawn over: they work over a slow connection, with a screen reader and in a
//! pipe, and a session that was answered beforehand reads as one that took place.

use std::collections::VecDeque;
use std::io::BufRead;

use super::terminal::{self, AnsiColor, ink};
use crate::exit::Exit;

/// Who answers.
pub(crate) enum Answers {
    /// A person at a terminal.
    Person,
    /// Lines that were written beforehand.
    Given(VecDeque<String>),
}

impl Answers {
    /// The lines of a text; those that begin with `#` are remarks.
    pub(crate) fn of(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self::Given(lines.map(str::to_owned).collect())
    }

    /// Asks. An empty answer is the default.
    ///
    /// # Errors
    /// Nobody answers any more.
    pub(crate) fn ask(&mut self, question: &str, default: &str) -> Result<String, Exit> {
        let shown = if default.is_empty() {
            String::new()
        } else {
            format!(" [{default}]")
        };
        let style = ink(AnsiColor::Cyan).bold();
        let question = terminal::paint(question, style, terminal::err_colour());
        terminal::ask(&format!("{question}{shown}: "));
        let line = match self {
            Self::Person => {
                let mut line = String::new();
                let read = std::io::stdin().lock().read_line(&mut line);
                // Ctrl-D, or a terminal that went away.
                read.ok().filter(|read| *read > 0).map(|_| line)
            }
            Self::Given(lines) => lines.pop_front().inspect(|line| terminal::say(line.trim())),
        };
        let Some(line) = line else {
            terminal::say("");
            terminal::error("the answers ended here; nothing was written", None);
            return Err(Exit::Usage);
        };
        let answer = line.trim();
        Ok(if answer.is_empty() { default } else { answer }.to_owned())
    }

    /// Asks for one of several, by its number or its first words.
    ///
    /// # Errors
    /// Nobody answers any more.
    pub(crate) fn choose(&mut self, question: &str, options: &[(&str, &str)]) -> Result<usize, Exit> {
        let longest = options.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (index, (name, help)) in options.iter().enumerate() {
            option(index, name, help, longest);
        }
        loop {
            let answer = self.ask(question, "1")?.to_lowercase();
            let by_number = answer
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1));
            let by_name = options
                .iter()
                .position(|(name, _)| name.to_lowercase().starts_with(&answer));
            match by_number.filter(|index| *index < options.len()).or(by_name) {
                Some(index) => return Ok(index),
                None => wrong(&format!("answer with a number from 1 to {}", options.len())),
            }
        }
    }

    /// Asks for yes or no.
    ///
    /// # Errors
    /// Nobody answers any more.
    pub(crate) fn yes(&mut self, question: &str) -> Result<bool, Exit> {
        loop {
            match self.ask(question, "yes")?.to_lowercase().as_str() {
                "yes" | "y" => return Ok(true),
                "no" | "n" => return Ok(false),
                _ => wrong("answer with yes or no"),
            }
        }
    }
}

/// One of several that can be chosen by its number.
pub(crate) fn option(index: usize, name: &str, help: &str, longest: usize) {
    let gap = " ".repeat(longest.saturating_sub(name.chars().count()));
    let room = terminal::width().saturating_sub(longest + 8).max(10);
    let help = terminal::paint(
        &terminal::cut(help, room),
        anstyle::Style::new().dimmed(),
        terminal::err_colour(),
    );
    terminal::say(format!("  {:>2}  {name}{gap}  {help}", index + 1).trim_end());
}

/// What a thing is for, indented and fainter.
pub(crate) fn below(text: &str) {
    for line in terminal::wrap(text, terminal::width().saturating_sub(5)) {
        let line = terminal::paint(&line, anstyle::Style::new().dimmed(), terminal::err_colour());
        terminal::say(&format!("     {line}"));
    }
}

/// Why an answer can't be taken.
pub(crate) fn wrong(message: &str) {
    for line in terminal::wrap(message, terminal::width().saturating_sub(5)) {
        terminal::say(&format!(
            "     {}",
            terminal::paint(&line, ink(AnsiColor::Red), terminal::err_colour())
        ));
    }
}
