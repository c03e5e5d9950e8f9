//! What lies between the service and the other side: open, shut, or taking everything and answering nothing.

use std::io;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::Error;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// All goes through.
    Open,
    /// Nobody listens; what was under way is broken off.
    Shut,
    /// Connections are taken, and nothing ever comes of them.
    Silent,
}

/// A gate at work; it ends with its value.
#[derive(Debug)]
pub struct Gate {
    /// Where the service is to call: `http://127.0.0.1:40123`.
    pub url: String,
    way: watch::Sender<Way>,
    task: JoinHandle<()>,
}

impl Gate {
    /// An open one before this address.
    ///
    /// # Errors
    /// There is no free address.
    pub async fn before(address: &str) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(Error::world("a gate"))?;
        let here = listener.local_addr().map_err(Error::world("a gate"))?.to_string();
        let (way, heard) = watch::channel(Way::Open);
        let (place, behind) = (here.clone(), address.to_owned());
        let task = tokio::spawn(async move {
            // It ends with the one who opens and shuts it.
            if let Err(why) = keep(listener, place, behind, heard).await {
                eprintln!("the gate broke: {why}");
            }
        });
        Ok(Self {
            url: format!("http://{here}"),
            way,
            task,
        })
    }

    /// Opens it, or shuts it in one way or the other.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(
    listener: TcpListener,
    here: String,
    behind: String,
    mut heard: watch::Receiver<Way>,
) -> io::Result<()> {
    let mut listener = Some(listener);
    loop {
        let way = *heard.borrow_and_update();
        if way == Way::Shut {
            listener = None;
            if heard.changed().await.is_err() {
                return Ok(());
            }
            continue;
        }
        let open = match listener.take() {
            Some(open) => open,
            None => bind(&here).await?,
        };
        tokio::select! {
            changed = heard.changed() => if changed.is_err() {
                return Ok(());
            },
            came = open.accept() => {
                let (stream, _) = came?;
                tokio::spawn(relay(stream, behind.clone(), way, heard.clone()));
            }
        }
        listener = Some(open);
    }
}

/// The same place again, which the system may take a moment to give back.
async fn bind(here: &str) -> io::Result<TcpListener> {
    for _ in 0..50 {
        if let Ok(listener) = TcpListener::bind(here).await {
            return Ok(listener);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    TcpListener::bind(here).await
}

async fn relay(mut stream: TcpStream, behind: String, way: Way, mut heard: watch::Receiver<Way>) {
    let through = async {
        match way {
            Way::Open => {
                let mut other = TcpStream::connect(behind).await?;
                tokio::io::copy_bidirectional(&mut stream, &mut other).await
            }
            _ => std::future::pending().await,
        }
    };
    // However it ends, the connection is closed with it: that one side breaks off is what this is for.
    tokio::select! {
        _ = through => {}
        _ = heard.changed() => {}
    }
}
