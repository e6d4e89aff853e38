//! Our functions as Lambda takes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

pub(crate) const FUNCTIONS: [&str; 3] = ["webhook", "scaler", "broker"];

/// Debug information is most of a development build, and nobody steps through a function: without it
/// each is uploaded in a moment.
const PACK: &str = "
import subprocess, sys, shutil, zipfile
binary, target, work = sys.argv[1:]
stripped = work + '/bootstrap'
strip = shutil.which('strip')
if strip:
    subprocess.run([strip, '-o', stripped, binary], check=True)
else:
    shutil.copyfile(binary, stripped)
entry = zipfile.ZipInfo('bootstrap', (1980, 1, 1, 0, 0, 0))
entry.external_attr = 0o755 << 16
entry.compress_type = zipfile.ZIP_DEFLATED
with zipfile.ZipFile(target, 'w') as archive, open(stripped, 'rb') as program:
    archive.writestr(entry, program.read(), compresslevel=1)
";

/// The built functions.
pub(crate) fn binaries() -> Result<Vec<PathBuf>> {
    FUNCTIONS.iter().map(|name| program(name)).collect()
}

/// One that was built, beside this program.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding this program")?;
    let folder = own.parent().context("a program lies in a folder")?;
    // Tests lie in a folder below the programs.
    let folder = if folder.ends_with("deps") { folder.join("..") } else { folder.to_owned() };
    let program = folder.join(name);
    ensure!(program.is_file(), "{} is not there: run `cargo build --workspace` first", program.display());
    Ok(program)
}

/// Packs each into `<name>.zip`.
pub(crate) fn pack(python: &Path, into: &Path) -> Result<()> {
    fs::create_dir_all(into).with_context(|| format!("creating {}", into.display()))?;
    for (name, binary) in FUNCTIONS.iter().zip(binaries()?) {
        let target = into.join(format!("{name}.zip"));
        let work = into.join(name);
        fs::create_dir_all(&work).with_context(|| format!("creating {}", work.display()))?;
        let packed = Command::new(python).args(["-c", PACK]).arg(&binary).arg(&target).arg(&work).output();
        let packed = packed.with_context(|| format!("packing {}", binary.display()))?;
        if !packed.status.success() {
            bail!("packing {}: {}", binary.display(), String::from_utf8_lossy(&packed.stderr));
        }
        fs::remove_dir_all(&work).with_context(|| format!("removing {}", work.display()))?;
    }
    Ok(())
}
