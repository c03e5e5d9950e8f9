//! What looks like chance and is not: everything comes from the seed.

/// The letters and digits of an id.
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// How long an id is.
const ID_LENGTH: usize = 20;

/// Mixes a number well (the finisher of SplitMix64).
const fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A share from 0 to 1 (never 1 itself) that belongs to a seed and two numbers.
pub(crate) fn share(seed: u64, first: u64, second: u64) -> f64 {
    let mixed = mix(mix(seed ^ mix(first)) ^ second);
    // 53 bits are what a float holds exactly.
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// Gives one id after the other.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: mix(seed) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// The next id: 20 letters and digits, as GHL's are.
    pub(crate) fn id(&mut self) -> String {
        (0..ID_LENGTH)
            .map(|_| {
                let place = usize::try_from(self.next() % LETTERS.len() as u64).unwrap_or_default();
                LETTERS.get(place).map_or('a', |letter| char::from(*letter))
            })
            .collect()
    }

    /// The next trace id, in the form of a UUID.
    pub(crate) fn trace(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }
}
