//! Which servers are trusted: the roots that browsers trust, and those of the file that `SSL_CERT_FILE` names.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// What https needs.
pub(crate) fn config() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
        let words = |why: &dyn std::fmt::Display| {
            format!(
                "the certificates of SSL_CERT_FILE ({}) can't be read: {why}",
                file.display()
            )
        };
        for certificate in CertificateDer::pem_file_iter(&file).map_err(|why| words(&why))? {
            let certificate = certificate.map_err(|why| words(&why))?;
            roots.add(certificate).map_err(|why| words(&why))?;
        }
    }
    with(roots)
}

/// For a client that never speaks TLS: nobody is trusted.
pub(crate) fn none() -> Result<ClientConfig, String> {
    with(RootCertStore::empty())
}

fn with(roots: RootCertStore) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| format!("TLS can't be set up: {why}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
