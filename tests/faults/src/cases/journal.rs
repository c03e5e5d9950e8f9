//! What people do to a service that works: start another one, change its recipes.

use std::time::Duration;

use crate::check::SAVED_LATER;
use crate::error::Error;
use crate::load::KINDS;
use crate::service::Service;
use crate::trial::{Report, Setting, Trial};

/// The second one is refused, with words, and the first does not notice.
pub(super) async fn second_service(setting: &Setting) -> Result<Report, Error> {
    let mut trial = Trial::new(setting, "second-service", &[])?;
    trial.start().await?;
    let load = trial.load(20, Duration::from_secs(3), 1, &KINDS);
    for _ in 0..3 {
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
    let first = trial.load(8, Duration::from_millis(10), 1, &["later"]);
    trial.taken(first).await?;
    let recipe = trial.folder.path().join("recipes/later.yaml");
    let text = std::fs::read_to_string(&recipe).map_err(Error::file("can't read", &recipe))?;
    let other = text
        .replace("run_recipe: greet", &format!("fail: \"{SAVED_LATER}\""))
        .replace("    with: { n: \"{{ trigger.n }}\" }\n", "");
    for (turn, changed) in [other, "trigger: [ nonsense".to_owned()].into_iter().enumerate() {
        std::fs::write(&recipe, changed).map_err(Error::file("can't write", &recipe))?;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        if turn == 0 {
            // It says that it goes by another text than the file's.
            trial.story_of("later", &["changed since"]).await?;
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
