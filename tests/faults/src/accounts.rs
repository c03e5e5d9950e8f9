//! Other accounts beside the trial's own: each has a connection, its own token, and its own copies of the recipes.

use crate::error::Error;
use crate::load::name_of;
use crate::trial::Trial;

/// The recipes that each account has a copy of.
const COPIED: [&str; 7] = ["lead", "later", "mishap", "queued", "asked", "greet", "found"];

impl Trial {
    /// From now on events come in for so many other accounts too, which call this address.
    ///
    /// # Errors
    /// The project can't be read or written.
    pub fn add_accounts(&mut self, count: u64, url: &str) -> Result<(), Error> {
        let workflow = self.sandbox.names.get("workflow_id").cloned().unwrap_or_default();
        let (mut connections, mut inputs) = (String::new(), String::new());
        for number in 1..=count {
            let account = format!("a{number:03}");
            let variable = format!("TOKEN_{number:03}");
            connections.push_str(&format!(
                "  {account}:\n    connector: ghl\n    location_id: location-{account}\n    base_url: {url}\n    \
                 auth: {{ token: {{ env: {variable} }} }}\n"
            ));
            let lead = name_of("lead", Some(&account));
            inputs.push_str(&format!("  {lead}: {{ workflow: {workflow} }}\n"));
            self.service
                .environment
                .push((variable, format!("token-of-{account}")));
            for kind in COPIED {
                self.copy_recipe(kind, &account)?;
            }
            self.accounts.push(Some(account));
        }
        let text = self
            .project_file()?
            .replace(
                "connections:\n",
                &format!("default_connection: main\nconnections:\n{connections}"),
            )
            .replace("inputs:\n", &format!("inputs:\n{inputs}"));
        self.write_project_file(&text)
    }

    /// What a copy listens on and calls is its account's too.
    fn copy_recipe(&self, kind: &str, account: &str) -> Result<(), Error> {
        let own = |name: &str| name_of(name, Some(account));
        let mut text = self.recipe(&format!("{kind}.yaml"))?;
        for name in [kind, "answer"] {
            for end in [",", "\n"] {
                text = text.replace(
                    &format!("path: {name}{end}"),
                    &format!("path: {}{end}", own(name)),
                );
            }
        }
        text = text.replace("run_recipe: greet", &format!("run_recipe: {}", own("greet")));
        self.write_recipe(
            &format!("{}.yaml", own(kind)),
            &format!("connection: {account}\n{text}"),
        )
    }
}
