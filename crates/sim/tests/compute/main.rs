//! The compute model's documented behaviour, case by case, in virtual time.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on fails its test")]

mod bench;

mod auto_scaling;
mod capacity;
mod changing;
mod container_instances;
mod ec2;
mod events;
mod fargate;
mod interfaces;
mod limits;
mod providers;
mod run_task;
mod scale_in;
mod task_definitions;
mod tasks;
