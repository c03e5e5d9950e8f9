//! `souschef doctor`: what is in order, and what is not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn doctor(folder: &Path, environment: &[(&str, &str)]) -> (Option<i32>, Value) {
    let output = Command::new(assert_cmd::cargo::cargo_bin("souschef"))
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .args(["doctor", "--service", "--format", "json"])
        .output()
        .unwrap();
    let told = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), told)
}

fn state(told: &Value, what: &str) -> String {
    let mut found = told["findings"].as_array().unwrap().iter();
    let one = found.find(|finding| finding["what"] == what);
    one.map_or_else(
        || panic!("nothing is said of {what}: {told:#}"),
        |one| one["state"].to_string(),
    )
}

#[test]
fn what_the_service_needs_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let project = |admin: &str| {
        let text = format!(
            "secrets:\n  lead: {{ env: LEAD }}\nconnections:\n  main: {{ connector: ghl, location_id: ve9EPM428h8vShlRW1KT, auth: {{ token: {{ env: GHL }} }} }}\nlisten: {{ webhooks: \"127.0.0.1:0\", admin: \"{admin}\" }}\n"
        );
        std::fs::write(here.join("souschef.yaml"), text).unwrap();
    };
    project(&taken.local_addr().unwrap().to_string());
    std::fs::create_dir(here.join("recipes")).unwrap();
    let recipe = "name: Leads\ntrigger: { webhook: custom, path: leads, auth: { token: lead } }\nactions: [ { stop: heard } ]\n";
    std::fs::write(here.join("recipes/leads.yaml"), recipe).unwrap();

    let (code, told) = doctor(here, &[("GHL", "pit-x")]);
    assert_eq!(code, Some(1), "{told:#}");
    assert_eq!(state(&told, "listen: admin"), "\"bad\"");
    assert_eq!(state(&told, "listen: webhooks"), "\"good\"");
    assert_eq!(state(&told, "webhook leads/trigger"), "\"bad\"");

    project("127.0.0.1:0");
    let (code, told) = doctor(here, &[("GHL", "pit-x"), ("LEAD", "open sesame")]);
    assert_eq!(code, Some(0), "{told:#}");
    for what in ["data folder", "sqlite", "clock", "listen: admin", "webhooks"] {
        assert_eq!(state(&told, what), "\"good\"", "{what}");
    }
    assert!(!here.join(".souschef").exists(), "looking makes nothing");
    assert!(!told.to_string().contains("open sesame"));
}

#[cfg(unix)]
#[test]
fn a_data_folder_that_others_can_read_is_told_of() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("souschef.yaml"),
        "listen: { webhooks: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }\n",
    )
    .unwrap();
    let data = folder.path().join(".souschef");
    std::fs::create_dir(&data).unwrap();
    for (mode, expected) in [(0o755, "\"bad\""), (0o700, "\"good\"")] {
        std::fs::set_permissions(&data, PermissionsExt::from_mode(mode)).unwrap();
        let (_, told) = doctor(folder.path(), &[]);
        assert_eq!(state(&told, "data folder"), expected, "{mode:o}");
    }
}
