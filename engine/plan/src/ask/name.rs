//! Names in expressions, conditions and JSONPaths: what is in scope at a place, and of which type.

use souschef_catalog::example;
use souschef_expr::types::{Field, Map};
use souschef_expr::{Segment, Type, helpers};
use souschef_recipe::{SourceFile, Span, decode};

use super::Question;
use super::caret::{Expression, Written};
use super::form::Form;
use super::offer::{Offer, OfferKind, Offers, escaped, yaml};
use super::place::{Site, Step};
use super::{mend, word};
use crate::check::seen::{HERE, notes};
use crate::check::walk::{Walk, bare, walk};
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

/// The names in scope at [`HERE`] of a mended text, or of as much of it as there needs to be.
fn scope_of(question: &Question<'_>, mended: &str) -> Map {
    scope_in(question, mended).unwrap_or_default()
}

/// The same; none where no part of the text can be checked so far.
fn scope_in(question: &Question<'_>, mended: &str) -> Option<Map> {
    let at = mended.find(HERE)?;
    let ask = |text: &str| {
        let source = SourceFile::new(question.source.name(), text);
        notes(question.name, &source, question.context, None).scope
    };
    ask(mended)
        // What comes below may be what is broken.
        .or_else(|| ask(mend::head(mended, at)))
        .or_else(|| ask(&mend::skeleton(mended, at).0))
}

/// Adds what the blocks bind that are open before these braces: `{{#each trigger.orders as |order|}}`.
fn bind(scope: &mut Map, text: &str, braces: usize) {
    let head = text.get(..braces).unwrap_or_default();
    // A text in quotes or in a block of lines begins somewhere above; blocks are few, so all of them are looked at from
    // the last blank line or key on.
    let mut open: Vec<(Option<Type>, Vec<String>)> = Vec::new();
    let start = head.rfind("\n\n").unwrap_or(0);
    let mut rest = head.get(start..).unwrap_or_default();
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((inside, next)) = after.split_once("}}") else {
            break;
        };
        rest = next;
        let inside = inside.trim_matches('~').trim();
        if inside.starts_with('/') {
            open.pop();
        } else if let Some(block) = inside.strip_prefix('#') {
            let (call, names) = match block.split_once(" as |") {
                Some((call, names)) => (call, names.trim_end_matches('|')),
                None => (block, ""),
            };
            let names = names.split_whitespace().map(str::to_owned).collect();
            let mut words = call.split_whitespace();
            let kind = words.next().unwrap_or_default();
            let path: Vec<String> = words
                .next()
                .unwrap_or_default()
                .split('.')
                .map(str::to_owned)
                .collect();
            let ty = match kind {
                "each" => match bare(&follow(scope, &path)) {
                    Type::List(item) => Some(item.as_ref().clone()),
                    _ => Some(Type::Any),
                },
                "with" => Some(follow(scope, &path)),
                _ => None,
            };
            open.push((ty, names));
        }
    }
    for (ty, names) in open {
        let Some(ty) = ty else { continue };
        let mut put = |name: &str, ty: Type, help: &str| {
            let field = Field {
                ty,
                required: true,
                help: Some(help.to_owned()),
            };
            scope.fields.shift_insert(0, name.to_owned(), field);
        };
        match names.as_slice() {
            [] => put("this", ty, "What the block is at."),
            [item, more @ ..] => {
                if let Some(position) = more.first() {
                    put(position, Type::number(), "Its position, from 0.");
                }
                put(item, ty, "What the block is at.");
            }
        }
    }
}

/// The type that a path leads to.
pub(super) fn follow(scope: &Map, path: &[String]) -> Type {
    match walk(&Type::Map(scope.clone()), &segments(path)) {
        Walk::Known(ty) => ty.clone(),
        Walk::Unknown | Walk::Nowhere { .. } => Type::Any,
    }
}

/// Whether a path is known to lead somewhere.
fn is_there(scope: &Map, path: &[String]) -> bool {
    matches!(walk(&Type::Map(scope.clone()), &segments(path)), Walk::Known(_))
}

fn segments(path: &[String]) -> Vec<Segment> {
    path.iter()
        .map(|name| Segment {
            name: name.clone(),
            range: 0..0,
        })
        .collect()
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

/// A type in a few words.
pub(super) fn kind_of(ty: &Type) -> String {
    let text = ty.describe();
    let text = text.split(", like").next().unwrap_or(&text);
    if text.chars().count() > 60 {
        let head: String = text.chars().take(59).collect();
        return format!("{head}…");
    }
    text.to_owned()
}

/// What there is to say of a value of a type: its help, and an example.
pub(super) fn about(ty: &Type, help: Option<&str>) -> Option<String> {
    let example = match bare(ty) {
        Type::Map(map) if !map.fields.is_empty() => {
            let names: Vec<&str> = map.fields.keys().map(String::as_str).take(12).collect();
            let more = if map.fields.len() > 12 { " …" } else { "" };
            Some(format!("Holds `{}`{more}", names.join("`, `")))
        }
        Type::Any | Type::Null | Type::Map(_) | Type::OneOf(_) => None,
        Type::Text(text) if text.one_of.is_empty() && text.format == Default::default() => None,
        Type::List(item) if matches!(bare(item), Type::Map(_) | Type::Any) => {
            return match (help, about(item, None)) {
                (Some(help), Some(item)) => Some(format!("{help}\n\nEach {}", lower(&item))),
                (Some(help), None) => Some(help.to_owned()),
                (None, item) => item.map(|item| format!("Each {}", lower(&item))),
            };
        }
        ty => Some(format!("Example: `{}`", yaml(&example::of_type(ty)))),
    };
    match (help, example) {
        (Some(help), Some(example)) => Some(format!("{help}\n\n{example}")),
        (Some(one), None) => Some(one.to_owned()),
        (None, example) => example,
    }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// The options of the helper whose arguments are being written.
fn options(expression: &Expression) -> Vec<Offer> {
    let helper = expression.helper.as_deref().and_then(helpers::find);
    helper
        .into_iter()
        .flat_map(|helper| helper.options)
        .filter(|option| !expression.before.contains(&format!("{option}=")))
        .map(|option| {
            Offer::plain(format!("{option}="), OfferKind::Field)
                .detail("an option")
                .insert(format!("{option}='$0'"))
        })
        .collect()
}

/// The helpers, and the blocks where an expression begins.
fn helpers_for(expression: &Expression, question: &Question<'_>) -> Vec<Offer> {
    let inside = expression.before.contains('(');
    let text = question.source.text();
    let line = super::caret::line(text, question.at);
    let tail = text.get(question.at..line.end).unwrap_or_default();
    let closed = tail.contains("}}");
    let mut found: Vec<Offer> = helpers::all()
        .map(|helper| {
            let call = call(helper);
            let insert = if expression.first {
                call
            } else {
                format!("({call})")
            };
            Offer::plain(helper.name, OfferKind::Helper)
                .detail(helper.signature)
                .help(Some(help(helper)))
                .insert(insert)
        })
        .collect();
    if expression.first && !inside && !closed {
        for (name, about, body) in [
            (
                "#if",
                "What stands inside is written where a value is there.",
                "trigger.name",
            ),
            (
                "#unless",
                "What stands inside is written where a value is not there.",
                "trigger.name",
            ),
            (
                "#each",
                "What stands inside is written for each item of a list.",
                "trigger.tags as |item|",
            ),
            (
                "#with",
                "What stands inside is written with the fields of a map.",
                "trigger as |it|",
            ),
        ] {
            let word = name.trim_start_matches('#');
            found.push(
                Offer::plain(name, OfferKind::Snippet)
                    .help(Some(about))
                    .insert(format!("{name} ${{1:{body}}}\\}}\\}}$0{{{{/{word}")),
            );
        }
    }
    found
}

/// A helper with its arguments to be filled in, as its signature names them.
fn call(helper: &helpers::Helper) -> String {
    let names: Vec<&str> = helper
        .signature
        .split_whitespace()
        .skip(1)
        .filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .take(helper.least)
        .collect();
    let mut call = helper.name.to_owned();
    for (index, name) in names.iter().enumerate() {
        call.push_str(&format!(" ${{{}:{name}}}", index + 1));
    }
    if names.is_empty() && helper.least > 0 {
        call.push_str(" $1");
    }
    call
}

/// What there is to say of a helper.
pub(super) fn help(helper: &helpers::Helper) -> String {
    let mut text = format!("`{{{{ {} }}}}`\n\n{}", helper.signature, helper.help);
    for (expression, gives) in helper.examples.iter().take(3) {
        text.push_str(&format!("\n\n`{{{{ {expression} }}}}` gives `{gives}`"));
    }
    text
}
