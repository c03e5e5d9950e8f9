//! The editor tests: the real YAML language server, driven through the cases of `tests/editor`, and the extension of VS
//! Code, built and packed.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use souschef_catalog::{Catalog, Operation, OperationKind};

use crate::command::{listen, must, program};
use crate::error::Error;
use crate::root;
use crate::test::Count;
use crate::tools;

/// Installs the language server as the lockfile says, and runs the cases.
///
/// # Errors
/// Node can't be installed, or the server can't be fetched.
pub(crate) fn run() -> Result<Count, Error> {
    let folder = root().join("tests/editor");
    install(&folder)?;
    let catalog = root().join("target/editor-catalog.json");
    fs::write(&catalog, operations()?).map_err(Error::file(&catalog))?;
    let mut count = Count::default();
    let mut node = program("node", [Path::new("run.mjs"), &catalog]);
    node.current_dir(&folder);
    let passed = listen(node, |line| {
        if let Some(rest) = line.strip_prefix("editor: ") {
            count.hear(rest);
        }
    })?;
    if !passed && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Builds and packs the extension of VS Code, and runs its tests.
///
/// # Errors
/// Node can't be installed, or the packages can't be fetched.
pub(crate) fn extension() -> Result<Count, Error> {
    let folder = root().join("editors/vscode");
    install(&folder)?;
    let npm = |words: &[&str]| {
        let mut npm = program("npm", words);
        npm.current_dir(&folder);
        npm
    };
    must(npm(&["run", "package"]))?;
    let mut count = Count::default();
    let passed = listen(npm(&["test"]), |line| {
        // `# pass 4`, where Rust says `4 passed`.
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            [_, "pass", number] => count.hear(&format!("{number} passed")),
            [_, "fail", number] => count.hear(&format!("{number} failed")),
            _ => {}
        }
    })?;
    if !passed && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Installs what a folder's lockfile says.
fn install(folder: &Path) -> Result<(), Error> {
    tools::node()?;
    let locked = folder.join("package-lock.json");
    let installed = folder.join("node_modules/installed-from.json");
    let wanted = fs::read(&locked).map_err(Error::file(&locked))?;
    // npm takes seconds to find that there is nothing to do.
    if fs::read(&installed).ok().as_ref() == Some(&wanted) {
        return Ok(());
    }
    let mut npm = program("npm", ["ci", "--no-audit", "--no-fund"]);
    npm.current_dir(folder);
    must(npm)?;
    fs::write(&installed, &wanted).map_err(Error::file(&installed))
}

/// What the cases need to know of every operation: the schema is held against the catalog itself.
fn operations() -> Result<String, Error> {
    let operations: Vec<Value> = Catalog::bundled()
        .operations()
        .iter()
        .map(|operation| {
            json!({
                "id": operation.id,
                "help": operation.help,
                "deprecated": operation.deprecated.is_some(),
                "polled": operation.kind == OperationKind::Trigger,
                "inputs": inputs(operation),
            })
        })
        .collect();
    Ok(serde_json::to_string(&operations)?)
}

/// The names that an editor offers inside `with:`. Of numbered inputs it offers the first.
fn inputs(operation: &Operation) -> Vec<String> {
    let slots = operation.slot_names();
    operation
        .inputs
        .keys()
        .cloned()
        .chain(slots.into_iter().take(1))
        .collect()
}
