//! Recipes are read again as they are saved. A save that is broken changes nothing but what is said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use souschef_plan::Project;
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
        let before = self.snapshot();
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
        log_changes(&before, &now);
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
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the project could not be read again; all stays as it was"),
        }
    }
}

impl Snapshot {
    /// Logs every mistake in the project's files, with its place.
    pub fn log_problems(&self) {
        for (source, list) in &self.problems {
            for one in list.iter().filter(|one| one.severity() == Severity::Error) {
                let place = source.place(one.span.start);
                tracing::error!(
                    file = source.name(),
                    line = place.line,
                    column = place.column,
                    code = one.code.id(),
                    help = one.help(),
                    "{}",
                    one.message
                );
            }
        }
    }
}

/// Logs what reading the project anew has changed.
fn log_changes(before: &Snapshot, now: &Snapshot) {
    let names = |of: &Snapshot, fits: &dyn Fn(&str) -> bool| {
        let names: Vec<&str> = of.plans.keys().map(String::as_str).collect();
        names
            .into_iter()
            .filter(|name| fits(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let hash = |of: &Snapshot, name: &str| of.plans.get(name).map(|plan| plan.hash.clone());
    tracing::info!(
        recipes = now.plans.len(),
        new = names(now, &|name| hash(before, name).is_none()),
        changed = names(now, &|name| {
            let old = hash(before, name);
            old.is_some() && old != hash(now, name)
        }),
        gone = names(before, &|name| hash(now, name).is_none()),
        files_with_mistakes = now.problems.len(),
        "the project was read again"
    );
    now.log_problems();
    if !now.problems.is_empty() {
        tracing::warn!("recipes in files with mistakes stay as they were last right, where they once were");
    }
    let (old, new) = (&before.project.config, &now.project.config);
    let listen = |config: &Project| (config.listen_webhooks.clone(), config.listen_admin.clone());
    if listen(old) != listen(new) || old.data != new.data {
        tracing::warn!("addresses under listen: and the data folder are taken at the next start");
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
