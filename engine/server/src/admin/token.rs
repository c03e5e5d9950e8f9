//! Tokens of the admin API: each a name and a role. Only their hashes are kept; a token is shown once, when it is made.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a token may do. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look.
    Viewer,
    /// Answer, cancel, repeat and export runs.
    Operator,
    /// Everything: tokens, reloading, copies.
    Admin,
}

impl Role {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// The token of a file: whoever can read the data folder is this one.
pub(crate) const LOCAL: &str = "local";

/// A token, as it is kept and listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Whose it is: what the audit log calls the one who uses it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub made_at: Timestamp,
    /// After this it is none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// SHA-256 of it, in hex.
    hash: String,
}

/// Why tokens can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file.
    #[error("{doing} {}: {why}", .path.display())]
    File {
        /// "can't read" and the like.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// Others can read it.
    #[error("{} can be read or written by others (mode {mode:o}); close it with `chmod 600`", .path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The name is taken.
    #[error("there is a token {0} already; take another name, or remove it first")]
    Taken(String),
    /// The name can't be one.
    #[error("a token's name is 1 to 64 letters, digits, - or _, and not {LOCAL}")]
    Name,
    /// There is none of the name.
    #[error("there is no token {0}")]
    Unknown(String),
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    tokens: Vec<Token>,
}

/// The tokens of a data folder. Changes by another process are seen at once.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    read: Mutex<(Option<Stamp>, Vec<Token>)>,
    /// The hash of the token that this process has written into the data folder.
    local: Option<String>,
}

type Stamp = (SystemTime, u64);

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

impl Tokens {
    /// The tokens of a data folder, which need not hold any yet.
    pub fn of(folder: &Path) -> Self {
        Self {
            path: folder.join("tokens.json"),
            read: Mutex::default(),
            local: None,
        }
    }

    /// Takes one more, that is kept in no list: the one that this process writes into the data folder.
    #[must_use]
    pub fn with_local(mut self, token: &str) -> Self {
        self.local = Some(hash(token));
        self
    }

    /// Who shows this token, at this moment.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn caller(&self, shown: &str, now: Timestamp) -> Result<Option<Caller>, TokenError> {
        let shown = hash(shown);
        let is = |kept: &str| bool::from(shown.as_bytes().ct_eq(kept.as_bytes()));
        if self.local.as_deref().is_some_and(is) {
            return Ok(Some(Caller {
                name: LOCAL.to_owned(),
                role: Role::Admin,
            }));
        }
        let found = self.list()?.into_iter().find(|token| is(&token.hash));
        Ok(found
            .filter(|token| token.expires_at.is_none_or(|end| now < end))
            .map(|token| Caller {
                name: token.name,
                role: token.role,
            }))
    }

    /// All of them.
    ///
    /// # Errors
    /// The file can't be read, or others can.
    pub fn list(&self) -> Result<Vec<Token>, TokenError> {
        let found = match fs::metadata(&self.path) {
            Ok(found) => found,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(why) => return Err(self.failed("can't read", &why)),
        };
        self.closed(&found)?;
        let stamp = found.modified().ok().map(|at| (at, found.len()));
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_none() || read.0 != stamp {
            let text = fs::read_to_string(&self.path).map_err(|why| self.failed("can't read", &why))?;
            let kept: Kept = serde_json::from_str(&text).map_err(|why| TokenError::File {
                doing: "can't make sense of",
                path: self.path.clone(),
                why: why.to_string(),
            })?;
            *read = (stamp, kept.tokens);
        }
        Ok(read.1.clone())
    }

    /// Makes a token. What is returned is the only time that it is seen.
    ///
    /// # Errors
    /// The name can't be one or is taken, or the file can't be written.
    pub fn add(
        &self,
        name: &str,
        role: Role,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<String, TokenError> {
        let fits = (1..=64).contains(&name.len())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if !fits || name == LOCAL {
            return Err(TokenError::Name);
        }
        let mut tokens = self.list()?;
        if tokens.iter().any(|token| token.name == name) {
            return Err(TokenError::Taken(name.to_owned()));
        }
        let token = new_token();
        tokens.push(Token {
            name: name.to_owned(),
            role,
            made_at: now,
            expires_at,
            hash: hash(&token),
        });
        self.write(tokens)?;
        Ok(token)
    }

    /// Takes a token away: from now on it opens nothing.
    ///
    /// # Errors
    /// There is none of the name, or the file can't be written.
    pub fn remove(&self, name: &str) -> Result<(), TokenError> {
        let mut tokens = self.list()?;
        let before = tokens.len();
        tokens.retain(|token| token.name != name);
        if tokens.len() == before {
            return Err(TokenError::Unknown(name.to_owned()));
        }
        self.write(tokens)
    }

    fn write(&self, tokens: Vec<Token>) -> Result<(), TokenError> {
        let text = serde_json::to_string_pretty(&Kept { tokens }).map_err(|why| TokenError::File {
            doing: "can't write",
            path: self.path.clone(),
            why: why.to_string(),
        })?;
        write_closed(&self.path, &text).map_err(|why| self.failed("can't write", &why))?;
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = (None, Vec::new());
        Ok(())
    }

    fn failed(&self, doing: &'static str, why: &std::io::Error) -> TokenError {
        TokenError::File {
            doing,
            path: self.path.clone(),
            why: why.to_string(),
        }
    }

    #[cfg(unix)]
    fn closed(&self, found: &fs::Metadata) -> Result<(), TokenError> {
        use std::os::unix::fs::PermissionsExt;
        let mode = found.permissions().mode() & 0o777;
        if mode & 0o077 == 0 {
            return Ok(());
        }
        Err(TokenError::Open {
            path: self.path.clone(),
            mode,
        })
    }

    #[cfg(not(unix))]
    fn closed(&self, _found: &fs::Metadata) -> Result<(), TokenError> {
        Ok(())
    }
}

/// 256 random bits, as text.
pub(crate) fn new_token() -> String {
    let bytes: [u8; 32] = rand::random();
    format!("scf_{}", hex(&bytes))
}

fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
        text
    })
}

/// Writes a file that only its owner can read, all of it or nothing.
pub(crate) fn write_closed(path: &Path, text: &str) -> std::io::Result<()> {
    let partial = path.with_extension("partial");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    drop(file);
    fs::rename(&partial, path)
}
