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

/// The word nearest to one that is not known, where one is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' ', '_', '.'], "");
    let wanted = plain(word);
    known
        .into_iter()
        .map(|candidate| {
            let other = plain(candidate);
            let distance = strsim::damerau_levenshtein(&wanted, &other);
            (distance, other.len().abs_diff(wanted.len()), candidate)
        })
        .filter(|(distance, _, candidate)| *distance <= (candidate.len().min(wanted.len()) / 3).clamp(1, 3))
        .min_by_key(|(distance, length, _)| (*distance, *length))
        .map(|(_, _, candidate)| candidate)
}
