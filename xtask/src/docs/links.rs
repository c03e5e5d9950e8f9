//! The links of all pages, those that people write and those that are generated: each leads to a file, and to a heading
//! of it where it names one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::anchor;

/// Where pages stand, from the root: files, and folders with all that is below them.
const PLACES: [&str; 5] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "docs",
    "editors/vscode/README.md",
];

#[test]
fn every_link_leads_somewhere() {
    let mut pages = Vec::new();
    for place in PLACES {
        gather(Path::new(place), &mut pages);
    }
    let (mut links, mut wrong) = (0, Vec::new());
    for page in &pages {
        let text = fs::read_to_string(crate::root().join(page)).unwrap();
        for link in links_of(&text) {
            links += 1;
            if !leads(page, &link) {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(links > 300, "{links} links in {} pages", pages.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn gather(place: &Path, pages: &mut Vec<PathBuf>) {
    let full = crate::root().join(place);
    if full.is_dir() {
        for entry in fs::read_dir(full).unwrap() {
            gather(&place.join(entry.unwrap().file_name()), pages);
        }
    } else if place.extension().is_some_and(|ending| ending == "md") {
        pages.push(place.to_owned());
    }
}

/// Whether a link of a page leads somewhere.
fn leads(page: &Path, link: &str) -> bool {
    let (file, place) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() {
        page.to_owned()
    } else {
        plain(&page.parent().unwrap().join(file))
    };
    let full = crate::root().join(target);
    full.exists()
        && (place.is_empty() || anchors(&fs::read_to_string(full).unwrap()).contains(&format!("#{place}")))
}

/// A path without `..`: one that leaves the repository leads nowhere.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part != Component::ParentDir {
            plain.push(part);
        } else if !plain.pop() {
            return PathBuf::from("outside of the repository");
        }
    }
    plain
}

/// The lines of a page that are no code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// The places that a page links to, but for those elsewhere in the web.
fn links_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        // What stands between backticks is code.
        let said: String = line.split('`').step_by(2).collect();
        let targets = said.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split_once(')'));
        found.extend(
            targets
                .map(|(target, _)| target.to_owned())
                .filter(|target| !target.contains("://")),
        );
    }
    found
}

/// The places of a page's headings; of several that are called alike the second is `…-1`.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    let headings = prose(text).filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let own = anchor(line.trim_start_matches('#').trim());
            let before = met.entry(own.clone()).or_default();
            *before += 1;
            match *before - 1 {
                0 => own,
                more => format!("{own}-{more}"),
            }
        })
        .collect()
}

#[test]
fn what_leads_nowhere_is_found() {
    let page = Path::new("docs/guide.md");
    let all = "[a](../README.md#try-it) [b](nowhere.md) `[c](code.md)` [d](#nothing) [e](https://example.com)\n```\n[f](code.md)\n```\n";
    let wrong: Vec<String> = links_of(all)
        .into_iter()
        .filter(|link| !leads(page, link))
        .collect();
    assert_eq!(wrong, ["nowhere.md", "#nothing"]);
    assert!(!leads(page, "../../README.md"));
    let twice = anchors("# A thing\n## A thing\n");
    assert_eq!(twice.into_iter().collect::<Vec<_>>(), ["#a-thing", "#a-thing-1"]);
}
