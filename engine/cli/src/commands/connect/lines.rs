//! The lines of a connection that souschef.yaml lacks: shown to be pasted, or written where that was asked for.

use std::fs;

use souschef_plan::Project;
use souschef_recipe::{Severity, SourceFile};
use souschef_runtime::project::{FILE, OpenProject};

use crate::args::ConnectArgs;
use crate::exit::Exit;
use crate::show::terminal;

/// Shows the lines and ends, or writes them and goes on.
pub(super) fn offer(project: &OpenProject, name: &str, args: &ConnectArgs) -> Result<(), Exit> {
    let lines = lines(name, args).map_err(|(message, help)| {
        terminal::error(&message, Some(&help));
        Exit::Usage
    })?;
    if !args.write {
        terminal::error(&format!("souschef.yaml has no connection {name}"), None);
        terminal::say("  paste these lines into it, or call this again with --write:\n");
        terminal::line(&format!("connections:\n{lines}"));
        return Err(Exit::Problem);
    }
    let path = project.root.join(FILE);
    let failed = |message: String| {
        terminal::error(&message, None);
        Exit::Problem
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(why) => return Err(failed(format!("can't read {FILE}: {why}"))),
    };
    let Some(with) = added(&text, name, &lines) else {
        terminal::error(
            &format!(
                "{FILE} is not written in a way that lines can be added to safely; it was left as it is"
            ),
            None,
        );
        terminal::say("  paste these lines below connections: yourself:\n");
        terminal::line(&lines);
        return Err(Exit::Problem);
    };
    // Under another name first: half a project file must never be found.
    let partial = path.with_extension("yaml.partial");
    fs::write(&partial, with)
        .and_then(|()| fs::rename(&partial, &path))
        .map_err(|why| failed(format!("can't write {FILE}: {why}")))?;
    terminal::say(&format!("{FILE}: connection {name} added"));
    Ok(())
}

fn lines(name: &str, args: &ConnectArgs) -> Result<String, (String, String)> {
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            && text.starts_with(|c: char| c.is_ascii_alphabetic() || c.is_ascii_digit())
    };
    if !plain(name) || name.chars().all(|c| c.is_ascii_digit()) {
        return Err((
            format!("{name:?} is no name for a connection"),
            "letters, digits, - and _, such as bakery".to_owned(),
        ));
    }
    let mut lines = format!("  {name}:\n    connector: {}\n", args.connector);
    for (key, id) in [("location_id", &args.location), ("company_id", &args.company)] {
        match id {
            Some(id) if plain(id) => lines.push_str(&format!("    {key}: \"{id}\"\n")),
            Some(_) => {
                return Err((
                    format!("this is no {key}"),
                    "only its letters and digits".to_owned(),
                ));
            }
            None => {}
        }
    }
    if let Some(client) = &args.client_id {
        if !plain(client) {
            return Err((
                "this is no client id".to_owned(),
                "only its letters, digits and -".to_owned(),
            ));
        }
        let variable = format!(
            "{}_CLIENT_SECRET",
            args.connector.to_uppercase().replace('-', "_")
        );
        lines.push_str(&format!(
            "    auth: {{ oauth: {{ client_id: \"{client}\", client_secret: {{ env: {variable} }} }} }}\n"
        ));
    }
    Ok(lines)
}

/// The file's text with the lines below `connections:`; none where the result would not be right, or changed more than
/// that one connection.
fn added(text: &str, name: &str, lines: &str) -> Option<String> {
    let newline = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let head = text.lines().position(|line| line.trim_end() == "connections:");
    let with = match head {
        Some(head) => {
            let mut with = String::new();
            for (index, line) in text.lines().enumerate() {
                with.push_str(line);
                with.push('\n');
                if index == head {
                    with.push_str(lines);
                }
            }
            with
        }
        None => format!("{text}{newline}connections:\n{lines}"),
    };
    let read = |text: &str| {
        let (project, told) = Project::parse(&SourceFile::new(FILE, text));
        let sound = told.iter().all(|one| one.severity() != Severity::Error);
        project.filter(|_| sound)
    };
    let before = read(text)?;
    // A second connection must not take its place from the only one.
    let with = match &before.default_connection {
        Some(default) if read(&with)?.default_connection.is_none() => {
            format!("{}\ndefault_connection: {default}\n", with.trim_end_matches('\n'))
        }
        _ => with,
    };
    let mut after = read(&with)?;
    after.connections.remove(name)?;
    let kept = before.default_connection.is_none() || after.default_connection == before.default_connection;
    let same = kept
        && after.connections == before.connections
        && after.secrets == before.secrets
        && after.recipes == before.recipes
        && after.inputs == before.inputs
        && after.data == before.data;
    same.then_some(with)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "  bakery:\n    connector: ghl\n    location_id: \"loc1\"\n";

    #[test]
    fn lines_are_added_where_that_changes_nothing_else() {
        for before in [
            "",
            "recipes: flows",
            "connections:\n",
            "# mine\nconnections:\n  main: { connector: ghl }\ndata: there\n",
            "secrets: { hook: { env: HOOK } }\nconnections:\n  main:\n    connector: ghl\n    tags: [vip]\n",
        ] {
            let after = added(before, "bakery", LINES).unwrap_or_else(|| panic!("{before:?}"));
            assert!(after.contains("  bakery:\n"), "{after}");
            for line in before.lines() {
                assert!(after.contains(line), "{after}");
            }
        }
    }

    #[test]
    fn a_file_that_would_not_be_right_is_left_as_it_is() {
        for before in [
            "connections: { main: { connector: ghl } }\n",
            "connections:\n    main:\n        connector: ghl\n",
            "connections:\n  bakery: { connector: ghl }\n",
            "- a list\n",
            "connections:\n  main: [\n",
        ] {
            assert_eq!(added(before, "bakery", LINES), None, "{before:?}");
        }
    }
}
