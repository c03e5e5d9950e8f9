//! All that can be mended in a file at once.

use souschef_recipe::{Diagnostic, Fix};

/// The fixes of all messages that can be made together: of two that touch the same place, the one that begins first.
pub fn fixes_of_all(problems: &[Diagnostic], text: &str) -> Vec<Fix> {
    let fixes = problems.iter().filter_map(|one| one.fix.as_ref());
    let mut all: Vec<Fix> = fixes.flat_map(Fix::each).collect();
    all.sort_by_key(|fix| fix.place(text).start);
    let mut made: Vec<Fix> = Vec::new();
    for fix in all {
        let place = fix.place(text);
        let free = made.last().is_none_or(|before| {
            let before = before.place(text);
            before.end <= place.start && before != place
        });
        if free {
            made.push(fix);
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use souschef_recipe::{Code, Diagnostic, Fix, Span};

    use super::fixes_of_all;

    #[test]
    fn of_two_that_touch_the_same_place_the_one_that_begins_first_is_made() {
        let text = "one: \"two\" three";
        let problem = |start: usize, end: usize, by: &str| {
            let mut told = Diagnostic::new(Code::of("SC012"), Span::new(start, end), "wrong");
            told.fix = Some(Fix::new(Span::new(start, end), by));
            told
        };
        let problems = [
            problem(11, 16, "3"),
            problem(5, 10, "2"),
            // Again, a part of it, and what reaches from one into the other.
            problem(5, 10, "2"),
            problem(6, 8, "tw"),
            problem(8, 12, "x"),
            Diagnostic::new(Code::of("SC012"), Span::new(0, 3), "without a fix"),
        ];
        let mut written = text.to_owned();
        for fix in fixes_of_all(&problems, text).iter().rev() {
            written = fix.apply(&written);
        }
        assert_eq!(written, "one: \"2\" 3");
    }
}
