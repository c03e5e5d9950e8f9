//! Values held against the type that is wanted of them.

use serde_json::Value;
use souschef_catalog::Input;
use souschef_expr::types::{Format, Map, Mismatch, only_map};
use souschef_expr::value::exact_number;
use souschef_expr::{Type, ValueExpr, helpers};
use souschef_recipe::{Code, Diagnostic, Entry, Fix, Node, NodeKind, Span, duration, nearest};

use super::Checker;
use super::values::{inner_text, nothing};
use super::walk::{bare, kind, list_field};

impl Checker<'_> {
    /// Compiles the value of an input. `what` is what the person calls it: `dueDate`.
    /// Null leaves out what may be left out.
    pub(super) fn typed(&mut self, node: &Node, input: &Input, what: &str) -> ValueExpr {
        let Some(value) = self.value_if(node) else {
            return nothing();
        };
        if !self.plain {
            self.likely_slips(node, &input.ty, what);
        }
        match (&value, as_number(&value, input)) {
            (_, Some(number)) => self.fits(node, &number, &input.ty, what),
            (ValueExpr::Literal(Value::Null), None) if !input.required => self.empty(node, what),
            (_, None) => self.fits(node, &value, &input.ty, what),
        }
        value
    }

    /// Nothing after the colon leaves the input out, as null does; a person who means it writes null.
    fn empty(&mut self, node: &Node, what: &str) {
        let written = self.source.text().get(node.span.range()).unwrap_or_default();
        if !self.plain && written.trim().is_empty() {
            self.tell(
                Diagnostic::new(
                    Code::EMPTY_VALUE,
                    node.span,
                    format!("{what} has no value, so it is left out"),
                )
                .label("write the value, or delete the line"),
            );
        }
    }

    /// Tells where a value is not of the type that is wanted.
    fn fits(&mut self, node: &Node, value: &ValueExpr, ty: &Type, what: &str) {
        match (ty, value, &node.kind) {
            (Type::Any, ..) => {}
            (Type::OneOf(kinds), _, NodeKind::Map(_)) if only_map(kinds).is_some() => {
                let map = only_map(kinds).unwrap_or(ty);
                self.fits(node, value, map, what);
            }
            (_, ValueExpr::Literal(literal), _) => {
                for mismatch in ty.mismatches(literal) {
                    self.mismatch(node, ty, &mismatch, what);
                }
                for slip in ty.slips(literal) {
                    self.mismatch(node, ty, &slip, what);
                }
            }
            (Type::Nullable(inner), ..) => self.fits(node, value, inner, what),
            (Type::List(item), ValueExpr::List(items), NodeKind::List(nodes)) => {
                for (index, (value, node)) in items.iter().zip(nodes).enumerate() {
                    self.fits(node, value, item, &format!("{what}.{index}"));
                }
            }
            (Type::Map(map), ValueExpr::Map(given), NodeKind::Map(entries)) => {
                self.map_fits(node, map, given, entries, what);
            }
            _ => {
                let got = value.type_of(&|path| self.names.type_at(path));
                if !ty.accepts(&got) || day_for_moment(ty, &got) {
                    self.wrong_type(node, ty, &got, what);
                }
            }
        }
    }

    fn map_fits(
        &mut self,
        node: &Node,
        map: &Map,
        given: &[(String, ValueExpr)],
        entries: &[Entry],
        what: &str,
    ) {
        for ((name, value), entry) in given.iter().zip(entries) {
            match map.fields.get(name) {
                Some(field) => self.fits(&entry.value, value, &field.ty, &format!("{what}.{name}")),
                None if map.open => {}
                None => {
                    let near = nearest(name, map.fields.keys().map(String::as_str));
                    let mut diagnostic = Diagnostic::new(
                        Code::INPUT_TYPE,
                        entry.key.span,
                        format!("{what} has no \"{name}\""),
                    );
                    if let Some(near) = near {
                        diagnostic = diagnostic.did_you_mean(near);
                    }
                    let known = super::listed(map.fields.keys().map(String::as_str));
                    self.tell(diagnostic.note(format!("{what} has: {known}")));
                }
            }
        }
        let lacking: Vec<&str> = map
            .fields
            .iter()
            .filter(|(name, field)| field.required && !given.iter().any(|(own, _)| own == *name))
            .map(|(name, _)| name.as_str())
            .collect();
        if !lacking.is_empty() {
            let message = format!("{what} lacks {}", super::and(&lacking, "and"));
            self.tell(Diagnostic::new(
                Code::INPUT_TYPE,
                self.first_line(node.span),
                message,
            ));
        }
    }

    fn mismatch(&mut self, node: &Node, ty: &Type, mismatch: &Mismatch, what: &str) {
        let (inner, key) = node_at(node, &mismatch.path);
        let what = if mismatch.path.is_empty() {
            what.to_owned()
        } else {
            format!("{what}.{}", mismatch.path)
        };
        let unknown = mismatch.message == "is not known there";
        let message = match what.rsplit_once('.') {
            Some((owner, name)) if unknown => format!("{owner} has no \"{name}\""),
            _ => format!("{what} {}", mismatch.message),
        };
        let mut label = mismatch.help.clone();
        if let Type::List(item) = bare(ty)
            && mismatch.path.is_empty()
            && matches!(bare(item), Type::Map(_))
        {
            label = Some("write a list of maps: [{ … }]".to_owned());
        }
        // "2d" or "tomorrow" where a date is due.
        if let (Type::Text(text), Some(written)) = (bare(ty), inner.as_text())
            && text.format == Format::Datetime
            && !self.plain
        {
            label = moment_meant(written).or(label);
        }
        if label.is_none()
            && let (Type::Number { .. }, Some(written)) = (bare(ty), inner.as_text())
            && exact_number(written).is_none()
        {
            label = number_meant(written);
        }
        let span = key.filter(|_| unknown).unwrap_or(inner.span);
        let mut diagnostic = Diagnostic::new(Code::INPUT_TYPE, self.first_line(span), message);
        diagnostic.fix = mismatch.meant.clone().map(|text| Fix::new(span, text));
        diagnostic.label = label;
        self.tell(diagnostic);
    }

    /// Tells that an expression gives another kind of value.
    pub(super) fn wrong_type(&mut self, node: &Node, ty: &Type, got: &Type, what: &str) {
        let inner = inner_text(node);
        let message = match (bare(ty), bare(got)) {
            (Type::Text(wanted), Type::Text(given))
                if !wanted.one_of.is_empty() && !given.one_of.is_empty() =>
            {
                format!(
                    "{what} should be {}, and {inner} gives none of these",
                    ty.describe()
                )
            }
            _ => format!("{what} should be {}, and {inner} gives {}", kind(ty), kind(got)),
        };
        let mut diagnostic = Diagnostic::new(Code::EXPRESSION_TYPE, self.first_line(node.span), message);
        let call = called(&inner);
        match wrapped(&call, bare(ty), got, what) {
            Some((text, why)) => {
                diagnostic.label = Some(format!("write \"{text}\"{why}"));
                // Only what stands in the file as it is read, in quotes, can be put into other words.
                let written = self.source.text().get(node.span.range()).unwrap_or_default();
                let whole = written.starts_with(['"', '\'']) && written.contains(&inner);
                diagnostic.fix = whole.then(|| Fix::new(node.span, text));
            }
            None => diagnostic.label = conversion(&inner, &call, bare(ty), got),
        }
        self.tell(diagnostic);
    }
}

/// Whether a day stands where a moment is wanted.
pub(super) fn day_for_moment(wanted: &Type, got: &Type) -> bool {
    let is = |ty: &Type, format: Format| matches!(bare(ty), Type::Text(text) if text.format == format);
    is(wanted, Format::Datetime) && is(got, Format::Date)
}

/// The number that stands as text where that is sent the same.
fn as_number(value: &ValueExpr, input: &Input) -> Option<ValueExpr> {
    match (value, bare(&input.ty)) {
        (ValueExpr::Literal(Value::String(text)), Type::Number { .. }) if input.takes_number_as_text() => {
            exact_number(text).map(|number| ValueExpr::Literal(Value::Number(number)))
        }
        _ => None,
    }
}

/// An expression as the argument of a helper.
fn called(inner: &str) -> String {
    if inner.contains(' ') || helpers::find(inner).is_some() {
        format!("({inner})")
    } else {
        inner.to_owned()
    }
}

/// The one helper that makes one kind of value into another, around the expression, and what it is for.
fn wrapped(call: &str, wanted: &Type, got: &Type, what: &str) -> Option<(String, &'static str)> {
    let (helper, why) = match (wanted, bare(got)) {
        (Type::Text(text), Type::Number { .. }) if text.format == Format::Datetime => return None,
        (Type::Text(_), Type::Number { .. } | Type::Boolean) => ("text", ""),
        (Type::Number { .. }, Type::Text(_)) => ("number", ""),
        (Type::Boolean, Type::Text(_) | Type::Number { .. }) => ("boolean", ""),
        (Type::List(_), Type::Text(_)) if what == "for_each" => {
            ("split", " for what stands between its commas")
        }
        (Type::List(_), Type::Number { .. }) if what == "for_each" => ("range 1", " to count up to it"),
        _ => return None,
    };
    Some((format!("{{{{ {helper} {call} }}}}"), why))
}

/// How to make one kind of value into another, where there is a choice.
fn conversion(inner: &str, call: &str, wanted: &Type, got: &Type) -> Option<String> {
    match (wanted, bare(got)) {
        _ if day_for_moment(wanted, got) => Some(format!(
            "write \"{{{{ date_add {call} '9h' }}}}\" for 9:00 UTC, or with zone='Europe/Vienna' for 9:00 there"
        )),
        (Type::Text(text), Type::Number { .. }) if text.format == Format::Datetime => Some(format!(
            "write \"{{{{ from_epoch_ms {call} }}}}\" where it is a moment in milliseconds"
        )),
        (Type::Text(_), Type::List(_)) => Some(format!(
            "write \"{{{{ join {call} }}}}\" for one text, or \"{{{{ first {call} }}}}\" for the first"
        )),
        (Type::List(_), Type::Map(_)) if inner == "this" => {
            Some("begin it with `- ` for a list of one".to_owned())
        }
        (Type::List(_), Type::Text(_) | Type::Number { .. }) => {
            Some(format!("write [\"{{{{ {inner} }}}}\"] for a list of one"))
        }
        (Type::List(_), Type::Map(_)) => list_field(got).map(|field| format!("its list is {inner}.{field}")),
        (_, Type::Map(map)) if !inner.contains(' ') => {
            part_of(map, wanted).map(|name| format!("name the part that is meant, like {inner}.{name}"))
        }
        _ => None,
    }
}

/// The part of a map that is most likely meant where this type is wanted: a moment for a moment, else its id.
fn part_of<'t>(map: &'t Map, wanted: &Type) -> Option<&'t str> {
    let format = |ty: &Type| match bare(ty) {
        Type::Text(text) => Some(text.format),
        _ => None,
    };
    let fits = |ty: &Type| bare(ty) != &Type::Any && wanted.accepts(ty);
    let alike = |ty: &Type| format(wanted) != Some(Format::Plain) && format(ty) == format(wanted);
    let named = |name: &str| {
        map.fields
            .get_key_value(name)
            .filter(|(_, field)| fits(&field.ty))
    };
    let mut fields = map.fields.iter();
    fields
        .clone()
        .find(|(_, field)| fits(&field.ty) && alike(&field.ty))
        .or_else(|| named("id"))
        .or_else(|| fields.find(|(_, field)| fits(&field.ty)))
        .map(|(name, _)| name.as_str())
}

/// Signs of money, and the decimal sign of those who write them, where they agree on one.
const CURRENCIES: &[(&str, Option<char>)] = &[
    ("$", Some('.')),
    ("£", Some('.')),
    ("€", None),
    ("USD", Some('.')),
    ("GBP", Some('.')),
    ("EUR", None),
    ("CHF", None),
];

/// The number in a text of either notation: `$1,200.50` is 1200.50, and so is `1.200,50 €`. Nothing where it can be two.
fn number_meant(written: &str) -> Option<String> {
    let mut text = written.trim();
    let mut point = None;
    for (sign, decimal) in CURRENCIES {
        if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            (text, point) = (rest.trim(), *decimal);
            break;
        }
    }
    let plain: String = text.chars().filter(|c| !" _'\u{a0}".contains(*c)).collect();
    let (minus, digits) = plain
        .strip_prefix('-')
        .map_or(("", plain.as_str()), |rest| ("-", rest));
    let decimal = decimal_sign(digits, point)?;
    let (whole, fraction) = match decimal.and_then(|sign| digits.rsplit_once(sign)) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let grouped = whole.contains(['.', ',']);
    let mut groups = whole.split(['.', ',']);
    let head = groups.next().unwrap_or_default();
    let well = !grouped || ((1..=3).contains(&head.len()) && groups.all(|group| group.len() == 3));
    let number = format!("{minus}{}", whole.replace(['.', ','], ""));
    let number = fraction.map_or(number.clone(), |fraction| format!("{number}.{fraction}"));
    let digits_only = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let sound = well && digits_only(&whole.replace(['.', ','], "")) && fraction.is_none_or(digits_only);
    sound.then(|| format!("write {number}, without quotes"))
}

/// Which sign stands before the fraction of a number, if any does. None where that can't be told.
fn decimal_sign(digits: &str, known: Option<char>) -> Option<Option<char>> {
    let last = digits.rfind(['.', ',']);
    let Some((at, sign)) = last.and_then(|at| Some((at, digits.get(at..)?.chars().next()?))) else {
        return Some(None);
    };
    let other = if sign == '.' { ',' } else { '.' };
    let count = digits.matches(sign).count();
    if count > 1 {
        // `1.234.567`: what stands more than once stands between thousands.
        return (!digits.contains(other)).then_some(None);
    }
    let after = digits.len() - at - 1;
    if digits.contains(other) || after != 3 || at > 3 || digits.starts_with('0') {
        return Some(Some(sign));
    }
    // `1,200` may be either.
    known.map(|point| (point == sign).then_some(sign))
}

/// What a person means who writes a length of time, or a word, where a moment is due.
fn moment_meant(written: &str) -> Option<String> {
    let word = written.trim().to_lowercase();
    let length = word
        .trim_start_matches(['+', '-'])
        .trim_start_matches("in ")
        .trim();
    if duration::parse(length).is_ok() {
        return Some(format!(
            "write \"{{{{ date_add run.started_at '{length}' }}}}\" for {length} from then on"
        ));
    }
    match word.as_str() {
        "tomorrow" | "next day" => Some("write \"{{ date_add run.started_at '1d' }}\"".to_owned()),
        "now" | "today" | "now()" => Some("write \"{{ run.started_at }}\"".to_owned()),
        _ => None,
    }
}

/// The part of a node that a dotted path leads to, with the place of its key; the nearest part where it stops short.
fn node_at<'n>(node: &'n Node, path: &str) -> (&'n Node, Option<Span>) {
    let mut here = node;
    let mut key = None;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let next = match &here.kind {
            NodeKind::List(items) => name
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index))
                .map(|item| (item, None)),
            NodeKind::Map(entries) => entries
                .iter()
                .find(|entry| entry.key.value == name)
                .map(|entry| (&entry.value, Some(entry.key.span))),
            _ => None,
        };
        match next {
            Some((inner, span)) => (here, key) = (inner, span),
            None => break,
        }
    }
    (here, key)
}
