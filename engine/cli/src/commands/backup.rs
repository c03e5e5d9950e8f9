//! `souschef backup`.

use std::path::Path;

use serde_json::{Value, json};

use super::{desk, support};
use crate::args::{BackupArgs, Common};
use crate::exit::Exit;
use crate::show::terminal;

/// Copies the journal.
pub(crate) fn backup(common: &Common, args: &BackupArgs) -> Exit {
    let project = match support::open_sound(common) {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    if let Err(exit) = desk::look(&project) {
        return exit;
    }
    if let Some(file) = args.file.as_ref().filter(|file| file.exists()) {
        terminal::error(
            &format!("there is a file {} already", file.display()),
            Some("give the copy a name of its own"),
        );
        return Exit::Usage;
    }
    support::block_on(async {
        let client = match desk::desk(project).await {
            Ok(client) => client,
            Err(exit) => return exit,
        };
        let copied = match client.post("/api/v1/backup", &json!({})).await {
            Ok(copied) => copied,
            Err(error) => return desk::refused(&error),
        };
        let made = copied.get("path").and_then(Value::as_str).unwrap_or_default();
        match &args.file {
            None => terminal::line(made),
            Some(file) => match moved(Path::new(made), file) {
                Ok(()) => terminal::line(&file.display().to_string()),
                Err(why) => {
                    terminal::error(
                        &format!("the copy can't be put at {}: {why}", file.display()),
                        None,
                    );
                    terminal::hint(&format!("it was made, and lies at {made}"));
                    return Exit::World;
                }
            },
        }
        terminal::hint(
            "the copy holds what runs held; secrets in it are sealed, and their key is not part of it: keep it apart",
        );
        Exit::Fine
    })
}

/// Puts a copy where it is wanted: it has its name there only once it is whole.
fn moved(from: &Path, to: &Path) -> std::io::Result<()> {
    if std::fs::rename(from, to).is_ok() {
        return Ok(());
    }
    // Another disk.
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::copy(from, &partial)?;
    std::fs::File::open(&partial)?.sync_all()?;
    std::fs::rename(&partial, to)?;
    std::fs::remove_file(from)
}
