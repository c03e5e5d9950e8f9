//! The service, with the recipe of the job.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use souschef_runtime::journal::Key;
use souschef_runtime::trigger::webhook::{Arrival, Headers, Hooks, LARGEST_BODY};
use souschef_runtime::{Accounts, OpenProject, Service, ServiceOptions};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Error, TOKEN, until_told_to_stop};

/// Listens and works until told to stop.
pub(super) async fn work(folder: &Path, api: &str) -> Result<(), Error> {
    write_project(folder, api)?;
    let project = OpenProject::open(folder)?;
    let accounts = Accounts::live(&project);
    let service = Service::open(project, accounts, Key::generate(), ServiceOptions::default()).await?;
    let problems = service.snapshot().problems.len();
    if problems > 0 {
        return Err(Error::Load("the recipe of the job has mistakes".to_owned()));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = axum::Router::new()
        .route("/hooks/{*path}", axum::routing::post(receive))
        .with_state(service.triggers().hooks);
    let listening = tokio::spawn(async move { axum::serve(listener, router).await });
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { service.run(stopped).await });
    until_told_to_stop(address).await;
    listening.abort();
    stop.send_replace(true);
    working.await.map_err(|error| Error::Load(error.to_string()))??;
    Ok(())
}

async fn receive(State(hooks): State<Arc<Hooks>>, request: Request) -> (StatusCode, Json<Value>) {
    let (head, body) = request.into_parts();
    let mut headers = Headers::default();
    for (name, value) in &head.headers {
        headers.push(name.as_str(), value.as_bytes());
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, Json(Value::Null));
    };
    let arrival = Arrival {
        path: head.uri.path().trim_start_matches("/hooks/").to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers,
        body: body.to_vec(),
        at: Timestamp::now(),
    };
    let answer = hooks.receive(&arrival).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(answer.body))
}

fn write_project(folder: &Path, api: &str) -> Result<(), Error> {
    let project = include_str!("project/souschef.yaml").replace("API", api);
    std::fs::create_dir(folder.join("recipes"))?;
    for (name, text) in [
        ("souschef.yaml", project.as_str()),
        ("crm.yaml", include_str!("project/crm.yaml")),
        ("recipes/leads.yaml", include_str!("project/recipe.yaml")),
        ("hook", TOKEN),
        ("token", "not-a-real-token"),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
