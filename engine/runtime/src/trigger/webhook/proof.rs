//! How a request proves who sent it. Everything secret is compared here, in constant time, and nowhere else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{hmac, signature};
use souschef_catalog::Signature;
use souschef_connect::Secret;
use souschef_recipe::WebhookAuth;
use subtle::ConstantTimeEq;

use super::arrival::{Arrival, Header};

/// What a custom webhook's sender must show.
#[derive(Clone, Debug)]
pub enum Proof {
    /// Nothing: written out in the recipe.
    None,
    /// A token.
    Token {
        /// It.
        secret: Secret,
        /// Whether the address may hold it.
        in_query: bool,
    },
    /// User and password.
    Basic {
        /// `user:password`.
        secret: Secret,
    },
    /// A keyed hash of the body.
    Hmac {
        /// The key.
        secret: Secret,
        /// The header that holds it.
        header: String,
        /// `sha256` or `sha512`.
        algorithm: String,
    },
}

impl Proof {
    /// The proof that a recipe asks for, with its secret read.
    ///
    /// # Errors
    /// What `secret` says where there is none: such a trigger must not listen at all.
    pub fn of<E>(auth: &WebhookAuth, secret: impl Fn(&str) -> Result<Secret, E>) -> Result<Self, E> {
        Ok(match auth {
            WebhookAuth::None => Self::None,
            WebhookAuth::Token {
                secret: name,
                in_query,
            } => Self::Token {
                secret: secret(&name.value)?,
                in_query: *in_query,
            },
            WebhookAuth::Basic { secret: name } => Self::Basic {
                secret: secret(&name.value)?,
            },
            WebhookAuth::Hmac {
                secret: name,
                header,
                algorithm,
            } => Self::Hmac {
                secret: secret(&name.value)?,
                header: header.value.clone(),
                algorithm: algorithm.value.to_ascii_lowercase(),
            },
        })
    }

    /// Whether a request shows it.
    pub fn is_shown(&self, arrival: &Arrival) -> bool {
        let headers = &arrival.headers;
        match self {
            Self::None => true,
            Self::Token { secret, in_query } => {
                let bearer = headers
                    .text("authorization")
                    .and_then(|text| scheme(text, "bearer"));
                let own = headers.text("x-webhook-token");
                let query = in_query.then(|| token_in(arrival.query.as_deref())).flatten();
                [bearer, own, query.as_deref()]
                    .into_iter()
                    .flatten()
                    .any(|token| equal(token.as_bytes(), secret.reveal().as_bytes()))
            }
            Self::Basic { secret } => headers
                .text("authorization")
                .and_then(|text| scheme(text, "basic"))
                .and_then(|text| STANDARD.decode(text).ok())
                .is_some_and(|given| equal(&given, secret.reveal().as_bytes())),
            Self::Hmac {
                secret,
                header,
                algorithm,
            } => headers
                .text(header)
                .is_some_and(|given| keyed(algorithm, secret, &arrival.body, given)),
        }
    }
}

/// Whether a connector's signature holds for a request.
pub(super) fn signed(signature: &Signature, arrival: &Arrival, tokens: &[&Secret]) -> bool {
    let (Signature::Ed25519 { header, .. }
    | Signature::RsaSha256 { header, .. }
    | Signature::Token { header }) = signature;
    let Header::Text(given) = arrival.headers.get(header) else {
        return false;
    };
    match signature {
        Signature::Ed25519 { public_key, .. } => {
            verified(&signature::ED25519, public_key, &arrival.body, given)
        }
        Signature::RsaSha256 { public_key, .. } => verified(
            &signature::RSA_PKCS1_2048_8192_SHA256,
            public_key,
            &arrival.body,
            given,
        ),
        Signature::Token { .. } => tokens.iter().any(|token| is_token(token, given)),
    }
}

/// Whether a header's text is this token: as it is, or after `Bearer`.
pub(super) fn is_token(token: &Secret, given: &str) -> bool {
    let given = scheme(given, "bearer").unwrap_or(given);
    !token.reveal().is_empty() && equal(given.as_bytes(), token.reveal().as_bytes())
}

fn verified(
    kind: &'static dyn signature::VerificationAlgorithm,
    public_key: &str,
    body: &[u8],
    given: &str,
) -> bool {
    let (Some(key), Ok(given)) = (key_of(public_key), STANDARD.decode(given)) else {
        return false;
    };
    signature::UnparsedPublicKey::new(kind, key)
        .verify(body, &given)
        .is_ok()
}

/// The key itself out of the form in which public keys are published: PEM or its base64, a SubjectPublicKeyInfo.
fn key_of(published: &str) -> Option<Vec<u8>> {
    let text: String = published
        .lines()
        .filter(|line| !line.contains("-----"))
        .flat_map(|line| line.split_whitespace())
        .collect();
    let der = STANDARD.decode(text).ok()?;
    // SEQUENCE { SEQUENCE { algorithm }, BIT STRING { no unused bits, key } }
    let (outer, _) = element(&der, 0x30)?;
    let (_, rest) = element(outer, 0x30)?;
    let (bits, _) = element(rest, 0x03)?;
    bits.strip_prefix(&[0]).map(<[u8]>::to_vec)
}

/// One DER element of this kind: its content, and what follows it.
fn element(der: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[kind])?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// A keyed hash, in hex or base64, with or without `sha256=` before it.
fn keyed(algorithm: &str, secret: &Secret, body: &[u8], given: &str) -> bool {
    let (kind, length) = match algorithm {
        "sha256" => (hmac::HMAC_SHA256, 32),
        "sha512" => (hmac::HMAC_SHA512, 64),
        _ => return false,
    };
    let given = given
        .split_once('=')
        .filter(|(prefix, _)| prefix.eq_ignore_ascii_case(algorithm))
        .map_or(given, |(_, hash)| hash);
    let hash = if given.len() == 2 * length {
        from_hex(given)
    } else {
        STANDARD.decode(given).ok()
    };
    let key = hmac::Key::new(kind, secret.reveal().as_bytes());
    hash.is_some_and(|hash| hmac::verify(&key, body, &hash).is_ok())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

/// What follows `Bearer ` or the like.
fn scheme<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = text.split_once(' ')?;
    first.eq_ignore_ascii_case(word).then(|| rest.trim())
}

/// `token` of a query, where it stands there once.
fn token_in(query: Option<&str>) -> Option<String> {
    let mut found = url::form_urlencoded::parse(query?.as_bytes()).filter(|(name, _)| name == "token");
    match (found.next(), found.next()) {
        (Some((_, token)), None) => Some(token.into_owned()),
        _ => None,
    }
}

/// Equal, found out in a time that depends on the length only.
fn equal(one: &[u8], two: &[u8]) -> bool {
    one.ct_eq(two).into()
}
