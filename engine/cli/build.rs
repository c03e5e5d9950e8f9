//! Puts the bundled recipes and their tests into the binary, so that `demo` and `init` need no file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("../../recipes");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = names(&folder).unwrap_or_else(|why| fail(&format!("{}: {why}", folder.display())));
    names.sort();
    let mut code = String::from("&[\n");
    for name in names {
        let recipe = folder.join(format!("{name}.yaml"));
        let test = folder.join(format!("{name}.test.yaml"));
        let test = if test.is_file() {
            format!("Some(include_str!({test:?}))")
        } else {
            "None".to_owned()
        };
        let _ = writeln!(
            code,
            "    Bundled {{ name: {name:?}, text: include_str!({recipe:?}), test: {test} }},"
        );
    }
    code.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("recipes.rs");
    if let Err(why) = std::fs::write(&out, code) {
        fail(&format!("{}: {why}", out.display()));
    }
}

fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".yaml").filter(|name| !name.ends_with(".test")) {
            found.push(name.to_owned());
        }
    }
    Ok(found)
}

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    std::process::exit(1)
}
