//! What once found a mistake, and all that hunts begin with, is stood by every target.

use souschef_fuzz::corpus::files;
use souschef_fuzz::targets::TARGETS;

#[test]
fn every_target_stands_its_corpus_and_its_seeds() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} begins with nothing", target.name);
        for text in files(&format!("tests/fuzz/corpus/{}", target.name), "")
            .iter()
            .chain(&seeds)
        {
            (target.run)(text);
        }
    }
}
