//! As much HTTP/1.1 as the clients and the API need, so that they take little of the machine.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A request or an answer.
#[derive(Debug)]
pub(super) struct Message {
    /// Its first line.
    pub(super) first: String,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// The next message; none where the other side is done.
    pub(super) async fn read(&mut self) -> io::Result<Option<Message>> {
        let mut first = String::new();
        if self.0.read_line(&mut first).await? == 0 {
            return Ok(None);
        }
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            if self.0.read_line(&mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        Ok(Some(Message { first, body }))
    }

    pub(super) async fn write(&mut self, head: &str, body: &str) -> io::Result<()> {
        let text = format!(
            "{head}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(text.as_bytes()).await
    }
}
