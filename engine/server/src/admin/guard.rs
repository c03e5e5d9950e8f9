//! What a browser could be made to do by another page: refused before anything is looked at.
//!
//! A page under a foreign name that resolves to this machine (DNS rebinding) is told by its `Host`; a page that sends
//! requests here from elsewhere by `Origin` and `Sec-Fetch-Site`. No answer ever allows another origin to read it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::answer::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The names under which the admin listener may be asked.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    names: Vec<String>,
}

impl Hosts {
    /// Those of an address, and further ones as the project file names them.
    pub(crate) fn of(address: SocketAddr, further: &[String]) -> Self {
        let port = address.port();
        let mut names: Vec<String> = Vec::new();
        let own = address.ip();
        if own.is_loopback() || own.is_unspecified() {
            names.extend(["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}")));
        }
        if !own.is_unspecified() {
            names.push(match own {
                IpAddr::V4(own) => format!("{own}:{port}"),
                IpAddr::V6(own) => format!("[{own}]:{port}"),
            });
        }
        // A proxy in front listens on the scheme's own port, or on one that is named.
        names.extend(further.iter().map(|name| name.to_ascii_lowercase()));
        Self { names }
    }

    fn knows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.names.contains(&host)
    }
}

/// Refuses what comes from elsewhere, and says in every answer what a browser may do with it.
pub(crate) async fn guard(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let mut response = match foreign(
        &hosts,
        request.method(),
        request.headers(),
        request.uri().authority(),
    ) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    let mut say = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    say(
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    say(X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(X_FRAME_OPTIONS, "DENY");
    say(REFERRER_POLICY, "no-referrer");
    say(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    say(CACHE_CONTROL, "no-store");
    response
}

fn foreign(
    hosts: &Hosts,
    method: &Method,
    headers: &HeaderMap,
    authority: Option<&axum::http::uri::Authority>,
) -> Option<Problem> {
    let refused = |message: &str| Some(Problem::new(StatusCode::FORBIDDEN, "foreign", message));
    let mut named = headers.get_all(HOST).iter();
    let host = match (named.next(), named.next()) {
        (Some(host), None) => host.to_str().ok(),
        _ => None,
    };
    if !host.is_some_and(|host| hosts.knows(host)) {
        return refused(
            "this host name is not one of this service; further ones go under listen: hosts: in souschef.yaml",
        );
    }
    if authority.is_some_and(|authority| !hosts.knows(authority.as_str())) {
        return refused("the address names another host");
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    let strange = origins.any(|origin| {
        let own = origin.to_str().ok().and_then(|origin| {
            let (scheme, name) = origin.split_once("://")?;
            matches!(scheme, "http" | "https").then_some(name)
        });
        // A page of ours has the name that it was asked under, no other of ours.
        own.is_none_or(|name| !host.is_some_and(|host| host.eq_ignore_ascii_case(name)))
    });
    if strange {
        return refused("the request comes from another site's page");
    }
    let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return refused("the request comes from another site's page");
    }
    if !matches!(*method, Method::GET | Method::HEAD) && !plain_enough(headers) {
        return refused("what changes something is sent as application/json");
    }
    None
}

/// What a page of another site can't send without asking first: JSON, or nothing at all.
fn plain_enough(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    match (kinds.next(), kinds.next()) {
        (None, _) => true,
        (Some(kind), None) => kind.to_str().is_ok_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        }),
        (Some(_), Some(_)) => false,
    }
}
