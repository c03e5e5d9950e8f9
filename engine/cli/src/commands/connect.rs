//! `souschef connect`.

use std::io::BufRead;
use std::time::Duration;

use serde_json::json;
use souschef_connect::Secret;
use souschef_runtime::Accounts;
use souschef_runtime::accounts::{AccountsError, Callback, Permission, Standing};
use souschef_runtime::project::OpenProject;

use super::connections::{self, needed, scopes_of};
use super::keeping::Keeping;
use super::support;
use crate::args::{Common, ConnectArgs, Format};
use crate::exit::Exit;
use crate::show::terminal;

mod lines;

/// How long a person may take with the provider's page.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Connects an account.
pub(crate) fn connect(common: &Common, args: ConnectArgs) -> Exit {
    match prepared(common, &args) {
        Ok((project, name)) => support::block_on(carried_out(&project, &name, args)),
        Err(exit) => exit,
    }
}

/// The project, and the connection in it that is meant.
fn prepared(common: &Common, args: &ConnectArgs) -> Result<(OpenProject, String), Exit> {
    let project = support::open_sound(common)?;
    support::known_connector(&project, &args.connector)?;
    let of_connector: Vec<&String> = project
        .config
        .connections
        .iter()
        .filter(|(_, config)| config.connector == args.connector)
        .map(|(name, _)| name)
        .collect();
    let default = project.config.default_connection.as_ref();
    let meant = match (&args.connection, of_connector.as_slice()) {
        (Some(name), _) => name.clone(),
        (None, []) => "main".to_owned(),
        (None, [only]) => (*only).clone(),
        (None, several) => match default.filter(|name| several.contains(name)) {
            Some(name) => name.clone(),
            None => {
                let names: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
                terminal::error(
                    &format!("the project has several connections to {}", args.connector),
                    Some(&format!("say which with --connection: {}", names.join(", "))),
                );
                return Err(Exit::Usage);
            }
        },
    };
    match project.config.connections.get(&meant) {
        Some(config) if config.connector == args.connector => Ok((project, meant)),
        Some(config) => {
            terminal::error(
                &format!(
                    "connection {meant} is of {}, not of {}",
                    config.connector, args.connector
                ),
                None,
            );
            Err(Exit::Usage)
        }
        None => {
            lines::offer(&project, &meant, args)?;
            // The file was written: it is read again, as every later command will.
            Ok((support::open_sound(common)?, meant))
        }
    }
}

async fn carried_out(project: &OpenProject, name: &str, args: ConnectArgs) -> Exit {
    let accounts = Accounts::live(project);
    match connected(project, &accounts, name, &args).await {
        Ok(standing) => {
            told(project, &accounts, &standing, args.print.format);
            Exit::Fine
        }
        Err(error) => {
            terminal::error(&error.message, error.help.as_deref());
            Exit::Problem
        }
    }
}

async fn connected(
    project: &OpenProject,
    accounts: &Accounts,
    name: &str,
    args: &ConnectArgs,
) -> Result<Standing, AccountsError> {
    let by_token = args.token || args.token_file.is_some();
    if let Some(agency) = accounts.agency_of(name) {
        return Err(AccountsError {
            message: format!("connection {name} is reached through {agency}"),
            help: Some(format!(
                "connect that one: souschef connect {} --connection {agency}",
                args.connector
            )),
        });
    }
    if !by_token && !accounts.by_oauth(name) {
        return Err(AccountsError {
            message: format!("connection {name} names no app to connect with in the browser"),
            help: Some(
                "give its Private Integration Token with --token or --token-file, or write auth: { oauth: { client_id: …, \
                 client_secret: { env: NAME } } } at the connection"
                    .to_owned(),
            ),
        });
    }
    let keeping = Keeping::of(project, true).await?;
    if by_token {
        keeping.give(name, given(args)?).await
    } else {
        by_oauth(project, accounts, &keeping, name, args).await
    }
}

fn told(project: &OpenProject, accounts: &Accounts, standing: &Standing, format: Format) {
    let needed = needed(project, accounts);
    if format == Format::Json {
        return terminal::json(&json!({ "connection": connections::as_json(standing, &needed) }));
    }
    terminal::line(&format!(
        "{} is connected: {}",
        standing.connection,
        connections::token(standing)
    ));
    if let Some(location) = &standing.location_id {
        let config = project.config.connections.get(&standing.connection);
        if config.is_some_and(|config| config.location_id.is_none()) {
            terminal::hint(&format!(
                "  its account is {location}: write location_id: {location} at the connection in souschef.yaml"
            ));
        }
    }
    let lacking = standing.lacks(scopes_of(&needed, &standing.connection));
    if !lacking.is_empty() {
        terminal::hint(&format!("  scopes that the recipes miss: {}", lacking.join(", ")));
    }
    terminal::hint(&format!(
        "  try it: souschef connections test {}",
        standing.connection
    ));
}

/// The token that the person gives.
fn given(args: &ConnectArgs) -> Result<Secret, AccountsError> {
    let failed = |message: String| AccountsError { message, help: None };
    let text = match &args.token_file {
        Some(file) if file == "-" => {
            first_line().map_err(|why| failed(format!("can't read standard input: {why}")))?
        }
        Some(file) => {
            std::fs::read_to_string(file).map_err(|why| failed(format!("can't read {file}: {why}")))?
        }
        None if terminal::interactive() => terminal::ask_hidden("token (it is not shown): ")
            .map_err(|why| failed(format!("can't read the token: {why}")))?,
        None => {
            return Err(AccountsError {
                message: "there is no terminal to ask for the token at".to_owned(),
                help: Some("give it in a file: --token-file FILE, or - for standard input".to_owned()),
            });
        }
    };
    Ok(Secret::new(text))
}

fn first_line() -> std::io::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

async fn by_oauth(
    project: &OpenProject,
    accounts: &Accounts,
    keeping: &Keeping,
    name: &str,
    args: &ConnectArgs,
) -> Result<Standing, AccountsError> {
    let callback = if args.paste {
        None
    } else {
        Some(Callback::listen(&args.redirect).await?)
    };
    let redirect = callback
        .as_ref()
        .map_or(args.redirect.as_str(), Callback::redirect)
        .to_owned();
    let mut scopes = scopes_of(&needed(project, accounts), name).to_vec();
    scopes.extend(args.scopes.iter().cloned());
    if scopes.is_empty() {
        return Err(AccountsError {
            message: format!("no recipe needs a scope of {name}, so there is nothing to ask for"),
            help: Some("name what it shall be allowed: --scope contacts.readonly".to_owned()),
        });
    }
    let asked = keeping
        .ask(Permission {
            connection: name,
            scopes,
            redirect: &redirect,
            white_label: args.white_label,
        })
        .await?;
    terminal::say(&format!("allow it on this page:\n\n  {}\n", asked.page));
    let code = match callback {
        Some(callback) => {
            if terminal::interactive() {
                open_browser(&asked.page);
            }
            terminal::hint(&format!(
                "waiting for the browser to come back to {redirect} (Ctrl-C gives up)"
            ));
            tokio::time::timeout(PATIENCE, callback.answer(&asked.state))
                .await
                .map_err(|_| AccountsError {
                    message: "nobody came back from the page in time".to_owned(),
                    help: Some("begin anew".to_owned()),
                })??
        }
        None => {
            terminal::ask("the address that the browser ended at: ");
            let line = first_line().map_err(|why| AccountsError {
                message: format!("can't read the address: {why}"),
                help: None,
            })?;
            Callback::pasted(&line, &asked.state)?
        }
    };
    keeping.answer(name, asked, &code).await
}

/// Opens the page in the person's browser. The link is shown anyway, so that nothing depends on it.
fn open_browser(page: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let started = std::process::Command::new(program)
        .arg(page)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    if let Err(error) = started {
        tracing::debug!(%error, "no browser was opened");
    }
}
