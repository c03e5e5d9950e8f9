//! Connections: so many, so long, and never one that keeps others out.
//!
//! A connection that sends nothing, or sends its header slowly, costs the sender more than us: it is closed after a while,
//! and at once where the room is needed for another.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use crate::admin::failures::Peer;

/// Where no connection can be taken (too many files are open, or all of them are being answered), the next try waits so long.
const PAUSE: Duration = Duration::from_millis(50);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many at once; one more closes the one that has been silent longest, and waits where none is.
    pub connections: usize,
    /// A header must be whole after so long, and the next request's after so long as well.
    pub header: Duration,
    /// When the service stops, requests under way may take so long.
    pub farewell: Duration,
    /// So many requests a minute without a good token are borne of one address, where tokens are asked for.
    pub failures: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Each is an open file, as are those to APIs, one for each run at work; 1,024 in all is what many systems allow.
            connections: 640,
            header: Duration::from_secs(10),
            farewell: Duration::from_secs(10),
            failures: 30,
        }
    }
}

/// The most bytes of a request's header, and of what is read ahead.
const HEADER_BYTES: usize = 32 * 1024;
/// The most lines of a request's header.
const HEADER_LINES: usize = 100;

/// Takes connections until told to stop, then lets requests under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let mut open = Open::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stop) => break,
        };
        open.forget_ended();
        match accepted {
            Ok((stream, peer)) => {
                if !open.makes_room(limits.connections, &mut stop).await {
                    break;
                }
                open.take((stream, Peer(peer.ip())), router.clone(), limits, stop.clone());
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    open.end(limits.farewell).await;
}

/// Returns once it is time to stop; also where nobody is left to tell.
pub(crate) async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// The connections that are open, the oldest first.
#[derive(Default)]
struct Open {
    tasks: JoinSet<u64>,
    /// Each with how many of its requests are being answered.
    connections: BTreeMap<u64, (AbortHandle, Arc<AtomicUsize>)>,
    next: u64,
}

impl Open {
    fn count(&self) -> usize {
        self.connections.len()
    }

    fn take(
        &mut self,
        stream: (TcpStream, Peer),
        router: Router,
        limits: Limits,
        stop: watch::Receiver<bool>,
    ) {
        let id = self.next;
        self.next += 1;
        let busy = Arc::new(AtomicUsize::new(0));
        let own = Arc::clone(&busy);
        let handle = self.tasks.spawn(async move {
            connection(stream, router, limits, own, stop).await;
            id
        });
        self.connections.insert(id, (handle, busy));
    }

    fn forget_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            if let Ok(id) = ended {
                self.connections.remove(&id);
            }
        }
        self.connections.retain(|_, (handle, _)| !handle.is_finished());
    }

    /// Waits until there is room for one more: a sender that is let go may never come again. False once it is time to stop.
    async fn makes_room(&mut self, most: usize, stop: &mut watch::Receiver<bool>) -> bool {
        while self.count() >= most && !self.close_silent() {
            tokio::select! {
                _ = self.tasks.join_next() => {}
                // One that was answered stays open, and can be closed from then on.
                () = tokio::time::sleep(PAUSE) => {}
                () = told(stop) => return false,
            }
            self.forget_ended();
        }
        true
    }

    /// Closes the oldest connection that has no request under way.
    fn close_silent(&mut self) -> bool {
        let silent = self
            .connections
            .iter()
            .find(|(_, (_, busy))| busy.load(Ordering::Relaxed) == 0)
            .map(|(id, _)| *id);
        match silent.and_then(|id| self.connections.remove(&id)) {
            Some((handle, _)) => {
                handle.abort();
                true
            }
            None => false,
        }
    }

    async fn end(mut self, farewell: Duration) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(farewell, all).await.is_err() {
            tracing::warn!("connections that were still open were closed");
        }
    }
}

/// Counts a request as being answered for as long as it lives.
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn with(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn connection(
    (stream, peer): (TcpStream, Peer),
    router: Router,
    limits: Limits,
    busy: Arc<AtomicUsize>,
    mut stop: watch::Receiver<bool>,
) {
    // Small answers must not wait for each other. Where that can't be set, they do.
    let _set = stream.set_nodelay(true);
    let inner = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let busy = Busy::with(&busy);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        let answer = inner.call(request);
        async move {
            let answer = answer.await;
            drop(busy);
            answer.map_err(|never: Infallible| never)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADER_LINES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A connection that breaks is the other side's matter.
    tokio::select! {
        ended = connection.as_mut() => drop(ended),
        () = told(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}
