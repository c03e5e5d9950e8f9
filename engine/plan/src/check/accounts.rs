//! Connections, scopes and secrets: what the project file knows.

use souschef_catalog::Operation;
use souschef_recipe::{Code, ConnectionChoice, Diagnostic, Span, Spanned, WebhookAuth, nearest};

use super::{Checker, and, listed};
use crate::plan::ConnectionPlan;
use crate::project::{ConnectionConfig, Project};

/// An account and its name.
pub(super) type Account<'p> = (&'p str, &'p ConnectionConfig);

impl<'a> Checker<'a> {
    /// The recipe's own choice.
    pub(super) fn connection(&mut self) -> ConnectionPlan {
        match &self.recipe.connection {
            None => ConnectionPlan::Default,
            Some(ConnectionChoice::Named(name)) => {
                self.known_connection(name);
                ConnectionPlan::Named(name.value.clone())
            }
            Some(ConnectionChoice::Tagged(tag)) => {
                if let Some(project) = self.context.project {
                    self.tagged(project, tag);
                }
                ConnectionPlan::Tagged(tag.value.clone())
            }
        }
    }

    fn tagged(&mut self, project: &Project, tag: &Spanned<String>) {
        let mut tags: Vec<&str> = project
            .connections
            .values()
            .flat_map(|one| &one.tags)
            .map(String::as_str)
            .collect();
        if tags.contains(&tag.value.as_str()) {
            return;
        }
        tags.sort_unstable();
        tags.dedup();
        let mut diagnostic = Diagnostic::new(
            Code::NO_CONNECTION_TAGGED,
            tag.span,
            format!(
                "no connection of the project is tagged \"{}\", so this recipe runs for none",
                tag.value
            ),
        );
        diagnostic = match nearest(&tag.value, tags.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(near),
            None => diagnostic.label(format!(
                "add `tags: [{}]` to a connection in souschef.yaml",
                tag.value
            )),
        };
        if !tags.is_empty() {
            diagnostic = diagnostic.note(format!("tags: {}", listed(tags)));
        }
        self.tell(diagnostic);
    }

    fn known_connection(&mut self, name: &Spanned<String>) -> bool {
        let Some(project) = self.context.project else {
            return true;
        };
        if project.connections.contains_key(&name.value) {
            return true;
        }
        let mut diagnostic = Diagnostic::new(
            Code::UNKNOWN_CONNECTION,
            name.span,
            format!("the project has no connection \"{}\"", name.value),
        );
        let known: Vec<&str> = project.connections.keys().map(String::as_str).collect();
        let tagged = project
            .connections
            .values()
            .any(|one| one.tags.contains(&name.value));
        diagnostic = match nearest(&name.value, known.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(near),
            None if tagged => diagnostic.label(format!(
                "this is a tag: write `connections: {{ tagged: {} }}`",
                name.value
            )),
            None => diagnostic.label("name it under connections: in souschef.yaml"),
        };
        if !known.is_empty() {
            diagnostic = diagnostic.note(format!("connections: {}", listed(known)));
        }
        self.tell(diagnostic);
        false
    }

    /// The accounts that an operation may be called with, where the project tells.
    pub(super) fn accounts(
        &mut self,
        operation: &Operation,
        named: Span,
        own: Option<&Spanned<String>>,
    ) -> Vec<Account<'a>> {
        let Some(project) = self.context.project else {
            return Vec::new();
        };
        let find = |name: &str| {
            project
                .connections
                .get_key_value(name)
                .map(|(name, config)| (name.as_str(), config))
        };
        let fits = |account: &Account<'a>| account.1.connector == operation.connector;
        if let Some(name) = own {
            if !self.known_connection(name) {
                return Vec::new();
            }
            let account = find(&name.value);
            if let Some(account) = account.filter(|account| !fits(account)) {
                self.tell(
                    Diagnostic::new(
                        Code::UNKNOWN_CONNECTION,
                        name.span,
                        format!(
                            "{} can't be called through the connection {}",
                            operation.id, account.0
                        ),
                    )
                    .label(format!(
                        "it leads to {}, and the operation is of {}",
                        account.1.connector, operation.connector
                    )),
                );
                return Vec::new();
            }
            return account.into_iter().collect();
        }
        let of_recipe: Vec<Account<'a>> = match &self.recipe.connection {
            Some(ConnectionChoice::Named(name)) => find(&name.value).into_iter().collect(),
            Some(ConnectionChoice::Tagged(tag)) => {
                let tagged = project
                    .connections
                    .iter()
                    .filter(|(_, config)| config.tags.contains(&tag.value));
                tagged.map(|(name, config)| (name.as_str(), config)).collect()
            }
            None => project
                .default_connection
                .as_deref()
                .and_then(find)
                .into_iter()
                .collect(),
        };
        if of_recipe.iter().any(fits) {
            return of_recipe.into_iter().filter(fits).collect();
        }
        // The recipe's account is of another connector: the project's only one of the right kind is taken.
        let others = project
            .connections
            .iter()
            .map(|(name, config)| (name.as_str(), config));
        let others: Vec<Account<'a>> = others.filter(fits).collect();
        if others.is_empty() && !project.connections.is_empty() {
            let connector = &operation.connector;
            self.tell(
                Diagnostic::new(
                    Code::UNKNOWN_CONNECTION,
                    named,
                    format!(
                        "{} needs a connection to {connector}, and the project has none",
                        operation.id
                    ),
                )
                .label(format!("add one in souschef.yaml with connector: {connector}")),
            );
        }
        if others.len() == 1 { others } else { Vec::new() }
    }

    /// Notes the scopes that a call needs, and tells those that its token lacks.
    pub(super) fn need_scopes(&mut self, operation: &Operation, named: Span, accounts: &[Account<'a>]) {
        self.scopes.extend(operation.scopes.iter().cloned());
        for (name, config) in accounts {
            let Some(granted) = &config.scopes else { continue };
            let lacking: Vec<&str> = operation
                .scopes
                .iter()
                .filter(|scope| !granted.contains(scope))
                .map(String::as_str)
                .collect();
            if !lacking.is_empty() {
                let what = if lacking.len() == 1 {
                    "the scope"
                } else {
                    "the scopes"
                };
                self.tell(
                    Diagnostic::new(
                        Code::MISSING_SCOPE,
                        named,
                        format!(
                            "{} needs {what} {}, and the connection {name} lacks it",
                            operation.id,
                            and(&lacking, "and")
                        )
                        .replace(
                            "lacks it",
                            if lacking.len() == 1 {
                                "lacks it"
                            } else {
                                "lacks them"
                            },
                        ),
                    )
                    .label("add it to the token in the account's settings, then to scopes: in souschef.yaml"),
                );
            }
        }
    }

    /// The secret that a webhook's sender must know.
    pub(super) fn webhook_secret(&mut self, auth: &Spanned<WebhookAuth>) {
        let secret = match &auth.value {
            WebhookAuth::None => {
                return self.tell(
                    Diagnostic::new(
                        Code::OPEN_WEBHOOK,
                        auth.span,
                        "anyone who knows this address can start runs",
                    )
                    .label("better: { token: NAME }, where NAME is one of the project file's secrets"),
                );
            }
            WebhookAuth::Token { secret, .. }
            | WebhookAuth::Basic { secret }
            | WebhookAuth::Hmac { secret, .. } => secret,
        };
        let Some(project) = self.context.project else {
            return;
        };
        if project.secrets.contains_key(&secret.value) {
            return;
        }
        let known: Vec<&str> = project.secrets.keys().map(String::as_str).collect();
        // What looks like the token itself is not shown again.
        let is_name = secret.value.len() <= 40
            && secret
                .value
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        let message = if is_name {
            format!("the project has no secret \"{}\"", secret.value)
        } else {
            "this is no name of a secret; never write the secret itself in a recipe".to_owned()
        };
        let mut diagnostic = Diagnostic::new(Code::UNKNOWN_SECRET, secret.span, message);
        diagnostic = match nearest(&secret.value, known.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(near),
            None if is_name => {
                let (name, variable) = (&secret.value, secret.value.to_uppercase().replace('-', "_"));
                diagnostic.label(format!(
                    "add to souschef.yaml: `secrets: {{ {name}: {{ env: {variable} }} }}`"
                ))
            }
            None => diagnostic.label("name it under secrets: in souschef.yaml, and write that name here"),
        };
        if !known.is_empty() {
            diagnostic = diagnostic.note(format!("secrets: {}", listed(known)));
        }
        self.tell(diagnostic);
    }
}
