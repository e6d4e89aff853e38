//! An installation put aside and taken up again: applying it takes minutes, taking it up under a second.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{
    address::{Moved, replaced},
    forge::Owner,
    front::Recorded,
    ministack::STATE,
};

/// What a snapshot holds beside the folders.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Snapshot {
    /// The endpoints that URLs inside it name.
    pub(crate) places: Places,
    /// Of the App: parameters inside it hold its key and secret.
    pub(crate) owner: Option<Owner>,
    /// The calls that made the compute model what it is, to be made again.
    pub(crate) compute: Vec<Recorded>,
}

/// Where a world listens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Places {
    pub(crate) front: SocketAddr,
    /// GitHub and the registry's two names.
    pub(crate) forge: Option<[SocketAddr; 3]>,
}

impl Places {
    /// By number as the world names an endpoint, and by name as ministack does a queue's.
    pub(crate) fn moved_to(&self, new: &Self) -> Moved {
        let all = |places: &Self| {
            let forge = places.forge.into_iter().flatten();
            std::iter::once(places.front).chain(forge).collect::<Vec<_>>()
        };
        let pairs = all(self).into_iter().zip(all(new)).filter(|(old, new)| old != new);
        let both = |(old, new): (SocketAddr, SocketAddr)| {
            let local = |at: SocketAddr| format!("localhost:{}", at.port());
            [(old.to_string(), new.to_string()), (local(old), local(new))]
        };
        pairs.flat_map(both).collect()
    }
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

    /// Lays a snapshot's folders out for a world at other endpoints.
    pub(crate) fn lay_out(&self, from: &Path, world: &Path, places: &Places) -> Result<()> {
        for name in folders() {
            copy(&from.join(name), &world.join(name))?;
        }
        // Queues and APIs are known by URLs, and URLs name the endpoint.
        let moved = self.places.moved_to(places);
        readdress(&world.join(STATE[0]), &moved)?;
        readdress(&world.join(TERRAFORM), &moved)
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

/// Writes new endpoints into every text that names an old one.
fn readdress(folder: &Path, moved: &Moved) -> Result<()> {
    if moved.is_empty() || !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            readdress(&entry.path(), moved)?;
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
            && let Some(text) = replaced(&text, moved)
        {
            fs::write(entry.path(), text)?;
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
pub(crate) fn stale_objects(world: &Path, moved: &Moved) -> Result<Vec<Stale>> {
    let mut stale = Vec::new();
    if moved.is_empty() {
        return Ok(stale);
    }
    let accounts = world.join(STATE[1]);
    for account in fs::read_dir(&accounts).into_iter().flatten().flatten() {
        if !account.file_name().to_string_lossy().starts_with('.') {
            find_stale(&account.path(), &account.path(), moved, &mut stale)?;
        }
    }
    Ok(stale)
}

fn find_stale(root: &Path, folder: &Path, moved: &Moved, stale: &mut Vec<Stale>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_stale(root, &path, moved, stale)?;
            continue;
        }
        let name = path.to_string_lossy().into_owned();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some(text) = replaced(&text, moved).filter(|_| !name.ends_with(".meta.json")) else { continue };
        let beside = fs::read(format!("{name}.meta.json")).unwrap_or_default();
        let beside: serde_json::Value = serde_json::from_slice(&beside).unwrap_or_default();
        let content_type = beside["content_type"].as_str().unwrap_or("application/octet-stream").to_owned();
        let path = format!("/{}", path.strip_prefix(root)?.display());
        stale.push(Stale { path, content_type, text });
    }
    Ok(())
}

/// Listens where it was told to; free to choose, where the snapshot's URLs point if nobody else is there.
pub(crate) fn listener(told: SocketAddr, remembered: Option<SocketAddr>) -> Result<TcpListener> {
    let again = remembered.filter(|_| told.port() == 0).and_then(|at| TcpListener::bind(at).ok());
    again.map_or_else(|| TcpListener::bind(told).with_context(|| format!("listening at {told}")), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_moves_under_both_its_names() {
        let at = |port| Places { front: SocketAddr::from(([127, 0, 0, 1], port)), forge: None };
        let moved = at(4000).moved_to(&at(5000));
        let text = "http://127.0.0.1:4000/a http://localhost:4000/b";
        assert_eq!(replaced(text, &moved).unwrap(), "http://127.0.0.1:5000/a http://localhost:5000/b");
        assert_eq!(at(4000).moved_to(&at(4000)), []);
    }
}
