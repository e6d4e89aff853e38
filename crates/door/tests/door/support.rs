//! What the tests of the door share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use door::{Clock, CredentialsSource, Door, Settings};
use model::id::{JobId, LaunchId};
use wire::claim::{ClaimRequest, Nonce};

/// A clock that stands still until it is told otherwise.
#[derive(Clone, Default)]
pub(crate) struct Hands(Arc<AtomicU64>);

impl Hands {
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let hands = self.clone();
        Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(hands.0.load(Ordering::SeqCst)))
    }
}

/// Credentials number `n` as an endpoint answers them, good until second `expires` of 1970-01-01.
pub(crate) fn document(n: u32, expires: u64) -> String {
    let (hours, minutes, seconds) = (expires / 3600, expires / 60 % 60, expires % 60);
    format!(
        r#"{{"AccessKeyId":"AKID{n}","SecretAccessKey":"secret{n}","Token":"token{n}","Expiration":"1970-01-01T{hours:02}:{minutes:02}:{seconds:02}Z"}}"#
    )
}

pub(crate) fn door(api_url: &str, credentials_url: &str, hands: &Hands) -> Door {
    let credentials = CredentialsSource::full(credentials_url, None).unwrap();
    let settings =
        Settings { api_url: api_url.to_owned(), region: "eu-central-1".to_owned(), credentials, proxy: None };
    Door::new(settings, hands.clock()).unwrap()
}

/// Always the same process of one launch's task.
pub(crate) fn request() -> ClaimRequest {
    ClaimRequest { launch: LaunchId { job: JobId(7), n: 1 }, nonce: Nonce::from_bytes([7; 32]) }
}
