//! What is in scope at a place, and of which type.

use souschef_expr::types::{Field, Map};
use souschef_expr::{Segment, Type};
use souschef_recipe::SourceFile;

use super::{Question, mend};
use crate::check::seen::{HERE, notes};
use crate::check::walk::{Walk, bare, walk};

/// The names in scope at [`HERE`] of a mended text, or of as much of it as there needs to be.
pub(super) fn scope_of(question: &Question<'_>, mended: &str) -> Map {
    scope_in(question, mended).unwrap_or_default()
}

/// The same; none where no part of the text can be checked so far.
pub(super) fn scope_in(question: &Question<'_>, mended: &str) -> Option<Map> {
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
pub(super) fn bind(scope: &mut Map, text: &str, braces: usize) {
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
pub(super) fn is_there(scope: &Map, path: &[String]) -> bool {
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
