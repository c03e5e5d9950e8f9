//! Which account is meant: by a recipe, a step, or a person.

use souschef_connect::Connection;
use souschef_plan::{ConnectionPlan, Plan};

use super::{Accounts, AccountsError, Target};

impl Accounts {
    /// The name of the account that a recipe runs for; `asked` is the person's own choice.
    ///
    /// # Errors
    /// No account, or several, would do.
    pub fn name_for(&self, plan: &Plan, asked: Option<&str>) -> Result<String, AccountsError> {
        if let Some(name) = asked {
            return self.known(name).map(|()| name.to_owned());
        }
        match &plan.connection {
            ConnectionPlan::Named(name) => Ok(name.clone()),
            ConnectionPlan::Default => self.default_name(),
            ConnectionPlan::Tagged(tag) => {
                let tagged: Vec<&String> = self
                    .project
                    .connections
                    .iter()
                    .filter(|(_, connection)| connection.tags.contains(tag))
                    .map(|(name, _)| name)
                    .collect();
                match tagged.as_slice() {
                    [one] => Ok((*one).clone()),
                    [] if !matches!(self.target, Target::Live) => self.default_name(),
                    [] => Err(AccountsError::new(
                        format!("no connection is tagged {tag}"),
                        "add the tag under tags: of a connection in souschef.yaml, or name one with --connection",
                    )),
                    several => Err(AccountsError::new(
                        format!("this recipe runs for {} connections, one run each", several.len()),
                        format!(
                            "choose one with --connection: {}",
                            several
                                .iter()
                                .map(|name| name.as_str())
                                .collect::<Vec<_>>()
                                .join(", ")
                        ),
                    )),
                }
            }
        }
    }

    /// The names of the accounts that a recipe runs for: one, or each with its tag.
    ///
    /// # Errors
    /// There is no default where it needs one.
    pub fn names_for(&self, plan: &Plan) -> Result<Vec<String>, AccountsError> {
        match &plan.connection {
            ConnectionPlan::Tagged(tag) => Ok(self
                .project
                .connections
                .iter()
                .filter(|(_, connection)| connection.tags.contains(tag))
                .map(|(name, _)| name.clone())
                .collect()),
            _ => self.name_for(plan, None).map(|name| vec![name]),
        }
    }

    /// The name of the project's default account.
    ///
    /// # Errors
    /// There is none.
    pub fn default_name(&self) -> Result<String, AccountsError> {
        let only = || match self.project.connections.len() {
            1 => self.project.connections.keys().next().cloned(),
            _ => None,
        };
        match self.project.default_connection.clone().or_else(only) {
            Some(name) => Ok(name),
            None if !matches!(self.target, Target::Live) => Ok("sandbox".to_owned()),
            None if self.project.connections.is_empty() => Err(AccountsError::new(
                "no account is connected yet",
                "name one under connections: in souschef.yaml (`souschef init` writes a project), or try it with --sandbox",
            )),
            None => Err(AccountsError::new(
                "the project has several connections and none is the default",
                "set default_connection: in souschef.yaml, or choose one with --connection",
            )),
        }
    }

    /// The names of the project's connections, each with its connector's.
    pub fn connectors(&self) -> Vec<(String, String)> {
        self.project
            .connections
            .iter()
            .map(|(name, config)| (name.clone(), config.connector.clone()))
            .collect()
    }

    /// The names of the project's connections.
    pub fn names(&self) -> Vec<&str> {
        self.project.connections.keys().map(String::as_str).collect()
    }

    /// Whether the project has a connection of this name.
    ///
    /// # Errors
    /// It has not; which it has.
    pub fn known(&self, name: &str) -> Result<(), AccountsError> {
        if self.project.connections.contains_key(name) || (self.names().is_empty() && name == "sandbox") {
            return Ok(());
        }
        Err(AccountsError::new(
            format!("the project has no connection {name}"),
            if self.project.connections.is_empty() {
                "souschef.yaml names none yet".to_owned()
            } else {
                format!("souschef.yaml has: {}", self.names().join(", "))
            },
        ))
    }

    /// The account that a call of a connector's operation uses: the step's own, or the run's where it is of that connector,
    /// or the project's only one that is.
    ///
    /// # Errors
    /// There is none, or its secret can't be read.
    pub fn open(&self, connector: &str, step: Option<&str>, run: &str) -> Result<Connection, AccountsError> {
        let fits = |name: &str| {
            self.project
                .connections
                .get(name)
                .map_or(connector == "ghl", |config| config.connector == connector)
        };
        if let Some(name) = step {
            self.known(name)?;
            return self.connection(name, connector);
        }
        if fits(run) {
            return self.connection(run, connector);
        }
        let mut others = self.project.connections.keys().filter(|name| fits(name));
        match (others.next(), others.next()) {
            (Some(only), None) => self.connection(only, connector),
            (Some(_), Some(_)) => Err(AccountsError::new(
                format!("the project has several connections to {connector}"),
                "say which one with connection: at the step",
            )),
            (None, _) if !matches!(self.target, Target::Live) => self.connection(run, connector),
            (None, _) => Err(AccountsError::new(
                format!("the project has no connection to {connector}"),
                format!("add one under connections: in souschef.yaml with connector: {connector}"),
            )),
        }
    }

    /// The account for one call of a connector's operation, outside a run: the one that is named, the default where it is of
    /// that connector, or the only one that is.
    ///
    /// # Errors
    /// There is none, or its secret can't be read.
    pub fn for_connector(&self, connector: &str, asked: Option<&str>) -> Result<Connection, AccountsError> {
        match asked {
            Some(_) => self.open(connector, asked, ""),
            None => match self.default_name() {
                Ok(name) => self.open(connector, None, &name),
                // Without a default, an account that is the only one of its connector is still meant.
                Err(error) if self.project.connections.is_empty() => Err(error),
                Err(error) => self.open(connector, None, "").map_err(|_| error),
            },
        }
    }
}
