//! All that can be mended in a file at once.

use souschef_recipe::{Diagnostic, Fix};

/// The fixes of all messages that can be made together: of two that touch the same place, the first.
pub fn fixes_of_all(problems: &[Diagnostic], text: &str) -> Vec<Fix> {
    let mut all: Vec<&Fix> = problems.iter().filter_map(|one| one.fix.as_ref()).collect();
    all.sort_by_key(|fix| fix.place(text).start);
    let mut made: Vec<Fix> = Vec::new();
    for fix in all {
        let place = fix.place(text);
        let free = made.last().is_none_or(|before| {
            let before = before.place(text);
            before.end <= place.start && before != place
        });
        if free {
            made.push(fix.clone());
        }
    }
    made
}
