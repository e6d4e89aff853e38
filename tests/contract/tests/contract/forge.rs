//! The forge: in memory, and GitHub over HTTP.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use control::PortError;
use control::contract::forge::{every_case, every_case_of_two_apps};
use control::port::Secret;
use github::{GitHubForge, Settings};
use model::time::Timestamp;
use secrecy::SecretString;
use sim::github::GitHub;
use sim::port::{Clock, SimForge};
use world::Options;
use world::compute::system_clock;
use world::github::{App, AppKey, GitHubConfig, GitHubHandle};

use crate::town::{REGISTRAR, Town};

#[tokio::test]
async fn the_simulated_github_is_a_forge() {
    let github = Arc::new(Mutex::new(GitHub::new(1, sim::github::Settings::default())));
    let clock = Clock::new(Timestamp(1_795_219_200_000));
    let forge = SimForge::new(github.clone(), clock.clone());
    let two_apps = SimForge::new(github.clone(), clock.clone()).with_registrars([REGISTRAR]);
    let town = Town::new(move |change| {
        change(&mut github.lock().unwrap(), sim::github::Timestamp(clock.now().0));
    });
    every_case(&forge, &town).await;
    every_case_of_two_apps(&two_apps, &town).await;
}

#[tokio::test]
async fn github_is_a_forge() {
    let (key, further) = (AppKey::generate().unwrap(), AppKey::generate().unwrap());
    let settings = sim::github::Settings::default();
    let app_id = settings.app_id;
    let github = GitHubHandle::start(GitHubConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        node_modules: Options::of_this_process().unwrap().setup().node_modules().unwrap(),
        seed: 1,
        settings,
        app: App {
            public_key_pem: key.public_pem.clone(),
            webhook_secret: "nobody is told".to_owned(),
            hook_url: None,
        },
        registrars: vec![(REGISTRAR, further.public_pem.clone())],
    });
    let github = Arc::new(github.await.unwrap());
    let settings = Settings { api_url: github.url().to_owned(), app_id, runner_group_id: 1 };
    // GitHub judges credentials by the real time.
    let clock = system_clock();
    let now = move || Timestamp(u64::try_from(clock().as_millis()).unwrap());
    let key = Arc::new(Pem(key.private_pem));
    let forge = || GitHubForge::new(&settings, key.clone(), Arc::new(now.clone())).unwrap();
    let further: Arc<dyn Secret> = Arc::new(Pem(further.private_pem));
    let two_apps = forge().with_registrars([(REGISTRAR, further)]);
    let machine = github.clone();
    let town = Town::new(move |change| machine.act(change));
    every_case(&forge(), &town).await;
    every_case_of_two_apps(&two_apps, &town).await;
    assert_eq!(github.asked_wrong(), []);
    assert_eq!(github.answered_wrong(), []);
}

#[derive(Debug)]
struct Pem(String);

#[async_trait]
impl Secret for Pem {
    async fn read(&self) -> Result<SecretString, PortError> {
        Ok(self.0.clone().into())
    }

    async fn replaced(&self) -> Result<Option<SecretString>, PortError> {
        Ok(None)
    }
}
