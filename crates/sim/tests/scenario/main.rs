//! Every scenario comes out as the story beside it says.
#![expect(clippy::unwrap_used, reason = "a source tree that cannot be read fails its test")]

mod fault;
mod held;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use sim::scenario::parse;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios")
}

fn scenarios() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|it| it == "txt")).collect();
    files.sort();
    files
}

/// What is wrong with it, if something is.
fn check(file: &Path, is_to_be_written: bool) -> Option<String> {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let scenario = match parse(&fs::read_to_string(file).unwrap()) {
        Ok(scenario) => scenario,
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            return Some(format!("{name}: {}", faults.join("; ")));
        }
    };
    let outcome = scenario.run();
    if !outcome.faults.is_empty() {
        return Some(format!("{name}: {}", outcome.faults.join("; ")));
    }
    let beside = file.with_extension("out");
    if is_to_be_written {
        fs::write(&beside, outcome.story).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&beside).unwrap_or_default();
    let mut lines = expected.lines().zip(outcome.story.lines()).enumerate();
    if let Some((place, (was, is))) = lines.find(|(_, (was, is))| was != is) {
        return Some(format!("{name}: line {} of the story was\n  {was}\nand is\n  {is}", place + 1));
    }
    (expected != outcome.story).then(|| format!("{name}: the story has another length, or there was none"))
}

#[test]
fn every_scenario_comes_out_as_its_story_says() {
    let is_to_be_written = std::env::var_os("QUILLON_UPDATE").is_some();
    let (files, next, wrong) = (scenarios(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = check(file, is_to_be_written);
                    wrong.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{}\nIf the new stories are right: QUILLON_UPDATE=1 cargo nextest run -p sim scenario",
        wrong.join("\n")
    );
}

#[test]
fn a_story_belongs_to_a_scenario() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "out") {
            assert!(path.with_extension("txt").exists(), "{} has no scenario", path.display());
        }
    }
}

#[test]
fn the_same_scenario_is_the_same_story() {
    let text = "seed 5\nlatency 0s..3s\npush build jobs=20\nfinally nothing is left";
    let played = || parse(text).unwrap().run();
    assert_eq!(played(), played());
}
