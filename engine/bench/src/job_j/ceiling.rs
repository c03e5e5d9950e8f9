//! The same job, written out in Rust: what a good programmer would write for this one webhook, and no more.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::store::{Begun, Came, Store, Write};
use super::{Error, TOKEN, until_told_to_stop};

struct Program {
    store: Store,
    http: reqwest::Client,
    api: String,
}

/// Listens and works until told to stop.
pub(super) async fn work(folder: &Path, api: &str) -> Result<(), Error> {
    // Where there is one already, that one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let program = Program {
        store: Store::open(&folder.join("ceiling.db"))?,
        http: reqwest::Client::builder().build()?,
        api: api.to_owned(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = axum::Router::new()
        .route("/hooks/custom/leads", axum::routing::post(receive))
        .with_state(Arc::new(program));
    let listening = tokio::spawn(async move { axum::serve(listener, router).await });
    until_told_to_stop(address).await;
    listening.abort();
    Ok(())
}

/// What the mappings make.
struct Fields {
    first_name: String,
    last_name: String,
    email: String,
    phone: String,
    city: String,
    source: String,
}

impl Fields {
    fn of(body: &Value) -> Self {
        let text = |pointer: &str, default: &str| {
            body.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or(default)
                .to_owned()
        };
        Self {
            first_name: text("/contact/first_name", ""),
            last_name: text("/contact/last_name", ""),
            email: text("/contact/email", ""),
            phone: text("/contact/phone", ""),
            city: text("/contact/address/city", "unknown"),
            source: text("/utm/source", "site"),
        }
    }
}

async fn receive(
    State(program): State<Arc<Program>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let shown = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if shown("authorization").and_then(|value| value.strip_prefix("Bearer ")) != Some(TOKEN) {
        return (StatusCode::UNAUTHORIZED, Json(Value::Null));
    }
    let (Some(delivery), Ok(event)) = (shown("x-delivery-id"), serde_json::from_slice::<Value>(&body)) else {
        return (StatusCode::BAD_REQUEST, Json(Value::Null));
    };
    let run = uuid::Uuid::now_v7().simple().to_string();
    let came = Came {
        run: run.clone(),
        delivery: delivery.to_owned(),
        body: body.to_vec(),
    };
    match program.store.write(Write::Came(came)).await {
        Ok(true) => {}
        Ok(false) => return (StatusCode::OK, Json(json!({ "duplicate": true, "runs": [] }))),
        Err(error) => {
            tracing::error!(%error, "a webhook could not be kept");
            return (StatusCode::TOO_MANY_REQUESTS, Json(Value::Null));
        }
    }
    let answer = json!({ "runs": [run] });
    tokio::spawn(async move {
        match carry(&program, &run, &event).await {
            Ok(()) => tracing::info!(run, outcome = "succeeded", "run ended"),
            Err(error) => tracing::error!(run, %error, "a run broke off"),
        }
    });
    (StatusCode::ACCEPTED, Json(answer))
}

async fn carry(program: &Program, run: &str, event: &Value) -> Result<(), Error> {
    let fields = Fields::of(event);
    let contact = json!({
        "firstName": fields.first_name,
        "lastName": fields.last_name,
        "email": fields.email,
        "phone": fields.phone,
        "city": fields.city,
    });
    let begun = |step, request: &Value| Begun {
        step,
        request: request.to_string(),
    };
    let write = |ended, begun| {
        program.store.write(Write::Went {
            run: run.to_owned(),
            ended,
            begun,
        })
    };
    write(None, Some(begun(1, &contact))).await?;
    let answer = call(program, "/contacts/upsert", &contact).await?;
    let id = serde_json::from_str::<Value>(&answer)
        .ok()
        .and_then(|answer| {
            answer
                .pointer("/contact/id")
                .and_then(Value::as_str)
                .map(str::to_owned)
        })
        .unwrap_or_default();
    let message = event.get("message").and_then(Value::as_str).unwrap_or_default();
    let note = json!({ "body": format!("Came by {}: {message}", fields.source) });
    write(Some((1, answer)), Some(begun(2, &note))).await?;
    let answer = call(program, &format!("/contacts/{id}/notes"), &note).await?;
    write(Some((2, answer)), None).await?;
    Ok(())
}

async fn call(program: &Program, path: &str, body: &Value) -> Result<String, Error> {
    let answer = program
        .http
        .post(format!("{}{path}", program.api))
        .bearer_auth("not-a-real-token")
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await?
        .error_for_status()?;
    Ok(answer.text().await?)
}
