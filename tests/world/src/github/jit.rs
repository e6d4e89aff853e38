//! The just-in-time configuration: three files of the runner's root, each in base64, in one base64 map.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sim::github::{Runner, Scope};

use super::shared::State;

/// Bytes of an RSA-2048 key's numbers: modulus and private exponent, and each of its halves.
const WHOLE: usize = 256;
const HALF: usize = 128;

pub(crate) fn encoded(runner: &Runner, state: &State, base_url: &str, seed: u64) -> String {
    let files = json!({
        ".runner": STANDARD.encode(settings(runner, state, base_url).to_string()),
        ".credentials": STANDARD.encode(credentials(runner, base_url).to_string()),
        ".credentials_rsaparams": STANDARD.encode(rsa_parameters(runner, seed).to_string()),
    });
    STANDARD.encode(files.to_string())
}

/// What the holder of a configuration can show and nobody else: a digest of its key.
pub(crate) fn proof(rsa_parameters: &str) -> String {
    hex::encode(Sha256::digest(rsa_parameters.as_bytes()))
}

/// The proof that this runner's configuration gives.
pub(crate) fn proof_of(runner: &Runner, seed: u64) -> String {
    proof(&rsa_parameters(runner, seed).to_string())
}

fn settings(runner: &Runner, state: &State, base_url: &str) -> Value {
    let url = match &runner.scope {
        Scope::Organization(login) => format!("https://github.com/{login}"),
        Scope::Repository(id) => {
            let name = state.machine.repositories.get(id).map(sim::github::Repository::full_name);
            format!("https://github.com/{}", name.unwrap_or_default())
        }
    };
    json!({
        "AgentId": runner.id.0.to_string(),
        "AgentName": runner.name,
        "DisableUpdate": "False",
        "Ephemeral": "True",
        "GitHubUrl": url,
        "PoolId": runner.group.0.to_string(),
        "PoolName": "Default",
        "ServerUrl": format!("{base_url}/_runner/"),
        "ServerUrlV2": format!("{base_url}/_runner/"),
        "UseRunnerAdminFlow": "True",
        "UseV2Flow": "True",
        "WorkFolder": runner.work_folder,
    })
}

fn credentials(runner: &Runner, base_url: &str) -> Value {
    json!({
        "Scheme": "OAuth",
        "Data": {
            "ClientId": runner.client_id,
            "AuthorizationUrl": format!("{base_url}/_runner/oauth2/token"),
            "AuthorizationUrlV2": format!("{base_url}/_runner/oauth2/token"),
            "EnableAuthMigrationByDefault": "true",
            "OAuthEndpointUrl": format!("{base_url}/_runner/oauth2/token"),
            "RequireFipsCryptography": "True",
        },
    })
}

/// Shaped as a key and secret as one, but no key: making one takes seconds, and nobody here signs with it.
fn rsa_parameters(runner: &Runner, seed: u64) -> Value {
    let number = |name: &str, length: usize| {
        let mut bytes = Vec::with_capacity(length + 32);
        for block in 0.. {
            if bytes.len() >= length {
                break;
            }
            bytes.extend(Sha256::digest(format!("{seed} {} {name} {block}", runner.client_id)));
        }
        STANDARD.encode(&bytes[..length])
    };
    json!({
        "d": number("d", WHOLE),
        "dp": number("dp", HALF),
        "dq": number("dq", HALF),
        "exponent": "AQAB",
        "inverseQ": number("inverseQ", HALF),
        "modulus": number("modulus", WHOLE),
        "p": number("p", HALF),
        "q": number("q", HALF),
    })
}
