//! Whether a comparison can make sense: its operator, what it looks at, and what it is held against.

use serde_json::Value;
use souschef_expr::Type;
use souschef_expr::condition::Comparison;
use souschef_expr::moment::Moment;
use souschef_expr::types::Format;
use souschef_recipe::{Code, Diagnostic, Node, NodeKind, Operator, Span, duration, nearest};

use super::Checker;
use super::values::inner_text;
use super::walk::{bare, kind, list_field};

impl Checker<'_> {
    /// Whether the operator goes with what it looks at and with what it is held against.
    pub(super) fn comparison(&mut self, subject: &str, left: &Type, comparison: &Comparison, right: &Node) {
        let operator = comparison.operator;
        let word = operator.word();
        let span = comparison.right_span;
        let literal = comparison.right.literal();
        let given = match &literal {
            Some(value) => souschef_expr::template::tree::of_value(value),
            None => comparison.right.type_of(&|path| self.names.type_at(path)),
        };
        let wrong = |place: Span, message: String| Diagnostic::new(Code::CONDITION_TYPE, place, message);
        let is = |message: &str| format!("{word} {message}, and {subject} is {}", kind(left));
        let left_span = comparison.left_span;
        let told = match operator {
            Operator::Exists | Operator::IsEmpty => match &literal {
                Some(Value::Bool(_)) => None,
                Some(value) => {
                    let no = value
                        .as_str()
                        .is_some_and(|text| matches!(text.to_lowercase().as_str(), "no" | "off" | "false"));
                    Some(
                        wrong(span, format!("{word} takes true or false"))
                            .label(format!("write {word}: {}", !no)),
                    )
                }
                None => None,
            },
            Operator::In | Operator::NotIn => match bare(&given) {
                Type::Any | Type::List(_) | Type::OneOf(_) => self.never(subject, left, comparison, right),
                other => {
                    let written = self.written(right);
                    // `in: "US, CA"` means two words.
                    let written = if written.contains(',') {
                        written.trim_matches('"').to_owned()
                    } else {
                        written
                    };
                    let list = kind(other);
                    Some(
                        wrong(span, format!("{word} needs a list, and this is {list}"))
                            .label(format!("write [{written}]")),
                    )
                }
            },
            Operator::GreaterThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost => {
                self.order(subject, left, comparison, &given, right)
            }
            Operator::Before | Operator::After => match bare(left) {
                Type::Boolean | Type::List(_) | Type::Map(_) => {
                    Some(wrong(left_span, is("compares moments")))
                }
                Type::Text(text) if !text.one_of.is_empty() => Some(wrong(left_span, is("compares moments"))),
                _ => self.moment(word, literal.as_ref(), &given, span),
            },
            Operator::Contains | Operator::NotContains => match bare(left) {
                Type::Number { .. } | Type::Boolean => {
                    Some(wrong(left_span, is("looks into a text or a list")).label("use is"))
                }
                Type::Map(_) => {
                    let diagnostic = wrong(left_span, is("looks into a text or a list"));
                    Some(match list_field(left) {
                        Some(list) => diagnostic.label(format!("its list is {subject}.{list}")),
                        None => diagnostic,
                    })
                }
                Type::Text(_) if matches!(bare(&given), Type::List(_)) => Some(
                    wrong(
                        span,
                        format!("{word} looks for one text in {subject}, and this is a list"),
                    )
                    .label("use any: with one line for each"),
                ),
                _ => self.never(subject, left, comparison, right),
            },
            Operator::StartsWith | Operator::EndsWith | Operator::Matches => match bare(left) {
                Type::Number { .. } | Type::Boolean | Type::Map(_) => {
                    Some(wrong(left_span, is("looks at text")))
                }
                Type::List(_) => {
                    Some(wrong(left_span, is("looks at text")).label("use contains for an item of a list"))
                }
                _ => match bare(&given) {
                    Type::Any | Type::Text(_) | Type::OneOf(_) => None,
                    other => Some(
                        wrong(
                            span,
                            format!("{word} takes text, and this is {}", other.describe()),
                        )
                        .label(format!("write \"{}\", with the quotes", self.written(right))),
                    ),
                },
            },
            Operator::Is | Operator::IsNot => self.never(subject, left, comparison, right),
        };
        if let Some(mut diagnostic) = told {
            let triggers = &self.recipe.triggers;
            if subject == "run.trigger"
                && diagnostic.code == Code::NEVER_HOLDS
                && let (Some(first), Some(last)) = (triggers.first(), triggers.last())
            {
                let span = first.span.to(last.span);
                diagnostic = diagnostic.related(span, "the triggers and their ids are here");
            }
            self.tell(diagnostic);
        }
    }

    fn written(&self, node: &Node) -> String {
        self.source
            .text()
            .get(node.span.range())
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    /// `greater_than` and its like.
    fn order(
        &self,
        subject: &str,
        left: &Type,
        comparison: &Comparison,
        given: &Type,
        right: &Node,
    ) -> Option<Diagnostic> {
        let word = comparison.operator.word();
        let wrong = |place: Span, message: String| Diagnostic::new(Code::CONDITION_TYPE, place, message);
        let later = match comparison.operator {
            Operator::GreaterThan | Operator::AtLeast => "after",
            _ => "before",
        };
        let message = format!("{word} compares numbers, and {subject} is {}", kind(left));
        let place = comparison.left_span;
        match bare(left) {
            Type::Text(text) if matches!(text.format, Format::Datetime | Format::Date) => {
                return Some(
                    wrong(comparison.right_span, message).label(format!("use {later}: for moments")),
                );
            }
            Type::Text(_) => {
                return Some(wrong(place, message).label(format!(
                    "write \"{{{{ number {subject} }}}}\" where the text holds a number"
                )));
            }
            Type::List(_) => {
                return Some(wrong(place, message).label(format!(
                    "write \"{{{{ len {subject} }}}}\" for how many there are"
                )));
            }
            Type::Boolean | Type::Map(_) => return Some(wrong(place, message)),
            _ => {}
        }
        match (bare(given), comparison.right.literal()) {
            (Type::Number { .. } | Type::Any | Type::OneOf(_), _) => None,
            (_, Some(Value::String(text))) if text.trim().parse::<f64>().is_ok() => Some(
                wrong(
                    comparison.right_span,
                    format!("{word} compares numbers, and this is text"),
                )
                .label(format!("write {}, without quotes", text.trim())),
            ),
            (_, Some(Value::String(text))) if Moment::read_text(&text, None).is_ok() => Some(
                wrong(
                    comparison.right_span,
                    format!("{word} compares numbers, and this is a date"),
                )
                .label(format!("use {later}: for moments")),
            ),
            (other, literal) => {
                let diagnostic = wrong(
                    comparison.right_span,
                    format!("{word} compares numbers, and this is {}", other.describe()),
                );
                Some(match (literal, other) {
                    (None, Type::Text(_)) => {
                        diagnostic.label(format!("write \"{{{{ number {} }}}}\"", inner_text(right)))
                    }
                    _ => diagnostic,
                })
            }
        }
    }

    /// What `before` and `after` are held against.
    fn moment(&self, word: &str, literal: Option<&Value>, given: &Type, span: Span) -> Option<Diagnostic> {
        let wrong = |message: String| Diagnostic::new(Code::CONDITION_TYPE, span, message);
        match (literal, bare(given)) {
            (Some(value), _) if Moment::read(value, None).is_ok() => None,
            (Some(Value::String(text)), _) => {
                let diagnostic = wrong(format!("{word} compares moments, and \"{text}\" is no date"));
                let length = text.trim_start_matches(['+', '-']).trim();
                Some(if duration::parse(length).is_ok() {
                    let helper = if word == "before" { "date_sub" } else { "date_add" };
                    diagnostic.label(format!(
                        "write \"{{{{ {helper} run.started_at '{length}' }}}}\", counted from the run's start"
                    ))
                } else if matches!(text.as_str(), "now" | "today") {
                    diagnostic.label("write \"{{ run.started_at }}\"")
                } else {
                    diagnostic.label("write it like 2026-12-01 or 2026-12-01T09:00:00Z")
                })
            }
            (Some(_), other) | (None, other @ (Type::Boolean | Type::List(_) | Type::Map(_))) => Some(wrong(
                format!("{word} compares moments, and this is {}", other.describe()),
            )),
            _ => None,
        }
    }

    /// A comparison that can never hold, because the value is one of a few words, or of another kind.
    fn never(&self, subject: &str, left: &Type, comparison: &Comparison, right: &Node) -> Option<Diagnostic> {
        let literal = comparison.right.literal()?;
        let operator = comparison.operator;
        let always = matches!(
            operator,
            Operator::IsNot | Operator::NotIn | Operator::NotContains
        );
        let verb = if always { "always" } else { "never" };
        let looked_at = match (operator, bare(left)) {
            (Operator::Contains | Operator::NotContains, Type::List(item)) => bare(item),
            (Operator::Contains | Operator::NotContains, _) => return None,
            (_, other) => other,
        };
        let values: Vec<(&Value, Span)> = match (&literal, operator, &right.kind) {
            (Value::Array(items), Operator::In | Operator::NotIn, NodeKind::List(nodes)) => {
                items.iter().zip(nodes.iter().map(|node| node.span)).collect()
            }
            (value, ..) => vec![(value, comparison.right_span)],
        };
        let alone = values.len() == 1;
        for (value, span) in values {
            // Another word of a list may still fit.
            let tell = |message: String| {
                let message = if alone {
                    format!("this {verb} holds: {message}")
                } else {
                    message
                };
                Diagnostic::new(Code::NEVER_HOLDS, span, message)
            };
            let found = match (looked_at, value) {
                (_, Value::Null) => None,
                (Type::Text(text), Value::String(word))
                    if !text.one_of.is_empty() && !text.one_of.contains(word) =>
                {
                    let diagnostic = tell(format!("{subject} is never \"{word}\""));
                    let near = nearest(word, text.one_of.iter().map(String::as_str));
                    let diagnostic = match near {
                        Some(near) => diagnostic.did_you_mean(near),
                        None => diagnostic,
                    };
                    Some(diagnostic.note(format!("{subject} is {}", looked_at.describe())))
                }
                (Type::Text(_), Value::Number(number)) => Some(
                    tell(format!("{subject} is text, and {number} is a number"))
                        .label(format!("write \"{number}\", with the quotes")),
                ),
                (Type::Text(_), Value::Bool(truth)) => Some(
                    tell(format!("{subject} is text, and {truth} is none"))
                        .label(format!("write \"{truth}\", with the quotes")),
                ),
                (Type::Number { .. }, Value::String(word)) => {
                    let diagnostic = tell(format!("{subject} is a number, and \"{word}\" is text"));
                    Some(match word.parse::<f64>() {
                        Ok(_) => diagnostic.label(format!("write {word}, without quotes")),
                        Err(_) => diagnostic,
                    })
                }
                (Type::Boolean, Value::String(word)) => {
                    let diagnostic = tell(format!("{subject} is true or false, and \"{word}\" is text"));
                    Some(match word.to_lowercase().as_str() {
                        "yes" | "true" | "on" => diagnostic.label("write true, without quotes"),
                        "no" | "false" | "off" => diagnostic.label("write false, without quotes"),
                        _ => diagnostic,
                    })
                }
                (Type::List(_), Value::String(_) | Value::Number(_))
                    if matches!(operator, Operator::Is | Operator::IsNot) =>
                {
                    let better = if always { "not_contains" } else { "contains" };
                    Some(
                        tell(format!("{subject} is a list, and this is one value")).label(format!(
                            "write {subject}: {{ {better}: {} }}",
                            self.written(right)
                        )),
                    )
                }
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }
}
