//! An HTTP server for one test: a closure answers, what was asked is kept, dropping it ends it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// A status and a body. Status 0 hangs up without an answer.
pub(crate) type Response = (u16, String);

pub(crate) struct Server {
    address: SocketAddr,
    pub(crate) asked: Receiver<Request>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(answer: impl FnMut(&Request) -> Response + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let (asked_by, asked) = channel();
        let thread = std::thread::spawn({
            let is_over = is_over.clone();
            move || serve(&listener, &is_over, &asked_by, answer)
        });
        Self { address, asked, is_over, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes the thread, which waits for a connection.
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn serve(
    listener: &TcpListener,
    is_over: &AtomicBool,
    asked: &Sender<Request>,
    mut answer: impl FnMut(&Request) -> Response,
) {
    loop {
        let (connection, _) = listener.accept().unwrap();
        if is_over.load(Ordering::SeqCst) {
            return;
        }
        let Some(request) = read(&connection) else { continue };
        let (status, body) = answer(&request);
        // A test that no longer listens has seen enough.
        drop(asked.send(request));
        if status != 0 {
            write(&connection, status, &body);
        }
    }
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection);
    let first = line(&mut reader)?;
    let (method, rest) = first.split_once(' ')?;
    let mut headers = BTreeMap::new();
    loop {
        let header = line(&mut reader)?;
        let Some((name, value)) = header.split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method: method.to_owned(),
        target: rest.rsplit_once(' ')?.0.to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    Some(line.trim_end().to_owned())
}

fn write(mut connection: &TcpStream, status: u16, body: &str) {
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let text = format!("HTTP/1.1 {status} -\r\n{length}connection: close\r\n\r\n{body}");
    // A client that is gone already is none of the server's trouble.
    drop(connection.write_all(text.as_bytes()));
}
