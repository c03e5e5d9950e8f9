//! The recipe tests shown in the docs, marked `yaml test`, are read as such.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;

use souschef_recipe::SourceFile;
use souschef_runtime::testing;

#[test]
fn the_recipe_tests_of_the_docs_can_be_read() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut read = 0;
    for entry in std::fs::read_dir(docs).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for block in text.split("```yaml test\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            let source = SourceFile::new(path.display().to_string(), block.to_owned());
            let parsed = testing::parse(&source);
            assert!(
                parsed.is_ok_and(|test| !test.cases.is_empty()),
                "{}:\n{block}",
                path.display()
            );
            read += 1;
        }
    }
    assert!(read >= 2, "the docs show {read} recipe tests");
}
