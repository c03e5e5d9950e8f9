//! Walking through a list, page after page, without a socket: what to ask for next, and when to stop.

use std::collections::HashMap;

use serde_json::{Map, Value};
use souschef_catalog::{Advance, Paging};
use souschef_connect::poll::{Pages, PagesError, first_page, items, next_page};

use super::sight::hash_text;

/// The same page so often: the API leads in circles.
const SAME_PAGE: u32 = 3;
/// So many empty pages one after another, each saying that there is more.
const EMPTY_PAGES: u32 = 100;

/// Why a list can't be walked to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalkError {
    /// As [`Pages`] sees it.
    #[error(transparent)]
    Pages(#[from] PagesError),
    /// The marks differ, and what is there does not.
    #[error("the API gave the same page {SAME_PAGE} times, each time with another mark for the next")]
    Circle,
    /// Nothing, again and again.
    #[error("the API gave {EMPTY_PAGES} empty pages and says that there are more")]
    Empty,
}

/// A walk under way.
#[derive(Debug)]
pub struct Walk<'a> {
    paging: Option<&'a Paging>,
    path: &'a str,
    pages: Pages,
    /// Where it stands: the inputs of the page that is asked for; none at the end.
    here: Option<Map<String, Value>>,
    /// How often each page was met, by what it holds.
    met: HashMap<String, u32>,
    last: Option<String>,
    empty: u32,
    read: u32,
}

impl<'a> Walk<'a> {
    /// Begins at the first page. `path`: a JSONPath to the items.
    pub fn new(paging: Option<&'a Paging>, path: &'a str, inputs: Map<String, Value>) -> Self {
        let first = match paging {
            Some(paging) => first_page(paging, &inputs),
            None => inputs,
        };
        Self {
            paging,
            path,
            pages: Pages::default(),
            here: Some(first),
            met: HashMap::new(),
            last: None,
            empty: 0,
            read: 0,
        }
    }

    /// The inputs of the page to be read; none when all were.
    ///
    /// # Errors
    /// The API leads in circles.
    pub fn page(&mut self) -> Result<Option<Map<String, Value>>, WalkError> {
        if let Some(inputs) = &self.here {
            self.pages.enter(inputs)?;
        }
        Ok(self.here.clone())
    }

    /// Takes the answer for the page that was asked for: its items.
    ///
    /// # Errors
    /// The API leads in circles.
    pub fn answered(&mut self, answer: &Value) -> Result<Vec<Value>, WalkError> {
        let found = items(answer, self.path);
        let Some(inputs) = self.here.take() else {
            return Ok(found);
        };
        self.read += 1;
        let next = self
            .paging
            .and_then(|paging| next_page(paging, &inputs, answer, &found));
        if found.is_empty() {
            self.empty += 1;
            if self.empty >= EMPTY_PAGES && next.is_some() {
                return Err(WalkError::Empty);
            }
            self.here = next;
            return Ok(found);
        }
        self.empty = 0;
        let held = hash_text(&Value::Array(found.clone()).to_string());
        let times = self.met.entry(held.clone()).or_default();
        *times += 1;
        let same = self.last.as_ref() == Some(&held);
        self.last = Some(held);
        // An API that counts pages and gives the first one again does not know pages: that was all.
        if same && self.read == 2 && self.paging.is_some_and(counts) {
            return Ok(Vec::new());
        }
        if *times >= SAME_PAGE {
            return Err(WalkError::Circle);
        }
        self.here = next;
        Ok(found)
    }

    /// How many pages were read.
    pub fn read(&self) -> u32 {
        self.read
    }
}

fn counts(paging: &Paging) -> bool {
    matches!(paging.advance, Advance::Page { .. } | Advance::Skip { .. })
}
