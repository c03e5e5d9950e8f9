//! Recipes are read again as they are saved. A save that is broken changes nothing but what is said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use souschef_recipe::Severity;

use super::{Service, ServiceError, Snapshot, book};
use crate::project::{FILE, OpenProject};

/// What tells that a file has changed.
type Stamps = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Service {
    /// Reads the project anew. What is wrong now keeps its last right form; the texts of what is new are kept before it
    /// can start a run.
    ///
    /// # Errors
    /// A file can't be read, or the journal failed. Nothing was changed.
    pub async fn reload(&self) -> Result<Arc<Snapshot>, ServiceError> {
        let snapshot = self.inner.book.read_again()?;
        for text in book::texts(&snapshot) {
            self.inner
                .journal
                .keep_recipe(text, self.inner.clock.now())
                .await?;
        }
        let accounts = self.accounts().renewed(&snapshot.project);
        self.inner.caller.set_accounts(accounts);
        self.inner.book.set(snapshot);
        let now = self.snapshot();
        self.inner.changes.send_replace(Arc::clone(&now));
        Ok(now)
    }
}

/// Looks at the files every now and then, and reads the project anew when one has changed.
pub(super) async fn look_at_files(service: Service) {
    let Some(every) = service.inner.options.look_at_files else {
        return;
    };
    let mut last = stamps(&service.snapshot().project);
    loop {
        tokio::time::sleep(every).await;
        let now = stamps(&service.snapshot().project);
        if now == last {
            continue;
        }
        last = now;
        match service.reload().await {
            Ok(snapshot) => {
                tracing::info!(recipes = snapshot.plans.len(), "recipes were read again");
                tell_problems(&snapshot);
            }
            Err(error) => tracing::error!(%error, "the project could not be read again; all stays as it was"),
        }
    }
}

fn tell_problems(snapshot: &Snapshot) {
    for (source, list) in &snapshot.problems {
        for one in list.iter().filter(|one| one.severity() == Severity::Error) {
            tracing::error!(
                file = source.name(),
                code = one.code.id(),
                "{}; the last right version stays in use",
                one.message
            );
        }
    }
}

/// The project file, the connectors' files and the recipes, each with what tells a change.
fn stamps(project: &OpenProject) -> Stamps {
    let own = [FILE.to_owned()];
    let named = own
        .iter()
        .chain(&project.config.connectors)
        .map(|name| project.root.join(name));
    let recipes = project
        .recipes()
        .unwrap_or_default()
        .into_iter()
        .map(|file| file.path);
    named
        .chain(recipes)
        .map(|path| (path.clone(), stamp(&path)))
        .collect()
}

fn stamp(path: &Path) -> (Option<SystemTime>, u64) {
    match std::fs::metadata(path) {
        Ok(found) => (found.modified().ok(), found.len()),
        Err(_) => (None, 0),
    }
}
