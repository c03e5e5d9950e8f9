//! Comparisons whose two sides can't be meant: a value held against itself, and the name of an operator as a value.

use souschef_expr::condition::Comparison;
use souschef_expr::{Type, ValueExpr};
use souschef_recipe::{Code, Diagnostic, Node, Operator};

use super::Checker;
use super::values::inner_text;
use super::walk::bare;

/// Words that say how to look at a value, written where a value is due, and how that is written.
const AS_VALUES: &[(&str, &str)] = &[
    ("exists", "exists: true"),
    ("exist", "exists: true"),
    ("is_set", "exists: true"),
    ("not_exists", "exists: false"),
    ("not exists", "exists: false"),
    ("does not exist", "exists: false"),
    ("is_empty", "is_empty: true"),
    ("is empty", "is_empty: true"),
    ("empty", "is_empty: true"),
    ("not_empty", "is_empty: false"),
    ("not empty", "is_empty: false"),
    ("is_not_empty", "is_empty: false"),
    ("is not empty", "is_empty: false"),
];

impl Checker<'_> {
    /// Tells a value that is held against itself.
    pub(super) fn itself(&mut self, subject: &str, comparison: &Comparison, right: &Node) -> bool {
        let held_against = match &comparison.right {
            ValueExpr::Template(template) if template.expression().is_some() => inner_text(right),
            ValueExpr::Path(path) => path.text().trim_start_matches("$.").to_owned(),
            _ => return false,
        };
        if held_against != subject.trim_start_matches("$.") {
            return false;
        }
        let verb = match comparison.operator {
            Operator::Is
            | Operator::Contains
            | Operator::StartsWith
            | Operator::EndsWith
            | Operator::AtLeast
            | Operator::AtMost => "always",
            Operator::IsNot
            | Operator::NotContains
            | Operator::GreaterThan
            | Operator::LessThan
            | Operator::Before
            | Operator::After => "never",
            Operator::In | Operator::NotIn | Operator::Matches | Operator::Exists | Operator::IsEmpty => {
                return false;
            }
        };
        let label = if self.names.event.is_some() {
            "one of the two is a field of what is waited for: write event.NAME"
        } else {
            "write the other value that is meant, or leave the line out"
        };
        let message = format!("this {verb} holds: {subject} is compared with itself");
        self.tell(Diagnostic::new(Code::NEVER_HOLDS, comparison.right_span, message).label(label));
        true
    }

    /// Tells the name of an operator where the value should stand that is compared.
    pub(super) fn operator_as_value(
        &mut self,
        subject: &str,
        left: &Type,
        comparison: &Comparison,
        right: &Node,
    ) -> bool {
        let negated = match comparison.operator {
            Operator::Is => false,
            Operator::IsNot => true,
            _ => return false,
        };
        let Some(word) = right.as_text() else { return false };
        let plain = word.trim().to_lowercase();
        let Some((_, line)) = AS_VALUES.iter().find(|(own, _)| *own == plain) else {
            return false;
        };
        // A list of words may have one of these.
        if matches!(bare(left), Type::Text(text) if text.one_of.iter().any(|own| own == word)) {
            return false;
        }
        let (operator, truth) = line.split_once(": ").unwrap_or((line, "true"));
        let truth = (truth == "true") != negated;
        self.tell(
            Diagnostic::new(
                Code::NEVER_HOLDS,
                comparison.right_span,
                format!("this compares {subject} with the word \"{word}\""),
            )
            .label(format!("write {{ {operator}: {truth} }}")),
        );
        true
    }
}
