//! Whatever stands in a file, and wherever it is cut off: what is asked of a place is answered.

use proptest::prelude::*;
use souschef_fuzz::targets::place::asked;

#[test]
fn prefixes_of_every_bundled_recipe_are_answered() {
    // Some of them; `EVERY=1` takes all, and `cargo xtask fuzz` hunts for more.
    let step = if std::env::var_os("EVERY").is_some() {
        1
    } else {
        31
    };
    let mut places = 0;
    for (index, (_, text)) in souschef_cases::recipes().iter().enumerate() {
        let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        for end in ends.into_iter().skip(index % step).step_by(step) {
            asked(&text[..end], end);
            places += 1;
        }
    }
    assert!(places > 500, "{places} places");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn cuts_anywhere_are_answered_anywhere(which in 0..11_usize, cut in 0.0..1.0_f64, length in 0..40_usize, place in 0.0..1.0_f64) {
        let text = souschef_cases::recipes().swap_remove(which).1;
        let chars: Vec<char> = text.chars().collect();
        let from = (cut * chars.len() as f64) as usize;
        let cut: String = chars.iter().take(from).chain(chars.iter().skip(from + length)).collect();
        asked(&cut, (place * cut.len() as f64) as usize);
    }

    #[test]
    fn anything_at_all_is_answered(text in "[-a-z :{}\\[\\]\"'.$#|>\n😀\\PC]{0,80}", at in 0..120_usize) {
        asked(&text, at);
    }
}
