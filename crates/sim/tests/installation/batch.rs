//! Good weather.

use crate::common::{finish, installation, is_quiet, jobs, seconds_to};

#[test]
fn one_job_runs_on_a_node_that_was_ordered_for_it() {
    let mut of = installation();
    let ids = of.push(jobs(1));
    let took = seconds_to(&mut of, |of| !of.told.taken.is_empty());
    assert!(took < 75, "{took} s on a cold pool");
    finish(&mut of, &ids);
    assert_eq!(of.told.errors, Vec::<String>::new());
}

#[test]
fn a_job_on_a_warm_node_waits_for_seconds() {
    let mut of = installation();
    let mut ids = of.push(jobs(1));
    finish(&mut of, &ids.clone());
    let n_ticks = of.told.n_ticks;
    ids.extend(of.push(jobs(1)));
    let took = seconds_to(&mut of, |of| of.told.taken.len() == 2);
    assert!(took < 8, "{took} s on a warm node");
    finish(&mut of, &ids);
    assert!(of.told.n_ticks - n_ticks <= 3, "the job, its end, and a minute: {}", of.told.n_ticks - n_ticks);
}

#[test]
fn a_hundred_jobs_run_on_as_many_nodes_as_they_fill() {
    let mut of = installation();
    let ids = of.push(jobs(100));
    finish(&mut of, &ids);
    let n_started: u32 = of.told.started.values().sum();
    assert_eq!(n_started, 100, "a launch for each job");
    assert_eq!(of.told.errors, Vec::<String>::new());
}

#[test]
fn a_matrix_of_256_arriving_in_a_second_costs_a_handful_of_ticks() {
    let mut of = installation();
    of.github().settings.timing.hook_latency = (std::time::Duration::ZERO, std::time::Duration::from_secs(1));
    let ids = of.push(jobs(256));
    of.run_for(std::time::Duration::from_secs(5));
    assert!(of.told.n_ticks <= 10, "{} ticks", of.told.n_ticks);
    finish(&mut of, &ids);
    assert!(is_quiet(&of));
}
