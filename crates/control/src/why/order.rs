//! The order of a story that is told by several clocks, of which GitHub's shows no more than the second.

use std::time::Duration;

use model::id::LaunchId;
use model::time::Timestamp;

const SECOND: Duration = Duration::from_millis(999);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    pub text: String,
    pub(super) kind: Kind,
    /// The launch that it is a part of, and whether that was started for the job.
    pub(super) launch: Option<LaunchId>,
    pub(super) is_own: bool,
    /// It ended its launch in the moment of its last step.
    is_at_once: bool,
    /// Where it stands: not before what it follows from.
    pub(super) place: Timestamp,
    /// When it was, at the earliest and at the latest; the other way round where clocks do not agree.
    pub(super) within: (Timestamp, Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuracy {
    Second,
    Millisecond,
}

/// Of those at one time, the first is told first, as one tick writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Queued,
    Answer,
    Over,
    Note,
    Given,
    Step,
    Wait,
    /// Its launch's runner took another job.
    Took,
    Runs,
    Ended,
}

impl Kind {
    /// What GitHub tells with a time of its own.
    fn is_told(self) -> bool {
        match self {
            Self::Queued | Self::Took | Self::Runs | Self::Ended => true,
            Self::Answer | Self::Over | Self::Note | Self::Given | Self::Step | Self::Wait => false,
        }
    }
}

impl Entry {
    pub(super) fn new(kind: Kind, at: Timestamp, text: String) -> Self {
        let mut entry = Self {
            at,
            text,
            kind,
            launch: None,
            is_own: true,
            is_at_once: false,
            place: at,
            within: (at, at),
        };
        if entry.accuracy() == Accuracy::Second {
            entry.within.1 = at.after(SECOND);
        }
        entry
    }

    /// `place` is when the launch had come so far.
    pub(super) fn of(&mut self, launch: LaunchId, is_own: bool, place: Timestamp) {
        self.launch = Some(launch);
        self.is_own = is_own;
        self.is_at_once = self.kind == Kind::Over && self.at == place;
        self.place = self.place.max(place);
        self.within.0 = self.place;
    }

    pub fn accuracy(&self) -> Accuracy {
        let is_whole = self.kind.is_told() && self.at.is_whole_second();
        if is_whole { Accuracy::Second } else { Accuracy::Millisecond }
    }

    /// Whether a wait that began before it is over with it.
    pub(super) fn ends_wait(&self) -> bool {
        match self.kind {
            Kind::Answer | Kind::Given | Kind::Wait | Kind::Runs | Kind::Ended => true,
            Kind::Step => self.is_own,
            Kind::Queued | Kind::Over | Kind::Note | Kind::Took => false,
        }
    }
}

/// Oldest first. Ours are by clocks that agree, more or less; what GitHub tells is put between them, as early in its
/// second as cause and effect allow.
pub(super) fn in_order(entries: Vec<Entry>) -> Vec<Entry> {
    let (mut told, mut story): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.kind.is_told());
    story.sort_by_key(|entry| (entry.place, entry.is_at_once, entry.kind));
    // What began has to be there for its end.
    told.sort_by_key(|entry| (entry.kind, entry.at));
    for entry in told {
        if entry.kind == Kind::Queued { put_first(&mut story, entry) } else { put(&mut story, entry) }
    }
    story.dedup_by(|second, first| second.at == first.at && second.text == first.text);
    story
}

/// Nothing of ours is for a job that is not there.
fn put_first(story: &mut Vec<Entry>, mut entry: Entry) {
    let by_time = story.partition_point(|other| other.place < entry.at);
    let place = story.iter().position(|other| other.is_own).map_or(by_time, |own| own.min(by_time));
    if let Some(next) = story.get(place) {
        entry.place = entry.place.min(next.place);
    }
    if let Some(own) = story.iter().find(|other| other.is_own) {
        entry.within.1 = entry.within.1.min(own.at);
    }
    story.insert(place, entry);
}

fn put(story: &mut Vec<Entry>, mut entry: Entry) {
    let is_end = entry.kind == Kind::Ended;
    // A job is queued and its runner is there before it runs, and it runs before it ends.
    let is_cause = |other: &Entry| match other.kind {
        Kind::Queued => entry.kind != Kind::Took,
        Kind::Runs => is_end,
        Kind::Step => !is_end && other.launch.is_some() && other.launch == entry.launch,
        Kind::Answer | Kind::Over | Kind::Note | Kind::Given | Kind::Wait | Kind::Took | Kind::Ended => false,
    };
    let cause = story.iter().rposition(is_cause);
    if let Some(cause) = cause {
        entry.place = entry.place.max(story[cause].place);
        entry.within.0 = entry.place;
    }
    let by_time = story.partition_point(|other| other.place < entry.place);
    let mut place = cause.map_or(by_time, |cause| by_time.max(cause + 1));
    if is_end {
        // What was done for a job was done while it had not ended, as far as anybody knew.
        let is_before = |other: &&Entry| {
            other.is_own
                && matches!(other.kind, Kind::Given | Kind::Step | Kind::Wait)
                && other.place <= entry.within.1
        };
        place += story[place..].iter().take_while(is_before).count();
    }
    if let Some(last) = place.checked_sub(1) {
        entry.place = entry.place.max(story[last].place);
    }
    story.insert(place, entry);
}
