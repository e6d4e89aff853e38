//! The stand-in engine: a socket that answers while its container lives.

use std::path::Path;

use anyhow::{Context, Result};
use tokio::{net::UnixListener, sync::watch};

/// Answers every request at this socket until the container ends.
pub(super) fn answer(path: &Path, mut exit: watch::Receiver<Option<i32>>) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    let listener =
        UnixListener::bind(path).with_context(|| format!("listening at the socket {}", path.display()))?;
    let router = axum::Router::new().fallback(|| async { "OK" });
    let path = path.to_owned();
    tokio::spawn(async move {
        tokio::select! {
            _ = axum::serve(listener, router).into_future() => {}
            _ = exit.wait_for(Option::is_some) => {}
        }
        // A socket that nobody listens at any more looks like an engine that hangs.
        let _ = std::fs::remove_file(path);
    });
    Ok(())
}
