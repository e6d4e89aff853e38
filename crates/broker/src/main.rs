#![doc = include_str!("../README.md")]

mod answer;
mod caller;

use answer::Broker;
use aws::{Environment, startup};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    #[expect(clippy::disallowed_methods, reason = "`main` is where the environment is read")]
    let environment = Environment::read(std::env::vars())?;
    aws::log::start(&environment.log);
    let broker = Broker::new(&environment);
    Box::pin(aws::serve(|request, _| broker.answer(request, startup::now()))).await
}
