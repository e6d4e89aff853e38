//! What there is before anything happens: the seed, pools, repositories and the pace of the world.

use std::collections::BTreeMap;
use std::time::Duration;

use model::budget::AMinute;
use model::id::Zone;
use model::money::Usd;
use model::price::Price;
use model::rules::{Fallback, Pool, PoolName};
use model::size::{Gib, Shape, Vcpu};
use model::time::Timestamp;
use model::{Arch, Carrier, Purchase, Trust};

use super::keep;
use super::words::{Words, Wrong, span};
use crate::installation::{Installation, Settings, pool, serverless};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(super) seed: Option<u64>,
    pools: Vec<Pool>,
    /// Owner and name, and whether everybody may see it.
    repositories: Vec<(String, String, bool)>,
    hook_latency: Option<(Duration, Duration)>,
    api_lag: Option<Duration>,
    /// Jobs at once: of each repository, and of single ones.
    max_jobs: Option<u32>,
    max_jobs_of: BTreeMap<String, u32>,
    has_throttling: bool,
    begins: Option<Timestamp>,
    forbids_forks: bool,
    /// Nodes of one tier.
    cluster: Option<u32>,
    /// Runners a minute, by each App.
    registrations: Option<u32>,
    apps: Option<u32>,
}

const SETUP: [&str; 12] = [
    "seed",
    "begins",
    "pool",
    "window",
    "repository",
    "latency",
    "lag",
    "limit",
    "throttling",
    "forks",
    "cluster",
    "registrations",
];

pub(crate) fn is_setup(verb: &str) -> bool {
    SETUP.contains(&verb)
}

impl Setup {
    pub(crate) fn line(&mut self, mut words: Words<'_>) -> Result<(), Wrong> {
        match words.verb() {
            "seed" => {
                let seed = words.word("a number")?;
                self.seed = Some(seed.parse().map_err(|_| format!("`{seed}` is no whole number"))?);
            }
            "begins" => self.begins = Some(keep::instant(words.word("a moment")?)?),
            "pool" => self.pools.push(read_pool(&mut words)?),
            "window" => keep::window(&mut words, &mut self.pools)?,
            "repository" => self.repositories.push(read_repository(&mut words)?),
            "latency" => {
                let text = words.word("how long webhooks take, like `300ms..2s`")?;
                let (least, most) = text.split_once("..").unwrap_or((text, text));
                let (least, most) = (span(least)?, span(most)?);
                if most < least {
                    return Err(format!("`{text}` ends before it begins"));
                }
                self.hook_latency = Some((least, most));
            }
            "lag" => self.api_lag = Some(span(words.word("how long, like `20s`")?)?),
            "limit" => {
                let n = words.number("jobs")?.ok_or("say how many, like `jobs=2`")?;
                match words.next() {
                    Some(repository) => drop(self.max_jobs_of.insert(repository.to_owned(), n)),
                    None => self.max_jobs = Some(n),
                }
            }
            "cluster" => self.cluster = words.number("holds")?,
            "registrations" => {
                self.registrations = words.number("a-minute")?;
                self.apps = words.number("apps")?.filter(|n| *n > 0);
            }
            "throttling" => self.has_throttling = words.one_of("whether", &[("on", true), ("off", false)])?,
            _ => {
                self.forbids_forks = words
                    .one_of("what private repositories do", &[("forbidden", true), ("allowed", false)])?;
            }
        }
        words.end()
    }

    pub(crate) fn installation(&self) -> Installation {
        let mut settings = Settings { seed: self.seed.unwrap_or(1), ..Settings::default() };
        if !self.pools.is_empty() {
            settings.pools.clone_from(&self.pools);
        }
        if let Some(latency) = self.hook_latency {
            settings.github.timing.hook_latency = latency;
        }
        settings.github.timing.api_lag = self.api_lag.unwrap_or(settings.github.timing.api_lag);
        settings.limits.max_jobs = self.max_jobs;
        settings.limits.repositories.clone_from(&self.max_jobs_of);
        settings.begins = self.begins.unwrap_or(settings.begins);
        settings.compute.throttling = self.has_throttling;
        settings.private_repositories_allow_forks = !self.forbids_forks;
        if let Some(n) = self.cluster {
            settings.limits.max_cluster_nodes = n;
            settings.compute.max_container_instances = usize::try_from(n).unwrap_or(usize::MAX);
        }
        if let Some(n) = self.registrations {
            settings.limits.registrations = AMinute(n);
            // As much is left for all else as is of GitHub's own numbers.
            settings.github.limits.points = 6 * u64::from(n);
        }
        settings.limits.n_apps = self.apps.unwrap_or(1);
        let mut of = Installation::new(settings);
        for (owner, name, is_public) in &self.repositories {
            of.add_repository(owner, name, *is_public);
        }
        of
    }
}

fn read_repository(words: &mut Words<'_>) -> Result<(String, String, bool), Wrong> {
    let text = words.word("a name like `octo-org/octo-repo`")?;
    let (owner, name) =
        text.split_once('/').ok_or_else(|| format!("`{text}` is no repository; write `owner/name`"))?;
    let is_public = match words.next() {
        None | Some("private") => false,
        Some("public") => true,
        Some(other) => return Err(format!("a repository is `private` or `public`, not `{other}`")),
    };
    Ok((owner.to_owned(), name.to_owned(), is_public))
}

fn read_pool(words: &mut Words<'_>) -> Result<Pool, Wrong> {
    let name = words.word("a name")?;
    PoolName::parse(name).map_err(|error| error.to_string())?;
    let named = |known: &[&str], value: &str| {
        format!(
            "`{value}` is unknown; write one of {}",
            known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
        )
    };
    let mut pool = match words.named("carrier") {
        None => pool(name),
        Some(carrier) => match Carrier::from_name(carrier) {
            Some(Carrier::Nodes) => pool(name),
            Some(Carrier::Serverless) => serverless(name),
            None => return Err(named(&Carrier::ALL.map(Carrier::name), carrier)),
        },
    };
    if let Some(arch) = words.named("arch") {
        let all = [Arch::Arm64, Arch::X86_64];
        pool.arch =
            all.into_iter().find(|it| it.name() == arch).ok_or_else(|| named(&all.map(Arch::name), arch))?;
    }
    if let Some(purchase) = words.named("purchase") {
        let all = [Purchase::Spot, Purchase::OnDemand];
        pool.purchase = all
            .into_iter()
            .find(|it| it.name() == purchase)
            .ok_or_else(|| named(&all.map(Purchase::name), purchase))?;
    }
    if let Some(trust) = words.named("trust") {
        pool.trust = Trust::from_name(trust).ok_or_else(|| named(&Trust::ALL.map(Trust::name), trust))?;
    }
    if let Some(zones) = words.named("zones") {
        if pool.is_serverless() {
            return Err(format!(
                "`{name}` has no zones: which one a task without a node gets is the provider's choice"
            ));
        }
        pool.zones = zones.split(',').map(zone).collect::<Result<_, _>>()?;
    }
    if let Some(max) = words.number("max")? {
        pool.max_nodes = max;
    }
    if let Some(usd) = words.named("budget") {
        let dollars = usd.parse().ok().filter(|usd: &f64| *usd > 0.0);
        let dollars =
            dollars.ok_or_else(|| format!("`{usd}` is no number of dollars; write it like `2.50`"))?;
        pool.daily_budget = Some(Usd::of(Price::of_usd(dollars), Duration::from_hours(1)));
    }
    if let Some(min) = words.number("min")? {
        pool.min_nodes = min;
    }
    if let Some(text) = words.named("standby") {
        pool.standby = keep::standby(text)?;
    }
    if let Some(text) = words.named("fallback") {
        let (stands_in, after) = text
            .split_once('@')
            .ok_or_else(|| format!("`{text}` is no fallback; write a pool and a time like `arm64-od@10m`"))?;
        let stands_in = PoolName::parse(stands_in).map_err(|error| error.to_string())?;
        pool.fallback = Some(Fallback { pool: stands_in, after: span(after)? });
    }
    if let Some(size) = words.named("default") {
        pool.default_size = shape(size)?.size();
    }
    Ok(pool)
}

/// `a` is short for `eu-central-1a`.
pub(crate) fn zone(text: &str) -> Result<Zone, Wrong> {
    match text {
        "a" | "b" => Ok(Zone(format!("eu-central-1{text}"))),
        "eu-central-1a" | "eu-central-1b" => Ok(text.into()),
        _ => Err(format!("there is no zone `{text}`; the zones are `a` and `b`")),
    }
}

fn shape(text: &str) -> Result<Shape, Wrong> {
    let wrong = || format!("`{text}` is no size; write it like `4c-8g`");
    let (vcpu, gib) = text.strip_suffix('g').and_then(|text| text.split_once("c-")).ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<u32>().ok();
    let vcpu = number(vcpu).and_then(Vcpu::new).ok_or_else(wrong)?;
    let memory = number(gib).and_then(Gib::new).ok_or_else(wrong)?;
    Ok(Shape { vcpu, memory })
}
