//! Posts go through the service's own HTTP client: the same TLS, the same limits.

use std::pin::Pin;
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use souschef_connect::Client;
use url::Url;

/// A receiver that takes longer is given up.
const LONGEST: Duration = Duration::from_secs(10);

/// The client.
#[derive(Debug)]
pub(super) struct Wire(pub(super) Client);

impl HttpClient for Wire {
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let url = Url::parse(&head.uri.to_string())?;
            let sending = self.0.hand_over(url, head.headers, body);
            let (status, headers, body) = tokio::time::timeout(LONGEST, sending).await??;
            let mut answer = Response::builder().status(status);
            if let Some(own) = answer.headers_mut() {
                *own = headers;
            }
            Ok(answer.body(body)?)
        })
    }
}
