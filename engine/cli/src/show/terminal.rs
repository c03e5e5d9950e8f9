//! The terminal: colour, width, and the two streams.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub(crate) use anstyle::AnsiColor;
use anstyle::Style;

use crate::args::{Color, Common};

struct Settings {
    out_colour: bool,
    err_colour: bool,
    quiet: bool,
    width: usize,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// Remembers how to print, once, before anything is.
pub(crate) fn set_up(common: &Common) {
    let colour = |terminal: bool| match common.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            terminal
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    };
    let width = terminal_size::terminal_size()
        .map(|(width, _)| usize::from(width.0))
        .or_else(|| {
            std::env::var("COLUMNS")
                .ok()
                .and_then(|columns| columns.parse().ok())
        });
    let settings = Settings {
        out_colour: colour(std::io::stdout().is_terminal()),
        err_colour: colour(std::io::stderr().is_terminal()),
        quiet: common.quiet,
        width: width.unwrap_or(100).clamp(40, 200),
    };
    let _ = SETTINGS.set(settings);
}

/// Logs to stderr from here on; a service in JSON for programs, where that is wanted.
pub(crate) fn log(level: &str, json: bool) {
    let to = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_ansi(err_colour())
        .with_writer(std::io::stderr);
    // Set once a process; where it was, that one stays.
    let _ = if json {
        to.json().flatten_event(true).try_init()
    } else {
        to.try_init()
    };
}

/// A moment, as people are shown it.
pub(crate) fn at(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Columns that a line may have.
pub(crate) fn width() -> usize {
    SETTINGS.get().map_or(100, |settings| settings.width)
}

/// Lines that the terminal has.
pub(crate) fn height() -> usize {
    terminal_size::terminal_size().map_or(24, |(_, height)| usize::from(height.0))
}

/// Whether stdout is a terminal that lines can be drawn over on.
pub(crate) fn redraws() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether stdout takes colour.
pub(crate) fn colour() -> bool {
    SETTINGS.get().is_some_and(|settings| settings.out_colour)
}

/// Whether stderr takes colour.
pub(crate) fn err_colour() -> bool {
    SETTINGS.get().is_some_and(|settings| settings.err_colour)
}

/// Whether hints and progress are unwanted.
pub(crate) fn quiet() -> bool {
    SETTINGS.get().is_some_and(|settings| settings.quiet)
}

/// Whether a person sits at both ends.
pub(crate) fn interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Prints data. A reader that went away is no mistake of ours.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a line of data.
pub(crate) fn line(text: &str) {
    print(&format!("{text}\n"));
}

/// Lines of what is drawn over again and again, above the cursor.
static DRAWN: AtomicUsize = AtomicUsize::new(0);

/// Draws lines that the next drawing, or anything else that is printed, takes the place of.
pub(crate) fn draw(lines: &[String]) {
    erase();
    print(&format!("{}\n", lines.join("\n")));
    DRAWN.store(lines.len(), Ordering::Relaxed);
}

/// Takes away what was drawn.
pub(crate) fn erase() {
    let drawn = DRAWN.swap(0, Ordering::Relaxed);
    if drawn > 0 {
        print(&format!("\x1b[{drawn}A\r\x1b[J"));
    }
}

/// Whether the user asked to stop.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// Says that it is being stopped: below what is drawn, where something is, since the end of it is all that is sure to be
/// on the screen.
pub(crate) fn say_stopping() {
    STOPPING.store(true, Ordering::Relaxed);
    if DRAWN.load(Ordering::Relaxed) == 0 {
        say(STOPPING_NOTE);
    }
}

/// What is said while it is being stopped.
pub(crate) fn stopping() -> Option<&'static str> {
    STOPPING.load(Ordering::Relaxed).then_some(STOPPING_NOTE)
}

const STOPPING_NOTE: &str = "stopping; what is under way ends first (press again to end at once)";

/// Lets what was drawn stand: it is the last that is seen of it.
pub(crate) fn keep() {
    DRAWN.store(0, Ordering::Relaxed);
}

/// Prints a line of talk.
pub(crate) fn say(text: &str) {
    erase();
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(format!("{text}\n").as_bytes());
}

/// Prints a question, and leaves the cursor behind it.
pub(crate) fn ask(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Reads a line that is not shown while it is typed, where that can be helped.
pub(crate) fn ask_hidden(text: &str) -> std::io::Result<String> {
    ask(text);
    let stdin = std::io::stdin();
    #[cfg(unix)]
    let before = rustix::termios::tcgetattr(&stdin).ok();
    #[cfg(unix)]
    if let Some(before) = &before {
        let mut hidden = before.clone();
        hidden.local_modes.remove(rustix::termios::LocalModes::ECHO);
        rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Flush, &hidden)?;
    }
    let mut line = String::new();
    let read = stdin.read_line(&mut line);
    #[cfg(unix)]
    if let Some(before) = &before {
        rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Flush, before)?;
        say("");
    }
    read.map(|_| line)
}

/// Prints a line of talk that nobody needs who asked for quiet.
pub(crate) fn hint(text: &str) {
    if !quiet() {
        say(text);
    }
}

/// Says what went wrong, and what to do about it.
pub(crate) fn error(message: &str, help: Option<&str>) {
    say(&format!(
        "{} {}",
        paint("error:", ink(AnsiColor::Red).bold(), err_colour()),
        seen(message)
    ));
    if let Some(help) = help {
        say(&format!(
            "  {} {}",
            paint("help:", ink(AnsiColor::Cyan), err_colour()),
            seen(help)
        ));
    }
}

/// Says that the fault is ours, and where. What was being worked on may hold secrets, so nothing of it is shown.
pub(crate) fn apologise(place: Option<&std::panic::Location<'_>>) {
    let code = place.map_or_else(String::new, |place| {
        let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
        format!(" (code {file}:{}:{})", place.line(), place.column())
    });
    error(
        &format!("souschef met a mistake of its own{code}; sorry"),
        Some(
            "please report it with this code and what you did; what was under way may or may not have happened",
        ),
    );
}

/// A style of one colour.
pub(crate) fn ink(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

/// Text in a style, where colour is wanted.
pub(crate) fn paint(text: &str, style: Style, colour: bool) -> String {
    if colour && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

/// Text on stdout in a style.
pub(crate) fn out(text: &str, style: Style) -> String {
    paint(text, style, colour())
}

/// Fainter text on stdout.
pub(crate) fn faint(text: &str) -> String {
    out(text, Style::new().dimmed())
}

/// Bold text on stdout.
pub(crate) fn bold(text: &str) -> String {
    out(text, Style::new().bold())
}

/// A character as it may be sent to a terminal: one that it would obey, or that would turn text round, becomes a dot.
pub(crate) fn visible(c: char) -> char {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { '·' } else { c }
}

/// Text that may hold what strangers typed, with nothing in it that a terminal would obey; its lines stay.
fn seen(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' { c } else { visible(c) })
        .collect()
}

/// Text cut to so many characters, with a mark where it was, and with nothing in it that a terminal would obey.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text: String = text.chars().take(most.saturating_add(1)).map(visible).collect();
    if text.chars().count() <= most {
        return text;
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Prints JSON, indented at a terminal and for eyes, in one piece.
pub(crate) fn json(value: &serde_json::Value) {
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
    line(&text);
}

/// Text broken into lines of at most so many characters, between words, with nothing in it that a terminal would obey.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let room = line.chars().count() + 1 + word.chars().count() <= width;
        if !line.is_empty() && !room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().map(visible));
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}
