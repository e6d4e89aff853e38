//! The AWS provider: one that lies on this machine already, found by its name, else the registry's.

use std::{
    collections::BTreeMap,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{Setup, terraform::system};

const NAME: &str = "terraform-provider-aws";

/// Both programs ask their own registry for the same provider.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Deep enough for a mirror in a folder of a home, shallow enough to be quick.
const DEPTH: usize = 8;

/// A configuration that names a mirror of what was found; without a find, the registry is asked.
pub(super) fn cli_config(setup: &Setup<'_>) -> Result<PathBuf> {
    let tools = setup.build.tools();
    std::fs::create_dir_all(&tools)?;
    let found = find(setup);
    let text = if found.is_empty() {
        "# No AWS provider lies on this machine: the registry has one.\n".to_owned()
    } else {
        let mirror = mirror(&tools, &found)?;
        let names = REGISTRIES.map(|registry| format!("\"{registry}/hashicorp/aws\"")).join(", ");
        format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path    = \"{}\"\n    include = [{names}]\n  }}\n  direct {{\n    exclude = [{names}]\n  }}\n}}\n",
            mirror.display()
        )
    };
    let file = tools.join("terraform.tfrc");
    // Others may be reading it, so it is replaced in one step.
    let new = tempfile::NamedTempFile::new_in(&tools)?;
    std::fs::write(new.path(), text)?;
    new.persist(&file).with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}

/// The folder of each version found, the first find of a version wins.
fn find(setup: &Setup<'_>) -> BTreeMap<String, PathBuf> {
    let environment = |name: &str| setup.environment.get(name).map(PathBuf::from);
    let home = environment("HOME");
    let at_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let places = [
        environment("TF_PLUGIN_CACHE_DIR"),
        at_home(".terraform.d"),
        at_home(".local/share/terraform"),
        at_home(".local/share/opentofu"),
        Some(PathBuf::from("/usr/local/share")),
        Some(PathBuf::from("/usr/share/terraform")),
        Some(PathBuf::from("/opt")),
        Some(PathBuf::from("/usr/local")),
        home.clone(),
    ];
    let mut found = BTreeMap::new();
    for place in places.into_iter().flatten() {
        look(&place, DEPTH, &mut found);
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn look(folder: &Path, depth: usize, found: &mut BTreeMap<String, PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            // Providers lie in none of these, and they are large.
            let is_beside =
                ["node_modules", ".git", ".cargo", ".rustup", "debug", "release"].contains(&&*name);
            if depth > 0 && !is_beside {
                look(&entry.path(), depth - 1, found);
            }
        } else if let Some(version) = version(&name) {
            let is_for_here = folder.to_string_lossy().contains(&system()) || !name_has_a_system(folder);
            if is_for_here {
                found.entry(version).or_insert_with(|| folder.to_owned());
            }
        }
    }
}

/// `terraform-provider-aws_v5.100.0_x5` is 5.100.0; archives are not looked for.
fn version(name: &str) -> Option<String> {
    let rest = name.strip_prefix(NAME)?.strip_prefix("_v")?;
    let version = rest.split('_').next()?;
    (!name.ends_with(".zip") && version.starts_with(|c: char| c.is_ascii_digit())).then(|| version.to_owned())
}

fn name_has_a_system(folder: &Path) -> bool {
    ["linux_", "darwin_", "windows_", "freebsd_"].iter().any(|os| folder.to_string_lossy().contains(os))
}

/// The layout that both programs read, made of links to the finds.
fn mirror(tools: &Path, found: &BTreeMap<String, PathBuf>) -> Result<PathBuf> {
    let mirror = tools.join("mirror");
    for registry in REGISTRIES {
        for (version, folder) in found {
            let link = mirror.join(registry).join("hashicorp/aws").join(version).join(system());
            if std::fs::read_link(&link).is_ok_and(|target| target == *folder) {
                continue;
            }
            std::fs::create_dir_all(link.parent().unwrap_or(&mirror))?;
            let _ = std::fs::remove_file(&link);
            match symlink(folder, &link) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(error).with_context(|| format!("linking {}", link.display()));
                }
                Ok(()) | Err(_) => {}
            }
        }
    }
    Ok(mirror)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_by_its_name() {
        assert_eq!(version("terraform-provider-aws_v5.100.0_x5").as_deref(), Some("5.100.0"));
        assert_eq!(version("terraform-provider-aws_5.100.0_linux_amd64.zip"), None);
        assert_eq!(version("terraform-provider-awscc_v1.0.0"), None);
    }
}
