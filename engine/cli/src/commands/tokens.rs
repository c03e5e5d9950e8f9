//! `souschef tokens`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::desk::{moment, text};
use super::{desk, support};
use crate::args::{Common, Format, TokenRole, TokensCommand};
use crate::exit::Exit;
use crate::show::terminal::{self, at};

/// Makes, lists and takes away tokens of the admin API.
pub(crate) fn tokens(common: &Common, command: TokensCommand) -> Exit {
    match support::open_sound(common) {
        Ok(project) => support::block_on(async move {
            let client = match desk::desk(project).await {
                Ok(client) => client,
                Err(exit) => return exit,
            };
            let done = match command {
                TokensCommand::List { print } => client.get("/api/v1/tokens").await.map(|answer| match print
                    .format
                {
                    Format::Json => terminal::json(&answer),
                    Format::Human => list(&answer),
                }),
                TokensCommand::Remove { name } => client
                    .delete(&format!("/api/v1/tokens/{}", support::segment(&name)))
                    .await
                    .map(|_| terminal::hint(&format!("the token {name} opens nothing any more"))),
                TokensCommand::Add { name, role, expires } => {
                    let role = match role {
                        TokenRole::Viewer => "viewer",
                        TokenRole::Operator => "operator",
                        TokenRole::Admin => "admin",
                    };
                    let expires_at = expires.and_then(|length| Timestamp::now().checked_add(length).ok());
                    let new = json!({ "name": name, "role": role, "expires_at": expires_at });
                    client
                        .post("/api/v1/tokens", &new)
                        .await
                        .map(|answer| added(&answer))
                }
            };
            match done {
                Ok(()) => Exit::Fine,
                Err(error) => desk::refused(&error),
            }
        }),
        Err(exit) => exit,
    }
}

fn added(answer: &Value) {
    terminal::hint("this token is shown once; only its hash is kept:");
    terminal::line(text(answer, "token"));
}

fn list(answer: &Value) {
    let tokens = answer.get("tokens").and_then(Value::as_array);
    if tokens.is_none_or(Vec::is_empty) {
        terminal::hint("no tokens; `souschef tokens add NAME --role viewer` makes one");
    }
    let now = Timestamp::now();
    for token in tokens.into_iter().flatten() {
        let end = match moment(token, "expires_at") {
            Some(end) if end <= now => format!("ended {}", at(end)),
            Some(end) => format!("until {}", at(end)),
            None => "for good".to_owned(),
        };
        let made = moment(token, "made_at").map(at).unwrap_or_default();
        terminal::line(&format!(
            "{:<20} {:<10} made {made}, {end}",
            text(token, "name"),
            text(token, "role"),
        ));
    }
}
