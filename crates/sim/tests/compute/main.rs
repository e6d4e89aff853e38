//! The compute model's documented behaviour, case by case, in virtual time.

mod bench;

mod auto_scaling;
mod capacity;
mod container_instances;
mod ec2;
mod events;
mod run_task;
mod task_definitions;
mod tasks;
