//! Anchors and aliases, and how much they name.

use super::{Builder, DEPTH, NODES};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::tree::{Node, NodeKind};

/// Aliases that a recipe may have.
const ALIASES: usize = 100;

/// What an anchor names, with the number of values in it and how deep it is nested.
pub(super) struct Anchored {
    pub(super) node: Node,
    pub(super) size: usize,
    pub(super) depth: usize,
}

impl Builder<'_> {
    pub(super) fn alias(&mut self, id: usize, span: Span) {
        self.aliases += 1;
        if self.aliases > ALIASES {
            let message = format!("the file has more than {ALIASES} aliases (`*name`)");
            self.refuse(Code::TOO_MANY_VALUES, span, message);
            return;
        }
        let Some(Anchored { node, size, depth }) = self.anchors.get(&id) else {
            self.tell(Diagnostic::new(
                Code::ALIAS,
                span,
                "this alias stands inside what it names",
            ));
            self.place(
                Node {
                    kind: NodeKind::Null,
                    span,
                },
                0,
                1,
                1,
            );
            return;
        };
        if self.stack.len() + depth > DEPTH {
            self.refuse(
                Code::TOO_DEEP,
                span,
                format!("this is nested more than {DEPTH} deep"),
            );
        } else if self.nodes + size > NODES {
            self.refuse(
                Code::TOO_MANY_VALUES,
                span,
                format!("the file has more than {NODES} values"),
            );
        } else {
            let (node, size) = (
                Node {
                    kind: node.kind.clone(),
                    span,
                },
                *size,
            );
            self.place(node, 0, size, size);
        }
    }
}

pub(super) fn count(kind: &NodeKind) -> usize {
    match kind {
        NodeKind::List(items) => 1 + items.iter().map(|item| count(&item.kind)).sum::<usize>(),
        NodeKind::Map(entries) => {
            1 + entries
                .iter()
                .map(|entry| 1 + count(&entry.value.kind))
                .sum::<usize>()
        }
        _ => 1,
    }
}

pub(super) fn depth(kind: &NodeKind) -> usize {
    match kind {
        NodeKind::List(items) => 1 + items.iter().map(|item| depth(&item.kind)).max().unwrap_or(0),
        NodeKind::Map(entries) => {
            1 + entries
                .iter()
                .map(|entry| depth(&entry.value.kind))
                .max()
                .unwrap_or(0)
        }
        _ => 0,
    }
}
