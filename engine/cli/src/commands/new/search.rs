//! Finding something of the catalog by words.

use crate::exit::Exit;
use crate::show::questions::{Answers, option, wrong};

/// The most that is shown of what was found.
const SHOWN: usize = 9;

/// Something that can be found.
#[derive(Clone)]
pub(super) struct Thing {
    pub(super) id: String,
    pub(super) help: String,
}

/// Asks for words until one of the things that fit is chosen. An empty answer gives none, where that may be.
pub(super) fn one(
    answers: &mut Answers,
    question: &str,
    may_be_none: bool,
    find: impl Fn(&str) -> Vec<Thing>,
    by_id: impl Fn(&str) -> Option<Thing>,
) -> Result<Option<Thing>, Exit> {
    let mut next: Option<String> = None;
    loop {
        let words = match next.take() {
            Some(words) => words,
            None => answers.ask(question, "")?,
        };
        if words.is_empty() {
            if may_be_none {
                return Ok(None);
            }
            wrong("write a word or two of what you look for");
            continue;
        }
        if let Some(found) = by_id(&words) {
            return Ok(Some(found));
        }
        let found = find(&words);
        if found.is_empty() {
            wrong(&format!(
                "nothing in the catalog fits \"{words}\"; try another word"
            ));
            continue;
        }
        let shown = found.get(..found.len().min(SHOWN)).unwrap_or(&found);
        let longest = shown.iter().map(|thing| thing.id.len()).max().unwrap_or(0);
        for (index, thing) in shown.iter().enumerate() {
            option(index, &thing.id, &thing.help, longest);
        }
        if found.len() > shown.len() {
            wrong(&format!(
                "and {} more: add a word to see fewer",
                found.len() - shown.len()
            ));
        }
        let answer = answers.ask("Which (or other words)", "1")?;
        let number = answer
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        match number.and_then(|index| shown.get(index)) {
            Some(thing) => return Ok(Some(thing.clone())),
            None if number.is_some() => wrong("there is none of this number"),
            None => next = Some(answer),
        }
    }
}
