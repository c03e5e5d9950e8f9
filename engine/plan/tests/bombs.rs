//! Recipes made to hurt: each is refused with an error, on a thread of 2 MiB, while memory stays small.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use souschef_catalog::Catalog;
use souschef_plan::{Context, Project, check};
use souschef_recipe::{Severity, SourceFile, render};

/// A recipe whose one step's note is this.
fn with_body(body: &str) -> String {
    format!(
        "trigger: {{ manual: true }}\nactions:\n  - action: contacts.create_note\n    with: {{ contactId: a, body: {body} }}\n"
    )
}

/// Steps inside steps, so deep: `head` opens one, in block style.
fn nested(depth: usize, head: &[&str]) -> String {
    let mut text = "trigger: { manual: true }\nactions:\n".to_owned();
    let mut indent = 2;
    for _ in 0..depth {
        for (index, line) in head.iter().enumerate() {
            let inner = line.len() - line.trim_start().len();
            text.push_str(&format!("{}{}\n", " ".repeat(indent + inner), line.trim_start()));
            if index + 1 == head.len() {
                indent += inner + 2;
            }
        }
    }
    text.push_str(&format!("{}- stop: true\n", " ".repeat(indent)));
    text
}

/// `levels` anchors, each a list of the one before so many times.
fn fan_out(levels: usize, times: usize) -> String {
    let mut text = "x0: &x0 [lol]\n".to_owned();
    for level in 1..=levels {
        let one = format!("*x{}", level - 1);
        text.push_str(&format!(
            "x{level}: &x{level} [{}]\n",
            vec![one; times].join(", ")
        ));
    }
    text
}

/// What is tried: a name, the text, and the codes of which one is told.
fn bombs() -> Vec<(&'static str, String, &'static [&'static str])> {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let matches = |pattern: &str| {
        format!(
            "trigger: {{ manual: true }}\nif: {{ trigger.a: {{ matches: '{pattern}' }} }}\nactions:\n  - stop: true\n"
        )
    };
    vec![
        ("aliases that fan out", fan_out(9, 9), &["SC028"]),
        ("aliases nested deep", fan_out(60, 1), &["SC027"]),
        (
            "aliases, many of one",
            format!("a: &a {{ b: c }}\nd: [{}]\n", vec!["*a"; 101].join(", ")),
            &["SC028"],
        ),
        ("an alias inside itself", "a: &a [*a]\n".to_owned(), &["SC023"]),
        ("brackets", "[".repeat(100_000), &["SC015", "SC027"]),
        (
            "brackets behind a key",
            format!("a: {}", "[".repeat(100_000)),
            &["SC015", "SC027"],
        ),
        ("braces", "{".repeat(100_000), &["SC006"]),
        ("braces with keys", "{a: ".repeat(60_000), &["SC015", "SC027"]),
        (
            "brackets closed",
            format!("a: {}{}", "[".repeat(50_000), "]".repeat(50_000)),
            &["SC027"],
        ),
        ("closing brackets", "]".repeat(100_000), &["SC001"]),
        ("dashes on a line", "- ".repeat(100_000), &["SC027"]),
        (
            "question marks",
            "? ".repeat(100_000),
            &["SC020", "SC027", "SC001"],
        ),
        (
            "maps by indentation",
            many(400, &|n| format!("{}a:\n", " ".repeat(n))),
            &["SC027"],
        ),
        (
            "a million keys",
            many(1_000_000, &|n| format!("k{n}: 1\n")),
            &["SC026"],
        ),
        (
            "keys within the size",
            many(25_000, &|n| format!("{n:x}: 1\n")),
            &["SC028"],
        ),
        (
            "one key again and again",
            many(30_000, &|_| "a: 1\n".to_owned()),
            &["SC005", "SC028"],
        ),
        (
            "a key of 10 MB",
            format!("{}: 1\n", "k".repeat(10_000_000)),
            &["SC026"],
        ),
        (
            "a key of 200 KB",
            format!("{}: 1\n", "k".repeat(200_000)),
            &["SC001"],
        ),
        ("tabs", "\t".repeat(200_000), &["SC002", "SC045"]),
        ("lines that open quotes", "a: \"x\n".repeat(30_000), &["SC008"]),
        (
            "lines without colons",
            "word\n".repeat(50_000),
            &["SC014", "SC045", "SC046", "SC032"],
        ),
        ("colons in text", "a: b: c\n".repeat(30_000), &["SC004"]),
        ("ampersands", "&a ".repeat(80_000), &["SC001", "SC023", "SC028"]),
        ("exclamation marks", "!a ".repeat(80_000), &["SC001", "SC021"]),
        ("documents", "---\na: 1\n".repeat(20_000), &["SC025"]),
        ("directives", "%YAML 1.1\n".repeat(20_000), &["SC024", "SC001"]),
        (
            "expressions without quotes",
            many(5_000, &|n| format!("k{n}: {{{{ a }}}}\n")),
            &["SC028"],
        ),
        (
            "braces of expressions without quotes",
            format!("a: {}\n", "{{".repeat(100_000)),
            &["SC006", "SC015", "SC027"],
        ),
        (
            "escapes",
            format!("a: \"{}\"\n", "\\q".repeat(100_000)),
            &["SC018"],
        ),
        (
            "invisible characters",
            format!("a: {}\n", "\u{202e}".repeat(80_000)),
            &["SC029"],
        ),
        ("NUL", "\0".repeat(200_000), &["SC019", "SC045", "SC029"]),
        (
            "a template nested by parentheses",
            with_body(&format!(
                "\"{{{{ upper {}x{} }}}}\"",
                "(upper ".repeat(2_000),
                ")".repeat(2_000)
            )),
            &["SC107"],
        ),
        (
            "a template nested by blocks",
            with_body(&format!(
                "\"{}x{}\"",
                "{{#if trigger.a}}".repeat(400),
                "{{/if}}".repeat(400)
            )),
            &["SC107"],
        ),
        (
            "a template of 200 KB",
            with_body(&format!("\"{}\"", "{{ trigger.a }}".repeat(14_000))),
            &["SC107"],
        ),
        (
            "many templates with mistakes",
            format!(
                "trigger: {{ manual: true }}\nactions:\n{}",
                many(3_000, &|_| "  - stop: \"{{ uper a }}\"\n".to_owned())
            ),
            &["SC103"],
        ),
        (
            "a JSONPath nested",
            with_body(&format!("\"$.a{}\"", "[?(@.a[".repeat(500))),
            &["SC109"],
        ),
        (
            "a JSONPath of 100 KB",
            with_body(&format!("\"$.a{}\"", ".b".repeat(50_000))),
            &["SC109"],
        ),
        (
            "for_each inside for_each",
            nested(40, &["- for_each: [1]", "  do:"]),
            &["SC027"],
        ),
        (
            "choose inside choose",
            nested(40, &["- choose:", "    - if: { trigger.a: 1 }", "      do:"]),
            &["SC027"],
        ),
        (
            "parallel inside parallel",
            nested(40, &["- parallel:", "    - "]),
            &["SC027", "SC003", "SC001"],
        ),
        (
            "conditions inside conditions",
            format!(
                "trigger: {{ manual: true }}\nif: {}{{ trigger.a: 1 }}{}\nactions:\n  - stop: true\n",
                "{ not: ".repeat(200),
                " }".repeat(200)
            ),
            &["SC027"],
        ),
        (
            "a pattern that repeats repetitions",
            matches("(a{1000}){1000}"),
            &["SC111"],
        ),
        ("a pattern of classes", matches("\\pL{1000}"), &["SC111"]),
        ("a pattern nested", matches(&"(".repeat(900)), &["SC111"]),
        ("a pattern of 100 KB", matches(&"a".repeat(100_000)), &["SC111"]),
        (
            "a long cron line",
            format!(
                "trigger: {{ schedule: \"{}\" }}\nactions:\n  - stop: true\n",
                "*/1,".repeat(50_000)
            ),
            &["SC214"],
        ),
        (
            "a text of 100 MB",
            format!("a: {}\n", "x".repeat(100_000_000)),
            &["SC026"],
        ),
    ]
}

/// The most memory that this process has held, in MB; nothing where the system does not tell.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<u64>()
        .ok()
        .map(|kb| kb / 1024)
}

#[test]
fn every_bomb_is_refused() {
    let catalog = std::sync::Arc::new(Catalog::bundled());
    let mut failed = Vec::new();
    for (name, text, codes) in bombs() {
        let before = most_memory();
        let catalog = catalog.clone();
        let source = SourceFile::new("recipe.yaml", text);
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let work = thread.spawn(move || {
            let context = Context {
                catalog: &catalog,
                project: None,
                recipes: None,
            };
            let told = check("recipe", &source, context).diagnostics;
            // The same text as a project file must do no harm either.
            let (_, of_project) = Project::parse(&source);
            assert!(
                of_project
                    .iter()
                    .all(|one| one.span.end <= source.text().len() + 1)
            );
            // What is said must be small enough to be shown.
            let shown = render::human(&[(source, told.clone())], false, 100);
            (told, shown.len())
        });
        let Ok((told, shown)) = work.unwrap().join() else {
            failed.push(format!("{name}: panics"));
            continue;
        };
        let errors: Vec<&str> = told
            .iter()
            .filter(|one| one.severity() == Severity::Error)
            .map(|one| one.code.id())
            .collect();
        if !errors.iter().any(|code| codes.contains(code)) {
            let first: Vec<_> = told
                .iter()
                .take(3)
                .map(|one| (one.code.id(), one.message.chars().take(100).collect::<String>()))
                .collect();
            failed.push(format!("{name}: {} errors, {first:?}", errors.len()));
        }
        if told.iter().any(|one| one.message.len() > 2_000) {
            failed.push(format!("{name}: a message of more than 2 KB"));
        }
        if shown > 4_000_000 {
            failed.push(format!(
                "{name}: {} messages come to {} KB",
                told.len(),
                shown / 1024
            ));
        }
        if let (Some(before), Some(after)) = (before, most_memory())
            && after > before + 60
        {
            failed.push(format!("{name}: took {} MB", after - before));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
