//! What single values of the document look like.

use std::time::Duration;

use model::{
    Arch, Carrier, Purchase, Trust,
    id::Zone,
    instance_type::{InstanceType, instance_type},
    label::Release,
    money::Usd,
    price::Price,
    rules::PoolName,
    size::{Gib, Vcpu},
    time_zone::{Minute, Weekday},
};
use serde_json::Value;

/// How a value is read, and what to say of one that cannot be.
pub(super) struct Form<T> {
    /// Ends the sentence "write …".
    pub(super) like: &'static str,
    pub(super) read: fn(&Value) -> Option<T>,
}

pub(super) const VERSION: Form<()> = Form {
    like: "1, the only version of the document that is read here",
    read: |value| (value.as_u64()? == 1).then_some(()),
};

pub(super) const FLAG: Form<bool> = Form { like: "true or false", read: Value::as_bool };

/// The numbers that others give to things begin with 1.
pub(super) const ID: Form<u64> =
    Form { like: "a whole number from 1 up", read: |value| value.as_u64().filter(|id| *id > 0) };

/// As many container instances as a cluster of ECS may have.
pub(super) const MAX_NODES: Form<u32> = Form {
    like: "a whole number from 1 to 5000",
    read: |value| u32::try_from(value.as_u64()?).ok().filter(|max| (1..=5000).contains(max)),
};

pub(super) const MAX_TASKS: Form<u32> = Form { like: "a whole number from 1 to 5000", read: MAX_NODES.read };
pub(super) const MIN_NODES: Form<u32> = Form {
    like: "a whole number from 0 to 5000",
    read: |value| u32::try_from(value.as_u64()?).ok().filter(|min| *min <= 5000),
};

pub(super) const STANDBY: Form<u32> = Form {
    like: "a whole number of tasks from 0 to 1000",
    read: |value| u32::try_from(value.as_u64()?).ok().filter(|n| *n <= 1000),
};

pub(super) const WEEKDAY: Form<Weekday> = Form {
    like: r#""mon", "tue", "wed", "thu", "fri", "sat" or "sun""#,
    read: |value| Weekday::from_name(value.as_str()?),
};

pub(super) const CLOCK: Form<Minute> = Form {
    like: r#"a time of the day from "00:00" to "24:00""#,
    read: |value| Minute::parse(value.as_str()?),
};

pub(super) const TIME_ZONE: Form<String> = Form {
    like: r#"the name of an IANA time zone, like "Europe/Berlin""#,
    read: |value| value.as_str().map(ToOwned::to_owned),
};

pub(super) const MINUTES: Form<Duration> = Form {
    like: "a whole number of minutes from 1 to 1440",
    read: |value| value.as_u64().filter(|n| (1..=1440).contains(n)).map(Duration::from_mins),
};

pub(super) const HOURS: Form<Duration> = Form {
    like: "a whole number of hours from 1 to 8760",
    read: |value| value.as_u64().filter(|n| (1..=8760).contains(n)).map(Duration::from_hours),
};

pub(super) const COUNT: Form<u32> = Form {
    like: "a whole number from 1 up",
    read: |value| u32::try_from(value.as_u64()?).ok().filter(|count| *count > 0),
};

pub(super) const FALLBACK_AFTER: Form<Duration> = Form {
    like: "a whole number of minutes from 0 to 1440",
    read: |value| value.as_u64().filter(|n| *n <= 1440).map(Duration::from_mins),
};

pub(super) const POOL: Form<PoolName> =
    Form { like: "the name of another pool, or null", read: |value| PoolName::parse(value.as_str()?).ok() };

/// In dollars, or parts of them.
pub(super) const USD: Form<Usd> = Form {
    like: "a number of dollars above 0",
    read: |value| value.as_f64().filter(|usd| *usd > 0.0 && *usd < 1e9).map(|usd| Usd(Price::of_usd(usd).0)),
};

pub(super) const VCPU: Form<Vcpu> = Form {
    like: "a whole number of vCPUs from 1 to 384",
    read: |value| Vcpu::new(u32::try_from(value.as_u64()?).ok()?),
};

pub(super) const GIB: Form<Gib> = Form {
    like: "a whole number of GiB from 1 to 3072",
    read: |value| Gib::new(u32::try_from(value.as_u64()?).ok()?),
};

pub(super) const ARCH: Form<Arch> =
    Form { like: r#""x86_64" or "arm64""#, read: |value| Arch::from_name(value.as_str()?) };

pub(super) const CARRIER: Form<Carrier> =
    Form { like: r#""nodes" or "serverless""#, read: |value| Carrier::from_name(value.as_str()?) };

pub(super) const PURCHASE: Form<Purchase> =
    Form { like: r#""spot" or "on-demand""#, read: |value| Purchase::from_name(value.as_str()?) };

pub(super) const TRUST: Form<Trust> =
    Form { like: r#""trusted" or "untrusted""#, read: |value| Trust::from_name(value.as_str()?) };

pub(super) const RELEASE: Form<Release> = Form {
    like: r#"a release like "v0.19.4", or null for no limit"#,
    read: |value| value.as_str()?.parse().ok(),
};

pub(super) const INSTANCE_TYPE: Form<&'static str> = Form {
    like: r#"a known instance type, like "c7gd.4xlarge""#,
    read: |value| Some(known(value.as_str()?)?.name),
};

/// A type by the name that [`INSTANCE_TYPE`] read.
pub(super) fn known(name: &str) -> Option<&'static InstanceType> {
    instance_type(name)
}

pub(super) const INSTALLATION: Form<String> = Form {
    like: "a name of 1 to 32 of a-z, 0-9 and -, starting with a letter",
    read: |value| text(value, |text| PoolName::parse(text).is_ok()),
};

pub(super) const REGION: Form<String> =
    Form { like: r#"a region, like "eu-central-1""#, read: |value| text(value, is_region) };

pub(super) const ZONE: Form<Zone> = Form {
    like: r#"a zone, like "eu-central-1a""#,
    read: |value| text(value, |zone| consists_of(zone, 1..=64, "-")).map(Zone),
};

pub(super) const ACCOUNT: Form<String> = Form {
    like: r#"the twelve digits of an account, like "123456789012""#,
    read: |value| text(value, |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())),
};

pub(super) const BASE_URL: Form<String> = Form {
    like: r#"a URL that begins with https:// or http:// and does not end with a slash, like "https://api.example.com""#,
    read: |value| text(value, |text| is_url(text) && !text.ends_with('/')),
};

pub(super) const DOORBELL: Form<String> = Form {
    like: r#"the URL of a FIFO queue, like "https://sqs.eu-central-1.amazonaws.com/123456789012/quillon.fifo""#,
    read: |value| text(value, |text| is_url(text) && text.ends_with(".fifo")),
};

pub(super) const TABLE: Form<String> = Form {
    like: "the name of a table, 3 to 255 letters, digits and . _ -",
    read: |value| text(value, |text| consists_of(text, 3..=255, "._-")),
};

pub(super) const LOG_GROUP: Form<String> = Form {
    like: r#"the name of a log group, like "/quillon/tasks""#,
    read: |value| text(value, |text| consists_of(text, 1..=512, "_-/.#")),
};

pub(super) const PARAMETER: Form<String> = Form {
    like: r#"the full name of a parameter, like "/quillon/github/private-key""#,
    read: |value| {
        text(value, |text| {
            text.starts_with('/') && !text.ends_with('/') && consists_of(text, 2..=1011, "_-/.")
        })
    },
};

pub(super) const GROUP: Form<String> = Form {
    like: "the name of an Auto Scaling group, 1 to 255 characters without colons",
    read: |value| {
        text(value, |text| {
            (1..=255).contains(&text.chars().count()) && !text.contains(|c: char| c == ':' || c.is_control())
        })
    },
};

pub(super) const SUBNET: Form<String> = Form {
    like: r#"the id of a subnet, like "subnet-0123456789abcdef0""#,
    read: |value| text(value, |text| is_id(text, "subnet-")),
};

pub(super) const SECURITY_GROUP: Form<String> = Form {
    like: r#"the id of a security group, like "sg-0123456789abcdef0""#,
    read: |value| text(value, |text| is_id(text, "sg-")),
};

pub(super) const ROLE: Form<String> = Form {
    like: r#"the ARN of a role, like "arn:aws:iam::123456789012:role/quillon-task""#,
    read: |value| {
        text(value, |text| {
            Arn::parse(text).is_some_and(|arn| arn.is("iam", "role/") && arn.region.is_empty())
        })
    },
};

pub(super) const CLUSTER: Form<String> = Form {
    like: r#"the ARN of a cluster, like "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted""#,
    read: |value| text(value, |text| Arn::parse(text).is_some_and(|arn| arn.is("ecs", "cluster/"))),
};

pub(super) const IMAGE: Form<String> = Form {
    like: r#"an image with its registry and its tag or digest, like "ghcr.io/quillon/runner:v0.1.0""#,
    read: |value| text(value, |text| is_image(text, true)),
};

pub(super) const ENGINE_IMAGE: Form<String> = Form {
    like: r#"an image with its registry and without a tag, which is each job's to say, like "registry.dagger.io/engine""#,
    read: |value| text(value, |text| is_image(text, false)),
};

/// An ARN's parts that something can be compared with.
#[derive(Debug)]
pub(super) struct Arn<'a> {
    service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next();
        let (arn, partition) = (part()?, part()?);
        let arn = (arn == "arn" && partition.starts_with("aws")).then_some(Self {
            service: part()?,
            region: part()?,
            account: part()?,
            resource: part()?,
        })?;
        let is_whole = arn.account.len() == 12 && !arn.resource.contains(char::is_whitespace);
        is_whole.then_some(arn)
    }

    fn is(&self, service: &str, prefix: &str) -> bool {
        self.service == service && self.resource.strip_prefix(prefix).is_some_and(|name| !name.is_empty())
    }
}

fn text(value: &Value, is_good: impl Fn(&str) -> bool) -> Option<String> {
    value.as_str().filter(|text| is_good(text)).map(ToOwned::to_owned)
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| consists_of(rest, 1..=64, "-"))
}

/// Letters and digits, and what else is named.
fn consists_of(text: &str, length: std::ops::RangeInclusive<usize>, others: &str) -> bool {
    length.contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// `eu-central-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let [names @ .., number] = &words[..] else { return false };
    names.len() >= 2
        && names.iter().all(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()))
        && number.len() == 1
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        let is_plain = |c: char| c.is_ascii_graphic() && !"?#@\"<>\\".contains(c);
        !host.is_empty() && !host.starts_with(':') && rest.chars().all(is_plain)
    })
}

/// `host[:port]/path[:tag][@digest]`, with or without one of the last two.
fn is_image(text: &str, is_pinned: bool) -> bool {
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let Some((host, path)) = name.split_once('/') else { return false };
    let (path, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
    let is_path = path
        .split('/')
        .all(|part| consists_of(&part.replace(|c: char| c.is_ascii_uppercase(), "!"), 1..=128, "._-"));
    let is_tag = tag.is_none_or(|tag| consists_of(tag, 1..=128, "._-"));
    let is_digest = digest.is_none_or(|digest| {
        digest
            .strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    let is_registry = host.contains(['.', ':']) || host == "localhost";
    is_registry
        && consists_of(host, 1..=255, ".-:")
        && is_path
        && is_tag
        && is_digest
        && (tag.is_some() || digest.is_some()) == is_pinned
}
