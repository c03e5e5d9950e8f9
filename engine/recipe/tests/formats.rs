//! The forms that other programs read: their keys, how places count, and what is escaped.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use serde_json::{Value, json};
use souschef_recipe::{Code, Diagnostic, SourceFile, Span, decode, render};

/// A file with an emoji before each place, a name to escape, and one diagnostic that spans lines.
fn problems() -> Vec<(SourceFile, Vec<Diagnostic>)> {
    let text = "name: \"👋 é\"\ntrigger: { manual: true }\nactoins:\n  - stop: done\n";
    let source = SourceFile::new("my recipes/50%, a:b#1.yaml", text);
    let at = |part: &str| {
        let start = text.find(part).unwrap();
        Span::new(start, start + part.len())
    };
    let told = vec![
        Diagnostic::new(Code::YAML, at("é"), "first,\nof two: 100%"),
        Diagnostic::new(Code::UNUSED, at("actoins:\n  - stop"), "a warning")
            .label("write this")
            .note("and this"),
    ];
    vec![(source, told)]
}

#[test]
fn json_has_exactly_the_promised_keys() {
    assert_eq!(
        render::json(&problems()),
        [
            json!({
                "code": "SC001", "severity": "error", "message": "first,\nof two: 100%",
                "path": "my recipes/50%, a:b#1.yaml",
                "line": 1, "column": 10, "end_line": 1, "end_column": 11, "help": "",
            }),
            json!({
                "code": "SC225", "severity": "warning", "message": "a warning",
                "path": "my recipes/50%, a:b#1.yaml",
                "line": 3, "column": 1, "end_line": 4, "end_column": 9, "help": "write this\nand this",
            }),
        ]
    );
}

#[test]
fn places_count_characters_whatever_ends_the_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let text = [
            "name: Example",
            "trigger: { manual: true }",
            "actions:",
            "  - { x: \"😀😀\", stpo: done }",
            "",
        ]
        .join(end);
        let source = SourceFile::new("recipe.yaml", text);
        let told = decode(&source).diagnostics;
        let all = render::json(&[(source, told)]);
        let places: Vec<_> = all
            .iter()
            .map(|one| (&one["line"], &one["column"], &one["end_column"]))
            .collect();
        let wanted = (json!(4), json!(16), json!(20));
        assert!(
            places.contains(&(&wanted.0, &wanted.1, &wanted.2)),
            "{end:?}: {all:?}"
        );
    }
}

/// What the SARIF 2.1.0 standard demands of the parts that are written.
#[test]
fn sarif_is_as_the_standard_says() {
    let sarif = render::sarif(&problems());
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["tool"]["driver"]["name"], "souschef");
    let rules: Vec<&Value> = run["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["id"])
        .collect();
    assert_eq!(rules, ["SC001", "SC225"]);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index], &result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        // A URI reference: what a path may hold and a URI may not is encoded.
        assert_eq!(
            place["artifactLocation"]["uri"],
            "my%20recipes/50%25,%20a:b%231.yaml"
        );
        let region = &place["region"];
        assert!(region["startLine"].as_u64() >= Some(1) && region["startColumn"].as_u64() >= Some(1));
        assert!(region["endLine"].as_u64() >= region["startLine"].as_u64());
    }
    assert_eq!(results[0]["level"], "error");
    assert_eq!(results[1]["level"], "warning");
    assert_eq!(results[1]["message"]["text"], "a warning\nwrite this\nand this");
}

#[test]
fn github_annotations_are_one_line_each_and_escaped() {
    assert_eq!(
        render::github(&problems()),
        "::error file=my recipes/50%25%2C a%3Ab#1.yaml,line=1,endLine=1,col=10,endColumn=11,title=SC001::first,%0Aof two: 100%25\n\
         ::warning file=my recipes/50%25%2C a%3Ab#1.yaml,line=3,endLine=4,title=SC225::a warning%0Awrite this%0Aand this\n"
    );
}

#[test]
fn nothing_in_a_file_reaches_the_terminal_as_a_control() {
    let text =
        "name: \"a\u{1b}[31mred\u{7}\"\ntrigger: { manual: true }\nactions:\n  - \u{1b}]0;title\u{7}: x\n";
    let source = SourceFile::new("recipe\u{1b}[2J.yaml", text);
    let told = decode(&source).diagnostics;
    let mut told = told;
    let hostile = Diagnostic::new(Code::YAML, Span::new(0, 4), "a\u{1b}[2Jb")
        .label("c\u{202e}d")
        .note("e\u{9b}f");
    told.push(hostile.related(Span::new(0, 4), "g\u{7}h"));
    let shown = render::human(&[(source, told)], false, 80);
    let control = shown
        .chars()
        .find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(control, None, "{shown:?}");
}
