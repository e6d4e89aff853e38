//! Logs as JSON, one line for each event, on standard output.

use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

/// Other people's code is heard when it warns, whatever the filter says: further down it logs requests,
/// answers and events with all that is in them.
const NOT_OURS: [&str; 10] =
    ["aws_", "h2", "hyper", "lambda_runtime", "octocrab", "reqwest", "rustls", "tokio", "tower", "ureq"];

/// Logs from here on, panics included. A filter that cannot be read is `info`, and said.
pub fn start(filter: &str) {
    let targets = targets(filter);
    let readable = targets.is_some();
    let subscriber = subscriber(targets.unwrap_or_else(default), std::io::stdout);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "a bug: {}", panic.payload_as_str().unwrap_or("a panic without a message"));
    }));
    if !readable {
        tracing::warn!(filter, "QUILLON_LOG is no filter: write a level, or `info,control=debug`");
    }
}

/// The same into any writer.
fn subscriber<W>(targets: Targets, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::registry().with(lines(writer).with_filter(targets))
}

fn lines<S, W>(writer: W) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_span_list(false)
        .with_writer(writer)
}

fn default() -> Targets {
    capped(&Targets::new().with_default(LevelFilter::INFO))
}

fn targets(filter: &str) -> Option<Targets> {
    Targets::from_str(filter).ok().map(|targets| capped(&targets))
}

fn capped(wanted: &Targets) -> Targets {
    let general = wanted.default_level().unwrap_or(LevelFilter::OFF);
    let theirs = NOT_OURS.map(|target| (target.to_owned(), general.min(LevelFilter::WARN)));
    let named = wanted.iter().map(|(target, level)| {
        let is_ours = !NOT_OURS.iter().any(|theirs| target.starts_with(theirs));
        (target.to_owned(), if is_ours { level } else { level.min(LevelFilter::WARN) })
    });
    Targets::new().with_default(general).with_targets(theirs).with_targets(named)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn check(filter: &str, say: impl FnOnce()) -> Vec<serde_json::Value> {
        let written = Lines::default();
        let writer = written.clone();
        let subscriber = subscriber(targets(filter).unwrap(), move || writer.clone());
        tracing::subscriber::with_default(subscriber, say);
        let bytes = written.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_is_one_object_with_its_fields_beside_the_message() {
        let lines = check("info", || tracing::info!(job.id = 7, "queued"));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["message"], "queued");
        assert_eq!(lines[0]["job.id"], 7);
        assert!(lines[0]["timestamp"].is_string());
    }

    #[test]
    fn a_line_names_the_event_it_belongs_to() {
        let lines = check("info", || {
            tracing::info_span!("event", request_id = "r1").in_scope(|| tracing::info!("queued"));
        });
        assert_eq!(lines[0]["span"]["request_id"], "r1");
    }

    #[test]
    fn no_filter_lets_other_peoples_code_log_what_it_sends() {
        for filter in ["trace", "aws_smithy_runtime=trace", "lambda_runtime::layers=trace,info"] {
            let lines = check(filter, || {
                tracing::trace!(target: "lambda_runtime::layers::api_response", body = "secret", "raw");
                tracing::debug!(target: "aws_smithy_runtime::client", "a request");
            });
            assert!(lines.is_empty(), "{filter}: {lines:?}");
        }
        let lines = check("info", || tracing::warn!(target: "hyper::client", "odd"));
        assert_eq!(lines.len(), 1);
    }
}
