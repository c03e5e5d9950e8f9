//! What people do to a service that works: start another one, change its recipes.

use std::path::Path;
use std::time::Duration;

use souschef_journal::Look;

use crate::check::SAVED_LATER;
use crate::error::Error;
use crate::kept;
use crate::load::KINDS;
use crate::service::Service;
use crate::trial::{Report, Setting, Trial};

/// The second one is refused, with words, and the first does not notice.
pub(super) async fn second_service(setting: &Setting) -> Result<Report, Error> {
    let mut trial = Trial::new(setting, "second-service", &[])?;
    trial.start().await?;
    let load = trial.load(20, Duration::from_secs(3), 1, &KINDS);
    for _ in 0..if setting.long { 20 } else { 3 } {
        let mut second = Service::new(&setting.binary, trial.folder.path())?;
        second.log = "second.log";
        second.bug.clone_from(&trial.service.bug);
        // On addresses of its own, or it would be refused for those.
        let text = trial.project_file()?;
        trial.write_project_file(
            &text
                .replace(&trial.service.webhooks, &second.webhooks)
                .replace(&trial.service.admin, &second.admin),
        )?;
        let ended = second.start(&[]).await?;
        trial.write_project_file(&text)?;
        match ended {
            Some(status) if !status.success() => trial.faults += 1,
            Some(status) => trial
                .broken
                .push(format!("C8: the second service ended with {status}")),
            None => trial
                .broken
                .push("C8: a second service works on the same folder".to_owned()),
        }
        let log = second.log_end();
        if !log.contains("another") && !log.contains("in use") && !log.contains("already") {
            trial.broken.push(format!(
                "C8: the second service does not say why it can't work:\n{log}"
            ));
        }
    }
    trial.taken(load).await?;
    trial.end().await
}

/// Runs that wait go on with the recipe that they began with; a recipe with a mistake changes nothing.
pub(super) async fn edited_recipe(setting: &Setting) -> Result<Report, Error> {
    let mut trial = Trial::new(setting, "edited-recipe", &[])?;
    trial.start().await?;
    if setting.long {
        return forty_edits(trial).await;
    }
    let first = trial.load(8, Duration::from_millis(10), 1, &["later"]);
    trial.taken(first).await?;
    let recipe = trial.folder.path().join("recipes/later.yaml");
    let text = std::fs::read_to_string(&recipe).map_err(Error::file("can't read", &recipe))?;
    let other = another(&text);
    for (turn, changed) in [other, "trigger: [ nonsense".to_owned()].into_iter().enumerate() {
        std::fs::write(&recipe, changed).map_err(Error::file("can't write", &recipe))?;
        if turn == 0 {
            // It says that it goes by another text than the file's.
            trial.story_of("later", &["changed since"]).await?;
        }
        tokio::time::sleep(Duration::from_millis(1500)).await;
        if turn == 0 {
            // The runs under way must find their own recipe again.
            trial.service.kill()?;
            trial.start().await?;
        }
        trial.faults += 1;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    std::fs::write(&recipe, text).map_err(Error::file("can't write", &recipe))?;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let last = trial.load(8, Duration::from_millis(10), 1, &["later"]);
    trial.taken(last).await?;
    trial.end().await
}

/// The same recipe with another end, which no run may come to that began before.
fn another(text: &str) -> String {
    text.replace("run_recipe: greet", &format!("fail: \"{SAVED_LATER}\""))
        .replace("    with: { n: \"{{ trigger.n }}\" }\n", "")
}

/// Twenty times something is done to the recipe while its runs wait, and undone.
async fn forty_edits(mut trial: Trial) -> Result<Report, Error> {
    let folder = trial.folder.path().join("recipes");
    let recipe = folder.join("later.yaml");
    let text = trial.recipe("later.yaml")?;
    let other = another(&text);
    let moved = folder.join("moved.yaml");
    let write =
        |path: &Path, text: &str| std::fs::write(path, text).map_err(Error::file("can't write", path));
    let remove = |path: &Path| std::fs::remove_file(path).map_err(Error::file("can't remove", path));
    for turn in 0..20 {
        let load = trial.load(4, Duration::from_millis(10), 1, &["later"]);
        trial.taken(load).await?;
        match turn % 5 {
            0 => write(&recipe, &other)?,
            1 => write(&recipe, "trigger: [ nonsense")?,
            2 => remove(&recipe)?,
            3 => {
                remove(&recipe)?;
                write(&moved, &other)?;
            }
            // A second one that wants the same.
            _ => write(&moved, &other)?,
        }
        tokio::time::sleep(Duration::from_millis(1300)).await;
        if turn % 4 == 0 {
            // The runs under way must find their own recipe again.
            trial.service.kill()?;
            trial.start().await?;
        }
        // Before anything else comes in, all of them have gone on.
        let look = Look::open(&kept::data_folder(trial.folder.path()))?;
        for _ in 0..100 {
            if kept::runs(&look)
                .await?
                .iter()
                .all(|run| run.recipe != "later" || run.state.ended())
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if moved.exists() {
            remove(&moved)?;
        }
        write(&recipe, &text)?;
        trial.faults += 2;
        tokio::time::sleep(Duration::from_millis(2500)).await;
    }
    trial.end().await
}

/// The journal's file is locked by another program again and again: what can't be kept is told to come again, nothing that
/// was accepted is lost, and all goes on by itself.
pub(super) async fn locked_file(setting: &Setting) -> Result<Report, Error> {
    /// Tenths of a second.
    const LOCKS: [u64; 20] = [
        1, 600, 2, 5, 10, 300, 15, 20, 30, 150, 40, 45, 50, 120, 55, 60, 100, 70, 80, 90,
    ];
    /// Longer than the service waits for it.
    const LONG: u64 = 70;
    let mut trial = Trial::new(setting, "locked-file", &[])?;
    trial.start().await?;
    let file = kept::data_folder(trial.folder.path()).join("journal.db");
    let mut deferred = 0;
    for tenths in LOCKS {
        let load = trial.load(10, Duration::from_secs(2), 1, &KINDS);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let other = rusqlite::Connection::open(&file)?;
        other.busy_timeout(Duration::from_secs(5))?;
        other.execute_batch("BEGIN EXCLUSIVE")?;
        tokio::time::sleep(Duration::from_millis(tenths * 100)).await;
        if tenths > LONG && !trial.service.said().contains("holds the journal file locked") {
            trial.broken.push(format!(
                "C8: locked for {tenths} tenths of a second, the service does not say so"
            ));
        }
        other.execute_batch("ROLLBACK")?;
        trial.faults += 1;
        deferred += trial.taken_after(load).await?;
    }
    if deferred == 0 {
        trial
            .broken
            .push("teeth: nobody was told to come again, so nothing was locked".to_owned());
    }
    trial.end().await
}
