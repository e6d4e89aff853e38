//! The SDK's configuration for an endpoint on this machine.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

/// As root. Nothing is tried again: a case that fails once has failed.
pub(crate) fn config(endpoint: String) -> SdkConfig {
    let root = Credentials::from_keys("test", "test", None);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(world::REGION))
        .credentials_provider(SharedCredentialsProvider::new(root))
        .http_client(Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint)
        .build()
}
