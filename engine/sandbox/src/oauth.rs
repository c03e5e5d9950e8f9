//! The provider of tokens, as the connector's data describes it: a page that allows at once, codes, pairs that rotate, and
//! a family of tokens that is revoked when an old refresh token is used again.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use souschef_catalog::OAuth;

use crate::chance::Ids;
use crate::fault::FaultKind;
use crate::reply::Reply;
use crate::request::{Received, Sent, decode};

/// How long an access token lives where nothing else is asked for, in seconds.
pub(crate) const LIFE: u64 = 86_399;
/// How long a code is good, in milliseconds.
const CODE_LIFE: i64 = 60_000;
/// The form's fields that are shown to nobody.
const HIDDEN: [&str; 4] = ["client_secret", "code", "code_verifier", "refresh_token"];

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Page,
    Token,
    Refresh,
    AccountToken,
}

impl Ask {
    /// What a request asks for, where it goes to one of the provider's paths.
    pub(crate) fn of(oauth: &OAuth, received: &Received) -> Option<Self> {
        let path = format!("/{}", received.segments.join("/"));
        let page = [Some(&oauth.page), oauth.white_label_page.as_ref()];
        let is_page = page.into_iter().flatten().any(|page| path_of(page) == path);
        let account_token = oauth.agency.as_ref().map(|agency| agency.account_token.as_str());
        match received.method.as_str() {
            "GET" if is_page => Some(Self::Page),
            "POST" if path == oauth.token => {
                let form = form(&received.body);
                let refreshes = form
                    .get("grant_type")
                    .is_some_and(|grant| grant == "refresh_token");
                Some(if refreshes { Self::Refresh } else { Self::Token })
            }
            "POST" if account_token == Some(path.as_str()) => Some(Self::AccountToken),
            _ => None,
        }
    }

    /// How faults and the ledger name it.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Page => "oauth.page",
            Self::Token => "oauth.token",
            Self::Refresh => "oauth.refresh",
            Self::AccountToken => "oauth.account_token",
        }
    }
}

fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// A form's fields; none of another kind of body.
fn form(body: &Sent) -> IndexMap<String, String> {
    match body {
        Sent::Other(text, _) => pairs(text),
        Sent::Json(_) | Sent::Nothing | Sent::TooLarge => IndexMap::new(),
    }
}

fn pairs(text: &str) -> IndexMap<String, String> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

/// A form as the ledger shows it.
pub(crate) fn shown(body: &Sent) -> Value {
    form(body)
        .into_iter()
        .map(|(name, value)| {
            let value = if HIDDEN.contains(&name.as_str()) {
                "***".to_owned()
            } else {
                value
            };
            (name, Value::from(value))
        })
        .collect()
}

/// Tokens that came of one act of allowing.
#[derive(Clone, Debug)]
struct Family {
    client: String,
    agency: bool,
    account: Option<String>,
    scope: String,
    revoked: bool,
}

#[derive(Clone, Debug)]
struct Code {
    client: String,
    redirect: String,
    scope: String,
    challenge: Option<String>,
    until: i64,
    /// The family that it was used for.
    used: Option<usize>,
}

#[derive(Clone, Debug)]
struct Access {
    family: usize,
    until: Option<i64>,
}

/// The provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provider {
    families: Vec<Family>,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    /// Refresh tokens: their family, and whether they were used.
    refresh: HashMap<String, (usize, bool)>,
    /// An app's secret is the first that it sent.
    secrets: HashMap<String, String>,
}

/// A request at the provider, and what it is answered with.
pub(crate) struct Desk<'a> {
    pub(crate) provider: &'a mut Provider,
    pub(crate) oauth: &'a OAuth,
    pub(crate) ids: &'a mut Ids,
    /// The account's own ids, by name.
    pub(crate) names: &'a Map<String, Value>,
    pub(crate) now: i64,
    /// Seconds that an access token lives; none where the clock stands still.
    pub(crate) life: Option<u64>,
    pub(crate) told_life: u64,
    pub(crate) fault: Option<&'a FaultKind>,
}

/// No token: the standard's word and a sentence.
struct No(u16, &'static str, &'static str);

impl Provider {
    /// Whether a token may come in; none where it is not one of these.
    pub(crate) fn admits(&self, token: &str, now: i64) -> Option<bool> {
        let access = self.access.get(token)?;
        let revoked = self
            .families
            .get(access.family)
            .is_none_or(|family| family.revoked);
        Some(!revoked && access.until.is_none_or(|until| now < until))
    }

    /// Ends every access token.
    pub(crate) fn expire(&mut self) {
        for access in self.access.values_mut() {
            access.until = Some(i64::MIN);
        }
    }

    /// Takes every act of allowing back.
    pub(crate) fn revoke(&mut self) {
        for family in &mut self.families {
            family.revoked = true;
        }
    }

    fn revoke_one(&mut self, family: usize) {
        if let Some(family) = self.families.get_mut(family) {
            family.revoked = true;
        }
    }
}

impl Desk<'_> {
    /// Answers.
    pub(crate) fn answer(&mut self, ask: Ask, received: &Received) -> Reply {
        let answer = match ask {
            Ask::Page => return self.page(&pairs(&received.query)),
            Ask::Token => self.token(&form(&received.body)),
            Ask::Refresh => self.refresh(&form(&received.body)),
            Ask::AccountToken => self.account_token(received),
        };
        answer.unwrap_or_else(|No(status, error, why)| {
            Reply::json(
                status,
                &json!({ "error": error, "error_description": why, "statusCode": status }),
            )
        })
    }

    /// The page allows at once and sends the browser back.
    fn page(&mut self, query: &IndexMap<String, String>) -> Reply {
        let given = |name: &str| query.get(name).filter(|value| !value.is_empty());
        let (Some(client), Some(redirect)) = (given("client_id"), given("redirect_uri")) else {
            return bad_page("client_id and redirect_uri must be given");
        };
        let home = ["http://127.0.0.1", "http://localhost", "http://[::1]", "https://"];
        if !home.iter().any(|home| redirect.starts_with(home)) || redirect.contains(['#', '\r', '\n']) {
            return bad_page("redirect_uri must be an https address, or one of this machine");
        }
        let back = |pairs: &[(&str, &str)]| {
            let query: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{name}={}", encode(value)))
                .collect();
            let sign = if redirect.contains('?') { '&' } else { '?' };
            Reply::redirect(format!("{redirect}{sign}{}", query.join("&")))
        };
        let state = given("state").map_or("", String::as_str);
        if given("response_type").is_none_or(|kind| kind != "code") {
            return back(&[("error", "unsupported_response_type"), ("state", state)]);
        }
        let code = self.ids.id();
        let kept = Code {
            client: client.clone(),
            redirect: redirect.clone(),
            scope: given("scope").cloned().unwrap_or_default(),
            challenge: given("code_challenge").cloned(),
            until: self.now + CODE_LIFE,
            used: None,
        };
        self.provider.codes.insert(code.clone(), kept);
        back(&[("code", &code), ("state", state)])
    }

    fn token(&mut self, form: &IndexMap<String, String>) -> Result<Reply, No> {
        let client = self.client(form)?;
        let void = No(400, "invalid_grant", "This authorization code is invalid");
        if form
            .get("grant_type")
            .is_none_or(|grant| grant != "authorization_code")
        {
            return Err(No(400, "unsupported_grant_type", "There is no such grant_type"));
        }
        let Some(code) = form
            .get("code")
            .and_then(|code| self.provider.codes.get_mut(code))
        else {
            return Err(void);
        };
        if let Some(family) = code.used {
            self.provider.revoke_one(family);
            return Err(void);
        }
        let proven = match (&code.challenge, form.get("code_verifier")) {
            (None, _) => true,
            (Some(challenge), Some(verifier)) => *challenge == digest(verifier),
            (Some(_), None) => false,
        };
        let same = form
            .get("redirect_uri")
            .is_none_or(|redirect| *redirect == code.redirect);
        if code.client != client
            || !same
            || !proven
            || self.now >= code.until
            || self.fault == Some(&FaultKind::InvalidGrant)
        {
            return Err(void);
        }
        let family = self.provider.families.len();
        code.used = Some(family);
        let scope = code.scope.clone();
        let agency = self.is_agency(form);
        self.provider.families.push(Family {
            client,
            agency,
            account: None,
            scope,
            revoked: false,
        });
        Ok(self.issue(family, true))
    }

    fn refresh(&mut self, form: &IndexMap<String, String>) -> Result<Reply, No> {
        let client = self.client(form)?;
        let void = No(400, "invalid_grant", "This refresh token is invalid");
        let token = form.get("refresh_token").cloned().unwrap_or_default();
        let Some((family, used)) = self.provider.refresh.get(&token).copied() else {
            return Err(void);
        };
        let known = self.provider.families.get(family);
        if known.is_none_or(|known| known.revoked || known.client != client)
            || self.fault == Some(&FaultKind::InvalidGrant)
        {
            return Err(void);
        }
        if used {
            self.provider.revoke_one(family);
            return Err(void);
        }
        let rotates = self.fault != Some(&FaultKind::NoRefresh);
        if rotates {
            self.provider.refresh.insert(token, (family, true));
        }
        Ok(self.issue(family, rotates))
    }

    fn account_token(&mut self, received: &Received) -> Result<Reply, No> {
        let no = No(401, "unauthorized", "The agency's token is not valid");
        let Some(agency) = &self.oauth.agency else {
            return Err(no);
        };
        let (company_field, account_field) = (agency.company.clone(), agency.account.clone());
        let token = received
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let token = token
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        let access = self.provider.access.get(token);
        let family = access.and_then(|access| self.provider.families.get(access.family));
        let Some(family) = family.filter(|family| family.agency).cloned() else {
            return Err(no);
        };
        if self.provider.admits(token, self.now) != Some(true) {
            return Err(no);
        }
        let form = form(&received.body);
        let given = |name: &str| form.get(name).filter(|value| !value.is_empty());
        if given(&company_field).map(String::as_str) != self.name("company_id") {
            return Err(No(400, "bad_request", "This is not the token's company"));
        }
        let Some(account) = given(&account_field).cloned() else {
            return Err(No(400, "bad_request", "The account is missing"));
        };
        let place = self.provider.families.len();
        self.provider.families.push(Family {
            agency: false,
            account: Some(account),
            ..family
        });
        Ok(self.issue(place, false))
    }

    /// Who asks.
    fn client(&mut self, form: &IndexMap<String, String>) -> Result<String, No> {
        let no = No(401, "invalid_client", "The app's id or secret is wrong");
        let given = |name: &str| form.get(name).filter(|value| !value.is_empty());
        let (Some(client), Some(secret)) = (given("client_id"), given("client_secret")) else {
            return Err(no);
        };
        let known = self
            .provider
            .secrets
            .entry(client.clone())
            .or_insert_with(|| secret.clone());
        if known == secret {
            Ok(client.clone())
        } else {
            Err(no)
        }
    }

    fn is_agency(&self, form: &IndexMap<String, String>) -> bool {
        self.oauth.agency.as_ref().is_some_and(|agency| {
            !agency.form.is_empty()
                && agency
                    .form
                    .iter()
                    .all(|(name, value)| form.get(name) == Some(value))
        })
    }

    fn name(&self, name: &str) -> Option<&str> {
        self.names.get(name).and_then(Value::as_str)
    }

    /// A new token, or a pair.
    fn issue(&mut self, family: usize, pair: bool) -> Reply {
        let access = format!("at-{}{}", self.ids.id(), self.ids.id());
        let until = self.life.map(|life| {
            self.now
                .saturating_add(i64::try_from(life).unwrap_or(i64::MAX).saturating_mul(1000))
        });
        self.provider
            .access
            .insert(access.clone(), Access { family, until });
        let mut body = Map::new();
        body.insert("access_token".to_owned(), json!(access));
        body.insert("token_type".to_owned(), json!("Bearer"));
        body.insert("expires_in".to_owned(), json!(self.told_life));
        if pair {
            let refresh = format!("rt-{}{}", self.ids.id(), self.ids.id());
            self.provider.refresh.insert(refresh.clone(), (family, false));
            body.insert("refresh_token".to_owned(), json!(refresh));
        }
        if let Some(family) = self.provider.families.get(family) {
            body.insert("scope".to_owned(), json!(family.scope));
            let account = family.account.as_deref().or(self.name("location_id"));
            let account = account.filter(|_| !family.agency);
            for (field, id) in [
                (&self.oauth.answer.account, account),
                (&self.oauth.answer.company, self.name("company_id")),
            ] {
                if let (Some(field), Some(id)) = (field, id) {
                    body.insert(field.clone(), json!(id));
                }
            }
        }
        Reply::json(200, &Value::Object(body))
    }
}

fn bad_page(why: &str) -> Reply {
    Reply {
        status: 400,
        ..Reply::text("text/plain; charset=utf-8", why)
    }
}

/// Percent-encodes all that is not plain.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// The challenge that belongs to a verifier (S256): base64 in the alphabet of addresses, without padding.
fn digest(verifier: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = Sha256::digest(verifier.as_bytes());
    let mut text = String::new();
    for group in digest.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            let letter = (bits >> (18 - 6 * place)) & 63;
            text.push(char::from(LETTERS.get(letter as usize).copied().unwrap_or(b'A')));
        }
    }
    text
}
