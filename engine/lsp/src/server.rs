//! The life of the server: messages in, answers and diagnostics out.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use lsp_server::{Connection, Message, Notification, Request, Response};
use serde_json::{Value, json};

use crate::answers::{self, Refusal};
use crate::changes;
use crate::message::{self, Can, number, text};
use crate::world::{Document, Kind, World};

/// How long nothing is typed before a text is checked.
const PAUSE: Duration = Duration::from_millis(120);

/// Why the server ended other than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// What came is not the protocol.
    #[error("the editor does not speak the language server protocol: {0}")]
    Protocol(String),
    /// The editor is gone.
    #[error("the editor is gone: {0}")]
    Gone(String),
}

/// Serves one editor over standard input and output, until it says that it is done.
///
/// # Errors
/// What came was no protocol, or the editor went away in the middle.
pub fn serve() -> Result<(), ServerError> {
    let (connection, threads) = Connection::stdio();
    let greeted = connection
        .initialize_start()
        .map_err(|why| ServerError::Protocol(why.to_string()))?;
    let (id, parameters) = greeted;
    let can = what_it_can(&parameters);
    connection
        .initialize_finish(id, capabilities())
        .map_err(|why| ServerError::Protocol(why.to_string()))?;
    let watches = message::at(
        &parameters,
        "capabilities.workspace.didChangeWatchedFiles.dynamicRegistration",
    ) == Some(&Value::Bool(true));
    let mut server = Server {
        world: World::default(),
        changed: BTreeSet::new(),
        due: None,
        can,
        connection: &connection,
    };
    if watches {
        server.watch()?;
    }
    let done = server.listen();
    drop(connection);
    done?;
    threads.join().map_err(|why| ServerError::Gone(why.to_string()))
}

/// What the editor can do.
fn what_it_can(parameters: &Value) -> Can {
    let item = |key: &str| {
        let path = format!("capabilities.textDocument.completion.completionItem.{key}");
        message::at(parameters, &path)
    };
    let modes = item("insertTextModeSupport.valueSet").and_then(Value::as_array);
    Can {
        snippets: item("snippetSupport") == Some(&Value::Bool(true)),
        indents: modes.is_some_and(|modes| modes.contains(&json!(2))),
    }
}

/// What the server can do.
fn capabilities() -> Value {
    json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
            "hoverProvider": true,
            "definitionProvider": true,
            "referencesProvider": true,
            "renameProvider": { "prepareProvider": true },
            "codeActionProvider": { "codeActionKinds": [changes::FIX, changes::FIX_ALL] },
            "codeLensProvider": { "resolveProvider": false },
            "documentSymbolProvider": true,
            "foldingRangeProvider": true,
            "documentFormattingProvider": true,
            "signatureHelpProvider": { "triggerCharacters": [" ", "("] },
            "completionProvider": { "triggerCharacters": [" ", ".", "{", ":", "(", "#", "-", "$"] },
        },
        "serverInfo": { "name": "souschef", "version": env!("CARGO_PKG_VERSION") },
    })
}

struct Server<'c> {
    world: World,
    /// Documents that are to be checked again.
    changed: BTreeSet<String>,
    /// When.
    due: Option<Instant>,
    can: Can,
    connection: &'c Connection,
}

impl Server<'_> {
    fn listen(&mut self) -> Result<(), ServerError> {
        loop {
            let message = match self.due {
                Some(due) => {
                    let wait = due.saturating_duration_since(Instant::now());
                    self.connection
                        .receiver
                        .recv_timeout(wait)
                        .map_err(|why| why.is_timeout())
                }
                None => self.connection.receiver.recv().map_err(|_| false),
            };
            match message {
                Ok(Message::Request(request)) => {
                    let done = self
                        .connection
                        .handle_shutdown(&request)
                        .map_err(|why| ServerError::Protocol(why.to_string()))?;
                    if done {
                        return Ok(());
                    }
                    self.answer(request)?;
                }
                Ok(Message::Notification(notification)) => self.hear(&notification)?,
                // Whether it watches the files or not: what is saved in it is heard of all the same.
                Ok(Message::Response(_)) => {}
                Err(true) => self.publish()?,
                Err(false) => return Err(ServerError::Gone("its messages ended".to_owned())),
            }
        }
    }

    fn send(&self, message: impl Into<Message>) -> Result<(), ServerError> {
        self.connection
            .sender
            .send(message.into())
            .map_err(|why| ServerError::Gone(why.to_string()))
    }

    /// Asks to be told of the project's files when something else changes them.
    fn watch(&self) -> Result<(), ServerError> {
        let watched = json!({ "watchers": [{ "globPattern": "**/*.{yaml,yml}" }] });
        let registrations = json!({ "registrations": [{
            "id": "files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": watched,
        }] });
        self.send(Request::new(
            "watch".to_owned().into(),
            "client/registerCapability".to_owned(),
            registrations,
        ))
    }

    fn hear(&mut self, notification: &Notification) -> Result<(), ServerError> {
        let parameters = &notification.params;
        let uri = text(parameters, "textDocument.uri").unwrap_or_default();
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                let content = text(parameters, "textDocument.text").unwrap_or_default();
                let version = message::at(parameters, "textDocument.version").and_then(Value::as_i64);
                self.world
                    .open(Document::new(uri, content, version.unwrap_or_default()));
                self.touch(uri);
            }
            "textDocument/didChange" => {
                if let Some(document) = self.world.document_mut(uri) {
                    change(document, parameters);
                }
                self.touch(uri);
            }
            "textDocument/didClose" => {
                if let Some(closed) = self.world.close(uri) {
                    self.changed.remove(uri);
                    self.touch_around(&closed);
                    // What is not open is not looked after.
                    self.tell(uri, closed.version, Vec::new())?;
                }
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                self.world.forget();
                self.touch_all();
            }
            _ => {}
        }
        Ok(())
    }

    /// A document has changed: it is checked again, and those that may depend on it.
    fn touch(&mut self, uri: &str) {
        self.changed.insert(uri.to_owned());
        self.due = Some(Instant::now() + PAUSE);
        if let Some(document) = self.world.document(uri).cloned() {
            self.touch_around(&document);
        }
    }

    fn touch_around(&mut self, document: &Document) {
        let around = match document.kind() {
            Kind::Project | Kind::Connector | Kind::Recipe => World::root(document),
            Kind::Test | Kind::Other => return,
        };
        let others = self
            .world
            .documents()
            .filter(|other| World::root(other) == around);
        let uris: Vec<String> = others.map(|other| other.uri.clone()).collect();
        self.changed.extend(uris);
        self.due = Some(Instant::now() + PAUSE);
    }

    fn touch_all(&mut self) {
        let uris: Vec<String> = self
            .world
            .documents()
            .map(|document| document.uri.clone())
            .collect();
        self.changed.extend(uris);
        self.due = Some(Instant::now() + PAUSE);
    }

    /// Tells what is wrong with every document that has changed.
    fn publish(&mut self) -> Result<(), ServerError> {
        self.due = None;
        for uri in std::mem::take(&mut self.changed) {
            let Some(document) = self.world.document(&uri).cloned() else {
                continue;
            };
            let problems = self.world.problems(&document);
            let (content, lines) = (document.text(), &document.lines);
            let told: Vec<Value> = problems
                .iter()
                .map(|one| message::diagnostic(&uri, content, lines, one))
                .collect();
            self.tell(&uri, document.version, told)?;
        }
        Ok(())
    }

    fn tell(&self, uri: &str, version: i64, told: Vec<Value>) -> Result<(), ServerError> {
        self.send(Notification::new(
            "textDocument/publishDiagnostics".to_owned(),
            json!({ "uri": uri, "version": version, "diagnostics": told }),
        ))
    }

    fn answer(&mut self, request: Request) -> Result<(), ServerError> {
        let Request { id, method, params } = request;
        let answer = answers::answer(&mut self.world, self.can, &method, &params);
        self.send(match answer {
            Ok(result) => Response::new_ok(id, result),
            Err(Refusal { code, why }) => Response::new_err(id, code as i32, why),
        })
    }
}

/// Makes the changes of a message.
fn change(document: &mut Document, parameters: &Value) {
    let changes = parameters.get("contentChanges").and_then(Value::as_array);
    for change in changes.into_iter().flatten() {
        let by = text(change, "text").unwrap_or_default();
        let place = |end: &str| {
            let line = number(change, &format!("range.{end}.line"))?;
            Some((line, number(change, &format!("range.{end}.character"))?))
        };
        match (place("start"), place("end")) {
            (Some(from), Some(to)) => document.change(from, to, by),
            _ => document.put(by),
        }
    }
    if let Some(version) = message::at(parameters, "textDocument.version").and_then(Value::as_i64) {
        document.version = version;
    }
}
