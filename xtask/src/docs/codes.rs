//! The codes of messages, from the pages that `souschef explain` shows.

use souschef_recipe::{Code, Severity};

use super::cell;

/// What the codes of each hundred are about.
const PARTS: &[(&str, &str)] = &[
    ("SC0", "How a recipe is written"),
    ("SC1", "Expressions"),
    ("SC2", "Names, kinds of value and other files"),
    ("SC3", "Connector, project and test files"),
    ("SC4", "While a recipe runs"),
    ("SC5", "Calls to other systems"),
];

/// The page.
pub(super) fn page() -> String {
    let mut text = format!(
        "# Codes of messages\n\nEvery message has a code, {} in all. `souschef explain SC012` shows a code's page, with an example of the mistake and of how it is right.\n",
        Code::all().len()
    );
    for (begin, about) in PARTS {
        text.push_str(&format!(
            "\n## {about}\n\n| code | | what is wrong |\n|---|---|---|\n"
        ));
        for code in Code::all().iter().filter(|code| code.id().starts_with(begin)) {
            let severity = match code.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            text.push_str(&format!(
                "| `{}` | {severity} | {} |\n",
                code.id(),
                cell(code.title())
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_in_the_page() {
        let page = page();
        for code in Code::all() {
            assert_eq!(
                page.matches(&format!("| `{}` |", code.id())).count(),
                1,
                "{}",
                code.id()
            );
        }
    }
}
