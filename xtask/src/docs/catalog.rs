//! The catalog: an index, and a page for each category.

use std::sync::Arc;

use souschef_catalog::{Catalog, Effect, Fill, Input, Operation, OperationKind, Poll, example, listing};
use souschef_expr::Type;

use super::{anchor, cell, code, page};
use crate::generated::Generated;

/// How many fields of an answer are listed.
const FIELDS: usize = 60;

/// The index and the pages.
pub(super) fn pages(catalog: &Catalog) -> Vec<Generated> {
    let operations = catalog.operations();
    let mut categories: Vec<(&str, Vec<&Arc<Operation>>)> = Vec::new();
    for operation in &operations {
        let known = categories
            .iter_mut()
            .find(|(name, _)| *name == operation.category);
        match known {
            Some((_, members)) => members.push(operation),
            None => categories.push((&operation.category, vec![operation])),
        }
    }
    let mut pages = vec![page("catalog/README.md", &index(catalog, &categories))];
    for (category, members) in &categories {
        pages.push(page(
            &format!("catalog/{}", file(category)),
            &one(category, members),
        ));
    }
    pages
}

/// `calendars-appointments.md`
fn file(category: &str) -> String {
    let words: Vec<String> = category
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    format!("{}.md", words.join("-"))
}

fn index(catalog: &Catalog, categories: &[(&str, Vec<&Arc<Operation>>)]) -> String {
    let mut text = "# What can be triggered and done\n\n".to_owned();
    for connector in catalog.connectors() {
        let own: Vec<Arc<Operation>> = catalog
            .operations()
            .into_iter()
            .filter(|operation| operation.connector == connector.name)
            .collect();
        let reads = own
            .iter()
            .filter(|operation| operation.kind == OperationKind::Trigger)
            .count();
        text.push_str(&format!(
            "- **{}** (`{}`): {} operations, of which {reads} can be polled as triggers, and [{} events](events-{}.md). {}\n",
            connector.title,
            connector.name,
            own.len(),
            connector.webhooks.events.len(),
            connector.name,
            connector.help,
        ));
    }
    text.push_str("\nA trigger is a read that `poll:` calls on a timetable; it can be a step as well. `souschef catalog` shows the same at a terminal, `souschef call` tries one.\n");
    for (category, members) in categories {
        let file = file(category);
        text.push_str(&format!(
            "\n## {category}\n\n| operation | kind | what it does |\n|---|---|---|\n"
        ));
        for operation in members {
            let gone = if operation.deprecated.is_some() {
                " *Should not be used any more.*"
            } else {
                ""
            };
            text.push_str(&format!(
                "| [`{}`]({file}{}) | {} | {}{gone} |\n",
                operation.id,
                anchor(&operation.id),
                kind(operation),
                cell(&operation.help)
            ));
        }
    }
    text
}

fn kind(operation: &Operation) -> &'static str {
    match operation.kind {
        OperationKind::Trigger => "trigger",
        OperationKind::Action => "action",
    }
}

fn one(category: &str, members: &[&Arc<Operation>]) -> String {
    let mut text = format!("# {category}\n\n[All operations](README.md)\n");
    for operation in members {
        text.push_str(&section(operation));
    }
    text
}

fn section(operation: &Operation) -> String {
    let mut text = format!(
        "\n## {}\n\n**{}.** {}\n",
        operation.id, operation.title, operation.help
    );
    if let Some(why) = &operation.deprecated {
        text.push_str(&format!("\n> Should not be used any more. {why}\n"));
    }
    text.push_str("\n| | |\n|---|---|\n");
    let mut row = |name: &str, fact: String| text.push_str(&format!("| {name} | {fact} |\n"));
    row(
        "kind",
        match operation.kind {
            OperationKind::Trigger => "trigger, and a step that reads".to_owned(),
            OperationKind::Action => "action".to_owned(),
        },
    );
    for call in &operation.calls {
        let needs = if call.needs.is_empty() {
            String::new()
        } else {
            let needs: Vec<String> = call.needs.iter().map(|name| format!("`{name}`")).collect();
            format!(", where {} is given", needs.join(" or "))
        };
        row(
            "request",
            format!("`{} {}`{needs}", call.method.as_str(), call.path_text()),
        );
    }
    if !operation.scopes.is_empty() {
        row("scopes", code(operation.scopes.iter().map(String::as_str)));
    }
    row("when an answer is lost", lost(operation));
    if let Some(poll) = &operation.poll {
        row("polling", polling(poll));
    }
    text.push_str(&inputs(operation));
    text.push_str(&answer("What `steps.ID` holds afterwards", &operation.output));
    if let Some(trigger) = example::trigger(operation) {
        text.push_str(&format!("\nAs a trigger:\n\n```yaml\n{trigger}```\n"));
    }
    text.push_str(&format!(
        "\nAs a step:\n\n```yaml\n{}```\n",
        example::step(operation)
    ));
    text
}

/// What the effect means for a run.
fn lost(operation: &Operation) -> String {
    match operation.effect {
        Effect::Read => "asked again: it changes nothing".to_owned(),
        Effect::Settled => "sent again: the same twice changes nothing more".to_owned(),
        Effect::Checkable => match &operation.look_for {
            Some(look) => format!(
                "`{}` tells whether it happened; only if not is it sent again",
                look.operation
            ),
            None => "looked up before it is sent again".to_owned(),
        },
        Effect::Unsafe => "a person is asked: sent twice it would happen twice".to_owned(),
    }
}

fn polling(poll: &Poll) -> String {
    let mut facts = vec![format!("items at `{}`", cell(&poll.items))];
    match (&poll.id, &poll.changed) {
        (Some(id), Some(changed)) => {
            facts.push(format!("known by `{id}`"));
            facts.push(format!("changed where `{changed}` differs"));
        }
        (Some(id), None) => {
            facts.push(format!("known by `{id}`"));
            facts.push("changed where anything differs".to_owned());
        }
        (None, _) => facts.push("without an id: `fire_on: every_item` or `every_poll`".to_owned()),
    }
    match &poll.paging {
        Some(paging) => facts.push(format!("pages by `{}`", paging.label)),
        None => facts.push("one page".to_owned()),
    }
    facts.join("; ")
}

fn inputs(operation: &Operation) -> String {
    if operation.inputs.is_empty() {
        return "\nIt has no inputs.\n".to_owned();
    }
    let mut text = "\n| input | kind | needed | what it is |\n|---|---|---|---|\n".to_owned();
    for (name, input) in &operation.inputs {
        text.push_str(&format!(
            "| `{name}` | {} | {} | {} |\n",
            cell(&input.ty.describe()),
            need(input),
            cell(&help(input))
        ));
    }
    if let Some(slots) = &operation.slots {
        let which: Vec<&str> = slots
            .item
            .keys()
            .map(String::as_str)
            .filter(|key| *key != "value")
            .collect();
        text.push_str(&format!(
            "| `{}1` … `{}{}` | a map | | `{{ {}, value }}`: an entry of `{}` |\n",
            slots.prefix,
            slots.prefix,
            slots.count,
            which.join(" or "),
            slots.into
        ));
    }
    text
}

fn need(input: &Input) -> &'static str {
    match (input.fill, input.required) {
        (Some(Fill::LocationId | Fill::CompanyId), _) => "from the connection",
        (None, true) => "yes",
        (None, false) => "",
    }
}

fn help(input: &Input) -> String {
    let mut text = input.help.clone().unwrap_or_default();
    if let Some(default) = &input.default {
        text.push_str(&format!(" The API takes `{default}` where it is left out."));
    }
    text.trim().to_owned()
}

/// The known fields of an answer or a body, or nothing where none is known.
pub(super) fn answer(title: &str, ty: &Type) -> String {
    let mut fields = Vec::new();
    gather("", ty, 0, &mut fields);
    if fields.is_empty() {
        return String::new();
    }
    let mut text = format!("\n<details><summary>{title}</summary>\n\n| field | kind |\n|---|---|\n");
    for (path, kind) in fields.iter().take(FIELDS) {
        text.push_str(&format!("| `{path}` | {} |\n", cell(kind)));
    }
    if fields.len() > FIELDS {
        text.push_str(&format!("| … | and {} more |\n", fields.len() - FIELDS));
    }
    text.push_str("\n</details>\n");
    text.replace("`steps.ID`", "<code>steps.ID</code>")
        .replace("`trigger`", "<code>trigger</code>")
}

fn gather(before: &str, ty: &Type, depth: usize, fields: &mut Vec<(String, String)>) {
    match listing::bare(ty) {
        Type::Map(map) if depth < 4 => {
            for (name, field) in &map.fields {
                let path = format!("{before}{name}");
                fields.push((path.clone(), field.ty.describe()));
                gather(&format!("{path}."), &field.ty, depth + 1, fields);
            }
        }
        Type::List(item) => gather(&format!("{before}0."), item, depth + 1, fields),
        _ => {}
    }
}
