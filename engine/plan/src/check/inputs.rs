//! `inputs:` and `mappings:`.

use serde_json::Value;
use souschef_expr::convert::{Options, convert};
use souschef_expr::types::{Format, Text};
use souschef_expr::{Mapping, Type, ValueExpr};
use souschef_recipe::{Advice, Code, Diagnostic, InputDecl, Node, ValueKind, nearest};

use super::Checker;
use super::names::Stage;
use crate::plan::{InputPlan, MappingPlan};

/// The type of a kind of value.
pub(crate) fn type_of_kind(kind: ValueKind) -> Type {
    match kind {
        ValueKind::Text | ValueKind::Duration => Type::text(),
        ValueKind::Number => Type::number(),
        ValueKind::Integer => Type::Number {
            integer: true,
            min: None,
            max: None,
        },
        ValueKind::Boolean => Type::Boolean,
        ValueKind::Date => Type::formatted(Format::Date),
        ValueKind::Datetime => Type::formatted(Format::Datetime),
        ValueKind::Phone => Type::formatted(Format::Phone),
        ValueKind::Email => Type::formatted(Format::Email),
        ValueKind::List => Type::list(),
        ValueKind::Any => Type::Any,
    }
}

impl<'a> Checker<'a> {
    /// The recipe's settings.
    pub(super) fn inputs(&mut self) -> Vec<InputPlan> {
        let recipe = self.recipe;
        let mut plans = Vec::new();
        for decl in &recipe.inputs {
            plans.push(self.input(decl));
            let words: Vec<String> = decl
                .choices
                .iter()
                .filter_map(|choice| choice.as_text().map(str::to_owned))
                .collect();
            let mut ty = type_of_kind(decl.kind.value);
            if !words.is_empty() && words.len() == decl.choices.len() && matches!(ty, Type::Text(_)) {
                ty = Type::Text(Text {
                    one_of: words,
                    format: Format::Plain,
                });
            }
            if !decl.required && decl.default.is_none() {
                ty = Type::Nullable(Box::new(ty));
            }
            self.names.inputs.insert(decl.name.value.as_str(), ty);
        }
        plans
    }

    fn input(&mut self, decl: &'a InputDecl) -> InputPlan {
        let name = &decl.name.value;
        let kind = decl.kind.value;
        let choices: Vec<Value> = decl.choices.iter().map(Node::to_json).collect();
        for choice in &decl.choices {
            self.input_value(decl, choice, "one_of", false);
        }
        if let Some(default) = &decl.default {
            if default.as_text().is_some_and(|text| text.contains("{{")) {
                self.tell(
                    Diagnostic::new(
                        Code::RECIPE_INPUT_VALUE,
                        default.span,
                        "the default of an input is a plain value, and this is an expression",
                    )
                    .label("make a field of it under mappings:, where expressions are computed"),
                );
            } else if !matches!(default.kind, souschef_recipe::NodeKind::Null) {
                self.input_value(decl, default, "the default", true);
            }
        }
        InputPlan {
            name: name.clone(),
            kind,
            description: decl.description.as_ref().map(|text| text.value.clone()),
            default: decl.default.as_ref().map(Node::to_json),
            required: decl.required,
            choices,
            region: decl.region.as_ref().map(|region| region.value.clone()),
        }
    }

    /// A literal that must be of the input's kind, and one of its words.
    pub(super) fn input_value(&mut self, decl: &InputDecl, node: &Node, what: &str, among: bool) {
        let value = node.to_json();
        let name = &decl.name.value;
        let options = Options {
            region: decl.region.as_ref().map(|region| region.value.clone()),
            time_zone: None,
        };
        if let Err(error) = convert(&value, decl.kind.value, &options) {
            let mut diagnostic = Diagnostic::new(
                Code::RECIPE_INPUT_VALUE,
                self.first_line(node.span),
                format!(
                    "{what} of the input {name} is not of its type {}",
                    decl.kind.value.word()
                ),
            );
            diagnostic = diagnostic.label(error.help.unwrap_or(error.message));
            return self.tell(diagnostic);
        }
        let choices: Vec<Value> = decl.choices.iter().map(Node::to_json).collect();
        if among
            && !choices.is_empty()
            && !choices
                .iter()
                .any(|choice| souschef_expr::condition::equal(choice, &value))
        {
            let words: Vec<String> = choices.iter().map(plain).collect();
            let mut diagnostic = Diagnostic::new(
                Code::RECIPE_INPUT_VALUE,
                node.span,
                format!("{what} of the input {name} is none of its one_of"),
            );
            if let Some(near) = nearest(&plain(&value), words.iter().map(String::as_str)) {
                diagnostic = diagnostic.did_you_mean(near);
            }
            self.tell(diagnostic.note(format!("one of: {}", words.join(", "))));
        }
    }

    /// The recipe's fields, each seeing those above it.
    pub(super) fn mappings(&mut self) -> Vec<MappingPlan> {
        self.names.stage = Stage::Mappings;
        let recipe = self.recipe;
        let mut plans = Vec::new();
        for written in &recipe.mappings {
            if let Some(zone) = &written.time_zone {
                self.time_zone(zone);
            }
            let ty = match Mapping::compile(written, self.source) {
                Ok(mapping) => {
                    self.mapping_names(written, &mapping);
                    if !self.mapping_from(written, &mapping) {
                        self.mapping_literals(written, &mapping);
                    }
                    let ty = mapping.type_of(&|path| self.names.type_at(path));
                    plans.push(MappingPlan {
                        mapping,
                        span: written.span,
                    });
                    ty
                }
                Err(mistakes) => {
                    self.mistakes(mistakes);
                    Type::Any
                }
            };
            self.names.fields.insert(written.name.value.as_str(), ty);
        }
        plans
    }

    fn mapping_names(&mut self, written: &souschef_recipe::Mapping, mapping: &Mapping) {
        let optional = mapping.default.is_some();
        self.names_in(&written.from, &mapping.from, optional);
        if let (Some(node), Some(value)) = (&written.default, &mapping.default) {
            self.names_in(node, value, false);
        }
        for ((_, node), (_, value)) in written
            .lookup
            .iter()
            .flatten()
            .zip(mapping.lookup.iter().flatten())
        {
            self.names_in(node, value, false);
        }
    }

    /// Literal values that can't become what `as:` asks for.
    fn mapping_literals(&mut self, written: &souschef_recipe::Mapping, mapping: &Mapping) {
        let Some(kind) = &written.kind else { return };
        let mut literals: Vec<(&Node, &ValueExpr, &str)> = Vec::new();
        if mapping.transform.is_empty() && mapping.lookup.is_none() {
            literals.push((&written.from, &mapping.from, "from"));
            literals.extend(
                written
                    .default
                    .as_ref()
                    .zip(mapping.default.as_ref())
                    .map(|(node, value)| (node, value, "the default")),
            );
        }
        let table = written
            .lookup
            .iter()
            .flatten()
            .zip(mapping.lookup.iter().flatten());
        literals.extend(table.map(|((_, node), (_, value))| (node, value, "this value")));
        for (node, value, what) in literals {
            let ValueExpr::Literal(literal) = value else {
                continue;
            };
            if let Err(error) = convert(literal, kind.value, &mapping.options) {
                self.tell(
                    Diagnostic::new(
                        Code::RECIPE_INPUT_VALUE,
                        self.first_line(node.span),
                        format!(
                            "{what} of the field {} can't be made into {}",
                            mapping.name,
                            kind.value.word()
                        ),
                    )
                    .label(error.help.unwrap_or(error.message)),
                );
            }
        }
    }

    /// `from:` without braces and without a name in scope is text: probably a path was meant.
    fn mapping_from(&mut self, written: &souschef_recipe::Mapping, mapping: &Mapping) -> bool {
        let (ValueExpr::Literal(_), Some(text)) = (&mapping.from, written.from.as_text()) else {
            return false;
        };
        let meant = self
            .names
            .trigger
            .iter()
            .any(|known| super::walk::fields(known.ty()).contains(&text));
        if meant {
            self.tell(
                Diagnostic::new(
                    Code::LITERAL_FROM,
                    written.from.span,
                    format!("the field {} is always the text \"{text}\"", mapping.name),
                )
                .advice(Advice::Write {
                    say: format!("write trigger.{text} for the trigger's {text}"),
                    text: format!("trigger.{text}"),
                }),
            );
        }
        meant
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
