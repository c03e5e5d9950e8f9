//! The parts of a value that a path goes through.

use souschef_expr::Type;
use souschef_recipe::{Advice, Code, Diagnostic, Fix, nearest};

use super::names::Known;
use super::reference::Read;
use super::walk::{Walk, bare, deeper, fields, list_field, plain, walk};
use super::{Checker, listed};

impl Checker<'_> {
    /// Follows the rest of a path through a type, from the step `from` on.
    pub(super) fn part(
        &mut self,
        what: &str,
        ty: &Type,
        read: &Read<'_>,
        from: usize,
        known: Option<&Known>,
    ) {
        let rest = read.path.get(from..).unwrap_or_default();
        let Walk::Nowhere { at, parent, certain } = walk(ty, rest) else {
            return;
        };
        let at = from + at;
        let name = read.name(at);
        let span = read.span(at);
        let path = read.written(at);
        let names = fields(parent);
        if at == from && self.meant_of_event(what, read, certain) {
            return;
        }
        if names.is_empty() && !matches!(bare(parent), Type::Map(_)) {
            let diagnostic = Diagnostic::new(
                Code::NO_SUCH_PART,
                span,
                format!("{path} is {}, and has no \"{name}\"", bare(parent).describe()),
            );
            return self.tell(match bare(parent) {
                Type::List(item) if matches!(bare(item), Type::Map(_) | Type::Any) => diagnostic.label(
                    format!("write {path}.0.{name} for the first item's, or go through them with for_each:"),
                ),
                Type::List(_) => diagnostic.label(format!(
                    "write {path}.0 for its first item, or {{{{ join {path} }}}} for all"
                )),
                _ => diagnostic.label(format!("write {path} alone")),
            });
        }
        let owner = if at == from { what.to_owned() } else { path.clone() };
        let near = nearest(name, names.iter().copied());
        let within = deeper(parent, name);
        let near = near.or_else(|| {
            if within.is_some() {
                None
            } else {
                alike(name, &names)
            }
        });
        // `trigger.contact.id`, where the trigger is the contact itself.
        let next = read
            .path
            .get(at + 1)
            .map(|one| one.name.as_str())
            .filter(|next| names.contains(next));
        // The same, where the trigger has only the contact's id, and an id of its own.
        let joined = read
            .path
            .get(at + 1)
            .and_then(|one| names.iter().copied().find(|own| is_joined(own, name, &one.name)));
        let near = near.filter(|_| next.is_none());
        let say = |sentence: String| Some(Advice::Say(sentence));
        let advice = match (&near, &within) {
            _ if joined.is_some() => say(format!("write {path}.{}", joined.unwrap_or_default())),
            _ if next.is_some() => say(format!("leave it out: {path}.{}", next.unwrap_or_default())),
            (Some(near), _) => Some(Advice::Meant((*near).to_owned())),
            (None, Some(within)) => Some(Advice::Write {
                say: format!("write {path}.{within}"),
                text: within.clone(),
            }),
            (None, None) => run_together(parent, name).map(|parts| Advice::Write {
                say: format!("write {path}.{parts}"),
                text: parts,
            }),
        };
        if certain {
            let mut diagnostic =
                Diagnostic::new(Code::NO_SUCH_PART, span, format!("{owner} has no \"{name}\""));
            if let Some(advice) = advice {
                diagnostic = diagnostic.advice(advice);
            }
            return self.tell(if names.is_empty() {
                diagnostic
            } else {
                diagnostic.note(format!("{path} has: {}", listed(names)))
            });
        }
        // What is published is not all there is: where absence is fine, only a likely slip is told.
        if read.optional && advice.is_none() {
            return;
        }
        let here = format!("{path} has");
        let source = known
            .filter(|_| at == from)
            .map_or(here.clone(), |known| sends(known, &here));
        let hint = list_field(parent).filter(|_| advice.is_none() && name.parse::<usize>().is_ok());
        let advice = advice.or_else(|| say(format!("write {path}.{}.{name}", hint?)));
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_FIELD_OF_ANSWER,
            span,
            format!("{owner} has no \"{name}\" that is known of"),
        );
        if let Some(advice) = advice {
            diagnostic = diagnostic.advice(advice);
        }
        self.tell(diagnostic.note(format!("{source}: {}", listed(names))));
    }

    /// In the `if:` of `wait_for`, a field that the trigger lacks and the awaited event has: the event's is meant.
    fn meant_of_event(&mut self, what: &str, read: &Read<'_>, certain: bool) -> bool {
        let rest = read.path.get(1..).unwrap_or_default();
        let Some(event) = self.names.event.as_ref().filter(|_| read.name(0) == "trigger") else {
            return false;
        };
        if !matches!(walk(event.ty(), rest), Walk::Known(_)) {
            return false;
        }
        let name = read.name(1);
        let (code, known) = if certain {
            (Code::NO_SUCH_PART, "")
        } else {
            (Code::UNKNOWN_FIELD_OF_ANSWER, " that is known of")
        };
        let message = format!("{what} has no \"{name}\"{known}");
        let mut diagnostic = Diagnostic::new(code, read.span(1), message)
            .label(format!("write event.{name} for that of what is waited for"))
            .note(format!(
                "{}: {}",
                sends(event, "the event has"),
                listed(fields(event.ty()))
            ));
        diagnostic.fix = Some(Fix::new(read.span(0).to(read.span(1)), format!("event.{name}")));
        self.tell(diagnostic);
        true
    }
}

/// `contactemail` is contact.email without its dot.
fn run_together(ty: &Type, name: &str) -> Option<String> {
    let Type::Map(map) = bare(ty) else { return None };
    map.fields.iter().find_map(|(first, field)| {
        let rest = name.strip_prefix(first.as_str())?;
        let inner = fields(&field.ty);
        inner.contains(&rest).then(|| format!("{first}.{rest}"))
    })
}

/// Whether a name is two others in one: `contactId` of `contact` and `id`.
fn is_joined(name: &str, first: &str, second: &str) -> bool {
    plain(name) == plain(first) + &plain(second)
}

/// Who says what fields there are.
pub(super) fn sends(known: &Known, other: &str) -> String {
    match known {
        Known::Answer(operation) => format!("{} answers", operation.id),
        Known::Event(event) => format!("{} sends", event.id),
        Known::Own(_) => other.to_owned(),
    }
}

/// A field that is probably meant by a name: nearly the same, the beginning of it, or the thing's own id.
pub(super) fn alike<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let wanted = plain(name);
    let begins = |other: &&&str| wanted.len() >= 4 && plain(other).starts_with(&wanted);
    // `i` of `id`: too short to be near to anything by its letters.
    let short = |other: &&&str| {
        let letters = other.chars().count();
        wanted.chars().count() == 1 && letters == 2 && other.contains(wanted.as_str())
    };
    nearest(name, names.iter().copied())
        .or_else(|| names.iter().find(begins).copied())
        .or_else(|| names.iter().find(short).copied())
        .or_else(|| {
            names
                .iter()
                .find(|own| **own == "id" && wanted.len() > 2 && wanted.ends_with("id"))
                .copied()
        })
}
