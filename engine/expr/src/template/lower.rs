//! From handlebars' tree to ours.
//!
//! Its tree has no places for names, so they are found again: the tags come in the order of the text, and inside a tag
//! its parts in the order in which they were written.

use std::ops::Range;

use handlebars::Path as ParsedPath;
use handlebars::template::{BlockParam, HelperTemplate, Parameter, Template as Parsed, TemplateElement};

use super::Segment;
use super::scan::{self, Tag};
use super::tree::{BlockKind, Call, Expr, Part, Path, Root};
use crate::error::ExprError;
use crate::helpers;

/// Compiles and lowers a text whose limits have been tested.
pub(super) fn lower(text: &str) -> Result<Vec<Part>, ExprError> {
    let tags = scan::tags(text)?;
    let parsed = Parsed::compile(text).map_err(|error| {
        let all = tags
            .iter()
            .map(|tag| tag.range.clone())
            .next()
            .unwrap_or(0..text.len());
        let range = place(&tags, error.pos(), text).unwrap_or(all);
        let inner = text.get(range.clone()).unwrap_or_default();
        let quotes = inner.matches('"').count() % 2 == 1 || inner.matches('\'').count() % 2 == 1;
        let words: Vec<&str> = inner.trim_matches(['{', '}', '~']).split_whitespace().collect();
        if let [one, two, ..] = words.as_slice()
            && one.contains('.')
            && !one.contains(['"', '\'', '('])
            && !quotes
        {
            let message = "a name stands beside another value, without a helper before them";
            return ExprError::new("SC102", range, message).help(format!(
                "write each in its own {{{{ }}}}, or {{{{ concat {one} {two} }}}}"
            ));
        }
        if quotes {
            return scan::quote_not_closed(range);
        }
        ExprError::new("SC102", range, "this expression can't be read")
            .help("write a name, or a helper with its arguments: {{ upper trigger.name }}")
    })?;
    let mut lowerer = Lowerer { tags, next: 0 };
    lowerer.parts(&parsed)
}

/// The tag that holds a line and column.
fn place(tags: &[Tag<'_>], at: Option<(usize, usize)>, text: &str) -> Option<Range<usize>> {
    let (line, column) = at?;
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = start + column.saturating_sub(1);
    tags.iter()
        .find(|tag| tag.range.contains(&offset))
        .map(|tag| tag.range.clone())
}

struct Lowerer<'a> {
    tags: Vec<Tag<'a>>,
    next: usize,
}

/// Finds parts of a tag again, from left to right.
struct Cursor<'a> {
    inner: &'a str,
    start: usize,
    at: usize,
    whole: Range<usize>,
}

impl Cursor<'_> {
    fn find(&mut self, raw: &str) -> Range<usize> {
        let rest = self.inner.get(self.at..).unwrap_or_default();
        match rest.find(raw) {
            Some(offset) => {
                let begin = self.start + self.at + offset;
                self.at += offset + raw.len();
                begin..begin + raw.len()
            }
            None => self.whole.clone(),
        }
    }
}

impl<'a> Lowerer<'a> {
    fn tag(&mut self) -> Cursor<'a> {
        let tag = self.tags.get(self.next);
        self.next += 1;
        match tag {
            Some(tag) => Cursor {
                inner: tag.inner,
                start: tag.start,
                at: 0,
                whole: tag.range.clone(),
            },
            None => Cursor {
                inner: "",
                start: 0,
                at: 0,
                whole: 0..0,
            },
        }
    }

    fn parts(&mut self, parsed: &Parsed) -> Result<Vec<Part>, ExprError> {
        let mut parts = Vec::new();
        for element in &parsed.elements {
            match element {
                TemplateElement::RawString(text) => parts.push(Part::Text(text.clone())),
                TemplateElement::Comment(_) => {}
                TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                    let mut cursor = self.tag();
                    let expr = self.call(helper, &mut cursor)?;
                    parts.push(Part::Expr { expr });
                }
                TemplateElement::HelperBlock(helper) => parts.push(self.block(helper)?),
                _ => {
                    let cursor = self.tag();
                    return Err(ExprError::new(
                        "SC106",
                        cursor.whole,
                        "recipes don't have this form of template",
                    ));
                }
            }
        }
        Ok(parts)
    }

    fn block(&mut self, helper: &HelperTemplate) -> Result<Part, ExprError> {
        let mut cursor = self.tag();
        let word = name_of(&helper.name).unwrap_or_default();
        let kind = match word.as_str() {
            "if" => BlockKind::If,
            "unless" => BlockKind::Unless,
            "each" => BlockKind::Each,
            "with" => BlockKind::With,
            other => {
                return Err(
                    ExprError::new("SC103", cursor.whole, format!("there is no block \"{other}\""))
                        .help("blocks are: if, unless, each, with"),
                );
            }
        };
        cursor.find(&word);
        let argument = match helper.params.as_slice() {
            [one] => self.parameter(one, &mut cursor)?,
            _ => {
                return Err(ExprError::new(
                    "SC104",
                    cursor.whole,
                    format!("{{{{#{word}}}}} takes one value"),
                )
                .help(format!(
                    "write {{{{#{word} trigger.name}}}}; put a helper in parentheses"
                )));
            }
        };
        let names = match &helper.block_param {
            Some(BlockParam::Single(one)) => name_of(one).into_iter().collect(),
            Some(BlockParam::Pair((one, two))) => name_of(one).into_iter().chain(name_of(two)).collect(),
            _ => Vec::new(),
        };
        let body = helper
            .template
            .as_ref()
            .map_or(Ok(Vec::new()), |inner| self.parts(inner))?;
        let mut inverse = Vec::new();
        if let Some(inner) = &helper.inverse {
            // `{{else if …}}` is a block of its own that begins with this tag; a plain `{{else}}` is passed over.
            let chained =
                matches!(inner.elements.as_slice(), [TemplateElement::HelperBlock(next)] if next.chain);
            if !chained {
                self.tag();
            }
            inverse = self.parts(inner)?;
        }
        // The chained block has no closing tag of its own.
        if !helper.chain {
            self.tag();
        }
        Ok(Part::Block {
            kind,
            argument,
            names,
            body,
            inverse,
        })
    }

    fn parameter(&mut self, parameter: &Parameter, cursor: &mut Cursor<'_>) -> Result<Expr, ExprError> {
        match parameter {
            Parameter::Name(name) => Ok(Expr::Path(path(name, cursor))),
            Parameter::Path(ParsedPath::Relative((_, raw))) => Ok(Expr::Path(path(raw, cursor))),
            Parameter::Path(ParsedPath::Local((_, name, raw))) => {
                let range = cursor.find(raw);
                Ok(Expr::Path(Path {
                    root: Root::Local(name.trim_start_matches('@').to_owned()),
                    segments: Vec::new(),
                    range,
                }))
            }
            Parameter::Literal(value) => {
                let range = match value.as_str() {
                    Some(text) => cursor.find(text),
                    None => cursor.find(&value.to_string()),
                };
                Ok(Expr::Literal(value.clone(), range))
            }
            Parameter::Subexpression(inner) => match inner.element.as_ref() {
                TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                    self.call(helper, cursor)
                }
                _ => Err(ExprError::new(
                    "SC102",
                    cursor.whole.clone(),
                    "this expression can't be read",
                )),
            },
            _ => Err(ExprError::new(
                "SC102",
                cursor.whole.clone(),
                "this expression can't be read",
            )),
        }
    }

    /// A name alone is a path, even where a helper that needs arguments has it too: a loop may be `as: title`. A name with
    /// arguments, or that of a helper which needs none, is a helper.
    fn call(&mut self, helper: &HelperTemplate, cursor: &mut Cursor<'_>) -> Result<Expr, ExprError> {
        let Some(word) = name_of(&helper.name) else {
            return self.parameter(&helper.name, cursor);
        };
        let bare = helper.params.is_empty() && helper.hash.is_empty();
        let known = helpers::find(&word);
        if bare && known.is_none_or(|helper| helper.least > 0) {
            return self.parameter(&helper.name, cursor);
        }
        let range = cursor.find(&word);
        let Some(known) = known else {
            return Err(unknown(&word, range, &cursor.whole, cursor.inner));
        };
        let arguments = helper
            .params
            .iter()
            .map(|one| self.parameter(one, cursor))
            .collect::<Result<Vec<_>, _>>()?;
        let mut options = Vec::new();
        for (name, value) in &helper.hash {
            if !known.options.contains(&name.as_str()) {
                return Err(
                    ExprError::new("SC104", range, format!("{word} has no option \"{name}\""))
                        .help(format!("write {{{{ {} }}}}", known.signature)),
                );
            }
            let from = cursor.inner.find(&format!("{name}=")).unwrap_or(cursor.at);
            let mut inside = Cursor {
                inner: cursor.inner,
                start: cursor.start,
                at: from,
                whole: cursor.whole.clone(),
            };
            options.push((name.clone(), self.parameter(value, &mut inside)?));
        }
        options.sort_by(|a, b| a.0.cmp(&b.0));
        if arguments.len() < known.least || arguments.len() > known.most {
            let wrong = if arguments.len() < known.least {
                "few"
            } else {
                "many"
            };
            return Err(
                ExprError::new("SC104", range, format!("{word} has too {wrong} arguments"))
                    .help(format!("write {{{{ {} }}}}", known.signature)),
            );
        }
        Ok(Expr::Call(Call {
            helper: known,
            arguments,
            options,
            range,
        }))
    }
}

/// A name that is no helper, in the place of one.
fn unknown(word: &str, range: Range<usize>, whole: &Range<usize>, inner: &str) -> ExprError {
    let near = super::foreign::meant(word)
        .or_else(|| crate::types::nearest(word, helpers::all().map(|helper| helper.name)));
    if let Some(near) = near {
        return ExprError::new("SC103", range, format!("there is no helper \"{word}\"")).did_you_mean(near);
    }
    if word.contains('.') || ["trigger", "fields", "steps", "inputs", "connection", "run"].contains(&word) {
        return ExprError::new(
            "SC102",
            whole.clone(),
            "a name stands beside another without a helper between them",
        )
        .help(format!(
            "write one name for each pair of braces, or a helper before them: {{{{ concat {} }}}}",
            inner.trim()
        ));
    }
    ExprError::new("SC103", range, format!("there is no helper \"{word}\""))
        .help("docs/helpers.md lists them; names with spaces in them are written {{ trigger.[first name] }}")
}

fn name_of(parameter: &Parameter) -> Option<String> {
    match parameter {
        Parameter::Name(name) => Some(name.clone()),
        Parameter::Path(ParsedPath::Relative((_, raw))) => Some(raw.clone()),
        _ => None,
    }
}

/// A path from its text: `steps.contact.id`, `orders.[0].id`, `this.name`, `../name`.
fn path(raw: &str, cursor: &mut Cursor<'_>) -> Path {
    let range = cursor.find(raw);
    let mut rest = raw;
    let mut at = range.start;
    let mut root = Root::Name;
    let mut out = 0;
    while let Some(after) = rest.strip_prefix("../").or_else(|| rest.strip_prefix("..")) {
        at += rest.len() - after.len();
        rest = after;
        out += 1;
    }
    for word in ["this", "."] {
        let after = rest
            .strip_prefix(word)
            .filter(|after| after.is_empty() || after.starts_with(['.', '/']));
        if let Some(after) = after {
            let trimmed = after.trim_start_matches(['.', '/']);
            at += rest.len() - trimmed.len();
            rest = trimmed;
            root = Root::This(out);
            break;
        }
    }
    if out > 0 && root == Root::Name {
        root = Root::This(out);
    }
    let mut segments = Vec::new();
    while !rest.is_empty() {
        let (name, len) = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let len = rest.find(['.', '/']).unwrap_or(rest.len());
                (rest.get(..len).unwrap_or_default(), len)
            }
        };
        if !name.is_empty() {
            segments.push(Segment {
                name: name.to_owned(),
                range: at..at + len,
            });
        }
        let step = (len + 1).min(rest.len());
        at += step;
        rest = rest.get(step..).unwrap_or_default();
    }
    Path {
        root,
        segments,
        range,
    }
}
