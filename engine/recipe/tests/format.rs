//! The layout: the folders of `tests/format` hold a recipe and how it is laid out, and every recipe and example of the
//! repository keeps its meaning and its comments.
//!
//! `UPDATE=1 cargo test -p souschef-recipe --test format` writes what comes out now.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::path::{Path, PathBuf};

use granit_parser::{Event, Parser};
use souschef_recipe::format::{format, format_data, same};
use souschef_recipe::{SourceFile, decode, tree};

/// Every comment, in order of its text: the key order may move them.
fn comments(text: &str) -> Vec<String> {
    let options = granit_parser::options! { emit_comments: true };
    let mut found: Vec<String> = Parser::new_from_str_with_options(text, options)
        .map_while(Result::ok)
        .filter_map(|(event, _)| match event {
            Event::Comment(text, ..) => Some(text.trim_end().to_owned()),
            _ => None,
        })
        .collect();
    found.sort();
    found
}

/// Lays a text out, and looks that it says the same.
fn laid_out(
    name: &str,
    text: &str,
    how: fn(&str) -> Result<String, Vec<souschef_recipe::Diagnostic>>,
) -> String {
    let once = how(text).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
    assert_eq!(once, how(&once).unwrap(), "{name}: laid out twice");
    let (before, after) = (tree::parse(text).tree, tree::parse(&once).tree);
    match (before, after) {
        (Some(before), Some(after)) => assert!(same(&before, &after), "{name}: another meaning\n{once}"),
        (before, after) => assert_eq!(before.is_some(), after.is_some(), "{name}"),
    }
    assert_eq!(comments(text), comments(&once), "{name}: comments\n{once}");
    once
}

/// What a recipe means, with no places in it.
fn meaning(text: &str) -> String {
    let decoded = decode(&SourceFile::new("recipe.yaml", text));
    let recipe = std::fmt::format(format_args!("{:?}", decoded.recipe));
    let places = regex::Regex::new(r"Span \{[^}]*\}|(Plain|SingleQuoted|DoubleQuoted)").unwrap();
    places.replace_all(&recipe, "").into_owned()
}

#[test]
fn recipes_are_laid_out_as_written_down() {
    souschef_cases::hold("format", "laid-out.yaml", 6, |case| {
        let text = std::fs::read_to_string(case.join("recipe.yaml")).unwrap();
        Ok(laid_out(&case.display().to_string(), &text, format))
    });
}

/// Files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in souschef_cases::entries(folder) {
        if path.is_dir() {
            if souschef_cases::name(&path) != "node_modules" {
                files(&path, found);
            }
        } else if path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "md")
        {
            found.push(path);
        }
    }
}

/// Every recipe and example there is: its name and its text. What can't be read is left out, and never changed.
fn corpus() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["recipes", "tests", "docs"] {
        files(&souschef_cases::root().join(folder), &mut found);
    }
    let mut texts = Vec::new();
    for path in found {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            texts.push((name, text));
            continue;
        }
        let examples = text.split("```yaml").skip(1);
        for (index, example) in examples.enumerate() {
            let body = example.split("```").next().unwrap().split_once('\n').unwrap().1;
            texts.push((std::fmt::format(format_args!("{name} {index}")), body.to_owned()));
        }
    }
    texts
}

/// The same text with twice the indentation; only where no text of several lines would change by it.
fn deeper(text: &str) -> String {
    let line = |line: &str| {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        " ".repeat(spaces) + line
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn everything_that_can_be_read_keeps_its_meaning_and_its_comments() {
    let (mut laid, mut refused, mut indented) = (0, 0, 0);
    for (name, text) in corpus() {
        if format(&text).is_err() {
            refused += 1;
            continue;
        }
        laid += 1;
        let once = laid_out(&name, &text, format);
        assert!(meaning(&text) == meaning(&once), "{name}: another recipe\n{once}");
        laid_out(&name, &text, format_data);
        let dos = text.replace('\n', "\r\n");
        assert_eq!(
            format(&dos).unwrap().replace("\r\n", "\n"),
            once,
            "{name}: in Windows' line ends"
        );
        // A layout with four spaces comes to the same: so no text is simply given back.
        let deep = deeper(&once);
        let (Some(before), Some(after)) = (tree::parse(&once).tree, tree::parse(&deep).tree) else {
            continue;
        };
        let as_it_was = once.contains("[\n") || once.contains("{\n") || once.contains(",\n");
        if same(&before, &after) && !as_it_was {
            indented += 1;
            let back = format(&deep).unwrap();
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(squeezed(&once), squeezed(&back), "{name}");
            let indents = |text: &str| -> Vec<usize> {
                text.lines()
                    .map(|line| line.len() - line.trim_start().len())
                    .collect()
            };
            assert_eq!(indents(&once), indents(&back), "{name}: four spaces\n{back}");
        }
    }
    assert!(
        laid > 300 && indented > 200,
        "{laid} laid out, {refused} refused, {indented} indented"
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_what_is_wrong() {
    for text in ["a: [1\nb: 2\n", "a: 1\na: 2\n", "a: !x 1\n", "a: b: c\n"] {
        assert!(!format(text).unwrap_err().is_empty(), "{text}");
    }
}

#[test]
fn marks_and_line_ends_of_other_systems_stay() {
    assert_eq!(
        format("\u{feff}a:   1\r\nb: 2\n").unwrap(),
        "\u{feff}a: 1\r\nb: 2\r\n"
    );
    assert_eq!(format("# nothing but this").unwrap(), "# nothing but this");
    assert_eq!(format("").unwrap(), "");
    assert_eq!(format("a:   |\n    x").unwrap(), "a: |\n  x\n");
}

#[test]
fn the_bundled_recipes_are_laid_out() {
    let mut found = Vec::new();
    files(&souschef_cases::root().join("recipes"), &mut found);
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let how = if path.display().to_string().ends_with(".test.yaml") {
            format_data
        } else {
            format
        };
        assert_eq!(
            how(&text).unwrap(),
            text,
            "{}: run souschef fmt recipes",
            path.display()
        );
    }
}
