//! Where inputs come from: files of the repository.

use std::fs;

use souschef_cases::root;

/// The text of every file under a folder of the repository whose name ends so, in order of names.
pub fn files(folder: &str, end: &str) -> Vec<String> {
    let mut folders = vec![root().join(folder)];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
        .iter()
        .filter_map(|path| fs::read(path).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

/// The parts of texts between these marks, marks included: expressions of recipes, say.
pub fn parts(texts: &[String], open: &str, close: &str) -> Vec<String> {
    let mut found: Vec<String> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| {
            let from = line.find(open)?;
            let to = line.rfind(close)? + close.len();
            line.get(from..to).map(str::to_owned)
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
