//! The machine that spoils a recipe: one mutation at a time, each at a place that is the same every time.

/// A spoilt text and the lines (from 1) where it was spoilt.
pub(crate) struct Mutant {
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// Whether whole lines were moved, not letters.
    pub(crate) lines: bool,
}

/// What becomes of a line; `None` where that can't be done there. `pick` chooses among several places.
type Change = fn(line: &str, pick: usize) -> Option<String>;

/// Changes of one line, and how often each is tried on every line.
const CHANGES: &[(&str, usize, Change)] = &[
    ("a letter less", 2, |line, pick| {
        let at = letter(line, pick)?;
        Some(spliced(line, at, 1, ""))
    }),
    ("a letter twice", 1, |line, pick| {
        let at = letter(line, pick)?;
        let own = line.get(at..at + 1)?;
        Some(spliced(line, at, 0, own))
    }),
    ("another letter", 1, |line, pick| {
        let at = letter(line, pick)?;
        let own = line.as_bytes()[at];
        let other = if own == b'x' { "q" } else { "x" };
        Some(spliced(line, at, 1, other))
    }),
    ("two letters turned round", 2, |line, pick| {
        let places = places(line, |c, next| {
            c.is_ascii_alphabetic() && next.is_ascii_alphabetic() && c != next
        });
        let at = *places.get(pick % places.len().max(1))?;
        let (one, two) = (line.get(at..at + 1)?, line.get(at + 1..at + 2)?);
        Some(spliced(line, at, 2, &format!("{two}{one}")))
    }),
    ("indented by one more", 1, |line, _| Some(format!(" {line}"))),
    ("indented by two more", 1, |line, _| Some(format!("  {line}"))),
    ("indented by one less", 1, |line, _| {
        line.strip_prefix(' ').map(str::to_owned)
    }),
    ("indented by two less", 1, |line, _| {
        line.strip_prefix("  ").map(str::to_owned)
    }),
    ("indented by a tab", 1, |line, _| {
        line.strip_prefix("  ").map(|rest| format!("\t{rest}"))
    }),
    ("the line's end cut", 2, |line, pick| {
        let from = line.len() - line.trim_start().len() + 1;
        let ends: Vec<usize> = (from..line.len())
            .filter(|at| line.is_char_boundary(*at))
            .collect();
        let at = *ends.get(pick % ends.len().max(1))?;
        Some(line[..at].to_owned())
    }),
    ("a quote less", 2, |line, pick| without(line, pick, &['"', '\''])),
    ("a brace less", 2, |line, pick| without(line, pick, &['{', '}'])),
    ("a bracket less", 1, |line, pick| without(line, pick, &['[', ']'])),
    ("a colon less", 1, |line, pick| without(line, pick, &[':'])),
    ("no space after the colon", 1, |line, pick| {
        let places = places(line, |c, next| c == ':' && next == ' ');
        let at = *places.get(pick % places.len().max(1))?;
        Some(spliced(line, at + 1, 1, ""))
    }),
    ("a dash less", 1, |line, _| {
        let words = line.trim_start();
        words
            .strip_prefix("- ")
            .map(|rest| format!("{}{rest}", &line[..line.len() - words.len()]))
    }),
    ("a comma less", 1, |line, pick| without(line, pick, &[','])),
    ("a dot less", 1, |line, pick| without(line, pick, &['.'])),
    ("another digit", 1, |line, pick| {
        let places = places(line, |c, _| c.is_ascii_digit());
        let at = *places.get(pick % places.len().max(1))?;
        let own = line.as_bytes()[at] - b'0';
        Some(spliced(line, at, 1, &((own + 7) % 10).to_string()))
    }),
    ("a tab for the indent", 1, |line, _| {
        let words = line.trim_start();
        (words.len() < line.len()).then(|| format!("\t{words}"))
    }),
    ("an expression that is not closed", 1, |line, pick| {
        let ends: Vec<usize> = line.match_indices("}}").map(|(at, _)| at).collect();
        let at = *ends.get(pick % ends.len().max(1))?;
        Some(spliced(line, at, 2, ""))
    }),
    ("an expression without quotes", 1, |line, _| {
        let value = line.split_once(": ")?.1.trim();
        let only = value.starts_with("\"{{") && value.ends_with("}}\"") && value.matches('"').count() == 2;
        only.then(|| line.replacen('"', "", 2))
    }),
    ("a map that is not closed", 1, |line, _| {
        let rest = line.strip_suffix(" }")?;
        rest.contains("{ ").then(|| rest.to_owned())
    }),
    ("a key with two letters turned round", 1, |line, _| {
        let from = line.len() - line.trim_start_matches([' ', '-']).len();
        let (key, _) = line[from..].split_once(':')?;
        let plain = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let (one, two) = (key.get(1..2)?, key.get(2..3)?);
        (plain && one != two).then(|| spliced(line, from + 1, 2, &format!("{two}{one}")))
    }),
    ("a step that is not there", 1, |line, pick| {
        let places: Vec<usize> = line
            .match_indices("steps.")
            .map(|(at, name)| at + name.len())
            .collect();
        let at = *places.get(pick % places.len().max(1))?;
        Some(spliced(line, at, 0, "un_"))
    }),
    ("a helper that is not there", 1, |line, _| {
        let at = line.find("{{ ")? + 3;
        let (word, rest) = line[at..].split_once(' ')?;
        let called = word.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !rest.starts_with("}}");
        called.then(|| spliced(line, at, 0, "x"))
    }),
];

/// How many ways of spoiling there are: these, and a line less, twice or swapped.
pub(crate) const KINDS: usize = CHANGES.len() + 3;

/// Every mutant of a recipe. Lines of comment alone are left as they are.
pub(crate) fn mutants(text: &str) -> Vec<Mutant> {
    let lines: Vec<&str> = text.lines().collect();
    let mut made = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let mut add = |kind: &'static str, lines: Vec<&str>, last: usize| {
            made.push(Mutant {
                kind,
                text: lines.join("\n") + "\n",
                first: index + 1,
                last: last + 1,
                lines: kind.contains("line less") || kind.contains("line twice") || kind.contains("swapped"),
            });
        };
        let mut changed = lines.clone();
        changed.remove(index);
        add("a line less", changed, index);
        let mut changed = lines.clone();
        changed.insert(index, line);
        add("a line twice", changed, index + 1);
        if index + 1 < lines.len() {
            let mut changed = lines.clone();
            changed.swap(index, index + 1);
            add("two lines swapped", changed, index + 1);
        }
        let code = code(line);
        let comment = &line[code.len()..];
        for (number, (kind, times, change)) in CHANGES.iter().enumerate() {
            let mut before: Vec<String> = Vec::new();
            for time in 0..*times {
                // Any number will do that is the same every time.
                let pick = (index * 31 + number * 17 + time * 101 + line.len() * 7) % 997;
                let Some(new) = change(code, pick).filter(|new| new != code && !before.contains(new)) else {
                    continue;
                };
                let whole = format!("{new}{comment}");
                let mut changed = lines.clone();
                changed[index] = &whole;
                add(kind, changed, index);
                before.push(new);
            }
        }
    }
    made
}

/// The part of a line before its comment.
fn code(line: &str) -> &str {
    line.find(" #").map_or(line, |at| line[..at].trim_end())
}

/// Where a character and the one after it are as asked for.
fn places(line: &str, good: impl Fn(char, char) -> bool) -> Vec<usize> {
    let chars: Vec<(usize, char)> = line.char_indices().collect();
    chars
        .iter()
        .enumerate()
        .filter(|(index, (_, c))| good(*c, chars.get(index + 1).map_or('\n', |next| next.1)))
        .map(|(_, (at, _))| *at)
        .collect()
}

fn letter(line: &str, pick: usize) -> Option<usize> {
    let places = places(line, |c, _| c.is_ascii_alphabetic());
    places.get(pick % places.len().max(1)).copied()
}

fn without(line: &str, pick: usize, signs: &[char]) -> Option<String> {
    let places = places(line, |c, _| signs.contains(&c));
    let at = *places.get(pick % places.len().max(1))?;
    Some(spliced(line, at, 1, ""))
}

fn spliced(line: &str, at: usize, len: usize, new: &str) -> String {
    format!("{}{new}{}", &line[..at], &line[at + len..])
}
