//! The service, with the recipe of the job.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use souschef_runtime::journal::Key;
use souschef_runtime::service::{Begin, Submission};
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
        .route("/hooks/custom/leads", axum::routing::post(receive))
        .with_state(Arc::new(service.clone()));
    let listening = tokio::spawn(async move { axum::serve(listener, router).await });
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { service.run(stopped).await });
    until_told_to_stop(address).await;
    listening.abort();
    stop.send_replace(true);
    working.await.map_err(|error| Error::Load(error.to_string()))??;
    Ok(())
}

async fn receive(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let shown = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if shown("authorization").and_then(|value| value.strip_prefix("Bearer ")) != Some(TOKEN) {
        return (StatusCode::UNAUTHORIZED, Json(Value::Null));
    }
    let Ok(body) = serde_json::from_slice(&body) else {
        return (StatusCode::BAD_REQUEST, Json(Value::Null));
    };
    let submission = Submission {
        source: "custom/leads".to_owned(),
        connection: None,
        key: shown("x-delivery-id").map(|id| format!("x-delivery-id:{id}")),
        strict: true,
        body,
        begins: vec![Begin {
            recipe: "leads".to_owned(),
            trigger: "trigger".to_owned(),
            ..Begin::default()
        }],
        signal: None,
    };
    match service.submit(submission).await {
        Ok(submitted) => (
            StatusCode::ACCEPTED,
            Json(json!({ "event": submitted.event, "runs": submitted.runs })),
        ),
        Err(error) => (
            StatusCode::TOO_MANY_REQUESTS,
            Json(json!({ "message": error.to_string() })),
        ),
    }
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
