//! What the listener's output says about its job.

/// GitHub's `TaskResult`, by name in the output and by number in the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskResult {
    Succeeded,
    SucceededWithIssues,
    Failed,
    Cancelled,
    Skipped,
    Abandoned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Listening,
    JobTaken,
    JobCompleted(TaskResult),
    /// GitHub deleted the runner, most often because it idled.
    RunnerGone,
}

impl TaskResult {
    /// From the listener's exit code less 100.
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        match number {
            0 => Some(Self::Succeeded),
            1 => Some(Self::SucceededWithIssues),
            2 => Some(Self::Failed),
            3 => Some(Self::Cancelled),
            4 => Some(Self::Skipped),
            5 => Some(Self::Abandoned),
            _ => None,
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "Succeeded" => Some(Self::Succeeded),
            "SucceededWithIssues" => Some(Self::SucceededWithIssues),
            "Failed" => Some(Self::Failed),
            "Canceled" => Some(Self::Cancelled),
            "Skipped" => Some(Self::Skipped),
            "Abandoned" => Some(Self::Abandoned),
            _ => None,
        }
    }
}

impl Marker {
    /// The listener may print its whole log too (`[RUNNER …] WRITE LINE: …`), which quotes markers: only
    /// a line that is one counts.
    pub(crate) fn read(line: &str) -> Option<Self> {
        if line.starts_with("The runner no longer exists on the server.") {
            return Some(Self::RunnerGone);
        }
        let said = after_time(line)?;
        if said == "Listening for Jobs" {
            return Some(Self::Listening);
        }
        if said.starts_with("Running job: ") {
            return Some(Self::JobTaken);
        }
        let (_, result) = said.strip_prefix("Job ")?.rsplit_once(" completed with result: ")?;
        TaskResult::from_name(result).map(Self::JobCompleted)
    }
}

/// What follows `2026-11-20 10:00:00Z: `.
fn after_time(line: &str) -> Option<&str> {
    let (time, said) = line.split_once("Z: ")?;
    let is_time = !time.is_empty() && time.chars().all(|c| c.is_ascii_digit() || "-: T.".contains(c));
    is_time.then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_read_from_lines_that_are_markers() {
        for (line, marker) in [
            ("2026-11-20 10:00:00Z: Listening for Jobs", Some(Marker::Listening)),
            ("2026-11-20 10:00:00Z: Running job: build (linux)", Some(Marker::JobTaken)),
            (
                "2026-11-20 10:00:00Z: Job build completed with result: Succeeded",
                Some(Marker::JobCompleted(TaskResult::Succeeded)),
            ),
            (
                "2026-11-20 10:00:00Z: Job a completed with result: Failed completed with result: Canceled",
                Some(Marker::JobCompleted(TaskResult::Cancelled)),
            ),
            (
                "The runner no longer exists on the server. Cleaning up local configuration.",
                Some(Marker::RunnerGone),
            ),
            ("2026-11-20 10:00:00Z: Job build completed with result: Sideways", None),
            (
                "[RUNNER 2026-11-20 10:00:00Z INFO Terminal] WRITE LINE: 2026-11-20 10:00:00Z: Running job: x",
                None,
            ),
            ("Running job: build", None),
            ("echo Z: Running job: build", None),
            ("√ Connected to GitHub", None),
            ("", None),
        ] {
            assert_eq!(Marker::read(line), marker, "{line}");
        }
    }
}
