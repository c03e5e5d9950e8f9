//! What looks like an expression and stays text: `{ trigger.email }}` and `{trigger.email}` have one brace where two are
//! due; `={{ … }}` and `{% … %}` are written for another tool.

use std::ops::Range;

use souschef_expr::helpers;
use souschef_expr::value::range_in;
use souschef_recipe::{Code, Diagnostic, Fix, Node, NodeKind};

use super::Checker;
use super::names::ROOTS;

impl Checker<'_> {
    /// Tells what of a text looks like an expression and is sent as it stands.
    pub(super) fn lookalikes(&mut self, node: &Node) {
        let Some(text) = node.as_text().filter(|text| text.contains('{') && !self.plain) else {
            return;
        };
        self.foreign_marks(node, text);
        self.one_brace(node, text);
    }

    /// The same for each text in a list or map.
    pub(super) fn lookalikes_in(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|item| self.lookalikes_in(item)),
            NodeKind::Map(entries) => entries.iter().for_each(|entry| self.lookalikes_in(&entry.value)),
            _ => self.lookalikes(node),
        }
    }

    /// Tells marks of another tool.
    fn foreign_marks(&mut self, node: &Node, text: &str) {
        let mut tell = |range: Range<usize>, label: &str| {
            let span = range_in(self.source, node, &range);
            let message = format!("{} is another tool's, and stays text here", &text[range]);
            self.tell(Diagnostic::new(Code::FOREIGN_MARK, span, message).label(label));
        };
        if text.starts_with("={{") {
            tell(0..1, "leave it out");
        }
        if let Some((head, rest)) = text.split_once("{%")
            && let Some(close) = rest.find("%}")
        {
            let range = head.len()..head.len() + 2 + close + 2;
            tell(
                range,
                "write {{#if … }} … {{else}} … {{/if}} and {{#each … }} … {{/each}}",
            );
        }
    }

    /// Tells each expression of a text that has one brace where two are due.
    fn one_brace(&mut self, node: &Node, text: &str) {
        let mut from = 0;
        while let Some(open) = text
            .get(from..)
            .and_then(|rest| rest.find('{'))
            .map(|at| from + at)
        {
            let rest = text.get(open + 1..).unwrap_or_default();
            if rest.starts_with('{') {
                // Past the expression: what stands in it has its own rules.
                from = open + 2 + rest.find("}}").unwrap_or(1);
                continue;
            }
            let Some(close) = rest.find('}') else { return };
            let inner = rest.get(..close).unwrap_or_default();
            from = open + 1 + close;
            if !self.is_expression(inner.trim()) {
                continue;
            }
            let more = usize::from(rest.get(close + 1..).is_some_and(|rest| rest.starts_with('}')));
            let span = range_in(self.source, node, &(open..open + 1 + close + 1 + more));
            let right = format!("{{{{ {} }}}}", inner.trim());
            let mut diagnostic = Diagnostic::new(
                Code::ONE_BRACE,
                span,
                "an expression stands between two braces; with one it is plain text",
            )
            .label(format!("write {right}"));
            diagnostic.fix = Some(Fix::new(span, right));
            self.tell(diagnostic);
        }
    }

    /// Whether a text begins like an expression: with a name in scope and a dot, or with a helper and what it works on.
    fn is_expression(&self, text: &str) -> bool {
        let word: String = text
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let after = text.get(word.len()..).unwrap_or_default();
        let named = match word.as_str() {
            "error" => self.names.error.is_some(),
            "event" => self.names.event.is_some(),
            other => ROOTS.contains(&other) || self.names.loop_name(other).is_some(),
        };
        (named && after.starts_with('.') && !after.contains([':', ',']))
            || (after.starts_with(' ')
                && !after.contains(':')
                && helpers::find(&word).is_some()
                && self.reads_name(after))
    }

    /// Whether one of these words is a path in scope.
    fn reads_name(&self, text: &str) -> bool {
        text.split([' ', '(', ')']).any(|word| {
            word.split_once('.')
                .is_some_and(|(root, _)| ROOTS.contains(&root) || self.names.loop_name(root).is_some())
        })
    }
}
