//! The names that an expression sees.

use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Names and their values: `trigger`, `fields`, `steps`, `inputs`, `connection`, `run`, and the names of loops.
///
/// Cheap to clone: values are shared. A scope may stand inside another: it sees that one's names, and what is set in it
/// is not seen outside. A name may be made of parts that come one by one (`steps.ID`): setting a part copies none of the
/// others, however large they are.
#[derive(Clone, Debug)]
pub struct Scope {
    outer: Option<Arc<Scope>>,
    /// In the order they came. They are few: looking through them is quicker than any table, and so is copying them.
    names: Vec<(Arc<str>, Entry)>,
    now: Timestamp,
}

#[derive(Clone, Debug)]
enum Entry {
    Value(Arc<Value>),
    Parts(Arc<Parts>),
}

/// The parts of a name that were set in one scope; those of the scopes around it belong to the name too.
#[derive(Clone, Debug, Default)]
struct Parts {
    own: IndexMap<Arc<str>, Arc<Value>>,
    /// All of them as one value, made where an expression asks for it.
    whole: OnceLock<Value>,
}

impl Scope {
    /// An empty scope at a moment. `now` is what the `now` helper gives; it must come from the run, not from a clock.
    pub fn new(now: Timestamp) -> Self {
        Self {
            outer: None,
            names: Vec::new(),
            now,
        }
    }

    /// A scope that sees all that another holds.
    pub fn inside(outer: Arc<Self>) -> Self {
        Self {
            now: outer.now,
            outer: Some(outer),
            names: Vec::new(),
        }
    }

    /// The same scope with one more name (or another value for it).
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<Value>>) {
        self.put(name.into(), Entry::Value(value.into()));
    }

    /// Makes a name of parts, without any yet.
    pub fn set_parts(&mut self, name: impl Into<Arc<str>>) {
        self.put(name.into(), Entry::Parts(Arc::default()));
    }

    /// Sets one part of a name: `steps`, `contact`.
    pub fn set_part(&mut self, name: &str, part: impl Into<Arc<str>>, value: impl Into<Arc<Value>>) {
        if !matches!(self.own(name), Some(Entry::Parts(_))) {
            self.set_parts(name);
        }
        let mut own = self.names.iter_mut().filter(|(known, _)| **known == *name);
        if let Some((_, Entry::Parts(parts))) = own.next() {
            let parts = Arc::make_mut(parts);
            parts.own.insert(part.into(), value.into());
            parts.whole.take();
        }
    }

    fn put(&mut self, name: Arc<str>, entry: Entry) {
        match self.names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = entry,
            None => self.names.push((name, entry)),
        }
    }

    /// What this scope itself holds under a name.
    fn own(&self, name: &str) -> Option<&Entry> {
        let (_, entry) = self.names.iter().find(|(known, _)| **known == *name)?;
        Some(entry)
    }

    /// The parts of a name that were set in this scope itself, in the order they came.
    pub fn own_parts(&self, name: &str) -> impl Iterator<Item = (&str, &Arc<Value>)> {
        let parts = match self.own(name) {
            Some(Entry::Parts(parts)) => Some(parts),
            _ => None,
        };
        parts
            .into_iter()
            .flat_map(|parts| parts.own.iter().map(|(part, value)| (part.as_ref(), value)))
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self.entry(name)? {
            (_, Entry::Value(value)) => Some(value),
            (scope, Entry::Parts(parts)) => Some(parts.whole.get_or_init(|| scope.whole(name))),
        }
    }

    /// Whether a name is made of parts.
    pub fn has_parts(&self, name: &str) -> bool {
        matches!(self.entry(name), Some((_, Entry::Parts(_))))
    }

    /// One part of a name that is made of parts.
    pub fn part(&self, name: &str, part: &str) -> Option<&Value> {
        self.line()
            .map_while(|scope| match scope.own(name) {
                Some(Entry::Value(_)) => None,
                Some(Entry::Parts(parts)) => Some(Some(parts)),
                None => Some(None),
            })
            .flatten()
            .find_map(|parts| parts.own.get(part))
            .map(AsRef::as_ref)
    }

    /// The names, in the order they came, those of the outermost scope first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut scopes: Vec<&Self> = self.line().collect();
        scopes.reverse();
        let names: indexmap::IndexSet<&str> = scopes
            .into_iter()
            .flat_map(|scope| scope.names.iter().map(|(name, _)| name.as_ref()))
            .collect();
        names.into_iter()
    }

    /// The moment of the run.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves the scope to a later moment of the run.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// This scope and those around it, innermost first.
    fn line(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |scope| scope.outer.as_deref())
    }

    /// The innermost entry of a name, and the scope that holds it.
    fn entry(&self, name: &str) -> Option<(&Self, &Entry)> {
        self.line().find_map(|scope| Some((scope, scope.own(name)?)))
    }

    /// All parts of a name, as a map.
    fn whole(&self, name: &str) -> Value {
        let mut scopes: Vec<&Self> = self
            .line()
            .take_while(|scope| !matches!(scope.own(name), Some(Entry::Value(_))))
            .collect();
        scopes.reverse();
        let mut whole = Map::new();
        for scope in scopes {
            for (part, value) in scope.own_parts(name) {
                whole.insert(part.to_owned(), value.as_ref().clone());
            }
        }
        Value::Object(whole)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn steps() -> Scope {
        let mut scope = Scope::new(Timestamp::UNIX_EPOCH);
        scope.set("trigger", json!({ "id": "c1" }));
        scope.set_parts("steps");
        scope.set_part("steps", "contact", json!({ "id": "c1" }));
        scope
    }

    #[test]
    fn an_inner_scope_sees_the_outer_and_is_not_seen_by_it() {
        let outer = Arc::new(steps());
        let mut inner = Scope::inside(Arc::clone(&outer));
        inner.set("item", json!(7));
        inner.set_part("steps", "note", json!("n1"));
        assert_eq!(
            inner.part("steps", "contact").and_then(|step| step.get("id")),
            Some(&json!("c1"))
        );
        assert_eq!(inner.part("steps", "note"), Some(&json!("n1")));
        assert_eq!(
            inner.get("steps"),
            Some(&json!({ "contact": { "id": "c1" }, "note": "n1" }))
        );
        assert_eq!(inner.names().collect::<Vec<_>>(), ["trigger", "steps", "item"]);
        assert_eq!(outer.part("steps", "note"), None);
        assert_eq!(outer.get("item"), None);
    }

    #[test]
    fn the_whole_of_a_name_follows_its_parts() {
        let mut scope = steps();
        assert_eq!(scope.get("steps"), Some(&json!({ "contact": { "id": "c1" } })));
        scope.set_part("steps", "note", json!(1));
        assert_eq!(
            scope.get("steps"),
            Some(&json!({ "contact": { "id": "c1" }, "note": 1 }))
        );
    }

    #[test]
    fn expressions_read_parts_as_they_read_values() {
        let mut scope = Scope::inside(Arc::new(steps()));
        scope.set_part("steps", "list", json!([{ "n": 1 }, { "n": 2 }]));
        let eval = |text: &str| crate::ValueExpr::parse_text(text).map(|value| value.eval(&scope));
        for (text, gives) in [
            ("{{ steps.contact.id }}", json!("c1")),
            ("{{ steps.list.1.n }}", json!(2)),
            ("{{ default steps.nobody.id \"none\" }}", json!("none")),
            ("{{ default steps.contact.name \"none\" }}", json!("none")),
            ("$.steps.list[?@.n > 1].n", json!(2)),
            ("$.steps.nobody.id", json!(null)),
            ("$.steps['contact'].id", json!("c1")),
            ("$.steps[*].id", json!("c1")),
            ("{{ json steps.contact }}", json!("{\"id\":\"c1\"}")),
        ] {
            assert_eq!(eval(text), Ok(Ok(gives)), "{text}");
        }
        let told = |text: &str| match eval(text) {
            Ok(Err(error)) => format!(
                "{} {} ({})",
                error.code,
                error.message,
                error.help.unwrap_or_default()
            ),
            other => format!("{other:?}"),
        };
        assert_eq!(
            told("{{ steps.contacts.id }}"),
            "SC401 steps.contacts.id is not there: steps has no contacts (did you mean steps.contact? Where it may be \
             missing, write {{ default steps.contacts.id \"…\" }})"
        );
        assert!(told("{{ steps.contact.name }}").contains("steps.contact has no name"));
    }
}
