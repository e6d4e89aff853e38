//! Breaks the planner's rules, one after the other, and tells who notices.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::process::{Cargo, build_folder, source_root};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only rules whose sentence holds this.
    #[arg(long, default_value = "")]
    only: String,
    /// How many worlds the storm plays until another net is tried.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
}

/// Of `crates/planner/rules.toml`.
#[derive(Debug, Deserialize)]
struct Rules {
    rule: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    rule: String,
    /// Below the planner's `src`.
    file: PathBuf,
    find: String,
    replace: String,
}

/// The longest that storm or tests may take: a broken rule may well never come to an end.
const PATIENCE: &str = "600";

#[expect(clippy::print_stdout, reason = "the table is what was asked for")]
pub(crate) fn run(cargo: &Cargo, options: &Options) -> Result<()> {
    let rules = read()?;
    let scratch = Scratch::make()?;
    println!("| rule that was broken | found by |\n|---|---|");
    let mut missed = 0;
    for rule in rules.iter().filter(|rule| rule.rule.contains(&options.only)) {
        let found = scratch.broken(cargo, rule, options.seeds).with_context(|| rule.rule.clone())?;
        missed += usize::from(found.is_none());
        println!("| {} | {} |", rule.rule, found.as_deref().unwrap_or("**nobody**"));
    }
    ensure!(missed == 0, "nobody noticed that {missed} rules were broken");
    Ok(())
}

fn read() -> Result<Vec<Rule>> {
    let path = source_root().join("crates/planner/rules.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let Rules { rule } = toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    Ok(rule)
}

impl Rule {
    fn breaks(&self, source: &str) -> Result<String> {
        let n = source.matches(&self.find).count();
        ensure!(
            n == 1,
            "what `{}` is to be broken at stands {n} times in {}",
            self.rule,
            self.file.display()
        );
        Ok(source.replacen(&self.find, &self.replace, 1))
    }
}

/// A copy of the sources with a build folder of its own, kept from one run to the next.
struct Scratch {
    sources: PathBuf,
    build: PathBuf,
}

impl Scratch {
    fn make() -> Result<Self> {
        let folder = build_folder()?.join("rules");
        let scratch = Self { sources: folder.join("sources"), build: folder.join("build") };
        let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(source_root()).output()?;
        ensure!(listed.status.success(), "git ls-files ended with {}", listed.status);
        for name in String::from_utf8(listed.stdout)?.split_terminator('\0') {
            scratch.renew(name).with_context(|| format!("copying {name}"))?;
        }
        Ok(scratch)
    }

    /// What has not changed is not touched, so that it is not built again.
    fn renew(&self, name: &str) -> Result<()> {
        let (from, to) = (source_root().join(name), self.sources.join(name));
        // It may have been removed and not yet committed.
        let Ok(text) = fs::read(&from) else { return Ok(()) };
        if fs::read(&to).is_ok_and(|there| there == text) {
            return Ok(());
        }
        fs::create_dir_all(to.parent().unwrap_or(Path::new("/")))?;
        Ok(fs::write(&to, text)?)
    }

    /// Who finds it, if anybody does.
    fn broken(&self, cargo: &Cargo, rule: &Rule, seeds: u64) -> Result<Option<String>> {
        let path = self.sources.join("crates/planner/src").join(&rule.file);
        let whole = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        fs::write(&path, rule.breaks(&whole)?)?;
        let found = self.found(cargo, seeds);
        fs::write(&path, whole)?;
        found
    }

    fn found(&self, cargo: &Cargo, seeds: u64) -> Result<Option<String>> {
        let built = self.cargo(cargo, &["build", "--quiet", "--package", "xtask"])?;
        ensure!(built.is_good, "it does not compile:\n{}", built.said);
        let xtask = self.build.join("debug/xtask");
        let storm = self.run(Command::new("timeout").arg(PATIENCE).arg(xtask).args([
            "storm",
            "--brief",
            "--seeds",
            &seeds.to_string(),
        ]))?;
        if !storm.is_good {
            return Ok(Some(storm.of_storm()?));
        }
        // The planner's own are built in a tenth of the time.
        for package in ["planner", "sim"] {
            let tests = self.cargo(cargo, &["test", "--quiet", "--no-fail-fast", "--package", package])?;
            if !tests.is_good {
                return tests.of_tests().map(Some);
            }
        }
        Ok(None)
    }

    fn cargo(&self, cargo: &Cargo, arguments: &[&str]) -> Result<Said> {
        let mut command = cargo.apply(Command::new("timeout"));
        self.run(command.arg(PATIENCE).arg(cargo.program()).args(arguments).env("RUST_BACKTRACE", "0"))
    }

    fn run(&self, command: &mut Command) -> Result<Said> {
        let output = command.current_dir(&self.sources).env("CARGO_TARGET_DIR", &self.build).output()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(Said { is_good: output.status.success(), code: output.status.code(), said })
    }
}

/// What a program left behind.
struct Said {
    is_good: bool,
    code: Option<i32>,
    said: String,
}

impl Said {
    fn of_tests(&self) -> Result<String> {
        let failed = self.said.lines().find_map(|line| line.strip_prefix("---- ")?.split(' ').next());
        let failed = failed.with_context(|| format!("tests say no name:\n{}", self.said))?;
        Ok(format!("`{failed}`"))
    }

    /// `timeout` says 124 of what it has ended.
    fn of_storm(&self) -> Result<String> {
        if self.code == Some(124) {
            return Ok("the storm, which comes to no end".to_owned());
        }
        let Some(line) = self.said.lines().find_map(|line| line.strip_prefix("seed ")) else {
            bail!("the storm says nothing of a seed:\n{}", self.said);
        };
        let (seed, why) = line.split_once(" fails: ").context("the storm says no reason")?;
        let first = why.split("; ").next().unwrap_or(why);
        Ok(format!("{} seeds: {first}", seed.parse::<u64>()? + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_still_be_broken() {
        let rules = read().unwrap();
        assert!(rules.len() > 40, "{}", rules.len());
        for rule in &rules {
            let path = source_root().join("crates/planner/src").join(&rule.file);
            let source = fs::read_to_string(&path).unwrap();
            assert_ne!(rule.breaks(&source).unwrap(), source, "{}", rule.rule);
        }
    }
}
