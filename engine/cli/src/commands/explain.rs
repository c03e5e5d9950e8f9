//! `souschef explain`.

use souschef_recipe::{Code, Severity};

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::show::terminal;

/// Shows a code's page, or the list of codes.
pub(crate) fn explain(args: &ExplainArgs) -> Exit {
    let Some(wanted) = &args.code else {
        for code in Code::all() {
            let title = code
                .page()
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches("# ");
            let word = if code.severity() == Severity::Warning {
                terminal::faint("  (warning)")
            } else {
                String::new()
            };
            terminal::line(&format!("{}  {title}{word}", terminal::bold(code.id())));
        }
        return Exit::Fine;
    };
    match Code::find(wanted) {
        Some(code) => {
            terminal::print(&page(code));
            Exit::Fine
        }
        None => {
            terminal::error(
                &format!("there is no code {wanted}"),
                Some("codes look like SC012; `souschef explain` alone lists them all"),
            );
            Exit::Usage
        }
    }
}

/// A page with its headings and examples set off.
fn page(code: Code) -> String {
    let mut text = String::new();
    let mut fenced = false;
    for line in code.page().lines() {
        if let Some(fence) = line.strip_prefix("```") {
            fenced = !fenced;
            if fenced {
                let word = fence.split_whitespace().nth(1).unwrap_or("for example");
                text.push_str(&format!("  {}\n", terminal::faint(&format!("{word}:"))));
            }
            continue;
        }
        if let Some(title) = line.strip_prefix("# ") {
            text.push_str(&format!(
                "{} {}\n",
                terminal::bold(code.id()),
                terminal::bold(title)
            ));
        } else if fenced {
            text.push_str(&format!("    {line}\n"));
        } else {
            let wrapped = terminal::wrap(line, terminal::width());
            text.push_str(&format!("{}\n", wrapped.join("\n")));
        }
    }
    text
}
