//! Lambda's Runtime API: hands events to one process, and takes its answers.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::clock;
use super::http::{Answer, Server, text, with};

/// The functions' own time-out.
const TIMEOUT: Duration = Duration::from_secs(60);

const PREFIX: &str = "/2018-06-01/runtime/";

#[derive(Debug)]
pub(super) struct RuntimeApi {
    server: Server,
    events: UnboundedSender<String>,
    answers: UnboundedReceiver<Said>,
}

/// What a process answered to one event.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) given_at: Instant,
    pub(super) answered_at: Instant,
    pub(super) body: Value,
}

/// What a process says.
#[derive(Debug)]
enum Said {
    Answer(Answered),
    Error(String),
}

struct Shared {
    /// Locked by the one request for the next event that there is.
    events: tokio::sync::Mutex<UnboundedReceiver<String>>,
    answers: UnboundedSender<Said>,
    given: RefCell<Given>,
}

struct Given {
    n: u64,
    at: Instant,
}

impl RuntimeApi {
    pub(super) async fn start() -> Result<Self> {
        let (events, incoming) = unbounded_channel();
        let (outgoing, answers) = unbounded_channel();
        let shared = Rc::new(Shared {
            events: tokio::sync::Mutex::new(incoming),
            answers: outgoing,
            given: RefCell::new(Given { n: 0, at: clock::now() }),
        });
        let server = Server::start(move |parts, body| answer(shared.clone(), parts, body)).await?;
        Ok(Self { server, events, answers })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Gives an event to the process and waits for its answer.
    pub(super) async fn invoke(&mut self, event: String) -> Result<Answered> {
        self.events.send(event).context("the Runtime API has ended")?;
        match self.answers.recv().await.context("the Runtime API has ended")? {
            Said::Answer(answered) => Ok(answered),
            Said::Error(what) => bail!("the function failed: {what}"),
        }
    }
}

async fn answer(shared: Rc<Shared>, parts: Parts, body: Bytes) -> Answer {
    let arrived_at = clock::now();
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    match path.split('/').collect::<Vec<_>>()[..] {
        ["invocation", "next"] => next(&shared).await,
        ["invocation", _, "response"] => {
            let said = match serde_json::from_slice(&body) {
                Ok(body) => {
                    let given_at = shared.given.borrow().at;
                    Said::Answer(Answered { given_at, answered_at: arrived_at, body })
                }
                Err(error) => Said::Error(format!("an answer that is no JSON: {error}")),
            };
            accept(&shared, said)
        }
        ["invocation", _, "error"] | ["init", "error"] => {
            accept(&shared, Said::Error(String::from_utf8_lossy(&body).into_owned()))
        }
        _ => text(StatusCode::NOT_FOUND, "application/json", "{}".to_owned()),
    }
}

async fn next(shared: &Shared) -> Answer {
    let Some(event) = shared.events.lock().await.recv().await else {
        return text(StatusCode::GONE, "application/json", "{}".to_owned());
    };
    let n = {
        let mut given = shared.given.borrow_mut();
        given.n += 1;
        given.n
    };
    let deadline = (clock::epoch() + TIMEOUT).as_millis().to_string();
    let answer = text(StatusCode::OK, "application/json", event);
    let answer = with(answer, "lambda-runtime-aws-request-id", &format!("8476a536-e9f4-11e8-9739-{n:012x}"));
    let answer = with(answer, "lambda-runtime-deadline-ms", &deadline);
    let answer = with(
        answer,
        "lambda-runtime-invoked-function-arn",
        "arn:aws:lambda:eu-central-1:123456789012:function:quillon",
    );
    let answer = with(
        answer,
        "lambda-runtime-trace-id",
        "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
    );
    shared.given.borrow_mut().at = clock::now();
    answer
}

fn accept(shared: &Shared, said: Said) -> Answer {
    // Nobody listens any more when the measurement is over.
    drop(shared.answers.send(said));
    text(StatusCode::ACCEPTED, "application/json", r#"{"status":"OK"}"#.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    fn ask(of: SocketAddr, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(of).unwrap();
        let length = body.len();
        let head = format!("{method} {PREFIX}{path} HTTP/1.1\r\nhost: {of}\r\nconnection: close");
        write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn function(of: SocketAddr, outcome: &str, said: &str) {
        let event = ask(of, "GET", "invocation/next", "");
        assert!(event.ends_with("an event"), "{event}");
        assert!(event.contains("lambda-runtime-deadline-ms: "), "{event}");
        let id = event.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: ")).unwrap();
        let taken = ask(of, "POST", &format!("invocation/{id}/{outcome}"), said);
        assert!(taken.starts_with("HTTP/1.1 202"), "{taken}");
    }

    fn check(outcome: &'static str, said: &'static str) -> Result<Answered> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let mut api = RuntimeApi::start().await?;
            let of = api.address();
            let function = tokio::task::spawn_blocking(move || function(of, outcome, said));
            let answered = api.invoke("an event".to_owned()).await;
            function.await?;
            answered
        })
    }

    #[test]
    fn an_event_is_handed_out_and_answered() {
        let answered = check("response", r#"{"statusCode":202}"#).unwrap();
        assert_eq!(answered.body["statusCode"], 202);
        assert!(answered.given_at <= answered.answered_at);
    }

    #[test]
    fn an_event_that_failed_is_no_answer() {
        let error = check("error", r#"{"errorType":"Denied"}"#).unwrap_err();
        assert!(error.to_string().contains("Denied"), "{error}");
    }
}
