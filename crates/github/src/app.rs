//! Who we are at GitHub: the App, and its access tokens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use control::PortError;
use control::port::Secret;
use http::{Method, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use model::id::InstallationId;
use model::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::client::{Answer, Call, Client};
use crate::error::{call_error, sort, unusable};
use crate::limit::{Caller, Purpose, Route};

/// Tells the time to what has to expire.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

const TOKEN: &str = "access token";

/// GitHub refuses more than ten, and a clock may be wrong.
const JWT_FOR: Duration = Duration::from_mins(9);
const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// A token is not used in the end of its hour: the call it is used for takes its time.
const SPARE: Duration = Duration::from_mins(5);

pub(crate) struct App {
    pub(crate) id: u64,
    key: Arc<dyn Secret>,
    tokens: Mutex<BTreeMap<InstallationId, Slot>>,
}

/// Locked while a token is made, so that whoever else wants one waits for that.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    expires: Timestamp,
}

impl App {
    pub(crate) fn new(id: u64, key: Arc<dyn Secret>) -> Self {
        Self { id, key, tokens: Mutex::default() }
    }

    pub(crate) async fn token(&self, client: &Client, of: InstallationId) -> Result<Token, PortError> {
        let slot = self.slot(of);
        let mut token = slot.lock().await;
        let now = (client.clock)();
        if let Some(token) = token.as_ref().filter(|token| now.after(SPARE) < token.expires) {
            return Ok(token.clone());
        }
        let fresh = self.make(client, of).await?;
        *token = Some(fresh.clone());
        Ok(fresh)
    }

    /// Forgets a token that was refused, unless another has taken its place.
    pub(crate) async fn drop_token(&self, of: InstallationId, refused: &Token) {
        let slot = self.slot(of);
        let mut token = slot.lock().await;
        if token.as_ref().is_some_and(|kept| kept.secret.expose_secret() == refused.secret.expose_secret()) {
            *token = None;
        }
    }

    async fn make(&self, client: &Client, of: InstallationId) -> Result<Token, PortError> {
        let path = format!("/app/installations/{of}/access_tokens");
        let call = Call {
            doing: TOKEN,
            caller: Caller::App(self.id),
            purpose: Purpose::Job,
            route: Route::Token,
            method: Method::POST,
            path: &path,
            body: None,
        };
        let answer = self.send(client, &call).await?;
        match answer.status {
            StatusCode::CREATED => read_token(&answer),
            // The key is not this App's, the App is not installed there, or not any more.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                let said = format!("{} for installation {of}", answer.status.as_u16());
                Err(PortError::Denied { source: call_error(TOKEN, said) })
            }
            _ => Err(sort(TOKEN, &answer)),
        }
    }

    /// A call of the App itself. Its key can be changed while we run.
    pub(crate) async fn send(&self, client: &Client, call: &Call<'_>) -> Result<Answer, PortError> {
        let now = (client.clock)();
        let answer = client.send(call, &jwt(self.id, &self.key.read().await?, now)?).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        match self.key.replaced().await? {
            Some(key) => client.send(call, &jwt(self.id, &key, now)?).await,
            None => Ok(answer),
        }
    }

    fn slot(&self, of: InstallationId) -> Slot {
        // Nothing is left half done under this lock, so a panic elsewhere spoils nothing.
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.entry(of).or_default().clone()
    }
}

fn read_token(answer: &Answer) -> Result<Token, PortError> {
    #[derive(Deserialize)]
    struct Made {
        token: SecretText,
        expires_at: jiff::Timestamp,
    }
    let made: Made = serde_json::from_slice(&answer.body)
        .map_err(|_| unusable(TOKEN, "an answer without a token or its end"))?;
    let expires = u64::try_from(made.expires_at.as_millisecond()).unwrap_or_default();
    Ok(Token { secret: made.token.0, expires: Timestamp(expires) })
}

/// A text that is a secret from the moment it arrives.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(crate) struct SecretText(pub(crate) SecretString);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

fn jwt(app: u64, key: &SecretString, now: Timestamp) -> Result<SecretString, PortError> {
    #[derive(Serialize)]
    struct Claims {
        iat: u64,
        exp: u64,
        iss: String,
    }
    // What is wrong with a key is not told: the message might hold a piece of it.
    let wrong =
        |_| PortError::Denied { source: call_error(TOKEN, "the App's private key is not RSA in PEM") };
    let key = EncodingKey::from_rsa_pem(key.expose_secret().as_bytes()).map_err(wrong)?;
    let seconds = now.0 / 1000;
    let claims = Claims {
        iat: seconds.saturating_sub(CLOCK_SKEW.as_secs()),
        exp: seconds.saturating_add(JWT_FOR.as_secs()),
        iss: app.to_string(),
    };
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).map_err(wrong)?.into())
}
