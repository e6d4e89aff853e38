//! Where a service is.

use aws_types::SdkConfig;
use aws_types::region::Region;

use super::Protocol;
use crate::startup::endpoint_of;

pub(super) fn url(of: &Protocol, sdk: &SdkConfig) -> String {
    let region = sdk.region().map_or("", Region::as_ref);
    let elsewhere = endpoint_of(sdk, of.id).or_else(|| sdk.endpoint_url().map(str::to_owned));
    // A signature is over the path, and one that is not there is a slash.
    let with_path = |url: String| if url.ends_with('/') { url } else { url + "/" };
    with_path(elsewhere.unwrap_or_else(|| format!("https://{}.{region}.{}", of.name, domain(region))))
}

/// Of the partition a region is in. From those that are cut off from the internet GitHub is, too.
fn domain(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DYNAMODB, SQS};
    use super::*;

    fn sdk(region: &'static str) -> aws_types::sdk_config::Builder {
        SdkConfig::builder().region(Region::from_static(region))
    }

    #[test]
    fn a_service_is_in_its_region() {
        for (region, expected) in [
            ("eu-central-1", "https://dynamodb.eu-central-1.amazonaws.com/"),
            ("us-gov-west-1", "https://dynamodb.us-gov-west-1.amazonaws.com/"),
            ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
            ("eusc-de-east-1", "https://dynamodb.eusc-de-east-1.amazonaws.eu/"),
        ] {
            assert_eq!(url(&DYNAMODB, &sdk(region).build()), expected);
        }
    }

    #[test]
    fn a_service_is_where_the_configuration_says() {
        let sdk = sdk("eu-central-1").endpoint_url("http://127.0.0.1:4566").build();
        assert_eq!(url(&SQS, &sdk), "http://127.0.0.1:4566/");
    }
}
