//! Secrets that can't be shown by accident.

use std::fmt;

use zeroize::Zeroizing;

/// A token or password, wiped from memory when dropped. It has no `Display`, and its `Debug` shows `***`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// In a time that does not tell how much of it is right.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        let (own, others) = (self.0.as_bytes(), other.0.as_bytes());
        let apart = own
            .iter()
            .zip(others)
            .fold(0u8, |apart, (own, other)| apart | (own ^ other));
        own.len() == others.len() && std::hint::black_box(apart) == 0
    }
}

impl Eq for Secret {}

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself; only for the place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
