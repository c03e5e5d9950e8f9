//! The helpers of templates, from the table that also runs them.

use souschef_expr::helpers::{self, Helper};

use super::{anchor, cell, code};

/// The page.
pub(super) fn page() -> String {
    let all: Vec<&Helper> = helpers::all().collect();
    let mut text = format!(
        "# Helpers\n\nA helper makes a value of others: `{{{{ upper trigger.firstName }}}}`. One inside another stands in parentheses: `{{{{ upper (first trigger.tags) }}}}`. What is in brackets may be left out. There are {}; every example is run by a test.\n",
        all.len()
    );
    let mut groups: Vec<&str> = Vec::new();
    for helper in &all {
        if !groups.contains(&helper.group) {
            groups.push(helper.group);
        }
    }
    for group in groups {
        text.push_str(&format!("\n## {group}\n\n| helper | |\n|---|---|\n"));
        let members: Vec<&&Helper> = all.iter().filter(|helper| helper.group == group).collect();
        for helper in &members {
            text.push_str(&format!(
                "| [`{}`]({}) | {} |\n",
                helper.name,
                anchor(helper.name),
                cell(helper.help)
            ));
        }
        for helper in members {
            text.push_str(&section(helper));
        }
    }
    text
}

fn section(helper: &Helper) -> String {
    let mut text = format!(
        "\n### {}\n\n`{}`\n\n{}\n",
        helper.name, helper.signature, helper.help
    );
    if !helper.options.is_empty() {
        let options: Vec<String> = helper.options.iter().map(|option| format!("{option}=")).collect();
        text.push_str(&format!(
            "\nOptions: {}.\n",
            code(options.iter().map(String::as_str))
        ));
    }
    if helper.absent_ok {
        text.push_str("\nA name that leads nowhere is fine here.\n");
    }
    if !helper.examples.is_empty() {
        text.push_str("\n| example | gives |\n|---|---|\n");
        for (example, gives) in helper.examples {
            text.push_str(&format!(
                "| `{}` | `{}` |\n",
                example.replace('|', "\\|"),
                gives.replace('|', "\\|")
            ));
        }
    }
    text
}
