//! `souschef demo --serve`: a project in a folder of its own, served against a sandbox until it is interrupted.

use std::path::{Path, PathBuf};

use souschef_runtime::Accounts;
use souschef_runtime::project::OpenProject;
use souschef_sandbox::SandboxOptions;
use souschef_server::ServeOptions;

use super::{run, sandbox, serve, support};
use crate::args::LogFormat;
use crate::exit::Exit;
use crate::show::terminal;

/// The recipe that is served.
const RECIPE: &str = include_str!("../../demo/new-contact.yaml");
/// Its project file: the sandbox takes the accounts' place.
const PROJECT: &str = "connections:\n  main: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT }\n";

/// A folder that goes with the demo.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("souschef-demo-{}", std::process::id()));
        // Fails where there is one already, whoever made it.
        std::fs::create_dir(&path)?;
        let folder = Self(path);
        std::fs::create_dir(folder.0.join("recipes"))?;
        std::fs::write(folder.0.join("souschef.yaml"), PROJECT)?;
        std::fs::write(folder.0.join("recipes/new-contact.yaml"), RECIPE)?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(why) = std::fs::remove_dir_all(&self.0) {
            terminal::hint(&format!("{} could not be removed: {why}", self.0.display()));
        }
    }
}

/// Serves until interrupted.
pub(crate) async fn served(seed: u64) -> Exit {
    let folder = match Folder::new() {
        Ok(folder) => folder,
        Err(why) => return support::failed(&format!("can't make a folder for the demo: {why}")),
    };
    let project = match OpenProject::open(&folder.0) {
        Ok(project) => project,
        Err(error) => return support::failed(&error.to_string()),
    };
    let options = SandboxOptions {
        seed,
        ..SandboxOptions::default()
    };
    let running = match sandbox::inside(&project, options).await {
        Ok(running) => running,
        Err(exit) => return exit,
    };
    let accounts = Accounts::sandbox(&project, &running);
    let mut options = ServeOptions::default();
    options.service.call = run::call_options(true);
    terminal::hint(&words(&folder.0, &project.config.listen_webhooks));
    let exit = serve::work(project, accounts, options, LogFormat::Text).await;
    running.stop().await;
    exit
}

fn words(folder: &Path, webhooks: &str) -> String {
    format!(
        "\nNow the service, with a recipe that a webhook starts. In another terminal:\n\n  \
         curl -X POST http://{webhooks}/hooks/custom/new-contact -H 'Content-Type: application/json' \\\n    \
         -d '{{\"email\": \"ana@example.com\", \"firstName\": \"Ana\"}}'\n  \
         souschef runs list --project {}\n\n\
         Ctrl-C ends it, and its folder goes with it.\n",
        folder.display()
    )
}
