//! An installation put aside and taken up again: applying it takes minutes, taking it up under a second.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{front::Recorded, ministack::STATE};

/// What a snapshot holds beside the folders.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Snapshot {
    /// The endpoint that URLs inside it name.
    pub(crate) front: SocketAddr,
    /// The calls that made the compute model what it is, to be made again.
    pub(crate) compute: Vec<Recorded>,
}

/// Terraform's working copies, in the world's folder and in the snapshot.
pub(crate) const TERRAFORM: &str = "terraform";

impl Snapshot {
    /// Puts a world's folders aside, in place of what was there.
    pub(crate) fn write(&self, world: &Path, to: &Path) -> Result<()> {
        let parent = to.parent().context("a snapshot needs a folder to lie in")?;
        fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
        let new = tempfile::tempdir_in(parent).context("creating a folder for the snapshot")?;
        for name in folders() {
            copy(&world.join(name), &new.path().join(name))?;
        }
        fs::write(new.path().join("snapshot.json"), serde_json::to_vec(self)?).context("writing it down")?;
        if to.exists() {
            fs::remove_dir_all(to).with_context(|| format!("removing {}", to.display()))?;
        }
        fs::rename(new.keep(), to).with_context(|| format!("putting {} in its place", to.display()))
    }

    pub(crate) fn read(from: &Path) -> Result<Self> {
        let text = fs::read(from.join("snapshot.json"))
            .with_context(|| format!("there is no snapshot in {}", from.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("the snapshot in {} is broken", from.display()))
    }

    /// Lays a snapshot's folders out for a world at another endpoint.
    pub(crate) fn lay_out(&self, from: &Path, world: &Path, front: SocketAddr) -> Result<()> {
        for name in folders() {
            copy(&from.join(name), &world.join(name))?;
        }
        if front != self.front {
            // Queues and APIs are known by URLs, and URLs name the endpoint.
            let (old, new) = (self.front.to_string(), front.to_string());
            readdress(&world.join(STATE[0]), &old, &new)?;
            readdress(&world.join(TERRAFORM), &old, &new)?;
        }
        Ok(())
    }
}

fn folders() -> impl Iterator<Item = &'static str> {
    STATE.into_iter().chain([TERRAFORM])
}

/// Copies what is there, links as links.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&source, &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&source)?, &target)?;
        } else if kind.is_file() {
            fs::copy(&source, &target).with_context(|| format!("copying {}", source.display()))?;
        }
    }
    Ok(())
}

/// Writes a new endpoint into every text that names the old one.
fn readdress(folder: &Path, old: &str, new: &str) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            readdress(&entry.path(), old, new)?;
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
            && text.contains(old)
        {
            fs::write(entry.path(), text.replace(old, new))?;
        }
    }
    Ok(())
}

/// A stored text that names the endpoint.
#[derive(Debug)]
pub(crate) struct Stale {
    /// `/bucket/key`.
    pub(crate) path: String,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

/// S3's objects carry checksums, so they are not changed on disk but put once more.
pub(crate) fn stale_objects(world: &Path, old: &str, new: &str) -> Result<Vec<Stale>> {
    let mut stale = Vec::new();
    let accounts = world.join(STATE[1]);
    for account in fs::read_dir(&accounts).into_iter().flatten().flatten() {
        if !account.file_name().to_string_lossy().starts_with('.') {
            find_stale(&account.path(), &account.path(), old, new, &mut stale)?;
        }
    }
    Ok(stale)
}

fn find_stale(root: &Path, folder: &Path, old: &str, new: &str, stale: &mut Vec<Stale>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_stale(root, &path, old, new, stale)?;
            continue;
        }
        let name = path.to_string_lossy().into_owned();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if name.ends_with(".meta.json") || !text.contains(old) {
            continue;
        }
        let beside = fs::read(format!("{name}.meta.json")).unwrap_or_default();
        let beside: serde_json::Value = serde_json::from_slice(&beside).unwrap_or_default();
        let content_type = beside["content_type"].as_str().unwrap_or("application/octet-stream").to_owned();
        let path = format!("/{}", path.strip_prefix(root)?.display());
        stale.push(Stale { path, content_type, text: text.replace(old, new) });
    }
    Ok(())
}

/// Where the endpoint should listen: where the snapshot's URLs point, if that is free.
pub(crate) fn preferred(
    listen: SocketAddr,
    restore: Option<&PathBuf>,
) -> Result<(SocketAddr, Option<Snapshot>)> {
    let Some(from) = restore else { return Ok((listen, None)) };
    let snapshot = Snapshot::read(from)?;
    let is_free = std::net::TcpListener::bind(snapshot.front).is_ok();
    let at = if listen.port() == 0 && is_free { snapshot.front } else { listen };
    Ok((at, Some(snapshot)))
}
