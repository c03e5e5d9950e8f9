//! Secrets and the key that seals them.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{JournalError, file_error};
use crate::folder::{create_closed, create_closed_folder, sync_folder};

/// A text that is shown nowhere and wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the place where it is used.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("***")
    }
}

/// The key that secrets are sealed with: 32 bytes, written as 64 hex digits.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl fmt::Debug for Key {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Key(***)")
    }
}

/// Where the key may come from, the first that is there.
#[derive(Clone, Debug, Default)]
pub struct KeyPlace {
    /// `SOUSCHEF_KEY`: the key itself.
    pub text: Option<Secret>,
    /// `SOUSCHEF_KEY_FILE`: the file that holds it.
    pub file: Option<PathBuf>,
}

impl KeyPlace {
    /// As the environment says. A variable with nothing in it says nothing.
    pub fn from_env() -> Self {
        Self {
            text: std::env::var("SOUSCHEF_KEY")
                .ok()
                .filter(|text| !text.trim().is_empty())
                .map(Secret::new),
            file: std::env::var_os("SOUSCHEF_KEY_FILE")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
        }
    }

    /// The key; where none is given, one in a file beside the data, made at the first start. Then there is something to
    /// tell the person who runs the service.
    pub fn find(&self, data: &Path) -> Result<(Key, Option<String>), JournalError> {
        if let Some(text) = &self.text {
            return Key::read(text.reveal())
                .map(|key| (key, None))
                .ok_or_else(|| JournalError::Key(format!("SOUSCHEF_KEY is no key: {FORM}")));
        }
        if let Some(file) = &self.file {
            return Ok((Key::from_file(file)?, None));
        }
        let beside = data.join("key");
        if !beside.exists() {
            create_closed_folder(data)?;
            Key::generate().write(&beside)?;
        }
        let notice = format!(
            "secrets are sealed with the key in {}, which guards copies of the journal but not this machine; give the key \
             by SOUSCHEF_KEY_FILE or SOUSCHEF_KEY to keep it elsewhere",
            beside.display()
        );
        Ok((Key::from_file(&beside)?, Some(notice)))
    }
}

const FORM: &str = "it must be 64 hex digits, as `openssl rand -hex 32` makes them";

impl Key {
    /// A new one.
    pub fn generate() -> Self {
        let bytes = chacha20poly1305::Key::generate();
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&bytes);
        Self(key)
    }

    /// Reads 64 hex digits.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().as_bytes();
        if text.len() != 64 {
            return None;
        }
        let mut key = Zeroizing::new([0; 32]);
        for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(key))
    }

    /// Reads it of a file that only its owner can read.
    pub fn from_file(path: &Path) -> Result<Self, JournalError> {
        let unread = |why: std::io::Error| {
            JournalError::Key(format!("can't read the key in {}: {why}", path.display()))
        };
        let found = fs::metadata(path).map_err(unread)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = found.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(JournalError::Key(format!(
                    "the key in {} can be read by others (mode {mode:o}); close it with `chmod 600`",
                    path.display()
                )));
            }
        }
        if found.len() > 1024 {
            return Err(JournalError::Key(format!(
                "{} holds no key: {FORM}",
                path.display()
            )));
        }
        let text = fs::read_to_string(path).map(Zeroizing::new).map_err(unread)?;
        Self::read(&text).ok_or_else(|| JournalError::Key(format!("{} holds no key: {FORM}", path.display())))
    }

    fn write(&self, path: &Path) -> Result<(), JournalError> {
        let text: Zeroizing<String> =
            Zeroizing::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect());
        // Under another name first: half a key must never be found under the right one.
        let partial = path.with_extension("partial");
        create_closed(&partial, true)
            .and_then(|mut file| {
                writeln!(file, "{}", text.as_str())
                    .and_then(|()| file.sync_all())
                    .map_err(|error| file_error("can't write the key to", &partial, &error))
            })
            .and_then(|()| {
                fs::rename(&partial, path).map_err(|error| file_error("can't write the key to", path, &error))
            })?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))
    }

    /// Names the key without telling it.
    pub(crate) fn id(&self) -> [u8; 8] {
        let digest = Sha256::new()
            .chain_update(b"souschef key id\0")
            .chain_update(self.0.as_slice())
            .finalize();
        let mut id = [0; 8];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        id
    }

    /// Seals a secret for its place: it opens nowhere else.
    pub(crate) fn seal(&self, place: &str, secret: &Secret) -> Result<Locked, JournalError> {
        let nonce = XNonce::generate();
        let payload = Payload {
            msg: secret.reveal().as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher()
            .encrypt(&nonce, payload)
            .map_err(|_| JournalError::Key("a secret could not be sealed".to_owned()))?;
        Ok(Locked {
            nonce: nonce.to_vec(),
            sealed,
        })
    }

    pub(crate) fn open(&self, place: &str, locked: &Locked) -> Result<Secret, JournalError> {
        let spoiled = || JournalError::Spoiled(format!("the secret of {}", place.replace('\0', " ")));
        let nonce = XNonce::try_from(locked.nonce.as_slice()).map_err(|_| spoiled())?;
        let payload = Payload {
            msg: &locked.sealed,
            aad: place.as_bytes(),
        };
        let text = self.cipher().decrypt(&nonce, payload).map_err(|_| spoiled())?;
        String::from_utf8(text).map(Secret::new).map_err(|_| spoiled())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.0).into())
    }
}

/// A sealed secret as a row holds it.
pub(crate) struct Locked {
    pub(crate) nonce: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}
