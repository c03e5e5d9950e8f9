//! The pages that `souschef explain` shows: each wrong example is told by its own code, each right one is right.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeMap;

use souschef_catalog::Catalog;
use souschef_plan::{Context, OtherRecipe, Project, check};
use souschef_recipe::{Code, Diagnostic, Severity, SourceFile, decode};

const PROJECT: &str = "
connections:
  main: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT, auth: { token: { env: GHL_TOKEN } }, tags: [vip] }
  reader: { connector: ghl, location_id: ve9EPM428h8vShlRW1KT, auth: { token: { env: READ_TOKEN } }, scopes: [contacts.readonly] }
default_connection: main
secrets:
  lead_hook: { env: LEAD_HOOK_TOKEN }
";
const WELCOME: &str = "
trigger: { manual: true }
actions:
  - stop: done
";
const BACK: &str = "
trigger: { manual: true }
actions:
  - run_recipe: page
";

/// The fenced part of a page that is marked so.
fn fence<'p>(page: &'p str, mark: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(&format!("```yaml {mark}\n"))?;
    rest.split_once("\n```").map(|(text, _)| text)
}

/// A page's example; what no one could see in it is written as `\u{202e}`.
fn example(page: &str, mark: &str) -> Option<String> {
    let text = fence(page, mark)?;
    Some(match text.split_once("\\u{") {
        Some((head, tail)) => {
            let (digits, tail) = tail.split_once('}')?;
            let hidden = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            format!("{head}{hidden}{tail}")
        }
        None => text.to_owned(),
    })
}

fn said(
    code: Code,
    text: &str,
    project: &Project,
    recipes: &BTreeMap<String, OtherRecipe>,
) -> Vec<Diagnostic> {
    if code.id().starts_with("SC33") {
        return Project::parse(&SourceFile::new("souschef.yaml", text)).1;
    }
    let catalog = Catalog::bundled();
    let context = Context {
        catalog: &catalog,
        project: Some(project),
        recipes: Some(recipes),
    };
    check("page", &SourceFile::new("page.yaml", text), context).diagnostics
}

#[test]
fn every_page_of_ours_shows_its_mistake_and_how_it_is_right() {
    let (project, told) = Project::parse(&SourceFile::new("souschef.yaml", PROJECT));
    assert_eq!(told, []);
    let project = project.unwrap();
    let recipes: BTreeMap<String, OtherRecipe> = [("welcome", WELCOME), ("back", BACK)]
        .into_iter()
        .map(|(name, text)| {
            let recipe = decode(&SourceFile::new(format!("{name}.yaml"), text))
                .recipe
                .unwrap();
            (name.to_owned(), OtherRecipe { recipe })
        })
        .collect();
    // What takes a page of its own to show is tried among the bombs; SC301 and above are other rooms'.
    let bombs = ["SC026", "SC027", "SC028", "SC107"];
    let ours = |code: &Code| {
        let id = code.id();
        (id < "SC300" || id.starts_with("SC33")) && !bombs.contains(&id)
    };
    let mut wrong = Vec::new();
    for code in Code::all().iter().copied().filter(ours) {
        let (Some(bad), Some(good)) = (example(code.page(), "wrong"), example(code.page(), "right")) else {
            wrong.push(format!("{} has no examples", code.id()));
            continue;
        };
        let of_bad = said(code, &bad, &project, &recipes);
        if !of_bad.iter().any(|one| one.code == code) {
            wrong.push(format!("the wrong example of {} says {of_bad:#?}", code.id()));
        }
        let of_good = said(code, &good, &project, &recipes);
        if of_good
            .iter()
            .any(|one| one.severity() == Severity::Error || one.code == code)
        {
            wrong.push(format!("the right example of {} says {of_good:#?}", code.id()));
        }
    }
    // What goes wrong only while a recipe runs is right to check; what the page says to write instead must be right too.
    let later = Code::all().iter().filter(|code| code.id().starts_with("SC4"));
    for code in later {
        if code.page().lines().filter(|line| !line.is_empty()).count() < 4 {
            wrong.push(format!("{} says next to nothing", code.id()));
        }
        for text in ["wrong", "right"]
            .iter()
            .filter_map(|mark| example(code.page(), mark))
        {
            let said = said(*code, &text, &project, &recipes);
            if said.iter().any(|one| one.severity() == Severity::Error) {
                wrong.push(format!("an example of {} says {said:#?}", code.id()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
