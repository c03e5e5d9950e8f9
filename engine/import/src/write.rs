//! A recipe as text.

use serde_json::Value;
use souschef_catalog::example::yaml;
use souschef_recipe::format::format;

/// A recipe that is being made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipe {
    pub(crate) name: String,
    pub(crate) from: &'static str,
    pub(crate) trigger: Vec<(String, Value)>,
    pub(crate) condition: Option<Value>,
    pub(crate) steps: Vec<Step>,
    pub(crate) left: Vec<String>,
}

/// A step, or a place where one is missing.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Action {
        id: String,
        name: String,
        operation: String,
        with: Vec<(String, Value)>,
        /// Inputs that could not be carried over: the input's name and what was written.
        left: Vec<(String, String)>,
    },
    Choose {
        name: String,
        branches: Vec<(Value, Vec<Self>)>,
        otherwise: Vec<Self>,
    },
    ForEach {
        items: String,
        name: String,
        body: Vec<Self>,
    },
    Wait(String),
    WaitUntil(String),
    Set {
        id: String,
        values: Vec<(String, Value)>,
    },
    /// Ends the run, where a condition holds if there is one.
    Stop {
        condition: Option<Value>,
        reason: String,
    },
    Fail(String),
    /// Only a comment.
    Left(String),
}

impl Step {
    fn does_something(&self) -> bool {
        !matches!(self, Self::Left(_))
    }
}

/// The recipe's text, laid out.
pub(crate) fn recipe(recipe: &Recipe) -> String {
    let mut text = format!("# Imported from {}.\n", recipe.from);
    if !recipe.left.is_empty() {
        text.push_str("#\n# Not carried over, or to be filled in:\n");
        for line in &recipe.left {
            text.push_str(&format!("# - {}\n", one_line(line)));
        }
    }
    text.push_str(&format!(
        "\nname: {}\n\ntrigger:\n",
        value(&Value::String(recipe.name.clone()))
    ));
    pairs(&recipe.trigger, 2, &mut text);
    if let Some(condition) = &recipe.condition {
        text.push('\n');
        self::condition("", condition, 2, &mut text);
    }
    text.push_str("\nactions:\n");
    steps(&recipe.steps, 2, &mut text);
    format(&text).unwrap_or(text)
}

fn steps(list: &[Step], indent: usize, text: &mut String) {
    for (index, step) in list.iter().enumerate() {
        if index > 0 && indent == 2 {
            text.push('\n');
        }
        self::step(step, indent, text);
    }
    if !list.iter().any(Step::does_something) {
        // A list of steps has one at least.
        text.push_str(&format!(
            "{}- stop: Nothing of this could be carried over\n",
            " ".repeat(indent)
        ));
    }
}

fn step(step: &Step, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    match step {
        Step::Action {
            id,
            name,
            operation,
            with,
            left,
        } => {
            text.push_str(&format!("{pad}- id: {id}\n"));
            if !name.is_empty() {
                text.push_str(&format!("{pad}  name: {}\n", value(&Value::String(name.clone()))));
            }
            text.push_str(&format!("{pad}  action: {operation}\n"));
            if !with.is_empty() {
                text.push_str(&format!("{pad}  with:\n"));
                pairs(with, indent + 4, text);
            }
            for (input, was) in left {
                text.push_str(&format!(
                    "{pad}    # not carried over: {input}: {}\n",
                    one_line(was)
                ));
            }
        }
        Step::Choose {
            name,
            branches,
            otherwise,
        } => {
            text.push_str(&format!("{pad}- name: {}\n", value(&Value::String(name.clone()))));
            text.push_str(&format!("{pad}  choose:\n"));
            for (condition, body) in branches {
                self::condition(&format!("{pad}    - "), condition, indent + 8, text);
                text.push_str(&format!("{pad}      do:\n"));
                steps(body, indent + 8, text);
            }
            if !otherwise.is_empty() {
                text.push_str(&format!("{pad}  otherwise:\n"));
                steps(otherwise, indent + 4, text);
            }
        }
        Step::ForEach { items, name, body } => {
            text.push_str(&format!(
                "{pad}- for_each: \"{items}\"\n{pad}  as: {name}\n{pad}  do:\n"
            ));
            steps(body, indent + 4, text);
        }
        Step::Wait(length) => text.push_str(&format!("{pad}- wait: {length}\n")),
        Step::WaitUntil(moment) => {
            text.push_str(&format!(
                "{pad}- wait_until: {}\n",
                value(&Value::String(moment.clone()))
            ));
        }
        Step::Set { id, values } => {
            text.push_str(&format!("{pad}- id: {id}\n{pad}  set:\n"));
            pairs(values, indent + 4, text);
        }
        Step::Stop { condition, reason } => {
            let reason = value(&Value::String(reason.clone()));
            match condition {
                Some(condition) => {
                    self::condition(&format!("{pad}- "), condition, indent + 4, text);
                    text.push_str(&format!("{pad}  stop: {reason}\n"));
                }
                None => text.push_str(&format!("{pad}- stop: {reason}\n")),
            }
        }
        Step::Fail(reason) => {
            text.push_str(&format!(
                "{pad}- fail: {}\n",
                value(&Value::String(reason.clone()))
            ));
        }
        Step::Left(what) => text.push_str(&format!("{pad}# not carried over: {}\n", one_line(what))),
    }
}

/// `if:` and its lines; one that could not be told is false.
fn condition(before: &str, condition: &Value, indent: usize, text: &mut String) {
    if condition.is_object() {
        text.push_str(&format!("{before}if:\n"));
        lines_of(condition, indent, text);
    } else {
        text.push_str(&format!("{before}if: {condition}\n"));
    }
}

/// The lines of a map, those of a map in it on one line.
fn lines_of(map: &Value, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    let Value::Object(fields) = map else { return };
    for (key, inner) in fields {
        let key = self::key(key);
        match inner {
            Value::Array(items) => {
                text.push_str(&format!("{pad}{key}:\n"));
                for item in items {
                    text.push_str(&format!("{pad}  - {}\n", flow(item)));
                }
            }
            other => text.push_str(&format!("{pad}{key}: {}\n", flow(other))),
        }
    }
}

fn pairs(pairs: &[(String, Value)], indent: usize, text: &mut String) {
    for (name, inner) in pairs {
        text.push_str(&format!(
            "{}{}: {}\n",
            " ".repeat(indent),
            key(name),
            value(inner)
        ));
    }
}

fn key(name: &str) -> String {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if plain && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        name.to_owned()
    } else {
        Value::String(name.to_owned()).to_string()
    }
}

/// A value on one line. A text of several lines is written with its escapes.
fn value(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains("{{") && !text.contains(['"', '\\', '\n']) => {
            format!("\"{text}\"")
        }
        Value::String(text) if text.contains("{{") && !text.contains(['\'', '\n']) => format!("'{text}'"),
        other => flow(other),
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let inner: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", key(name), flow(value)))
                .collect();
            format!("{{ {} }}", inner.join(", "))
        }
        Value::Array(items) if !items.is_empty() => {
            format!("[ {} ]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        other => yaml(other),
    }
}

/// Foreign text in a comment: one line, with nothing in it that ends the comment, and not without end.
fn one_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') { ' ' } else { c })
        .take(200)
        .collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
