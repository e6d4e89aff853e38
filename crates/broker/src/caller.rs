//! Who asks.

use aws::event::Caller;
use wire::config::Settings;

/// The name of the session, if it is one of this role of ours.
pub(crate) fn session_of(caller: Option<&Caller>, role_arn: &str, settings: &Settings) -> Option<String> {
    let session = caller?.session()?;
    // A role's path is not in the name that its sessions have.
    let role = role_arn.rsplit_once('/').map(|(_, role)| role)?;
    (session.account == settings.account && session.role == role).then_some(session.name)
}
