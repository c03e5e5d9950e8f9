//! Changes to a text: some keep it nearly right, some break it, some make it large.

use souschef_cases::chance::Chance;

/// The most that an input grows to.
pub const LONGEST: usize = 64 * 1024;

/// Characters that readers of text are known to stumble over.
const ODD: &[&str] = &[
    "\0",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{a0}",
    "\u{200b}",
    "\u{202e}",
    "\u{2028}",
    "\u{85}",
    "ß",
    "é",
    "\u{301}",
    "日",
    "😀",
    "\u{10ffff}",
    "\\",
    "\"",
    "'",
    "`",
    "{{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ":",
    ": ",
    "- ",
    "#",
    " #",
    "&a ",
    "*a",
    "!",
    "|",
    ">",
    "%",
    "@",
    "?",
    ",",
    "\n",
    "\n  ",
    "0",
    "-1",
    "1e999",
    "9223372036854775808",
    "0x",
    ".nan",
    "~",
    "null",
    "---\n",
    "...\n",
    "<<: ",
];

/// A text made of this one by one to six changes; `other` is another input, to take parts of.
pub fn change(text: &str, other: &str, words: &[&str], chance: &mut Chance) -> String {
    let mut text = text.to_owned();
    for _ in 0..=chance.below(6) {
        text = once(&text, other, words, chance);
        if text.len() > LONGEST {
            text.truncate(before(&text, LONGEST));
        }
    }
    text
}

fn once(text: &str, other: &str, words: &[&str], chance: &mut Chance) -> String {
    let (from, to) = range(text, chance);
    let (head, part, tail) = (
        text.get(..from).unwrap_or_default(),
        text.get(from..to).unwrap_or_default(),
        text.get(to..).unwrap_or_default(),
    );
    match chance.below(12) {
        0 => format!("{head}{tail}"),
        1 => format!("{head}{part}{part}{tail}"),
        2 | 3 => format!("{head}{}{tail}", chance.pick(words).unwrap_or(&"")),
        4 => format!("{head}{}{part}{tail}", chance.pick(ODD).unwrap_or(&"")),
        5 => {
            let (from, to) = range(other, chance);
            format!("{head}{}{tail}", other.get(from..to).unwrap_or_default())
        }
        6 => head.to_owned(),
        7 => lines(text, chance),
        // Deep or wide: the same part many times.
        8 => {
            let times = *chance.pick(&[2, 8, 40, 300]).unwrap_or(&2);
            let short = part.get(..before(part, 40)).unwrap_or_default();
            format!("{head}{}{tail}", short.repeat(times))
        }
        9 => {
            let open = *chance
                .pick(&["[", "{", "(", "{{#if a}}", "- ", "a: \n ", "not: \n "])
                .unwrap_or(&"[");
            format!(
                "{head}{}{tail}",
                open.repeat(*chance.pick(&[3, 20, 200, 5000]).unwrap_or(&3))
            )
        }
        10 => swap(text, chance),
        _ => number(text, chance),
    }
}

/// The last place not behind this one at which a character begins.
fn before(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn range(text: &str, chance: &mut Chance) -> (usize, usize) {
    let from = before(text, chance.below(text.len() + 1));
    let most = *chance.pick(&[0, 1, 4, 16, 200]).unwrap_or(&1);
    let to = before(text, from + chance.below(most + 1));
    (from, to.max(from))
}

/// Takes a line away, puts it elsewhere, or indents it otherwise.
fn lines(text: &str, chance: &mut Chance) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let line = lines.remove(chance.below(lines.len()));
    match chance.below(4) {
        0 => {}
        1 => lines.insert(chance.below(lines.len() + 1), line),
        2 => lines.insert(chance.below(lines.len() + 1), format!("  {line}")),
        _ => lines.insert(chance.below(lines.len() + 1), line.trim_start().to_owned()),
    }
    lines.join("\n") + "\n"
}

/// Puts a word in the place of another, so that the text mostly stays what it is.
fn swap(text: &str, chance: &mut Chance) -> String {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.len() > 1)
        .collect();
    match (chance.pick(&words), chance.pick(&words)) {
        (Some(from), Some(to)) => text.replacen(from, to, 1 + chance.below(3)),
        _ => text.to_owned(),
    }
}

/// Makes a number another.
fn number(text: &str, chance: &mut Chance) -> String {
    let digits: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|word| !word.is_empty())
        .collect();
    let odd = ["0", "-1", "1.5", "999999999999999999999", "1e400", "2147483648"];
    match (chance.pick(&digits), chance.pick(&odd)) {
        (Some(from), Some(to)) => text.replacen(from, to, 1),
        _ => text.to_owned(),
    }
}
