//! A launch as its one string.

use model::id::LaunchId;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(launch: &LaunchId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(launch)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LaunchId, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
