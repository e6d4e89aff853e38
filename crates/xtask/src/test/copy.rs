//! A copy of what Terraform reads, because it writes beside what it reads.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::process::source_root;

/// The modules, and what they and their tests refer to, at the same distance from each other.
const FOLDERS: [&str; 3] = ["terraform", "tests/end_to_end/terraform", "crates/wire/tests/golden"];

/// Dropping it removes it.
pub(super) fn of_terraform(folder: &Path) -> Result<TempDir> {
    let copy = tempfile::Builder::new().prefix("terraform-").tempdir_in(folder).context("making a folder")?;
    for name in FOLDERS {
        let (from, to) = (source_root().join(name), copy.path().join(name));
        copy_folder(&from, &to).with_context(|| format!("copying {}", from.display()))?;
    }
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // What Terraform left in the source tree when somebody worked there is not part of it.
        if entry.file_name().to_string_lossy().starts_with(".terraform") {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
