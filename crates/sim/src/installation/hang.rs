//! Runners that hang: the task goes on, and nothing is heard of it.

use super::{Due, Installation, Who};
use crate::numbers::ecs::STOP_TIMEOUT;
use crate::port::task_id;

const KILLED: i64 = 137;

impl Installation {
    pub(super) fn hang(&mut self, arn: &str, when: &str) {
        if let Some(task) = self.tasks.get_mut(arn) {
            task.hangs = true;
        }
        self.tell(Who::Task, "hangs", || format!("the runner of task {} hangs {when}", task_id(arn)));
    }

    /// It hears no SIGTERM.
    pub(super) fn wait_for_kill(&mut self, arn: &str) {
        if let Some(task) = self.tasks.get_mut(arn) {
            task.is_ending = true;
        }
        self.after(STOP_TIMEOUT, Due::TaskKilled(arn.to_owned()));
    }

    pub(super) fn kill(&mut self, arn: &str) {
        if self.tasks.contains_key(arn) {
            self.tell(Who::Task, "killed", || format!("task {} is killed", task_id(arn)));
            self.leave(arn, KILLED);
        }
    }
}
