//! A tick that is held at one of its calls, while others go on.

use sim::scenario::parse;

/// What it was to end is kept for another job meanwhile.
#[test]
fn room_that_did_not_become_free_is_not_given_away() {
    for call in 1..=40 {
        let text = format!(
            "pool arm64-spot standby=dagger-v0-19-4-2c-4g-arm64*2
             pool x64 arch=x86_64 purchase=on-demand max=1
             push w1 labels=dagger-v0-19-4-4c-8g-x64-od takes=1s
             push w2 takes=90s
             after 76s
             function scaler hangs call={call}
             lose stop
             push w3 jobs=31 labels=dagger-v0-19-4-4c-8g-x64-od takes=1s environment=production
             after 44s
             approve w3
             fail task-start
             wait 2h until jobs have ended"
        );
        let outcome = parse(&text).expect("the scenario is well written").run_silently();
        assert_eq!(outcome.faults, Vec::<String>::new(), "call {call}");
    }
}

/// Two runners took each other's jobs, and the sweep finds out.
#[test]
fn a_tick_between_finds_no_job_with_two_launches() {
    for call in 1..=40 {
        let text = format!(
            "latency 200ms..5s
             webhooks in_progress held
             push w3
             after 64s
             function scaler overtaken call={call}
             push w5 jobs=2
             finally nothing is left"
        );
        let outcome = parse(&text).expect("the scenario is well written").run_silently();
        assert_eq!(outcome.faults, Vec::<String>::new(), "call {call}");
    }
}
