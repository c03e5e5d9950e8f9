//! OAuth's authorization code grant, without a socket: what is asked, and what the answers say.
//!
//! Tokens and the app's secret stand in [`Secret`]s from the first to the last; an answer's words are shown, its tokens
//! never. Answers are read strictly: a token that could not be sent as a header, or a life that is no length of time, is
//! no token.

mod answer;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use souschef_catalog::{Connector, OAuth};
use url::Url;

pub(crate) use answer::judge_exchange;
pub use answer::{Denied, Issued, Judged, judge};

use crate::secret::Secret;

/// An app at the provider: what it is known by there.
#[derive(Clone, Debug)]
pub struct App {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
}

/// Whose token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// An account's: a location.
    Account,
    /// An agency's.
    Agency,
}

/// The page where a person allows it.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// The app's id.
    pub client_id: &'a str,
    /// Where the browser comes back to.
    pub redirect: &'a str,
    /// What is asked to be allowed.
    pub scopes: &'a [String],
    /// Ties the answer to this question.
    pub state: &'a Secret,
    /// The proof key's challenge, where the provider takes one.
    pub challenge: Option<&'a str>,
    /// The page under the name that shows nothing of the provider's.
    pub white_label: bool,
    /// Another host that has the page: a stand-in's.
    pub host: Option<&'a Url>,
}

/// A request for a token: always POST, its body form-encoded.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The path below the connection's base URL.
    pub path: String,
    /// The body.
    pub form: Secret,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The token that lets it in, where it is not the app's secret that does.
    pub bearer: Option<Secret>,
}

impl Page<'_> {
    /// Its address.
    ///
    /// # Errors
    /// The connector names no page that is one.
    pub fn url(&self, oauth: &OAuth) -> Result<Url, String> {
        let page = match (&oauth.white_label_page, self.white_label) {
            (Some(page), true) => page,
            _ => &oauth.page,
        };
        let mut url =
            Url::parse(page).map_err(|why| format!("the connector's page for OAuth is no address: {why}"))?;
        if let Some(host) = self.host {
            let mut other = host.clone();
            other.set_path(url.path());
            other.set_query(None);
            url = other;
        }
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("redirect_uri", self.redirect)
                .append_pair("client_id", self.client_id)
                .append_pair("scope", &self.scopes.join(" "))
                .append_pair("state", self.state.reveal());
            if let Some(challenge) = self.challenge.filter(|_| oauth.pkce) {
                query
                    .append_pair("code_challenge", challenge)
                    .append_pair("code_challenge_method", "S256");
            }
        }
        Ok(url)
    }
}

/// The code that the page gave becomes a token.
pub fn exchange(
    oauth: &OAuth,
    app: &App,
    holder: Holder,
    code: &Secret,
    redirect: &str,
    verifier: Option<&Secret>,
) -> TokenRequest {
    let mut form = Form::of_app(app, "authorization_code");
    form.add("code", code.reveal());
    form.add("redirect_uri", redirect);
    if let Some(verifier) = verifier.filter(|_| oauth.pkce) {
        form.add("code_verifier", verifier.reveal());
    }
    form.holder(oauth, holder);
    form.post(&oauth.token)
}

/// A refresh token becomes a new pair.
pub fn refresh(oauth: &OAuth, app: &App, holder: Holder, token: &Secret) -> TokenRequest {
    let mut form = Form::of_app(app, "refresh_token");
    form.add("refresh_token", token.reveal());
    form.holder(oauth, holder);
    form.post(&oauth.token)
}

/// An agency's token becomes that of one of its accounts; none where the connector knows no such way.
pub fn account_token(
    connector: &Connector,
    agency_token: &Secret,
    company: &str,
    account: &str,
) -> Option<TokenRequest> {
    let agency = connector.oauth.as_ref()?.agency.as_ref()?;
    let mut form = Form::new();
    form.add(&agency.company, company);
    form.add(&agency.account, account);
    let mut request = form.post(&agency.account_token);
    request.bearer = Some(agency_token.clone());
    if let (Some(name), Some(version)) = (&connector.version_header, &agency.version) {
        request.headers.push((name.clone(), version.clone()));
    }
    Some(request)
}

/// A text that nobody can guess: 256 random bits. For a state, or a proof key's verifier.
pub fn unguessable() -> Secret {
    let bytes: [u8; 32] = rand::random();
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// The challenge that belongs to a proof key's verifier (S256).
pub fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.reveal().as_bytes()))
}

/// When a token is renewed: at 80 % of its life, a little earlier or later by a share of 0 to 1 that differs from account
/// to account, so that not all come at once.
pub fn renew_at(issued: Timestamp, expires: Timestamp, share: f64) -> Timestamp {
    let life = expires.duration_since(issued).as_secs_f64().max(0.0);
    let part = 0.75 + 0.1 * share.clamp(0.0, 1.0);
    jiff::SignedDuration::try_from_secs_f64(life * part)
        .ok()
        .and_then(|early| issued.checked_add(early).ok())
        .unwrap_or(expires)
}

/// A form under way. What it holds is secret as a whole.
struct Form(url::form_urlencoded::Serializer<'static, String>);

impl Form {
    fn new() -> Self {
        Self(url::form_urlencoded::Serializer::new(String::new()))
    }

    fn of_app(app: &App, grant: &str) -> Self {
        let mut form = Self::new();
        form.add("client_id", &app.client_id);
        form.add("client_secret", app.client_secret.reveal());
        form.add("grant_type", grant);
        form
    }

    fn add(&mut self, name: &str, value: &str) {
        self.0.append_pair(name, value);
    }

    /// The connector's own fields.
    fn holder(&mut self, oauth: &OAuth, holder: Holder) {
        let mut fields = oauth.form.clone();
        if let (Holder::Agency, Some(agency)) = (holder, &oauth.agency) {
            fields.extend(agency.form.clone());
        }
        for (name, value) in &fields {
            self.add(name, value);
        }
    }

    fn post(mut self, path: &str) -> TokenRequest {
        TokenRequest {
            path: path.to_owned(),
            form: Secret::new(self.0.finish()),
            headers: Vec::new(),
            bearer: None,
        }
    }
}
