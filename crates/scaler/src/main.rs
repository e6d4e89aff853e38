#![doc = include_str!("../README.md")]

mod bell;
mod scale;

use aws::Environment;
use scale::Scaler;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    #[expect(clippy::disallowed_methods, reason = "`main` is where the environment is read")]
    let environment = Environment::read(std::env::vars())?;
    aws::log::start(&environment.log);
    let scaler = Scaler::new(&environment);
    Box::pin(aws::serve(|messages, invocation| scaler.answer(messages, invocation))).await
}
