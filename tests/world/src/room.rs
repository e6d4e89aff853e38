//! The thread that serves the world, so that tests may be written with or without a runtime of their own.

use std::{future::Future, sync::mpsc, thread::JoinHandle};

use anyhow::{Context, Result};
use tokio::{runtime::Handle, sync::oneshot};

/// Dropping it ends everything that was spawned on it.
#[derive(Debug)]
pub(crate) struct Room {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Room {
    pub(crate) fn open() -> Result<Self> {
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().context("making a runtime")?;
        let handle = runtime.handle().clone();
        let thread = std::thread::Builder::new()
            .name("world".to_owned())
            .spawn(move || {
                // Both ends mean the same: told to stop, or nobody left to tell.
                let _ = runtime.block_on(stopped);
            })
            .context("starting the world's thread")?;
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits for something done on the world's thread; from any thread, also inside another runtime.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        let (tell, told) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            // Nobody listens any more: then nobody needs it.
            let _ = tell.send(work.await);
        });
        told.recv().context("the world has ended")
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
