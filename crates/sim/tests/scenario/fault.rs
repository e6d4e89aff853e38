//! What is wrong with a scenario is said by its line, with what to write instead.

use sim::scenario::parse;

fn check(text: &str) -> String {
    let faults = parse(text).expect_err("it is wrong");
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_faults_are_told_at_once() {
    let told = check("sed 3\npush build takes=5 minutes\nwait 2m until job build walks\nat noon");
    let lines: Vec<&str> = told.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["line 1", "line 2", "line 3", "line 4"], "{told}");
}

#[test]
fn a_word_that_nobody_knows_is_answered_with_those_that_are_known() {
    for (text, told) in [
        ("puhs build", "line 1: nobody knows `puhs`"),
        ("push build tkaes=5s", "`push` does not know `tkaes=5s`; it knows `jobs=`, `labels=`, `takes=`"),
        ("push build takes=5", "`5` is no span of time; write it like `250ms`, `5s`"),
        ("push build jobs=257", "a run has 1 to 256 jobs"),
        ("push build ends=badly", "`badly` is no ending; write `success`, `failure`"),
        ("webhooks queued eaten", "webhooks are `lost`, `failed`"),
        ("webhooks queued late", "`late` needs how late: `by=30s`"),
        ("node i-1 dies", "`i-1` is no node; they are `n1`, `n2`"),
        ("expect nodes <=3", "is not a comparison, with spaces around it"),
        ("expect job a waits long", "`long` is no reason; write `wrong_label`"),
        ("finally all is well", "`all` stands where `nothing` belongs"),
        ("push a\npool small", "`pool` belongs above everything that happens"),
        ("pool Small\npush a", "`S` cannot appear in a pool name"),
        ("pool small arch=sparc\npush a", "`sparc` is unknown; write one of `arm64`, `x86_64`"),
        ("pool small zones=x\npush a", "there is no zone `x`"),
        ("github answers 200", "`200` is no status of a refusal"),
        ("aws refuses Everything", "`Everything` is not a call; write `RunTask`"),
        ("at", "`at` needs a time, like `10s`"),
        ("", "nothing happens in it: begin with `push build`"),
    ] {
        let found = check(text);
        assert!(found.contains(told), "{text}: {found}");
    }
}

#[test]
fn what_cannot_be_when_it_comes_to_it_ends_the_story() {
    for (text, told) in [
        ("cancel build", "there is no job `build`, and no other yet"),
        ("push a jobs=2\napprove a", "line 2"),
        ("push a\nnode n7 dies", "there is no node n7"),
        ("after 10s\nat 5s", "it is 0:00:10.000 already"),
        ("push a\nexpect nodes = 3", "there are 0"),
        ("push a repository=x/y", "there is no repository `x/y`"),
        ("push a\nexpect job a has ended", "job a is queued"),
        ("push a\nwait 1s until job a runs", "line 2: `wait 1s until job a runs`"),
        ("push a\npush a", "there is a job `a` already"),
    ] {
        let outcome = parse(text).unwrap().run();
        assert!(
            outcome.faults.first().is_some_and(|fault| fault.contains(told)),
            "{text}: {:?}",
            outcome.faults
        );
        assert!(outcome.story.contains("NOT AS IT SHOULD BE"), "{}", outcome.story);
    }
}

#[test]
fn no_text_makes_it_panic() {
    for text in [
        "=",
        "push =",
        "at 99999999999999999999s",
        "after 1h1",
        "pool",
        "expect nodes of",
        "\u{0}",
        "push a # b",
        "  ",
        "wait 1s until",
    ] {
        let _ = parse(text);
    }
}
