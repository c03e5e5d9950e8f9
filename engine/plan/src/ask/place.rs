//! Where in the tree of a file a place is: the keys and positions that lead to it.

use souschef_recipe::{Node, NodeKind, Span, tree};

use super::mend;
use crate::check::seen::HERE;

/// A step from a node to one inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The value of a key.
    Key(String),
    /// An item of a list.
    Item(usize),
}

/// The way to a place: each node passed, and the step taken from it.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// From the whole file inwards.
    pub(super) steps: Vec<(Node, Step)>,
    /// Where the place is a key, the map that it is a key of.
    pub(super) map: Option<Node>,
}

/// What is written at the caret.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The way to it.
    pub(super) way: Way,
    /// The word at the caret, in the text as it is.
    pub(super) word: Span,
    /// The mended text, and whether it is the whole file.
    pub(super) text: String,
}

impl Way {
    /// The keys that lead here, without positions.
    pub(super) fn keys(&self) -> Vec<&str> {
        self.steps
            .iter()
            .filter_map(|(_, step)| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Item(_) => None,
            })
            .collect()
    }
}

/// The place at the caret: in the text with what is being typed taken for done, or in what its line hangs on.
pub(super) fn site(text: &str, at: usize) -> Option<Site> {
    let whole = mend::yaml(text, at);
    if let Some(way) = tree::parse(&whole.text).tree.and_then(|tree| find(&tree)) {
        return Some(Site {
            way,
            word: whole.word,
            text: whole.text,
        });
    }
    let (skeleton, caret) = mend::skeleton(text, at);
    let part = mend::yaml(&skeleton, caret);
    let way = tree::parse(&part.text).tree.and_then(|tree| find(&tree))?;
    Some(Site {
        way,
        word: whole.word,
        text: whole.text,
    })
}

/// The way to [`HERE`].
fn find(tree: &Node) -> Option<Way> {
    let mut way = Way::default();
    look(tree, &mut way).then_some(way)
}

fn look(node: &Node, way: &mut Way) -> bool {
    match &node.kind {
        NodeKind::Text(text, _) => text.contains(HERE),
        NodeKind::List(items) => items.iter().enumerate().any(|(index, item)| {
            way.steps.push((node.clone(), Step::Item(index)));
            let found = look(item, way);
            if !found {
                way.steps.pop();
            }
            found
        }),
        NodeKind::Map(entries) => entries.iter().any(|entry| {
            if entry.key.value == HERE {
                way.map = Some(node.clone());
                return true;
            }
            way.steps.push((node.clone(), Step::Key(entry.key.value.clone())));
            let found = look(&entry.value, way);
            if !found {
                way.steps.pop();
            }
            found
        }),
        _ => false,
    }
}

/// What stands at a place of a tree as it is: the way there, and the key or value itself.
pub(super) fn standing(tree: &Node, at: usize) -> Option<(Way, Span)> {
    let mut way = Way::default();
    let span = stands(tree, at, &mut way)?;
    Some((way, span))
}

fn stands(node: &Node, at: usize, way: &mut Way) -> Option<Span> {
    let holds = |span: Span| span.start <= at && at <= span.end;
    match &node.kind {
        NodeKind::Map(entries) => {
            for entry in entries {
                if holds(entry.key.span) {
                    way.steps.push((node.clone(), Step::Key(entry.key.value.clone())));
                    way.map = Some(node.clone());
                    return Some(entry.key.span);
                }
                if holds(entry.value.span) {
                    way.steps.push((node.clone(), Step::Key(entry.key.value.clone())));
                    if let Some(span) = stands(&entry.value, at, way) {
                        return Some(span);
                    }
                    way.steps.pop();
                }
            }
            None
        }
        NodeKind::List(items) => items.iter().enumerate().find_map(|(index, item)| {
            if !holds(item.span) {
                return None;
            }
            way.steps.push((node.clone(), Step::Item(index)));
            let found = stands(item, at, way);
            if found.is_none() {
                way.steps.pop();
            }
            found
        }),
        NodeKind::Null => None,
        _ => holds(node.span).then_some(node.span),
    }
}
