//! JSON in a row, with a checksum that also binds it to its row: flipped bits and swapped rows are told, never believed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::JournalError;

/// The first byte of every blob: how the rest is to be read.
const FORM: u8 = 1;
/// How much of the digest is kept.
const SUM: usize = 8;

/// Makes the row's bytes of a value. `row` names the row: its kind and its key.
pub(crate) fn pack<T: Serialize + ?Sized>(row: &str, value: &T) -> Result<Vec<u8>, JournalError> {
    let mut bytes = vec![FORM; 1 + SUM];
    serde_json::to_writer(&mut bytes, value)
        .map_err(|error| JournalError::Database(format!("a value can't be written as JSON: {error}")))?;
    let sum = sum(row, bytes.get(1 + SUM..).unwrap_or_default());
    if let Some(place) = bytes.get_mut(1..=SUM) {
        place.copy_from_slice(&sum);
    }
    Ok(bytes)
}

/// Reads them back, or says that they are not what was written.
pub(crate) fn unpack<T: DeserializeOwned>(row: &str, bytes: &[u8]) -> Result<T, JournalError> {
    let wrong = || JournalError::Spoiled(row.to_owned());
    let (head, json) = bytes.split_at_checked(1 + SUM).ok_or_else(wrong)?;
    if head.first() != Some(&FORM) || head.get(1..) != Some(sum(row, json).as_slice()) {
        return Err(wrong());
    }
    serde_json::from_slice(json).map_err(|_| wrong())
}

/// The same for a row that may hold none.
pub(crate) fn unpack_some<T: DeserializeOwned>(
    row: &str,
    bytes: Option<Vec<u8>>,
) -> Result<Option<T>, JournalError> {
    bytes.map(|bytes| unpack(row, &bytes)).transpose()
}

fn sum(row: &str, json: &[u8]) -> [u8; SUM] {
    let digest = Sha256::new()
        .chain_update(row.as_bytes())
        .chain_update([0])
        .chain_update(json)
        .finalize();
    let mut sum = [0; SUM];
    sum.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    sum
}
