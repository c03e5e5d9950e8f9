//! X8 and X9: what is secret is nowhere but sealed, and only its owner can read that.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use souschef_connect::{CallOutcome, Token};
use souschef_sandbox::SandboxOptions;

use crate::desk::{APP_SECRET, Desk, secret};

/// Everything that is logged, down to the finest.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The forms in which a secret may lie somewhere.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    use base64::Engine;
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let base64 = |text: &str| {
        base64::engine::general_purpose::STANDARD_NO_PAD
            .encode(text)
            .into_bytes()
    };
    // In base64 a text has three looks, by where it begins; the first and last signs depend on what is beside it.
    let looks = ["", "x", "xx"].map(|before| {
        let look = base64(&format!("{before}{secret}"));
        look.get(4..look.len() - 4).unwrap_or_default().to_vec()
    });
    let mut forms = vec![secret.as_bytes().to_vec(), hex.into_bytes(), encoded.into_bytes()];
    forms.extend(looks);
    forms
}

fn holds(place: &[u8], secret: &str) -> bool {
    forms(secret)
        .iter()
        .any(|form| place.windows(form.len()).any(|window| window == form.as_slice()))
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[tokio::test]
async fn no_secret_is_ever_shown_or_written_in_the_open() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _logged = tracing::subscriber::set_default(subscriber);

    let desk = Desk::open(SandboxOptions {
        faults: vec![
            "500:oauth.refresh:1".parse().unwrap(),
            "lost:oauth.refresh:1".parse().unwrap(),
        ],
        ..SandboxOptions::default()
    })
    .await;
    let (journal, accounts) = desk.service();
    let mut secrets = vec![APP_SECRET.to_owned(), "canary-pit-77aa01".to_owned()];
    let mut shown = Vec::new();
    shown.push(format!("{:?}", desk.connect(&accounts, "main").await));
    shown.push(format!("{:?}", desk.connect(&accounts, "agency").await));
    let kept = accounts
        .connect_by_token("plain", secret("canary-pit-77aa01"), "test")
        .await;
    shown.push(format!("{kept:?}"));
    for connection in ["main", "branch", "plain", "agency"] {
        let opened = accounts.open("ghl", Some(connection), connection).unwrap();
        shown.push(format!("{opened:?}"));
        if let Some(Token::Kept(source)) = opened.token {
            secrets.push(
                source
                    .token(&desk.client, None)
                    .await
                    .unwrap()
                    .unwrap()
                    .reveal()
                    .to_owned(),
            );
        }
        shown.push(format!("{:?}", desk.read(&accounts, connection).await));
    }
    for owner in ["main", "agency"] {
        for sealed in journal.secrets(owner, "token").await.unwrap() {
            let grant: serde_json::Value = serde_json::from_str(sealed.secret.reveal()).unwrap();
            secrets.push(grant["refresh"].as_str().unwrap().to_owned());
        }
    }
    // An uncertain renewal, and one that ends the account.
    desk.sandbox.expire_tokens();
    let held = desk.read(&accounts, "main").await;
    assert!(matches!(held, CallOutcome::Held(_)), "{held:?}");
    shown.push(format!("{held:?}"));
    let standings = accounts.standings().await;
    shown.push(serde_json::to_string(&standings).unwrap());
    shown.push(serde_json::to_string(&desk.sandbox.ledger()).unwrap());
    shown.push(String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
    assert!(
        shown.last().unwrap().contains("uncertain"),
        "the log was looked at"
    );
    assert!(secrets.len() >= 8);

    drop((accounts, journal));
    let mut found = Vec::new();
    files(&desk.data(), &mut found);
    assert!(found.iter().any(|path| path.ends_with("journal.db")));
    for secret in &secrets {
        for text in &shown {
            assert!(!holds(text.as_bytes(), secret), "{secret} is shown: {text}");
        }
        for path in &found {
            assert!(
                !holds(&std::fs::read(path).unwrap(), secret),
                "{secret} is in {}",
                path.display()
            );
        }
    }
    for path in &found {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
    }
    let mode = std::fs::metadata(desk.data()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
}
