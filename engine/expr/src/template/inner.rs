//! What a template reads of the items of lists: by the names that its blocks bind, and by the names of fields that helpers
//! are given.

use std::ops::Range;

use super::Segment;
use super::tree::{BlockKind, Call, Expr, Part, Path, Root};
use crate::helpers::Returns;

/// A part of an item, read by a name that the template itself gives it: `note.body` in
/// `{{#each steps.notes.notes as |note|}}`, or `title` in `{{ where steps.there.events "title" fields.title }}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InnerRead {
    /// What the item is, as a path from a name in scope: `steps.notes.notes.0`.
    pub item: Vec<Segment>,
    /// What the template calls it: `note`; none where a helper is given the field's name.
    pub name: Option<Segment>,
    /// What is read of it.
    pub rest: Vec<Segment>,
    /// Whether absence is fine.
    pub optional: bool,
}

/// A name that a block binds, and the path of what it stands for, where that is known.
type Bound = (String, Option<Vec<Segment>>);

/// All of them.
pub(super) fn reads(parts: &[Part]) -> Vec<InnerRead> {
    let mut found = Vec::new();
    walk(parts, &mut Vec::new(), &mut found);
    found
}

fn walk(parts: &[Part], bound: &mut Vec<Bound>, found: &mut Vec<InnerRead>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Expr { expr } => expression(expr, bound, false, found),
            Part::Block {
                kind,
                argument,
                names,
                body,
                inverse,
            } => {
                let optional = matches!(kind, BlockKind::If | BlockKind::Unless);
                expression(argument, bound, optional, found);
                let before = bound.len();
                let whole = path_of(argument, bound);
                for (place, name) in names.iter().enumerate() {
                    let path = whole.clone().filter(|_| place == 0).map(|path| match kind {
                        BlockKind::Each => item(path),
                        BlockKind::If | BlockKind::Unless | BlockKind::With => path,
                    });
                    bound.push((name.clone(), path));
                }
                walk(body, bound, found);
                bound.truncate(before);
                walk(inverse, bound, found);
            }
        }
    }
}

fn expression(expr: &Expr, bound: &[Bound], optional: bool, found: &mut Vec<InnerRead>) {
    match expr {
        Expr::Literal(..) => {}
        Expr::Path(path) => found.extend(by_name(path, bound, optional)),
        Expr::Call(call) => {
            found.extend(by_field(call, bound));
            let options = call.options.iter().map(|(_, value)| value);
            for argument in call.arguments.iter().chain(options) {
                expression(argument, bound, optional || call.helper.absent_ok, found);
            }
        }
    }
}

fn by_name(path: &Path, bound: &[Bound], optional: bool) -> Option<InnerRead> {
    let (first, rest) = path.segments.split_first()?;
    let (_, item) = named(path, bound)?;
    Some(InnerRead {
        item: item.clone()?,
        name: Some(first.clone()),
        rest: rest.to_vec(),
        optional,
    })
}

/// A helper whose signature has a list and the name of a field.
fn by_field(call: &Call, bound: &[Bound]) -> Option<InnerRead> {
    let place = |word: &str| {
        let mut words = call.helper.signature.split_whitespace().skip(1);
        words.position(|own| own == word)
    };
    let (list, field) = (
        call.arguments.get(place("LIST")?)?,
        call.arguments.get(place("FIELD")?)?,
    );
    let Expr::Literal(value, range) = field else {
        return None;
    };
    let rest = value.as_str()?.split('.').map(|name| segment(name, range));
    Some(InnerRead {
        item: item(path_of(list, bound)?),
        name: None,
        rest: rest.collect(),
        optional: true,
    })
}

fn named<'b>(path: &Path, bound: &'b [Bound]) -> Option<&'b Bound> {
    let first = path.segments.first().filter(|_| path.root == Root::Name)?;
    bound.iter().rev().find(|(name, _)| *name == first.name)
}

/// The path of what an expression gives, where it is one, or a list of some of the items that lie there.
fn path_of(expr: &Expr, bound: &[Bound]) -> Option<Vec<Segment>> {
    match expr {
        Expr::Literal(..) => None,
        Expr::Path(path) => match named(path, bound) {
            Some((_, item)) => {
                let rest = path.segments.iter().skip(1).cloned();
                Some(item.clone()?.into_iter().chain(rest).collect())
            }
            None => Some(path.segments.clone()).filter(|_| path.root == Root::Name),
        },
        Expr::Call(call) => {
            let first = || path_of(call.arguments.first()?, bound);
            match call.helper.returns {
                Returns::First => first(),
                Returns::Item => first().map(item),
                _ => None,
            }
        }
    }
}

/// The path of a list's item.
fn item(mut list: Vec<Segment>) -> Vec<Segment> {
    let range = list.last().map_or(0..0, |last| last.range.clone());
    list.push(segment("0", &range));
    list
}

fn segment(name: &str, range: &Range<usize>) -> Segment {
    Segment {
        name: name.to_owned(),
        range: range.clone(),
    }
}
