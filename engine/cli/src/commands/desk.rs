//! Where commands about the service have things done: at the service that runs on the project's data folder, or, where none
//! does, at one that this process opens for as long as it takes.

use jiff::Timestamp;
use serde_json::Value;
use souschef_runtime::journal::{JournalError, KeyPlace, Look};
use souschef_runtime::project::OpenProject;
use souschef_runtime::service::{ServiceError, data_folder};
use souschef_runtime::{Accounts, Service, ServiceOptions};
use souschef_server::{Client, ClientError};

use crate::exit::Exit;
use crate::show::terminal;

/// The admin API of the project's service.
pub(crate) async fn desk(project: OpenProject) -> Result<Client, Exit> {
    if !project.has_file {
        return Err(no_project(&project));
    }
    let folder = data_folder(&project);
    if let Some(client) = Client::find(&folder).await.map_err(|error| refused(&error))? {
        return Ok(client);
    }
    let (key, _) = KeyPlace::from_env()
        .find(&folder)
        .map_err(|error| broken(&error))?;
    let options = ServiceOptions {
        look_at_files: None,
        ..ServiceOptions::default()
    };
    let accounts = Accounts::live(&project);
    match Service::open(project, accounts, key, options).await {
        Ok(service) => Ok(Client::inside(service)),
        Err(ServiceError::Journal(error)) => Err(broken(&error)),
        Err(error) => {
            terminal::error(&error.to_string(), None);
            Err(Exit::Problem)
        }
    }
}

/// The project's journal, to be looked at; a service may be running on it.
pub(crate) fn look(project: &OpenProject) -> Result<Look, Exit> {
    let folder = data_folder(project);
    if !folder.join("journal.db").exists() {
        terminal::error(
            &format!(
                "nothing was run here yet: there is no journal in {}",
                folder.display()
            ),
            Some("`souschef serve` starts the service; `souschef run` runs a recipe once, without a journal"),
        );
        return Err(Exit::Problem);
    }
    Look::open(&folder).map_err(|error| broken(&error))
}

/// Says what the service refused.
pub(crate) fn refused(error: &ClientError) -> Exit {
    terminal::error(&error.to_string(), None);
    match error {
        ClientError::Refused { .. } => Exit::Problem,
        ClientError::File { .. } | ClientError::Silent { .. } => Exit::World,
    }
}

/// Says that there is no project where one is needed.
pub(crate) fn no_project(project: &OpenProject) -> Exit {
    terminal::error(
        &format!("there is no souschef.yaml in {} or above", project.root.display()),
        Some("go into the project's folder, or name it: --project DIR; `souschef init` begins one"),
    );
    Exit::Usage
}

/// What to do about a journal that can't be used, beyond what its error says.
pub(crate) fn advice(error: &JournalError) -> Option<&'static str> {
    Some(match error {
        JournalError::Locked { .. } => {
            "one souschef has a data folder at a time; it may be starting or stopping: try again in a moment, or stop the other"
        }
        JournalError::Newer { .. } => {
            "use the souschef that wrote it, or a newer one; docs/serving.md tells of copies made before"
        }
        JournalError::NotOurs { .. } => {
            "put the right file in its place, or name another folder: data: in souschef.yaml"
        }
        JournalError::Damaged { .. } => {
            "stop the service and put a copy in its place, as docs/serving.md tells under Copies; keep the damaged file"
        }
        JournalError::DiskFull => "make room on its disk; nothing that was accepted is lost",
        JournalError::Blocked => {
            "close the program that has the file open; nothing that was accepted is lost"
        }
        JournalError::File { .. } => {
            "the data folder must be writable for the user that souschef runs as; docs/serving.md tells of containers"
        }
        JournalError::Broken(_) => {
            "see the system's log: its disk may be failing; the journal is looked through at the next start"
        }
        _ => return None,
    })
}

/// Says why the journal can't be used.
pub(crate) fn broken(error: &JournalError) -> Exit {
    terminal::error(&error.to_string(), advice(error));
    match error {
        JournalError::Refused(_) | JournalError::Key(_) => Exit::Problem,
        _ => Exit::World,
    }
}

/// Says that what was done goes on later, where nothing runs that would do it now.
pub(crate) fn later(client: &Client) {
    if !client.runs() {
        terminal::hint("no service is running here: it goes on when one is started (`souschef serve`)");
    }
}

/// A text of an answer; nothing where it is not there.
pub(crate) fn text<'v>(answer: &'v Value, key: &str) -> &'v str {
    answer.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A moment of an answer.
pub(crate) fn moment(answer: &Value, key: &str) -> Option<Timestamp> {
    text(answer, key).parse().ok()
}
