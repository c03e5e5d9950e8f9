//! A journal that an earlier release has left behind, in the middle of its work. `journals/NNNN.sql` is one for each form,
//! made by `souschef-faults --freeze` before that form is released; a released one never changes.

use std::fmt::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Value as Cell;

use crate::error::Error;
use crate::kept;
use crate::trial::{Report, Setting, Trial};

/// The sandbox's accounts must be the same as they were.
const SEED: u64 = 1;
/// Runs that wait, and call afterwards.
const KINDS: [&str; 3] = ["later", "queued", "asked"];
/// What stands before the moment, in seconds since 1970.
const FROZEN: &str = "-- frozen at ";
/// What stands before the key that its secrets are sealed with.
const KEY: &str = "-- key ";
/// The moments of taking over in which it is ended, where there is time: around the copy, and around each form's commit.
const MOMENTS: [&str; 4] = [
    "journal.migrate.before_copy:1",
    "journal.migrate.copied:1",
    "journal.migrate.before_commit:1",
    "journal.migrate.after_commit:1",
];
/// So many of them are under way.
const EVENTS: u64 = 9;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("journals")
}

/// Every journal that there is of an earlier form is taken over: its runs end as they would have, what its senders send
/// again is known, and new events come in beside.
pub(super) async fn journals(setting: &Setting) -> Result<Report, Error> {
    let mut all = Report::default();
    let files = std::fs::read_dir(folder()).map_err(Error::file("can't read", &folder()))?;
    for file in files {
        let path = file.map_err(Error::file("can't read", &folder()))?.path();
        all.add(taken_over(setting, &path, None).await?);
        let moments = if setting.long { &MOMENTS[..] } else { &[] };
        for moment in moments {
            all.add(taken_over(setting, &path, Some(moment)).await?);
        }
    }
    if all.faults == 0 {
        all.broken.push("teeth: there is no old journal".to_owned());
    }
    Ok(all)
}

/// `killed`: where it is ended first.
async fn taken_over(setting: &Setting, file: &Path, killed: Option<&str>) -> Result<Report, Error> {
    let text = std::fs::read_to_string(file).map_err(Error::file("can't read", file))?;
    let told = |what: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(what));
        line.ok_or_else(|| Error::Other(format!("{} has no line \"{what}\"", file.display())))
    };
    let frozen: i64 = told(FROZEN)?
        .parse()
        .map_err(|_| Error::Other(format!("{} does not say when it was frozen", file.display())))?;
    let setting = Setting {
        seed: SEED,
        ..setting.clone()
    };
    let mut trial = Trial::new(&setting, "old-journal", &[])?;
    let data = kept::data_folder(trial.folder.path());
    closed_folder(&data)?;
    rusqlite::Connection::open(data.join("journal.db"))?.execute_batch(&text)?;
    let key = data.join("key");
    std::fs::write(&key, told(KEY)?).map_err(Error::file("can't write", &key))?;
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))
        .map_err(Error::file("can't close", &key))?;
    // It is still that day, or what is kept for some weeks would be gone.
    let ago = Timestamp::now().as_second() - frozen;
    let clock = super::person::SetClock::new(trial.folder.path())?;
    clock.set(&format!("{}", -ago))?;
    if let Some(moment) = killed {
        let mut environment = clock.environment().to_vec();
        environment.push(("SOUSCHEF_KILL_AT", moment));
        trial.service.start(&environment).await?;
        if trial.service.kills == 0 {
            trial.broken.push(format!("teeth: {moment} was never met"));
            trial.service.kill()?;
        }
    }
    if let Some(status) = trial.service.start(&clock.environment()).await? {
        let said = trial.service.said();
        trial.broken.push(format!(
            "C9: {} was not taken over ({status}):\n{said}",
            file.display()
        ));
        return Ok(Report {
            broken: trial.broken,
            ..Report::default()
        });
    }
    trial.faults += 1;
    let again = trial.load(EVENTS, Duration::from_millis(500), 1, &KINDS);
    trial.taken(again).await?;
    let new = trial.load(EVENTS, Duration::from_millis(500), 1, &KINDS);
    trial.taken(new).await?;
    trial.end().await
}

fn closed_folder(data: &Path) -> Result<(), Error> {
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(data)
        .map_err(Error::file("can't make", data))
}

/// Writes the journal of a service that was killed in the middle of its work.
///
/// # Errors
/// It can't be made, or there is one of this form.
pub async fn freeze(setting: &Setting) -> Result<PathBuf, Error> {
    let setting = Setting {
        seed: SEED,
        ..setting.clone()
    };
    let mut trial = Trial::new(&setting, "freeze", &[])?;
    // What comes by itself would have to be made up for when it is taken over.
    for recipe in ["tick.yaml", "found.yaml"] {
        let path = trial.folder.path().join("recipes").join(recipe);
        std::fs::remove_file(&path).map_err(Error::file("can't remove", &path))?;
    }
    trial.start().await?;
    let load = trial.load(EVENTS, Duration::from_millis(500), 1, &KINDS);
    tokio::time::sleep(Duration::from_millis(900)).await;
    trial.service.kill()?;
    load.abort();
    let db = rusqlite::Connection::open(kept::data_folder(trial.folder.path()).join("journal.db"))?;
    let form: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let file = folder().join(format!("{form:04}.sql"));
    if file.exists() {
        return Err(Error::Other(format!("{} is there already", file.display())));
    }
    let key = kept::data_folder(trial.folder.path()).join("key");
    let key = std::fs::read_to_string(&key).map_err(Error::file("can't read", &key))?;
    let now = Timestamp::now().as_second();
    let text = format!("{FROZEN}{now}\n{KEY}{}\n{}", key.trim(), dump(&db)?);
    std::fs::create_dir_all(folder()).map_err(Error::file("can't make", &folder()))?;
    std::fs::write(&file, text).map_err(Error::file("can't write", &file))?;
    Ok(file)
}

fn dump(db: &rusqlite::Connection) -> Result<String, Error> {
    let mut text = String::new();
    for pragma in ["application_id", "user_version"] {
        let value: i64 = db.pragma_query_value(None, pragma, |row| row.get(0))?;
        text.push_str(&format!("PRAGMA {pragma} = {value};\n"));
    }
    text.push_str("PRAGMA journal_mode = WAL;\nBEGIN;\n");
    let mut schema = db.prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )?;
    let parts = schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let parts: Vec<(String, String, String)> = parts.collect::<Result<_, _>>()?;
    for (_, _, sql) in &parts {
        text.push_str(&format!("{sql};\n"));
    }
    for (_, table, _) in parts.iter().filter(|(kind, ..)| kind == "table") {
        let mut rows = db.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = rows.column_count();
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let cells = (0..columns).map(|column| row.get(column).map(quote));
            let cells: Vec<String> = cells.collect::<Result<_, _>>()?;
            text.push_str(&format!("INSERT INTO {table} VALUES ({});\n", cells.join(", ")));
        }
    }
    text.push_str("COMMIT;\n");
    Ok(text)
}

fn quote(cell: Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Cell::Blob(bytes) => {
            let mut text = "x'".to_owned();
            for byte in bytes {
                // Writing to a text never fails.
                let _ = write!(text, "{byte:02x}");
            }
            text + "'"
        }
    }
}
