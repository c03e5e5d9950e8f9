//! From the text of `souschef.yaml` to the project.

use souschef_recipe::{Code, Diagnostic, Entry, Node, NodeKind, Severity, SourceFile, Span, nearest, tree};

use super::form::{AuthForm, ConnectionForm, OneOrMore, ProjectForm, SecretForm};
use super::{AlertKind, Alerts, ConnectionConfig, Credential, Project, SecretSource, shape};

/// Reads a project file.
pub(super) fn parse(source: &SourceFile) -> (Option<Project>, Vec<Diagnostic>) {
    let parsed = tree::parse(source.text());
    let mut told = parsed.diagnostics;
    let Some(tree) = parsed.tree.filter(|tree| !matches!(tree.kind, NodeKind::Null)) else {
        let empty = told.iter().all(|one| one.severity() == Severity::Warning);
        return (empty.then(|| project(ProjectForm::default())), told);
    };
    let refused = [Code::TOO_DEEP, Code::TOO_MANY_VALUES, Code::SEVERAL_DOCUMENTS];
    if told.iter().any(|one| refused.contains(&one.code)) {
        return (None, told);
    }
    if told.iter().all(|one| one.severity() == Severity::Warning) {
        told.extend(shape::check(source, &tree));
        contents(&tree, &mut told);
    }
    let form = souschef_catalog::file::read::<ProjectForm>(source.text());
    let mut made = None;
    match form {
        Ok(form) => made = Some(project(form)),
        Err(fault) if told.iter().all(|one| one.severity() == Severity::Warning) => {
            let start = source.offset(fault.line, fault.column);
            let len = source
                .text()
                .get(start..)
                .and_then(|text| text.lines().next())
                .map_or(0, str::len);
            told.push(Diagnostic::new(
                Code::PROJECT_FILE,
                Span::new(start, start + len),
                fault.message,
            ));
        }
        Err(_) => {}
    }
    told.sort_by_key(|one| (one.span.start, one.span.end));
    (made, told)
}

fn project(form: ProjectForm) -> Project {
    let connections: std::collections::BTreeMap<String, ConnectionConfig> = form
        .connections
        .into_iter()
        .map(|(name, form)| (name, connection(form)))
        .collect();
    let only = match connections.len() {
        1 => connections.keys().next().cloned(),
        _ => None,
    };
    Project {
        default_connection: form.default_connection.or(only),
        connections,
        secrets: form
            .secrets
            .into_iter()
            .filter_map(|(name, form)| Some((name, secret(form)?)))
            .collect(),
        recipes: match form.recipes {
            None => vec!["recipes".to_owned()],
            Some(OneOrMore::One(folder)) => vec![folder],
            Some(OneOrMore::More(files)) => files,
        },
        connectors: form.connectors,
        data: form.data.unwrap_or_else(|| ".souschef".to_owned()),
        listen_webhooks: form
            .listen
            .webhooks
            .unwrap_or_else(|| "127.0.0.1:7879".to_owned()),
        listen_admin: form.listen.admin.unwrap_or_else(|| "127.0.0.1:7878".to_owned()),
        hosts: form.listen.hosts,
        behind_proxy: form.listen.behind_proxy,
        alerts: Alerts {
            recipe: form.alerts.recipe,
            webhook: form.alerts.webhook.and_then(secret),
            about: form.alerts.about.iter().filter_map(|word| kind(word)).collect(),
        },
        inputs: form.inputs,
    }
}

fn connection(form: ConnectionForm) -> ConnectionConfig {
    ConnectionConfig {
        connector: form.connector,
        location_id: form.location_id,
        company_id: form.company_id,
        auth: form.auth.and_then(credential),
        base_url: form.base_url,
        webhook_token: form.webhook_token.and_then(secret),
        tags: form.tags,
        scopes: form.scopes,
        paths: form.paths,
    }
}

fn credential(form: AuthForm) -> Option<Credential> {
    if let Some(token) = form.token {
        return secret(token).map(Credential::Token);
    }
    if let Some(name) = form.through {
        return Some(Credential::Through(name));
    }
    let oauth = form.oauth?;
    Some(Credential::OAuth {
        client_id: oauth.client_id,
        client_secret: secret(oauth.client_secret)?,
    })
}

fn secret(form: SecretForm) -> Option<SecretSource> {
    match (form.env, form.file) {
        (Some(name), _) => Some(SecretSource::Env(name)),
        (None, Some(path)) => Some(SecretSource::File(path)),
        (None, None) => None,
    }
}

fn kind(word: &str) -> Option<AlertKind> {
    AlertKind::ALL.into_iter().find(|kind| kind.word() == word)
}

/// What the form alone does not tell.
fn contents(tree: &Node, told: &mut Vec<Diagnostic>) {
    let connections: &[Entry] = match tree.get("connections").map(|node| &node.kind) {
        Some(NodeKind::Map(entries)) => entries,
        _ => &[],
    };
    let names: Vec<&str> = connections.iter().map(|entry| entry.key.value.as_str()).collect();
    if let Some(node) = tree.get("default_connection")
        && let Some(name) = node.as_text().filter(|name| !names.contains(name))
    {
        let mut diagnostic = Diagnostic::new(
            Code::PROJECT_CONTENT,
            node.span,
            format!("there is no connection \"{name}\" to be the default"),
        );
        diagnostic = match nearest(name, names.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(near),
            None if names.is_empty() => diagnostic.label("name it under connections:"),
            None => diagnostic.label(format!("one of: {}", names.join(", "))),
        };
        told.push(diagnostic);
    }
    for entry in connections {
        connection_contents(&entry.value, told);
        through(entry, connections, told);
    }
    exposed(tree, told);
    about(tree, told);
    one_address(tree, told);
    for (key, port) in [("webhooks", 7879), ("admin", 7878)] {
        let Some(node) = tree.get("listen").and_then(|listen| listen.get(key)) else {
            continue;
        };
        let Some(value) = node.as_text() else { continue };
        if value.parse::<std::net::SocketAddr>().is_err() {
            let port = value
                .rsplit(':')
                .next()
                .and_then(|port| port.parse::<u16>().ok())
                .unwrap_or(port);
            told.push(
                Diagnostic::new(
                    Code::PROJECT_CONTENT,
                    node.span,
                    format!("{key} is no address to listen on"),
                )
                .label(format!("an address and a port, like 127.0.0.1:{port}")),
            );
        }
    }
}

/// An account that is reached through an agency's connection names one that is there, is opened by OAuth and knows its
/// company; and the account its location.
fn through(entry: &Entry, connections: &[Entry], told: &mut Vec<Diagnostic>) {
    let Some(node) = entry.value.get("auth").and_then(|auth| auth.get("through")) else {
        return;
    };
    let Some(name) = node.as_text() else { return };
    let mut wrong = |message: String, label: String| {
        told.push(Diagnostic::new(Code::PROJECT_CONTENT, node.span, message).label(label));
    };
    let Some(agency) = connections.iter().find(|other| other.key.value == name) else {
        let names: Vec<&str> = connections.iter().map(|other| other.key.value.as_str()).collect();
        let diagnostic = Diagnostic::new(
            Code::PROJECT_CONTENT,
            node.span,
            format!("there is no connection \"{name}\" to go through"),
        );
        return told.push(match nearest(name, names.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(near),
            None => diagnostic.label("name the agency's connection"),
        });
    };
    let text = |entry: &Entry, key: &str| entry.value.get(key).and_then(Node::as_text).map(str::to_owned);
    if agency
        .value
        .get("auth")
        .and_then(|auth| auth.get("oauth"))
        .is_none()
    {
        wrong(
            format!("the connection {name} is not opened by oauth, so no account can be reached through it"),
            "name the agency's connection, the one with auth: { oauth: … }".to_owned(),
        );
    } else if text(agency, "company_id").is_none() {
        wrong(
            format!("the connection {name} has no company_id, so no account can be reached through it"),
            format!("write company_id: at the connection {name}"),
        );
    } else if text(agency, "connector") != text(entry, "connector") {
        wrong(
            format!("the connection {name} is of another connector"),
            "name an agency's connection of the same connector".to_owned(),
        );
    } else if text(entry, "location_id").is_none() {
        wrong(
            "this connection does not say which account it is".to_owned(),
            "write location_id: beside auth".to_owned(),
        );
    }
}

/// An admin API that other machines can reach needs a proxy with TLS in front, and somebody who says that there is one.
fn exposed(tree: &Node, told: &mut Vec<Diagnostic>) {
    let Some(listen) = tree.get("listen") else { return };
    let Some(node) = listen.get("admin") else { return };
    let address = node
        .as_text()
        .and_then(|text| text.parse::<std::net::SocketAddr>().ok());
    let behind = matches!(
        listen.get("behind_proxy").map(|node| &node.kind),
        Some(NodeKind::Bool(true))
    );
    if !behind && address.is_some_and(|address| !address.ip().is_loopback()) {
        told.push(
            Diagnostic::new(
                Code::PROJECT_CONTENT,
                node.span,
                "other machines can reach the admin API here, and its token would go over the wire in the clear",
            )
            .label("listen on 127.0.0.1, or put a proxy with TLS in front and say behind_proxy: true"),
        );
    }
}

/// Webhooks and the admin API can't both listen at one address.
fn one_address(tree: &Node, told: &mut Vec<Diagnostic>) {
    let Some(listen) = tree.get("listen") else { return };
    let (Some(webhooks), Some(admin)) = (listen.get("webhooks"), listen.get("admin")) else {
        return;
    };
    if webhooks.as_text().is_some()
        && webhooks.as_text() == admin.as_text()
        && !admin.as_text().is_some_and(|text| text.ends_with(":0"))
    {
        told.push(
            Diagnostic::new(
                Code::PROJECT_CONTENT,
                admin.span,
                "webhooks and the admin API can't listen at one address",
            )
            .label("give it a port of its own"),
        );
    }
}

/// Recipes that the project file names and that are not there.
pub(super) fn missing_recipes(source: &SourceFile, recipes: &[String]) -> Vec<Diagnostic> {
    let Some(tree) = tree::parse(source.text()).tree else {
        return Vec::new();
    };
    let told_to = tree
        .get("alerts")
        .and_then(|alerts| alerts.get("recipe"))
        .and_then(|node| Some((node.as_text()?, node.span)));
    let set: Vec<(&str, Span)> = match tree.get("inputs").map(|node| &node.kind) {
        Some(NodeKind::Map(entries)) => entries
            .iter()
            .map(|entry| (entry.key.value.as_str(), entry.key.span))
            .collect(),
        _ => Vec::new(),
    };
    let missing = told_to.into_iter().chain(set);
    missing
        .filter(|(name, _)| !recipes.iter().any(|recipe| recipe == name))
        .map(|(name, span)| {
            let diagnostic = Diagnostic::new(
                Code::PROJECT_CONTENT,
                span,
                format!("the project has no recipe \"{name}\""),
            );
            match nearest(name, recipes.iter().map(String::as_str)) {
                Some(near) => diagnostic.did_you_mean(near),
                None if recipes.is_empty() => diagnostic.label("it has none yet"),
                None => diagnostic.label(format!("it has: {}", recipes.join(", "))),
            }
        })
        .collect()
}

/// What alerts can be about.
fn about(tree: &Node, told: &mut Vec<Diagnostic>) {
    let Some(NodeKind::List(items)) = tree
        .get("alerts")
        .and_then(|alerts| alerts.get("about"))
        .map(|node| &node.kind)
    else {
        return;
    };
    let words = AlertKind::ALL.map(AlertKind::word);
    for item in items {
        let Some(word) = item.as_text().filter(|word| kind(word).is_none()) else {
            continue;
        };
        let diagnostic = Diagnostic::new(
            Code::PROJECT_CONTENT,
            item.span,
            format!("alerts can't be about \"{word}\""),
        );
        told.push(match nearest(word, words.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(near),
            None => diagnostic.label(format!("one of: {}", words.join(", "))),
        });
    }
}

fn connection_contents(node: &Node, told: &mut Vec<Diagnostic>) {
    if let Some(url) = node.get("base_url")
        && let Some(text) = url.as_text()
    {
        let good =
            url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !good {
            let bare = text.rsplit("//").next().unwrap_or(text);
            told.push(
                Diagnostic::new(Code::PROJECT_CONTENT, url.span, "base_url is no web address")
                    .label(format!("write https://{bare}")),
            );
        }
    }
    if let Some(auth) = node.get("auth")
        && let NodeKind::Map(entries) = &auth.kind
    {
        let has = |key: &str| entries.iter().any(|entry| entry.key.value == key);
        let ways = [
            ("token", "a token"),
            ("oauth", "oauth"),
            ("through", "another connection"),
        ];
        let mut named = ways
            .into_iter()
            .filter(|(way, _)| has(way))
            .map(|(_, words)| words);
        if let (Some(first), Some(second)) = (named.next(), named.next()) {
            told.push(
                Diagnostic::new(
                    Code::PROJECT_CONTENT,
                    auth.span,
                    format!("a connection is opened by {first} or by {second}, not by both"),
                )
                .label("leave one of them out"),
            );
        } else if entries.is_empty() {
            told.push(
                Diagnostic::new(Code::PROJECT_CONTENT, auth.span, "auth is empty")
                    .label("write { token: { env: GHL_TOKEN } }"),
            );
        }
    }
    for key in ["location_id", "company_id"] {
        if let Some(id) = node.get(key)
            && let Some(text) = id.as_text()
            && (text.is_empty()
                || !text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        {
            told.push(
                Diagnostic::new(Code::PROJECT_CONTENT, id.span, format!("{key} is no id"))
                    .label("only the letters and digits of the id, as the account's settings show it"),
            );
        }
    }
}
