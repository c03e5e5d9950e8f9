//! Words that people bring from other tools, and the key that they mean.

/// The key that a word of another tool stands for.
pub(super) fn meant(word: &str, known: &[&str]) -> Option<&'static str> {
    const SYNONYMS: &[(&str, &str)] = &[
        ("when", "if"),
        ("condition", "if"),
        ("conditions", "if"),
        ("filter", "if"),
        ("only_if", "if"),
        ("params", "with"),
        ("parameters", "with"),
        ("args", "with"),
        ("arguments", "with"),
        ("inputs", "with"),
        ("input", "with"),
        ("body", "with"),
        ("data", "with"),
        ("uses", "action"),
        ("operation", "action"),
        ("type", "action"),
        ("call", "action"),
        ("loop", "for_each"),
        ("foreach", "for_each"),
        ("each", "for_each"),
        ("repeat", "for_each"),
        ("iterate", "for_each"),
        ("items", "for_each"),
        ("then", "do"),
        ("steps", "do"),
        ("actions", "do"),
        ("else", "otherwise"),
        ("default", "otherwise"),
        ("switch", "choose"),
        ("branch", "choose"),
        ("delay", "wait"),
        ("sleep", "wait"),
        ("pause", "wait"),
        ("catch", "on_error"),
        ("label", "name"),
        ("title", "name"),
        ("steps", "actions"),
        ("action", "actions"),
        ("tasks", "actions"),
        ("do", "actions"),
        ("triggers", "trigger"),
        ("on", "trigger"),
        ("when", "trigger"),
        ("fields", "mappings"),
        ("mapping", "mappings"),
        ("map", "mappings"),
        ("variables", "mappings"),
        ("settings", "inputs"),
        ("account", "connection"),
        ("credential", "connection"),
        ("interval", "every"),
        ("timezone", "time_zone"),
        ("tz", "time_zone"),
        ("cron", "schedule"),
        ("value", "from"),
        ("source", "from"),
        ("fallback", "default"),
        ("type", "as"),
        ("format", "as"),
        ("options", "one_of"),
        ("enum", "one_of"),
        ("choices", "one_of"),
        ("max_attempts", "times"),
        ("attempts", "times"),
        ("count", "times"),
        ("in_parallel", "at_once"),
        ("concurrency", "at_once"),
    ];
    SYNONYMS
        .iter()
        .find(|(from, to)| *from == word && known.contains(to))
        .map(|(_, to)| *to)
}

/// The word of a closed choice that a word of another tool stands for.
pub(super) fn meant_word<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    const SYNONYMS: &[(&str, &str)] = &[
        ("string", "text"),
        ("str", "text"),
        ("int", "integer"),
        ("float", "number"),
        ("bool", "boolean"),
        ("checkbox", "boolean"),
        ("array", "list"),
        ("timestamp", "datetime"),
        ("date_time", "datetime"),
        ("time", "datetime"),
        ("tel", "phone"),
        ("mail", "email"),
        ("object", "any"),
        ("map", "any"),
        ("created", "new"),
        ("added", "new"),
        ("updated", "changed"),
        ("modified", "changed"),
        ("edited", "changed"),
        ("always", "every_poll"),
        ("all", "every_item"),
        ("each", "every_item"),
        ("serial", "queue"),
        ("wait", "queue"),
        ("drop", "skip"),
        ("cancel", "restart"),
        ("retry", "repeat"),
        ("ask", "attention"),
        ("latest", "last"),
    ];
    let word = word.to_lowercase();
    let meant = SYNONYMS
        .iter()
        .find(|(from, to)| *from == word && known.contains(to))?
        .1;
    known.iter().copied().find(|candidate| *candidate == meant)
}

/// Endings that a word takes in a sentence.
const ENDINGS: &[&str] = &["ed", "ing", "s", "d", "e"];

/// A word without its ending: `opened` and `open` are the same. None where little would be left of it.
fn stem(word: &str) -> &str {
    let ending = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending));
    ending.filter(|rest| rest.len() > 2).unwrap_or(word)
}

/// The word nearest to one that is not known, where one is near: a slip of a letter or two, or another form of the word.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' ', '_', '.'], "");
    let wanted = plain(word);
    let known: Vec<&str> = known.into_iter().collect();
    let form = || {
        known
            .iter()
            .copied()
            .find(|own| stem(&plain(own)) == stem(&wanted))
    };
    known
        .iter()
        .copied()
        .map(|candidate| {
            let other = plain(candidate);
            let distance = strsim::damerau_levenshtein(&wanted, &other);
            (distance, other.len().abs_diff(wanted.len()), candidate)
        })
        .filter(|(distance, _, candidate)| {
            let short = candidate.len().min(wanted.len());
            // Of two letters, one that differs is half the word.
            *distance == 0 || (short > 2 && *distance <= (short / 3).clamp(1, 3))
        })
        .min_by_key(|(distance, length, _)| (*distance, *length))
        .map(|(_, _, candidate)| candidate)
        .or_else(form)
}

/// A name that expressions can use, made of one that they can't; nothing where no letter is left of it.
pub(super) fn plain_name(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.chars() {
        match c {
            'ä' | 'Ä' => name.push_str("ae"),
            'ö' | 'Ö' => name.push_str("oe"),
            'ü' | 'Ü' => name.push_str("ue"),
            'ß' => name.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' | 'å' | 'Á' | 'À' | 'Â' | 'Å' => name.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' => name.push('e'),
            'í' | 'ì' | 'î' | 'ï' | 'Í' => name.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' | 'Ó' => name.push('o'),
            'ú' | 'ù' | 'û' | 'Ú' => name.push('u'),
            'ñ' | 'Ñ' => name.push('n'),
            'ç' | 'Ç' => name.push('c'),
            c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_lowercase()),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_matches('_');
    match name.chars().next()? {
        '0'..='9' => Some(format!("item_{name}")),
        _ => Some(name.to_owned()),
    }
}

/// A character that looks like a space or like nothing, and is another character.
pub(super) fn hidden(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, c)| {
        matches!(c, '\u{a0}' | '\u{ad}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{2064}' | '\u{3000}' | '\u{feff}')
    })
}
