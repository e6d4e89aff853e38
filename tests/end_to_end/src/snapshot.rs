//! An installation that was applied once, taken up by every test that needs one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use world::{Options, World, source_root};

use crate::installation::{Installation, PARTS, text};
use crate::zips;

/// In a world of this kind. The first process that asks makes it, and the others wait for that.
pub fn taken_up(mut options: Options) -> Result<Installation> {
    let parent = options.build.path().join("installations");
    fs::create_dir_all(&parent).with_context(|| format!("creating {}", parent.display()))?;
    let snapshot = parent.join(key()?);
    let lock = File::create(parent.join("lock")).context("opening the lock of the snapshots")?;
    lock.lock().context("waiting for the snapshot")?;
    if !snapshot.exists() {
        forget_all(&parent)?;
        apply(&options, &snapshot)?;
    }
    lock.unlock().context("leaving the snapshot to others")?;
    options.restore = Some(snapshot);
    let world = World::start(&options)?;
    let (terraform, variables) = Installation::prepare(&world)?;
    Installation::open(world, terraform, variables)
}

fn apply(options: &Options, snapshot: &Path) -> Result<()> {
    let world = World::start(options)?;
    let (terraform, variables) = Installation::prepare(&world)?;
    let mut said = String::new();
    let mut heard = |line: &str| {
        said.push_str(line);
        said.push('\n');
    };
    let applied = terraform.init(&mut heard).and_then(|()| terraform.apply(&variables, &mut heard));
    applied.with_context(|| said.clone())?;
    let outputs = terraform.outputs()?.remove("quillon").context("the root has an output `quillon`")?;
    text(&outputs, "webhook_url")?;
    Installation::tell_secrets(&world, &outputs)?;
    world.save(snapshot)
}

/// Snapshots of what the functions and the module were before.
fn forget_all(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent).context("listing the snapshots")? {
        let path = entry.context("listing the snapshots")?.path();
        if path.is_dir() {
            fs::remove_dir_all(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

/// What an installation is made of.
fn key() -> Result<String> {
    let mut hash = Sha256::new();
    let mut files = zips::binaries()?;
    for part in PARTS {
        files.extend(files_below(&source_root().join(part))?);
    }
    for file in files {
        hash.update(file.as_os_str().as_encoded_bytes());
        hash.update(fs::read(&file).with_context(|| format!("reading {}", file.display()))?);
    }
    Ok(hex::encode(&hash.finalize()[..8]))
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = entry.context("listing a folder")?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
