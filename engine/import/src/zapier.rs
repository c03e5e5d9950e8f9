//! Zaps: steps in a row, each after its parent.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};
use souschef_catalog::Catalog;
use souschef_expr::Type;

use crate::build::{Builder, Given, shown, takes, webhook};
use crate::condition::{Condition, Line, not};
use crate::expression::{self, Source};
use crate::table::{Kind, Row, Table};
use crate::value;
use crate::write::{self, Step};
use crate::{Imported, MOST_NODES, Refusal, Tool};

/// A recipe of each zap.
pub(crate) fn import(export: &Value, catalog: &Catalog) -> Result<Vec<Imported>, Refusal> {
    let zaps = export.get("zaps").and_then(Value::as_array);
    let other = || Refusal::Other("this is no export of Zapier: it has no list of \"zaps\"".to_owned());
    let zaps = zaps.ok_or_else(other)?;
    if zaps.is_empty() {
        return Err(Refusal::Empty("zaps"));
    }
    zaps.iter().map(|zap| one(zap, catalog)).collect()
}

/// A step of a zap.
struct Node<'a> {
    id: String,
    app: &'a str,
    action: &'a str,
    name: String,
    parameters: &'a Map<String, Value>,
    parent: Option<String>,
}

fn one(zap: &Value, catalog: &Catalog) -> Result<Imported, Refusal> {
    let title = zap.get("title").and_then(Value::as_str).unwrap_or_default();
    let other = || Refusal::Other(format!("the zap \"{}\" has no map of \"nodes\"", shown(title)));
    let all = zap.get("nodes").and_then(Value::as_object).ok_or_else(other)?;
    if all.len() > MOST_NODES {
        return Err(Refusal::TooMany(all.len()));
    }
    let empty = Map::new();
    let nodes: Vec<Node<'_>> = all.iter().map(|(key, node)| read(key, node, &empty)).collect();
    let mut builder = Builder::new(catalog, title, "a zap of Zapier");
    let row = in_a_row(&nodes, &mut builder)?;
    let table = Table::of(Tool::Zapier);
    let (first, rest) = match row.split_first() {
        Some((first, rest)) => (*first, rest),
        None => {
            return Err(Refusal::Other(format!(
                "the zap \"{}\" has no steps",
                shown(title)
            )));
        }
    };
    let given = trigger(first, table, &mut builder);
    builder.given.insert(first.id.clone(), given.clone());
    // An export may number its steps anew and leave the old numbers in its texts: with one such number, the trigger is meant.
    let known: HashSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let strange: BTreeSet<String> = nodes.iter().flat_map(|node| named(node.parameters)).collect();
    let strange: Vec<&String> = strange.iter().filter(|id| !known.contains(id.as_str())).collect();
    if let ([id], true) = (strange.as_slice(), given.is_some()) {
        builder.left(format!(
            "{id}__… in its texts is taken for what started it; the export does not say"
        ));
        builder.given.insert((*id).clone(), given);
    }
    let mut steps = Vec::new();
    for node in rest {
        step(node, table, &mut builder, &mut steps);
    }
    builder.recipe.steps = steps;
    let recipe = builder.recipe;
    Ok(Imported {
        name: recipe.name.clone(),
        text: write::recipe(&recipe),
        left: recipe.left,
    })
}

fn read<'a>(key: &str, node: &'a Value, empty: &'a Map<String, Value>) -> Node<'a> {
    let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| match node.get(name) {
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let title = node.pointer("/meta/stepTitle").and_then(Value::as_str);
    let title = title.or_else(|| node.get("title").and_then(Value::as_str));
    Node {
        id: number("id").unwrap_or_else(|| key.to_owned()),
        app: text("selected_api"),
        action: text("action"),
        name: title
            .filter(|title| !title.is_empty())
            .map_or_else(|| text("action").replace('_', " "), str::to_owned),
        parameters: node.get("params").and_then(Value::as_object).unwrap_or(empty),
        parent: number("parent_id"),
    }
}

/// The steps one after another. A second step after the same parent is a path, which is told of.
fn in_a_row<'n, 'a>(nodes: &'n [Node<'a>], builder: &mut Builder<'_>) -> Result<Vec<&'n Node<'a>>, Refusal> {
    let mut children: HashMap<&str, Vec<&Node<'a>>> = HashMap::new();
    for node in nodes {
        if let Some(parent) = &node.parent {
            children.entry(parent).or_default().push(node);
        }
    }
    let Some(root) = nodes.iter().find(|node| node.parent.is_none()) else {
        return match nodes.first() {
            Some(first) => Err(Refusal::Circle(shown(&first.name))),
            None => Ok(Vec::new()),
        };
    };
    let mut row = vec![root];
    let mut seen = HashSet::from([root.id.as_str()]);
    let mut at = root;
    while let Some(next) = children.get(at.id.as_str()) {
        let Some((first, others)) = next.split_first() else {
            break;
        };
        for other in others {
            builder.left(format!("the path that begins with {}", shown(&other.name)));
        }
        if !seen.insert(first.id.as_str()) {
            return Err(Refusal::Circle(shown(&first.name)));
        }
        row.push(first);
        at = first;
    }
    Ok(row)
}

/// The numbers of steps that the texts of a step name.
fn named(parameters: &Map<String, Value>) -> Vec<String> {
    let text = Value::Object(parameters.clone()).to_string();
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, tail)) = rest.split_once("{{") {
        let id: String = tail.chars().take_while(char::is_ascii_digit).collect();
        if !id.is_empty() && tail.get(id.len()..).is_some_and(|after| after.starts_with("__")) {
            found.push(id);
        }
        rest = tail;
    }
    let criteria = parameters.get("filter_criteria").and_then(Value::as_array);
    for key in criteria
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("key")?.as_str())
    {
        found.extend(key.split_once("__").map(|(id, _)| id.to_owned()));
    }
    found
}

/// Writes the trigger; gives what it gives.
fn trigger(node: &Node<'_>, table: &Table, builder: &mut Builder<'_>) -> Option<Given> {
    let row = table.by_action(node.app, node.action, node.parameters);
    let given = Given::new("trigger", Type::Any);
    match row.and_then(|row| row.kind) {
        Some(Kind::Event) => {
            let id = row.and_then(|row| row.event.clone()).unwrap_or_default();
            let shape = builder.catalog.event(&id).map(|event| event.shape.clone());
            let shape = shape.unwrap_or_default();
            if let Some(row) = row {
                only_where(node, row, &shape, table, builder);
            }
            builder.recipe.trigger = vec![("webhook".to_owned(), Value::String(id))];
            return Some(Given::new("trigger", shape));
        }
        Some(Kind::Webhook) => {
            builder.recipe.trigger = webhook("imported");
            builder.left("the webhook's secret: add import_hook under secrets: in souschef.yaml; its sender shows it as a token");
            return Some(given);
        }
        Some(Kind::Schedule) => {
            if let Some(cron) = cron(node) {
                builder.recipe.trigger = vec![("schedule".to_owned(), Value::String(cron))];
                builder.left("the time zone of the schedule: it is UTC where none is written");
                // It gives a time, and nothing that a text could name.
                return None;
            }
        }
        _ => {}
    }
    builder.recipe.trigger = vec![("manual".to_owned(), Value::Bool(true))];
    builder.left(format!(
        "what starts it: {} ({}, {})",
        shown(&node.name),
        shown(node.app),
        shown(node.action)
    ));
    Some(given)
}

/// Which events start the zap: its trigger's parameters, as the recipe's condition.
fn only_where(node: &Node<'_>, row: &Row, shape: &Type, table: &Table, builder: &mut Builder<'_>) {
    let fields = shape.field_names();
    let mut lines = Vec::new();
    for (name, value) in node
        .parameters
        .iter()
        .filter(|(_, value)| !value::is_empty(value))
    {
        let name = row.with.get(name).unwrap_or(name);
        let field = fields
            .iter()
            .find(|field| value::plain(field) == value::plain(name));
        let line = field.and_then(|field| {
            Line::new(
                &format!("{{{{ trigger.{field} }}}}"),
                "exact",
                value.clone(),
                table,
            )
        });
        match line {
            Some(line) => lines.push(line),
            None => builder.left(format!(
                "it starts only where {name} is {}",
                crate::build::text(value)
            )),
        }
    }
    builder.recipe.condition = Condition { lines, any: false }.value();
}

/// `every_week` with `dow: Thursday` and `hod: 3pm` as cron.
fn cron(node: &Node<'_>) -> Option<String> {
    let text = |key: &str| node.parameters.get(key).map(crate::build::text);
    let hour = |text: String| -> Option<u8> {
        let text = text.trim().to_lowercase();
        let (number, add) = match (text.strip_suffix("pm"), text.strip_suffix("am")) {
            (Some(number), _) => (number.trim().parse::<u8>().ok()? % 12, 12),
            (_, Some(number)) => (number.trim().parse::<u8>().ok()? % 12, 0),
            _ => (text.trim_end_matches(":00").parse::<u8>().ok()?, 0),
        };
        Some(number + add).filter(|hour| *hour < 24)
    };
    Some(match node.action {
        "every_hour" => "0 * * * *".to_owned(),
        "every_day" => format!("0 {} * * *", hour(text("hod")?)?),
        "every_week" => {
            let day: String = text("dow")?.chars().take(3).collect();
            format!("0 {} * * {}", hour(text("hod")?)?, day.to_uppercase())
        }
        "every_month" => format!(
            "0 {} {} * *",
            hour(text("hod")?)?,
            text("dom")?.trim().parse::<u8>().ok()?
        ),
        _ => return None,
    })
}

fn step(node: &Node<'_>, table: &Table, builder: &mut Builder<'_>, steps: &mut Vec<Step>) {
    let Some(row) = table.by_action(node.app, node.action, node.parameters) else {
        let what = format!(
            "{} ({}, {})",
            shown(&node.name),
            shown(node.app),
            shown(node.action)
        );
        steps.push(Step::Left(what.clone()));
        builder.left(what);
        builder.given.insert(node.id.clone(), None);
        return;
    };
    match row.kind {
        Some(Kind::Filter) => {
            let condition = condition(node, table, builder).unwrap_or_else(|| {
                builder.left(format!(
                    "{}: its condition; until it is written, it does not hold",
                    shown(&node.name)
                ));
                Value::Bool(false)
            });
            if steps.is_empty() && builder.recipe.condition.is_none() {
                builder.recipe.condition = Some(condition);
            } else {
                steps.push(Step::Stop {
                    condition: Some(not(condition)),
                    reason: format!("{} does not hold", shown(&node.name)),
                });
            }
        }
        Some(Kind::Wait) => match length(node) {
            Some(length) => steps.push(Step::Wait(length)),
            None => untold(node, "how long it waits", builder, steps),
        },
        Some(Kind::WaitUntil) => {
            let until = node.parameters.values().find_map(Value::as_str);
            match until.and_then(|text| translate(builder, text)) {
                Some(until) => steps.push(Step::WaitUntil(until)),
                None => untold(node, "until when it waits", builder, steps),
            }
        }
        Some(_) => untold(node, "what it does here", builder, steps),
        None => action(node, row, builder, steps),
    }
}

fn untold(node: &Node<'_>, what: &str, builder: &mut Builder<'_>, steps: &mut Vec<Step>) {
    let what = format!("{}: {what}", shown(&node.name));
    steps.push(Step::Left(what.clone()));
    builder.left(what);
}

fn action(node: &Node<'_>, row: &Row, builder: &mut Builder<'_>, steps: &mut Vec<Step>) {
    let mut parameters: Vec<(String, Value)> = node
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), meant(row, name, value)))
        .collect();
    if let Some(first) = &row.first {
        let catalog = builder.catalog;
        // What neither knows is told of once, with the second.
        let of_first: Vec<(String, &Value)> = parameters
            .iter()
            .filter(|(name, _)| takes(catalog, first, name))
            .map(|(name, value)| (name.clone(), value))
            .collect();
        let name = format!("{}: the contact", node.name);
        if let Some((step, given)) = builder.call(first, &name, &of_first, &translate) {
            steps.push(step);
            builder.given.insert(node.id.clone(), given);
        }
        parameters.retain(|(name, _)| takes(catalog, row, name) || !takes(catalog, first, name));
        if let Some(by) = &row.by {
            let id = Value::String(format!("{{{{{}__id}}}}", node.id));
            parameters.push((by.clone(), id));
        }
    }
    let parameters: Vec<(String, &Value)> = parameters
        .iter()
        .map(|(name, value)| (name.clone(), value))
        .collect();
    if let Some((step, given)) = builder.call(row, &node.name, &parameters, &translate) {
        steps.push(step);
        // Later steps speak of the contact where the second answers nothing of its own.
        if row.first.is_none() || row.answer.is_some() {
            builder.given.insert(node.id.clone(), given);
        }
    }
}

/// A parameter's value without what only tells which row is meant.
fn meant(row: &Row, name: &str, value: &Value) -> Value {
    let rest = row.begins.get(name).zip(value.as_str());
    match rest.and_then(|(head, text)| text.strip_prefix(head.as_str())) {
        Some(rest) => Value::String(rest.to_owned()),
        None => value.clone(),
    }
}

fn translate(builder: &Builder<'_>, text: &str) -> Option<String> {
    expression::zapier(text, &|source, path| builder.resolve(None, source, path))
}

/// The lines of one group must all hold, and one of the groups must.
fn condition(node: &Node<'_>, table: &Table, builder: &Builder<'_>) -> Option<Value> {
    let mut groups: Vec<(String, Condition)> = Vec::new();
    for line in node.parameters.get("filter_criteria")?.as_array()? {
        let (step, path) = line.get("key")?.as_str()?.split_once("__")?;
        let path: Vec<String> = path.split("__").map(str::to_owned).collect();
        let left = builder.resolve(None, &Source::Node(step.to_owned()), &path)?;
        let right = match line.get("value") {
            Some(Value::String(text)) => Value::String(translate(builder, text)?),
            Some(other) => other.clone(),
            None => Value::Null,
        };
        let word = line.get("match")?.as_str()?;
        let line_made = Line::new(&format!("{{{{ {left} }}}}"), word, numeric(right, word), table)?;
        let group = line.get("group").map(crate::build::text).unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, condition)) => condition.lines.push(line_made),
            None => {
                let condition = Condition {
                    lines: vec![line_made],
                    any: false,
                };
                groups.push((group, condition));
            }
        }
    }
    let values: Vec<Value> = groups
        .iter()
        .filter_map(|(_, condition)| condition.value())
        .collect();
    match values.len() {
        0 => None,
        1 => values.into_iter().next(),
        _ => Some(serde_json::json!({ "any": values })),
    }
}

/// Zapier writes numbers as texts; what is greater or less is a number.
fn numeric(value: Value, word: &str) -> Value {
    let compares = word.ends_with("greater") || word.ends_with("less");
    let number = value
        .as_str()
        .and_then(|text| text.trim().parse::<serde_json::Number>().ok());
    match number {
        Some(number) if compares => Value::Number(number),
        _ => value,
    }
}

/// A number and a unit among the parameters, whatever they are called.
fn length(node: &Node<'_>) -> Option<String> {
    let texts: Vec<String> = node.parameters.values().map(crate::build::text).collect();
    let count = texts.iter().find_map(|text| text.trim().parse::<u32>().ok())?;
    let unit = texts.iter().find_map(|text| value::unit(text.trim()))?;
    Some(format!("{count}{unit}"))
}
