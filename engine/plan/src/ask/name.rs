//! Names in expressions, conditions and JSONPaths: which may be written at a place.

use souschef_expr::Type;
use souschef_expr::types::Map;
use souschef_recipe::{SourceFile, Span, decode};

use super::Question;
use super::caret::{Expression, Written};
use super::form::Form;
use super::helper::{helpers_for, options};
use super::kind::{about, kind_of};
use super::offer::{Offer, OfferKind, Offers, escaped, yaml};
use super::place::{Site, Step};
use super::scope::{bind, follow, is_there, scope_in, scope_of};
use super::{mend, word};
use crate::check::seen::HERE;
use crate::check::walk::bare;
use crate::propose;

/// What may be written inside `{{ … }}`.
pub(super) fn in_expression(question: &Question<'_>, expression: &Expression) -> Offers {
    let mut offers = Offers {
        replace: expression.written.last,
        items: Vec::new(),
    };
    if expression.quoted {
        // A text of the expression: only a time zone is known to stand in one.
        if expression.before.ends_with("zone=") {
            offers.items = word::zones()
                .into_iter()
                .map(|zone| Offer::plain(zone, OfferKind::Word))
                .collect();
            offers.replace = since_quote(question, expression);
        }
        return offers;
    }
    let text = question.source.text();
    let mended = mend::expression(text, expression.braces, question.at);
    let mut scope = scope_in(question, &mended).unwrap_or_default();
    bind(&mut scope, text, expression.braces);
    let written = &expression.written;
    offers.items = members(&scope, &written.path);
    if written.path.is_empty() {
        offers.items.extend(options(expression));
        offers.items.extend(helpers_for(expression, question));
    }
    offers
}

/// What may be written in a JSONPath.
pub(super) fn in_json_path(question: &Question<'_>, written: &Written) -> Offers {
    let text = question.source.text();
    let mended = mend::expression(text, question.at, question.at);
    let scope = scope_in(question, &mended)
        .or_else(|| scope_in(question, &mend::yaml(text, question.at).text))
        .unwrap_or_default();
    Offers {
        replace: written.last,
        items: members(&scope, &written.path),
    }
}

/// What may be compared in a condition: names by their paths.
pub(super) fn in_condition(question: &Question<'_>, site: &Site) -> Offers {
    let scope = scope_of(question, &site.text);
    let (path, replace) = dotted(question, site);
    Offers {
        replace,
        items: members(&scope, &path),
    }
}

/// Names where a value is written: after `from:` as they are, and as the words that the other side of a condition may be.
pub(super) fn as_value(question: &Question<'_>, site: &Site, forms: &[Form<'_>]) -> Vec<Offer> {
    let keys = site.way.keys();
    let Some(Step::Key(last)) = site.way.steps.last().map(|(_, step)| step) else {
        return Vec::new();
    };
    if last == "from" && keys.contains(&"mappings") {
        let scope = scope_of(
            question,
            &site
                .text
                .replace(&format!("\"{HERE}\""), &format!("\"{{{{ {HERE} }}}}\"")),
        );
        let (path, _) = dotted(question, site);
        // The whole path is replaced, so that it is written whole.
        let before: String = path.iter().map(|name| format!("{name}.")).collect();
        return members(&scope, &path)
            .into_iter()
            .map(|mut offer| {
                offer.insert = format!("{}{}", escaped(&before), offer.insert);
                offer.label = format!("{before}{}", offer.label);
                offer
            })
            .collect();
    }
    if let [.., "with", input] = keys.as_slice() {
        return fitting(question, site, input);
    }
    let operators = forms.iter().find_map(|form| {
        let properties = form.schema.get("properties")?.as_object()?;
        properties.contains_key("is_not").then_some(properties)
    });
    let (compared, mut found) = match operators {
        // `trigger.source: ▮`: an operator, or the value itself.
        Some(operators) => {
            let offers = operators.iter().map(|(name, schema)| {
                let help = schema.get("description").and_then(serde_json::Value::as_str);
                Offer::plain(name, OfferKind::Key)
                    .help(help)
                    .insert(format!("{{ {name}: $0 }}"))
            });
            (Some(last.as_str()), offers.collect())
        }
        // `trigger.source: { is: ▮ }`.
        None if matches!(last.as_str(), "is" | "is_not") => {
            let outer = keys.iter().rev().nth(1).copied();
            (outer, Vec::new())
        }
        None => (None, Vec::new()),
    };
    if let Some(compared) = compared {
        let name = compared.trim_start_matches("$.");
        // The left side is asked about by standing in for it.
        let scope = site.text.replacen(&format!("\"{HERE}\""), "x", 1);
        let scope = scope_of(question, &scope.replacen(compared, HERE, 1));
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        found.splice(0..0, words(&follow(&scope, &path)));
    }
    found
}

/// Names that are probably meant for an input, best first: of those in scope here.
fn fitting(question: &Question<'_>, site: &Site, name: &str) -> Vec<Offer> {
    let catalog = question.context.catalog;
    let calls = site.way.steps.iter().rev().filter_map(|(node, step)| match step {
        Step::Key(key) if key == "with" => node.get("action").or_else(|| node.get("poll"))?.as_text(),
        _ => None,
    });
    let operation = calls.take(1).find_map(|id| catalog.operation(id));
    let Some((operation, input)) = operation
        .as_ref()
        .and_then(|operation| Some((operation, operation.inputs.get(name)?)))
    else {
        return Vec::new();
    };
    let asked = format!("\"{HERE}\"");
    let mended = site.text.replace(&asked, &format!("\"{{{{ {HERE} }}}}\""));
    let scope = scope_of(question, &mended);
    let mut known = match decode(&SourceFile::new(question.source.name(), mended)).recipe {
        Some(recipe) => propose::in_scope(&recipe, catalog),
        None => Vec::new(),
    };
    let path = |written: &str| written.split('.').map(str::to_owned).collect::<Vec<_>>();
    known.retain(|one| is_there(&scope, &path(&one.path)));
    // Fields, and the items of loops.
    let counted = ["trigger", "steps", "inputs", "connection", "run"];
    for (root, field) in scope
        .fields
        .iter()
        .filter(|(root, _)| !counted.contains(&root.as_str()))
    {
        propose::gather(&field.ty, root, "", 0, &mut known);
    }
    propose::proposals(name, input, operation, &known)
        .into_iter()
        .map(|written| {
            let ty = follow(&scope, &path(written.trim_matches(['{', '}', ' '])));
            Offer::plain(written.as_str(), OfferKind::Name)
                .detail(kind_of(&ty))
                .help(about(&ty, None))
                .insert(format!("\"{}\"", escaped(&written)))
        })
        .collect()
}

/// The words that a value of a type may be.
fn words(ty: &Type) -> Vec<Offer> {
    match bare(ty) {
        Type::Text(text) => text
            .one_of
            .iter()
            .map(|word| Offer::plain(word, OfferKind::Word).insert(escaped(&yaml(&word.as_str().into()))))
            .collect(),
        Type::Boolean => ["true", "false"]
            .into_iter()
            .map(|word| Offer::plain(word, OfferKind::Word))
            .collect(),
        Type::List(item) => words(item),
        _ => Vec::new(),
    }
}

/// The names before the last dot of the word at the caret, and the place of the last.
fn dotted(question: &Question<'_>, site: &Site) -> (Vec<String>, Span) {
    let text = question.source.text();
    let written = text
        .get(site.word.start..question.at.max(site.word.start))
        .unwrap_or_default();
    let bare = written.trim_start_matches(['"', '\'']).trim_start_matches("$.");
    let start = question.at - bare.len();
    match bare.rsplit_once('.') {
        Some((path, last)) => {
            let end = site.word.end.max(question.at);
            let names = path.split('.').map(str::to_owned).collect();
            (names, Span::new(question.at - last.len(), end))
        }
        None => (Vec::new(), Span::new(start, site.word.end.max(question.at))),
    }
}

/// From after the quote that is open, to the caret.
fn since_quote(question: &Question<'_>, expression: &Expression) -> Span {
    let text = question.source.text();
    let head = text.get(expression.braces..question.at).unwrap_or_default();
    let start = head
        .rfind(['"', '\''])
        .map_or(question.at, |found| expression.braces + found + 1);
    Span::new(start, question.at)
}

/// The fields of what a path leads to.
fn members(scope: &Map, path: &[String]) -> Vec<Offer> {
    let root = path.is_empty();
    let ty = if root {
        Type::Map(scope.clone())
    } else {
        follow(scope, path)
    };
    let mut found = Vec::new();
    gather(&ty, root, &mut found);
    found
}

fn gather(ty: &Type, root: bool, found: &mut Vec<Offer>) {
    match ty {
        Type::Nullable(inner) => gather(inner, root, found),
        Type::OneOf(kinds) => kinds.iter().for_each(|kind| gather(kind, root, found)),
        Type::Map(map) => {
            for (name, field) in &map.fields {
                if found.iter().any(|offer| offer.label == *name) {
                    continue;
                }
                let kind = if root { OfferKind::Name } else { OfferKind::Field };
                let mut offer = Offer::plain(name, kind)
                    .detail(kind_of(&field.ty))
                    .help(about(&field.ty, field.help.as_deref()));
                if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    offer.insert = format!("[{}]", escaped(name));
                }
                found.push(offer);
            }
        }
        Type::List(item) => {
            let first = Offer::plain("0", OfferKind::Field)
                .detail(kind_of(item))
                .help(Some("The first of the list."));
            found.push(first);
        }
        _ => {}
    }
}
