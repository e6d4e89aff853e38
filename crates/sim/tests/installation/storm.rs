//! Everything at once, from one seed.

/// `cargo xtask storm` plays more of them.
#[test]
fn whatever_goes_wrong_every_job_runs_once_and_nothing_is_left() {
    for seed in 0..20 {
        let played = sim::storm::play(seed);
        assert_eq!(
            played.faults,
            Vec::<String>::new(),
            "seed {seed}: cargo xtask storm --from {seed} --seeds 1"
        );
    }
}

#[test]
fn a_world_that_is_drawn_can_be_written_and_read() {
    for seed in 0..200 {
        let text = sim::storm::scenario(seed);
        assert!(sim::scenario::parse(&text).is_ok(), "{text}");
        assert_eq!(text, sim::storm::scenario(seed));
    }
}
