//! The workspace keeps its layers, and every folder says what it is.
#![expect(clippy::unwrap_used, reason = "a source tree that cannot be read fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A crate may depend only on crates of a lower layer. New crates are added here first.
const LAYERS: &[&[&str]] = &[
    &["model"],
    &["planner", "wire"],
    &["control"],
    &["aws", "compute", "github", "door", "sim"],
    &["webhook", "scaler", "broker", "runner", "cli", "xtask"],
    &["world"],
    &["contract", "end_to_end"],
];

/// `wire` alone stands beside the planner that must not know it.
const PURE: &[(&str, &[&str])] = &[
    // `jiff` for zones of the clock and nothing else, with the zones in the program: no file, no clock.
    ("model", &["jiff", "thiserror"]),
    ("planner", &["model"]),
    ("wire", &["hex", "model", "secrecy", "serde", "serde_json", "sha2", "thiserror"]),
    ("control", &["async-trait", "futures", "model", "planner", "secrecy", "thiserror", "tracing", "wire"]),
];

/// What must not be linked, whoever brings it.
const ABSENT: &[(&str, &[&str])] = &[
    ("webhook", &["compute", "aws-sdk-ecs", "aws-sdk-autoscaling", "aws-sdk-ec2"]),
    ("broker", &["compute", "aws-sdk-ecs", "aws-sdk-autoscaling", "aws-sdk-ec2"]),
    (
        "runner",
        &["aws", "aws-config", "aws-sdk-dynamodb", "aws-sdk-ecs", "aws-sdk-s3", "aws-sdk-sqs", "aws-sdk-ssm"],
    ),
];

const LONGEST_FILE: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

fn manifest(of: &Path) -> toml::Table {
    fs::read_to_string(of.join("Cargo.toml")).unwrap().parse().unwrap()
}

/// Every package of the workspace, by name, with its folder.
fn packages() -> BTreeMap<String, PathBuf> {
    let of = |folder: &str| fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    of("crates")
        .chain(of("tests"))
        .filter(|path| path.join("Cargo.toml").exists())
        .map(|path| (manifest(&path)["package"]["name"].as_str().unwrap().to_owned(), path))
        .collect()
}

fn dependencies(of: &Path) -> BTreeSet<String> {
    let manifest = manifest(of);
    let direct = manifest.get("dependencies").into_iter();
    let build = manifest.get("build-dependencies").into_iter();
    direct.chain(build).flat_map(|table| table.as_table().unwrap().keys().cloned()).collect()
}

fn layer_of(package: &str) -> usize {
    let layer = LAYERS.iter().position(|layer| layer.contains(&package));
    layer.unwrap_or_else(|| panic!("`{package}` stands in no layer: add it to LAYERS"))
}

#[test]
fn a_crate_depends_on_lower_layers_only() {
    let packages = packages();
    for (name, path) in &packages {
        for dependency in dependencies(path).iter().filter(|dependency| packages.contains_key(*dependency)) {
            assert!(layer_of(dependency) < layer_of(name), "`{name}` may not depend on `{dependency}`");
        }
    }
}

#[test]
fn the_pure_crates_depend_on_what_is_allowed() {
    let packages = packages();
    for (name, allowed) in PURE {
        for dependency in dependencies(&packages[*name]) {
            assert!(allowed.contains(&dependency.as_str()), "`{name}` may not depend on `{dependency}`");
        }
    }
}

#[test]
fn what_a_program_must_not_link_it_does_not_link() {
    let metadata = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let names: BTreeMap<String, String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let normal = |dependency: &&serde_json::Value| {
        dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
    };
    let links: BTreeMap<String, Vec<String>> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let links = node["deps"]
                .as_array()
                .unwrap()
                .iter()
                .filter(normal)
                .map(|dependency| text(&dependency["pkg"]));
            (text(&node["id"]), links.collect())
        })
        .collect();
    for (program, absent) in ABSENT {
        let start = names.iter().find(|(id, name)| name == program && id.contains("path+file")).unwrap().0;
        let mut seen = BTreeSet::new();
        let mut todo = vec![start.clone()];
        while let Some(id) = todo.pop() {
            if seen.insert(id.clone()) {
                todo.extend(links[&id].iter().cloned());
            }
        }
        for id in &seen {
            assert!(!absent.contains(&names[id].as_str()), "`{program}` links `{}`", names[id]);
        }
    }
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    for (name, path) in packages() {
        let manifest = manifest(&path);
        let lints =
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(lints, Some(true), "`{name}` has no `[lints] workspace = true`");
    }
}

#[test]
fn every_crate_says_what_it_is_and_what_it_must_never_do() {
    for (name, path) in packages() {
        let readme = fs::read_to_string(path.join("README.md"))
            .unwrap_or_else(|_| panic!("`{name}` has no README.md"));
        let mut sentences = readme.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
        assert!(
            sentences.next().is_some_and(|first| first.ends_with('.')),
            "`{name}`: the first line is a sentence"
        );
        let never = sentences.next().unwrap_or_default();
        assert!(
            never.starts_with("It must never "),
            "`{name}`: the second line says what it must never do: {never}"
        );
    }
}

#[test]
fn no_file_runs_away() {
    for (_, path) in packages() {
        for file in rust_files(&path) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= LONGEST_FILE, "{} has {lines} lines: split it by noun", file.display());
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
