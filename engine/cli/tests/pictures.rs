//! The pictures of the docs: what is printed at a terminal, and what an editor shows, as it is.
//!
//! A folder of `tests/pictures` with a `command.txt` is a command line, carried out in a copy of the folder; one with an
//! `editor.yaml` is a recipe in an editor, with what is offered where `▮` stands, or with what is wrong in it. Each is drawn
//! as `docs/images/NAME.svg`. `UPDATE=1 cargo test -p souschef --test pictures` draws them anew.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::path::Path;

use anstyle::{AnsiColor, RgbColor, Style};
use anstyle_svg::{Term, WIN10_CONSOLE};
use regex::Regex;
use souschef_catalog::{Catalog, schema};
use souschef_plan::{Context, ask, check};
use souschef_recipe::{Severity, SourceFile};

/// So many offers fit into a picture.
const OFFERS: usize = 9;

/// Characters with their styles, as a terminal holds them.
#[derive(Default)]
struct Screen(Vec<Vec<(char, Style)>>);

impl Screen {
    /// Puts text at a place, over what is there.
    fn put(&mut self, line: usize, column: usize, text: &str, style: Style) {
        if self.0.len() <= line {
            self.0.resize(line + 1, Vec::new());
        }
        let cells = &mut self.0[line];
        for (column, c) in (column..).zip(text.chars()) {
            if cells.len() <= column {
                cells.resize(column + 1, (' ', Style::new()));
            }
            cells[column] = (c, style);
        }
    }

    fn restyle(&mut self, line: usize, columns: std::ops::Range<usize>, change: impl Fn(Style) -> Style) {
        for (_, style) in &mut self.0[line][columns] {
            *style = change(*style);
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.0 {
            for run in line.chunk_by(|(_, one), (_, next)| one == next) {
                let style = run[0].1;
                let own: String = run.iter().map(|(c, _)| c).collect();
                text += &format!("{style}{own}{style:#}");
            }
            text.push('\n');
        }
        text
    }
}

/// A line of a recipe in colours: keys, expressions, remarks.
fn line(screen: &mut Screen, number: usize, text: &str) {
    let dim = AnsiColor::BrightBlack.on_default();
    screen.put(number, 0, &format!("{:>3} ", number + 1), dim);
    screen.put(number, 4, text, Style::new());
    let mut paint = |rule: &str, style: Style| {
        for found in Regex::new(rule).unwrap().captures_iter(text) {
            let range = found.get(1).unwrap().range();
            let column = |at: usize| 4 + text[..at].chars().count();
            screen.restyle(number, column(range.start)..column(range.end), |_| style);
        }
    };
    paint(r"^[ -]*([\w.]+):", AnsiColor::Cyan.on_default());
    paint(r"(\{\{[^}]*\}\})", AnsiColor::Yellow.on_default());
    paint(r"(#.*)$", dim);
}

fn context(catalog: &Catalog) -> Context<'_> {
    Context {
        catalog,
        project: None,
        recipes: None,
    }
}

/// What an editor shows where the caret stands: the first of what is offered, and the help of the very first.
fn offered(screen: &mut Screen, source: &SourceFile, at: usize) {
    let catalog = Catalog::bundled();
    let schema = schema::recipe(&catalog);
    let offers = ask::offers(&ask::Question {
        name: "recipe",
        source,
        at,
        context: context(&catalog),
        schema: &schema,
        recipe: true,
    });
    let place = source.place(at);
    let (top, left) = (place.line, place.column + 3);
    let under = screen.0[top - 1].get(left).map_or(' ', |(c, _)| *c);
    screen.put(top - 1, left, &under.to_string(), Style::new().invert());
    let shown: Vec<_> = offers.items.iter().take(OFFERS).collect();
    let details = |offer: &ask::Offer| offer.detail.clone().unwrap_or_default();
    let width = |part: fn(&ask::Offer) -> usize| shown.iter().map(|offer| part(offer)).max().unwrap_or(0);
    let labels = width(|offer| offer.label.chars().count());
    let kinds = width(|offer| offer.detail.as_deref().unwrap_or_default().chars().count()).min(32);
    let list = AnsiColor::White
        .on_default()
        .bg_color(Some(RgbColor(52, 54, 62).into()));
    let chosen = AnsiColor::BrightWhite.on(AnsiColor::Blue);
    for (index, offer) in shown.iter().enumerate() {
        let kind: String = details(offer).chars().take(kinds).collect();
        let text = format!(" {:<labels$}  {kind:<kinds$} ", offer.label);
        screen.put(top + index, left, &text, if index == 0 { chosen } else { list });
    }
    let more = offers.items.len().saturating_sub(shown.len());
    if more > 0 {
        let text = format!(" {:<1$} ", format!("and {more} more"), labels + 2 + kinds);
        screen.put(top + shown.len(), left, &text, list);
    }
    let help = shown
        .first()
        .and_then(|offer| offer.help.clone())
        .unwrap_or_default();
    let page = AnsiColor::White
        .on_default()
        .bg_color(Some(RgbColor(34, 36, 42).into()));
    for (index, text) in wrapped(&help, 40).into_iter().take(OFFERS).enumerate() {
        screen.put(
            top + index,
            left + labels + kinds + 5,
            &format!(" {text:<40} "),
            page,
        );
    }
}

/// Text in lines of so many characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        lines.push(line);
    }
    lines
}

/// What is wrong, underlined and told at the end of its line.
fn mistakes(screen: &mut Screen, source: &SourceFile) {
    let catalog = Catalog::bundled();
    for one in check("recipe", source, context(&catalog)).diagnostics {
        let (start, end) = (source.place(one.span.start), source.place(one.span.end));
        let line = start.line - 1;
        let colour = match one.severity() {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
        };
        let until = if end.line == start.line {
            end.column + 3
        } else {
            screen.0[line].len()
        };
        let until = until.max(start.column + 4).min(screen.0[line].len());
        screen.restyle(line, start.column + 3..until, |style| {
            style.underline().fg_color(Some(colour.into()))
        });
        let column = screen.0[line].len() + 2;
        screen.put(line, column, &format!("■ {}", one.message), colour.on_default());
    }
}

/// What an editor shows of a recipe.
fn editor(text: &str) -> String {
    let mut screen = Screen::default();
    let whole = text.replace('▮', "");
    for (number, text) in whole.lines().enumerate() {
        line(&mut screen, number, text);
    }
    let source = SourceFile::new("recipe.yaml", whole);
    match text.find('▮') {
        Some(at) => offered(&mut screen, &source, at),
        None => mistakes(&mut screen, &source),
    }
    screen.text()
}

/// What a command prints at a terminal.
fn printed(case: &Path, words: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    souschef_cases::copy(case, place.path(), &["command.txt"]);
    // Data and talk come in the order in which they are printed.
    let output = std::process::Command::new("/bin/sh")
        .args([
            "-c",
            "exec \"$0\" --color always \"$@\" 2>&1",
            env!("CARGO_BIN_EXE_souschef"),
        ])
        .args(words.split_whitespace())
        .current_dir(place.path())
        .env_clear()
        .output()
        .unwrap();
    let prompt = AnsiColor::Green.on_default().bold();
    let told = String::from_utf8(output.stdout).unwrap();
    format!("{prompt}${prompt:#} souschef {words}\n{told}")
}

/// A picture without what differs from time to time.
fn lasting(picture: &str) -> String {
    let rules = [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "MOMENT"),
        (r"\b\d+(\.\d)? (ms|s)\b", "TIME"),
        (r"(MOMENT|TIME)[^\n]*…", "$1 …"),
        // What is wrapped or widened by a moment's digits.
        (r#"width="\d+px""#, "WIDTH"),
    ];
    rules.iter().fold(picture.to_owned(), |text, (rule, word)| {
        Regex::new(rule).unwrap().replace_all(&text, *word).into_owned()
    })
}

#[test]
fn the_pictures_of_the_docs_are_true() {
    let term = Term::new()
        .palette(WIN10_CONSOLE)
        .fg_color(AnsiColor::White.into())
        .bg_color(AnsiColor::Black.into());
    let mut wrong = Vec::new();
    let cases = souschef_cases::cases(&souschef_cases::folder("pictures"));
    assert!(cases.len() >= 5, "there are {} pictures", cases.len());
    for case in cases {
        let text = match std::fs::read_to_string(case.join("editor.yaml")) {
            Ok(recipe) => editor(&recipe),
            Err(_) => printed(
                &case,
                std::fs::read_to_string(case.join("command.txt")).unwrap().trim(),
            ),
        };
        let picture = term.render_svg(&text);
        let name = format!("docs/images/{}.svg", souschef_cases::name(&case));
        let file = souschef_cases::root().join(&name);
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        if lasting(&there) == lasting(&picture) {
            continue;
        }
        if souschef_cases::updating() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &picture).unwrap();
        } else {
            wrong.push(name);
        }
    }
    assert!(
        wrong.is_empty(),
        "draw anew with UPDATE=1 cargo test -p souschef --test pictures: {wrong:?}"
    );
}
