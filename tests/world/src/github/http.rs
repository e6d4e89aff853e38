//! One plain HTTP/1.1 request: what a webhook and the stand-in runner need.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// Sends a request over a connection of its own. Names under `.localhost` are the loopback, as RFC 6761 has it.
pub async fn send(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: Vec<u8>,
    patience: Duration,
) -> Result<Response> {
    let exchange = exchange(method, url, headers, body);
    tokio::time::timeout(patience, exchange).await.map_err(|_| anyhow!("timed out"))?
}

async fn exchange(method: &str, url: &str, headers: &[(String, String)], body: Vec<u8>) -> Result<Response> {
    let url = url::Url::parse(url).with_context(|| format!("`{url}` is no URL"))?;
    let host = url.host_str().ok_or_else(|| anyhow!("`{url}` has no host"))?;
    let port = url.port_or_known_default().ok_or_else(|| anyhow!("`{url}` has no port"))?;
    let is_local = host == "localhost" || host.ends_with(".localhost");
    let address = if is_local { "127.0.0.1" } else { host };
    let stream = TcpStream::connect((address, port)).await.context("failed to connect to host")?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut request = http::Request::builder()
        .method(method)
        .uri(target)
        .header("host", &url[url::Position::BeforeHost..url::Position::AfterPort]);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
    let status = response.status().as_u16();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let body = response.into_body().collect().await?.to_bytes();
    connection.abort();
    Ok(Response { status, headers, body })
}
