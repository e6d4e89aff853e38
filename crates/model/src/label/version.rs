//! The version of a Dagger engine: a release, or whatever is newest when the job starts.

use std::{cmp::Ordering, fmt, str::FromStr};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    Release(Release),
    Latest,
}

/// As the tag of the engine's image says it: `v0.19.4`, `latest`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(release) => write!(f, "{release}"),
            Self::Latest => f.write_str("latest"),
        }
    }
}

/// A released version in the order of semantic versioning: `v1.0.0-beta.10` comes before `v1.0.0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Release {
    numbers: [u64; 3],
    pre: Option<Pre>,
}

/// The part of a version after its numbers, `beta.10`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pre {
    pub(super) stage: &'static str,
    pub(super) number: Option<u64>,
}

/// The words a prerelease may begin with. A closed list, so that a misspelt part of a label is not
/// taken for a version nobody has published.
pub(super) const STAGES: [&str; 5] = ["alpha", "beta", "dev", "pre", "rc"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version looks like `v0.19.4` or `v1.0.0-beta.10`")]
pub struct ReleaseError;

impl Release {
    #[must_use]
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { numbers: [major, minor, patch], pre: None }
    }

    pub(super) const fn with_pre(numbers: [u64; 3], pre: Option<Pre>) -> Self {
        Self { numbers, pre }
    }
}

/// `v0.19.4`, as tags are written.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "v{major}.{minor}.{patch}")?;
        let Some(pre) = &self.pre else { return Ok(()) };
        write!(f, "-{}", pre.stage)?;
        pre.number.map_or(Ok(()), |number| write!(f, ".{number}"))
    }
}

impl FromStr for Release {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let text = text.strip_prefix('v').ok_or(ReleaseError)?;
        let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
        let numbers: Vec<u64> = numbers.split('.').map(number).collect::<Option<_>>().ok_or(ReleaseError)?;
        let numbers = <[u64; 3]>::try_from(numbers).map_err(|_| ReleaseError)?;
        let Some(pre) = pre else { return Ok(Self { numbers, pre: None }) };
        let (word, tail) = pre.split_once('.').map_or((pre, None), |(word, tail)| (word, Some(tail)));
        let pre = Pre {
            stage: STAGES.into_iter().find(|stage| *stage == word).ok_or(ReleaseError)?,
            number: tail.map(|tail| number(tail).ok_or(ReleaseError)).transpose()?,
        };
        Ok(Self { numbers, pre: Some(pre) })
    }
}

impl Ord for Release {
    fn cmp(&self, other: &Self) -> Ordering {
        // A release without a prerelease part is the finished one, so it comes after all of them.
        (self.numbers, self.pre.is_none(), &self.pre).cmp(&(other.numbers, other.pre.is_none(), &other.pre))
    }
}

impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Digits without a leading zero: `019` is in no tag.
pub(super) fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_written_as_tags_are() {
        for tag in ["v0.19.4", "v1.0.0-beta.10", "v1.0.0-rc", "v0.0.0"] {
            assert_eq!(tag.parse::<Release>().unwrap().to_string(), tag);
        }
    }

    #[test]
    fn what_is_no_tag_is_no_release() {
        for text in [
            "",
            "v",
            "0.19.4",
            "v0.19",
            "v0.19.4.1",
            "v0.019.4",
            "v0.19.4-",
            "v1.0.0-beta.",
            "v1.0.0-gamma.1",
        ] {
            assert_eq!(text.parse::<Release>(), Err(ReleaseError), "{text}");
        }
    }

    #[test]
    fn releases_are_ordered_as_semantic_versions() {
        let ordered = [
            "v0.9.9",
            "v0.19.0-rc.1",
            "v0.19.0",
            "v0.19.10",
            "v1.0.0-beta",
            "v1.0.0-beta.9",
            "v1.0.0-beta.10",
            "v1.0.0",
        ];
        for pair in ordered.windows(2) {
            assert!(pair[0].parse::<Release>().unwrap() < pair[1].parse().unwrap(), "{pair:?}");
        }
    }
}
