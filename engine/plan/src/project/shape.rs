//! Every mistake in the form of the project file at once, with its place. (serde stops at the first.)

use souschef_recipe::{Advice, Code, Diagnostic, Entry, Node, NodeKind, SourceFile, Span, nearest};

/// What may stand at a place.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    Texts,
    TextOrTexts,
    Anything,
    Secret,
    /// A map with these keys.
    Keys(&'static [(&'static str, Shape)], &'static [&'static str]),
    /// A map of the person's own names.
    Named(&'static Shape),
}

const AUTH: &[(&str, Shape)] = &[
    ("token", Shape::Secret),
    (
        "oauth",
        Shape::Keys(
            &[("client_id", Shape::Text), ("client_secret", Shape::Secret)],
            &["client_id", "client_secret"],
        ),
    ),
    ("through", Shape::Text),
];
const CONNECTION: Shape = Shape::Keys(
    &[
        ("connector", Shape::Text),
        ("location_id", Shape::Text),
        ("company_id", Shape::Text),
        ("auth", Shape::Keys(AUTH, &[])),
        ("webhook_token", Shape::Secret),
        ("base_url", Shape::Text),
        ("tags", Shape::Texts),
        ("scopes", Shape::Texts),
        ("paths", Shape::Named(&Shape::Text)),
    ],
    &["connector"],
);
const PROJECT: Shape = Shape::Keys(
    &[
        ("connections", Shape::Named(&CONNECTION)),
        ("default_connection", Shape::Text),
        ("secrets", Shape::Named(&Shape::Secret)),
        ("recipes", Shape::TextOrTexts),
        ("connectors", Shape::Texts),
        ("data", Shape::Text),
        (
            "listen",
            Shape::Keys(
                &[
                    ("webhooks", Shape::Text),
                    ("admin", Shape::Text),
                    ("hosts", Shape::Texts),
                    ("behind_proxy", Shape::Flag),
                ],
                &[],
            ),
        ),
        (
            "alerts",
            Shape::Keys(
                &[
                    ("recipe", Shape::Text),
                    ("webhook", Shape::Secret),
                    ("about", Shape::Texts),
                ],
                &[],
            ),
        ),
        ("inputs", Shape::Named(&Shape::Named(&Shape::Anything))),
    ],
    &[],
);

/// Tells everything that is wrong with the form.
pub(super) fn check(source: &SourceFile, tree: &Node) -> Vec<Diagnostic> {
    let mut shaper = Shaper {
        source,
        told: Vec::new(),
    };
    shaper.node(tree, PROJECT, "the project file");
    shaper.told
}

struct Shaper<'a> {
    source: &'a SourceFile,
    told: Vec<Diagnostic>,
}

impl Shaper<'_> {
    fn first_line(&self, span: Span) -> Span {
        let len = self
            .source
            .text()
            .get(span.range())
            .and_then(|text| text.lines().next())
            .map_or(0, str::len);
        Span::new(span.start, span.start + len.max(1))
    }

    fn wrong(&mut self, node: &Node, what: &str, wanted: &str) {
        let there = node.kind_name();
        let message = if there == "nothing" {
            format!("{what} is empty, but should be {wanted}")
        } else {
            format!("{what} should be {wanted}, and this is {there}")
        };
        let mut diagnostic = Diagnostic::new(Code::PROJECT_FILE, self.first_line(node.span), message);
        if wanted == "text"
            && matches!(
                node.kind,
                NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Bool(_)
            )
        {
            let written = self.source.text().get(node.span.range()).unwrap_or_default();
            diagnostic = diagnostic.label(format!("write \"{written}\", with the quotes"));
        }
        self.told.push(diagnostic);
    }

    fn node(&mut self, node: &Node, shape: Shape, what: &str) {
        match (shape, &node.kind) {
            (Shape::Anything, _) | (Shape::Text | Shape::TextOrTexts, NodeKind::Text(..)) => {}
            // An empty section is no section.
            (Shape::Named(_) | Shape::Texts | Shape::TextOrTexts, NodeKind::Null) => {}
            (Shape::Keys(_, []), NodeKind::Null) => {}
            (Shape::Text, _) => self.wrong(node, what, "text"),
            (Shape::Flag, NodeKind::Bool(_)) => {}
            (Shape::Flag, _) => self.wrong(node, what, "true or false"),
            (Shape::Texts | Shape::TextOrTexts, NodeKind::List(items)) => {
                for item in items {
                    self.node(item, Shape::Text, &format!("an item of {what}"));
                }
            }
            (Shape::Texts, NodeKind::Text(text, _)) => {
                let text = text.clone();
                self.wrong(node, what, "a list");
                if let Some(last) = self.told.last_mut() {
                    last.label = Some(format!("write [{text}]"));
                }
            }
            (Shape::Texts, _) => self.wrong(node, what, "a list"),
            (Shape::TextOrTexts, _) => self.wrong(node, what, "a folder or a list of files"),
            (Shape::Secret, _) => self.secret(node, what),
            (Shape::Named(inner), NodeKind::Map(entries)) => {
                for entry in entries {
                    self.node(&entry.value, *inner, &entry.key.value);
                }
            }
            (Shape::Keys(keys, needed), NodeKind::Map(entries)) => {
                for entry in entries {
                    match keys.iter().find(|(key, _)| *key == entry.key.value) {
                        Some((key, shape)) => self.node(&entry.value, *shape, key),
                        None => self.unknown(entry, what, keys),
                    }
                }
                for key in needed
                    .iter()
                    .copied()
                    .filter(|key| !entries.iter().any(|entry| entry.key.value == *key))
                {
                    let torn = entries
                        .iter()
                        .any(|entry| meant(&entry.key.value, &[key]).is_some());
                    if !torn {
                        let help = if key == "connector" {
                            "write `connector: ghl` for GoHighLevel"
                        } else {
                            "add it"
                        };
                        let span = self.first_line(node.span);
                        self.told.push(
                            Diagnostic::new(Code::PROJECT_FILE, span, format!("{what} has no {key}:"))
                                .label(help),
                        );
                    }
                }
            }
            (Shape::Named(_) | Shape::Keys(..), _) => self.wrong(node, what, "a map (lines of `key: value`)"),
        }
    }

    fn unknown(&mut self, entry: &Entry, what: &str, keys: &[(&str, Shape)]) {
        let known: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
        let word = entry.key.value.as_str();
        let meant = meant(word, &known);
        let mut diagnostic = Diagnostic::new(
            Code::PROJECT_FILE,
            entry.key.span,
            format!("{what} has no key \"{word}\""),
        );
        let advice = match meant {
            Some("auth") if word.to_lowercase() != "auth" => Some(Advice::Say(
                "write `auth: { token: { env: GHL_TOKEN } }`".to_owned(),
            )),
            Some(meant) => Some(Advice::Meant(meant.to_owned())),
            // `auth: { env: NAME }` forgets what kind of secret it is.
            None if what == "auth" && matches!(word, "env" | "file") => {
                Some(Advice::Say(format!("write {{ token: {{ {word}: … }} }}")))
            }
            None => None,
        };
        if let Some(advice) = advice {
            diagnostic = diagnostic.advice(advice);
        }
        // A token under a wrong key is in the file all the same.
        if entry.value.as_text().is_some_and(looks_secret) {
            self.secret(&entry.value, word);
            return;
        }
        self.told
            .push(diagnostic.note(format!("keys here: {}", known.join(", "))));
    }

    /// `{ env: NAME }` or `{ file: PATH }`.
    fn secret(&mut self, node: &Node, what: &str) {
        let NodeKind::Map(entries) = &node.kind else {
            let written = node.as_text().unwrap_or_default();
            let variable = written
                .trim_start_matches("${")
                .trim_start_matches('$')
                .trim_end_matches('}');
            let is_variable = !variable.is_empty()
                && variable
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
                && variable.contains('_');
            let span = self.first_line(node.span);
            let diagnostic = match &node.kind {
                NodeKind::Text(..) if is_variable => Diagnostic::new(
                    Code::PROJECT_FILE,
                    span,
                    format!("{what} should say where the secret is kept"),
                )
                .label(format!(
                    "write {{ env: {variable} }} for the environment variable"
                )),
                NodeKind::Text(..) | NodeKind::Int(_) | NodeKind::Float(_) => {
                    let name = if what == "token" {
                        "GHL_TOKEN".to_owned()
                    } else {
                        what.to_uppercase().replace('-', "_")
                    };
                    Diagnostic::new(
                        Code::SECRET_IN_FILE,
                        span,
                        "the secret itself stands in the file, where others may read it",
                    )
                    .label(format!(
                        "write {{ env: {name} }} here, and set that environment variable"
                    ))
                    .note("or { file: PATH } for a file of its own that only you can read")
                    .note("a secret that was shared or committed should be replaced by a new one")
                }
                _ => Diagnostic::new(
                    Code::PROJECT_FILE,
                    span,
                    format!("{what} should say where the secret is kept"),
                )
                .label("write { env: NAME } for an environment variable, or { file: PATH }"),
            };
            self.told.push(diagnostic);
            return;
        };
        for entry in entries {
            match entry.key.value.as_str() {
                "env" => self.variable(&entry.value),
                "file" => self.node(&entry.value, Shape::Text, "file"),
                _ => self.unknown(entry, what, &[("env", Shape::Text), ("file", Shape::Text)]),
            }
        }
        let known = entries
            .iter()
            .filter(|entry| matches!(entry.key.value.as_str(), "env" | "file"))
            .count();
        if known != 1 && known == entries.len() {
            let span = self.first_line(node.span);
            let message = if known == 0 {
                format!("{what} does not say where the secret is kept")
            } else {
                format!("{what} is kept in one place, either env or file")
            };
            self.told.push(
                Diagnostic::new(Code::PROJECT_FILE, span, message)
                    .label("write { env: NAME } or { file: PATH }"),
            );
        }
    }

    /// The name of an environment variable, not what it holds.
    fn variable(&mut self, node: &Node) {
        let Some(name) = node.as_text() else {
            return self.wrong(node, "env", "text");
        };
        if looks_secret(name) {
            self.told.push(
                Diagnostic::new(
                    Code::SECRET_IN_FILE,
                    self.first_line(node.span),
                    "env takes the name of a variable, and this looks like the secret itself",
                )
                .label("write { env: GHL_TOKEN } here, and set that environment variable")
                .note("a secret that was shared or committed should be replaced by a new one"),
            );
            return;
        }
        let plain = name
            .trim_start_matches("${")
            .trim_start_matches('$')
            .trim_end_matches('}');
        if plain != name {
            self.told.push(
                Diagnostic::new(
                    Code::PROJECT_FILE,
                    node.span,
                    "env takes the variable's bare name",
                )
                .label(format!("write {{ env: {plain} }}")),
            );
        } else if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.told.push(
                Diagnostic::new(
                    Code::PROJECT_FILE,
                    self.first_line(node.span),
                    "env takes the name of an environment variable",
                )
                .label("letters, digits and _ only, like GHL_TOKEN"),
            );
        }
    }
}

/// The key that a word probably means.
fn meant<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    nearest(word, known.iter().copied()).or_else(|| {
        let other = match word {
            "location" | "locationId" | "account_id" | "sub_account" => "location_id",
            "company" | "agency" => "company_id",
            "url" | "host" | "endpoint" => "base_url",
            "type" | "api" | "app" | "provider" => "connector",
            "api_key" | "apiKey" | "pit" | "access_token" if known.contains(&"token") => "token",
            "api_key" | "apiKey" | "pit" | "access_token" | "token" | "credentials" => "auth",
            "accounts" => "connections",
            "default" => "default_connection",
            "server" | "ports" => "listen",
            _ => return None,
        };
        known.iter().copied().find(|key| *key == other)
    })
}

/// Whether a text is more likely a secret than a name.
fn looks_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.starts_with("pit-")
        || lower.starts_with("bearer ")
        || text.starts_with("eyJ")
        || lower.starts_with("sk_")
        || lower.starts_with("sk-")
        || (text.len() >= 30
            && text.chars().any(|c| c.is_ascii_digit())
            && text.chars().any(|c| c.is_ascii_lowercase()))
}
