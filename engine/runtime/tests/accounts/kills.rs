//! N5: the process is killed around a renewal, at each of its points and of its commits. `cargo test -p souschef-runtime
//! --features faults --test accounts`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use souschef_connect::{CallOptions, CallOutcome, Client, ClientOptions, Quiet};
use souschef_runtime::accounts::TokenState;
use souschef_runtime::{Accounts, OpenProject};
use souschef_sandbox::SandboxOptions;

use crate::count;
use crate::desk::Desk;

/// The folder of the project, for the process that is killed.
const FOLDER: &str = "SOUSCHEF_TEST_FOLDER";

/// Where it is killed, and whether the provider has then given a pair that never reached the disk.
const POINTS: &[(&str, bool)] = &[
    ("journal.lease.before_commit:1", false),
    ("journal.lease.after_commit:1", false),
    ("journal.rotate_secret.before_commit:1", false),
    ("journal.rotate_secret.after_commit:1", false),
    ("accounts.refresh.before_send:1", false),
    ("accounts.refresh.after_send:1", true),
    ("journal.rotate_secret.before_commit:2", true),
    ("journal.rotate_secret.after_commit:2", false),
    ("accounts.refresh.kept:1", false),
    ("journal.lease.before_commit:2", false),
    ("journal.lease.after_commit:2", false),
    ("journal.confirm_secret.before_commit:1", false),
    ("journal.confirm_secret.after_commit:1", false),
];

/// The process that is killed: one read of one account.
#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn one_read() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let contact = std::fs::read_to_string(folder.join("contact")).unwrap();
    let project = OpenProject::open(&folder).unwrap();
    let accounts = Accounts::live(&project);
    let client = Client::new(Arc::clone(&project.catalog), ClientOptions::default()).unwrap();
    let operation = project.catalog.operation("contacts.get").unwrap();
    let inputs: Map<String, Value> = json!({ "contactId": contact }).as_object().unwrap().clone();
    let opened = accounts.open("ghl", Some("main"), "main").unwrap();
    let report = client
        .call(&operation, &inputs, &opened, &CallOptions::default(), &Quiet)
        .await
        .unwrap();
    panic!("it was not killed: {report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_around_a_renewal_loses_no_account_that_could_be_kept() {
    use std::os::unix::process::ExitStatusExt;
    // A long run sets how often each is met.
    let rounds = count("SOUSCHEF_TOKEN_KILLS", 1);
    for (point, lost) in POINTS.iter().cycle().take(POINTS.len() * rounds) {
        let desk = Desk::open(SandboxOptions::default()).await;
        let accounts = desk.accounts();
        desk.connect(&accounts, "main").await;
        desk.reads(&accounts, "main").await;
        drop(accounts);
        let contact = desk.sandbox.sample()["contact_id"].as_str().unwrap().to_owned();
        std::fs::write(desk.folder.path().join("contact"), contact).unwrap();
        desk.sandbox.expire_tokens();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["kills::one_read", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, desk.folder.path())
            .env("SOUSCHEF_KILL_AT", point);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        assert_eq!(
            output.status.signal(),
            Some(9),
            "{point}: {}",
            String::from_utf8_lossy(&output.stdout)
        );

        let accounts = desk.accounts();
        let outcome = desk.read(&accounts, "main").await;
        if *lost {
            let CallOutcome::Held(held) = outcome else {
                panic!("{point}: {outcome:?}");
            };
            assert_eq!(held.code, "SC530", "{point}");
            assert!(held.message.contains("was lost"), "{point}: {}", held.message);
            assert_eq!(
                accounts.standing("main").await.unwrap().state,
                TokenState::Reconnect,
                "{point}"
            );
            desk.connect(&accounts, "main").await;
            desk.reads(&accounts, "main").await;
        } else {
            assert!(matches!(outcome, CallOutcome::Done(_)), "{point}: {outcome:?}");
            assert_eq!(desk.count("oauth.refresh"), 1, "{point}: one renewal in all");
        }
    }
}
