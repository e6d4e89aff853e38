//! What a container credentials endpoint answers.

use aws_credential_types::Credentials;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Document {
    access_key_id: String,
    secret_access_key: String,
    token: String,
    expiration: String,
}

impl Document {
    /// The credentials, or nothing: an error would quote what was read.
    pub(super) fn read(text: &SecretString) -> Option<Credentials> {
        let document: Self = serde_json::from_str(text.expose_secret()).ok()?;
        let expiry = DateTime::from_str(&document.expiration, Format::DateTime).ok()?;
        Some(Credentials::new(
            document.access_key_id,
            document.secret_access_key,
            Some(document.token),
            Some(expiry.try_into().ok()?),
            "container",
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn what_ecs_answers_is_read() {
        let credentials = Document::read(
            &r#"{"RoleArn":"arn:aws:iam::123456789012:role/task","AccessKeyId":"AKID","SecretAccessKey":"s",
                 "Token":"t","Expiration":"1970-01-02T00:00:00Z"}"#
                .into(),
        )
        .unwrap();
        assert_eq!(credentials.access_key_id(), "AKID");
        assert_eq!(credentials.session_token(), Some("t"));
        assert_eq!(credentials.expiry(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(86400)));
    }

    #[test]
    fn what_holds_no_credentials_is_nothing() {
        assert!(Document::read(&"".into()).is_none());
        assert!(Document::read(&r#"{"code":"NoIdInRequest","message":"missing"}"#.into()).is_none());
        let text = r#"{"AccessKeyId":"AKID","SecretAccessKey":"s","Token":"t","Expiration":"soon"}"#;
        assert!(Document::read(&text.into()).is_none());
    }
}
