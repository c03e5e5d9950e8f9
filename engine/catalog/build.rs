//! Turns the bundled connector files into JSON, so that a start reads no YAML.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a build stops where a file of ours is wrong"
)]

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("connectors");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    gather(&root, &mut files);
    files.sort();
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default());
    let mut table = String::from("&[\n");
    for (index, path) in files.iter().enumerate() {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let value: serde_json::Value = serde_yaml::from_str_with_options(
            &text,
            serde_yaml::options! { strict_booleans: true, leading_zero_numbers_as_strings: true },
        )
        .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let ids: Vec<&str> = value["operations"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(id, _)| id.as_str())
            .collect();
        let json = out.join(format!("{index}.json"));
        fs::write(&json, value.to_string()).unwrap_or_else(|why| panic!("{}: {why}", json.display()));
        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
        let connector = value["connector"].as_str().unwrap_or_default();
        let has = |key: &str| !value[key].is_null();
        table.push_str(&format!(
            "Bundled {{ name: {name:?}, connector: {connector:?}, head: {}, events: {}, hints: {}, ids: &{ids:?}, json: include_str!({:?}) }},\n",
            has("title"),
            has("webhooks"),
            has("sandbox"),
            json.display().to_string(),
        ));
    }
    table.push(']');
    fs::write(out.join("bundled.rs"), table).unwrap_or_else(|why| panic!("bundled.rs: {why}"));
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            files.push(path);
        }
    }
}
