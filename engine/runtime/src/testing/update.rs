//! Writing what really happened into a test file, and nothing else of it.

use souschef_recipe::{Node, NodeKind, SourceFile};

use super::file::Expectation;

/// The test file's text with each case's `expect:` replaced by what really happened. Everything else stays as it is,
/// comments included.
///
/// # Errors
/// The text's cases could not be found.
pub fn rewrite(source: &SourceFile, actual: &[Expectation]) -> Result<String, String> {
    let tree = souschef_recipe::tree::parse(source.text())
        .tree
        .ok_or("the file is no YAML")?;
    let cases = entry(&tree, "cases").ok_or("the file has no cases")?;
    let NodeKind::List(cases) = &cases.kind else {
        return Err("cases: is no list".to_owned());
    };
    let mut text = source.text().to_owned();
    for (case, expect) in cases.iter().zip(actual).rev() {
        let NodeKind::Map(entries) = &case.kind else {
            continue;
        };
        let Some(first) = entries.first() else { continue };
        let indent = source.place(first.key.span.start).column - 1;
        let block = block(expect, indent)?;
        match entries.iter().find(|entry| entry.key.value == "expect") {
            Some(old) => {
                let end = end_of(source.text(), old.value.span.end.max(old.key.span.end));
                text.replace_range(old.key.span.start..end, block.trim_start());
            }
            None => {
                let last = entries
                    .last()
                    .map_or(case.span.end, |last| last.value.span.end.max(last.key.span.end));
                let end = end_of(source.text(), last);
                text.insert_str(end, &format!("\n{block}"));
            }
        }
    }
    Ok(text)
}

/// Where the line ends on which a value ends: values may be followed by blank lines that are not theirs.
fn end_of(text: &str, end: usize) -> usize {
    let value = text.get(..end).unwrap_or(text).trim_end().len();
    text.get(value..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |line| value + line)
}

fn block(expect: &Expectation, indent: usize) -> Result<String, String> {
    let mut map = serde_json::Map::new();
    map.insert(
        "expect".to_owned(),
        serde_json::to_value(expect).map_err(|why| why.to_string())?,
    );
    let yaml = serde_yaml::to_string(&map).map_err(|why| why.to_string())?;
    let pad = " ".repeat(indent);
    let lines: Vec<String> = yaml
        .trim_end()
        .lines()
        .map(|line| format!("{pad}{line}"))
        .collect();
    Ok(lines.join("\n"))
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.kind {
        NodeKind::Map(entries) => entries
            .iter()
            .find(|entry| entry.key.value == key)
            .map(|entry| &entry.value),
        _ => None,
    }
}
