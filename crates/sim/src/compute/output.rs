//! What the machine tells the outside: EventBridge's events, and what a node's stand-in must do.

use super::time::{Time, text_to_the_second};
use serde_json::{Value, json};

/// Something that happened and that somebody outside may act on.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    Event(Event),
    /// The machine runs; its agent may register now (`Machine::agent_registered`).
    NodeBooted(NodeBooted),
    /// The machine is being shut down: everything on it ends now, nothing is to be reported.
    NodeGone {
        instance_id: String,
    },
    /// ECS gave a task to this node's agent: start it.
    TaskPlaced(Box<TaskPlaced>),
    /// SIGTERM to every container, SIGKILL after its `stopTimeout`.
    TaskStopRequested {
        /// Empty on Fargate.
        instance_id: String,
        task_arn: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeBooted {
    pub instance_id: String,
    pub instance_type: String,
    pub availability_zone: String,
    pub private_ip: String,
    /// The Auto Scaling group it belongs to.
    pub group: Option<String>,
    /// The instance profile of the launch template, as it names it.
    pub instance_profile: Option<String>,
    /// The cluster its agent will join.
    pub cluster: String,
}

/// A task as the agent gets it: definition and overrides already made one.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskPlaced {
    /// Empty on Fargate.
    pub instance_id: String,
    pub cluster_arn: String,
    pub task_arn: String,
    pub task_id: String,
    pub family: String,
    pub revision: u32,
    pub started_by: Option<String>,
    pub task_role_arn: Option<String>,
    pub execution_role_arn: Option<String>,
    /// CPU units and MiB of the task as a whole, where definition or overrides set them.
    pub cpu: Option<u64>,
    pub memory_mib: Option<u64>,
    /// Container definitions with the overrides applied, as `DescribeTaskDefinition` spells them.
    pub containers: Vec<Value>,
    pub volumes: Value,
}

/// One event on the default bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: String,
    pub at: Time,
    pub kind: EventKind,
    pub resources: Vec<String>,
    pub detail: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    TaskStateChange,
    ContainerInstanceStateChange,
    ContainerInstanceHealthChange,
    InstanceStateChange,
    SpotInterruptionWarning,
    RebalanceRecommendation,
    LaunchSuccessful,
    LaunchUnsuccessful,
    TerminateSuccessful,
    TerminateUnsuccessful,
    LaunchLifecycleAction,
    TerminateLifecycleAction,
}

impl EventKind {
    pub fn detail_type(self) -> &'static str {
        match self {
            Self::TaskStateChange => "ECS Task State Change",
            Self::ContainerInstanceStateChange => "ECS Container Instance State Change",
            Self::ContainerInstanceHealthChange => "ECS Container Instance Health Change",
            Self::InstanceStateChange => "EC2 Instance State-change Notification",
            Self::SpotInterruptionWarning => "EC2 Spot Instance Interruption Warning",
            Self::RebalanceRecommendation => "EC2 Instance Rebalance Recommendation",
            Self::LaunchSuccessful => "EC2 Instance Launch Successful",
            Self::LaunchUnsuccessful => "EC2 Instance Launch Unsuccessful",
            Self::TerminateSuccessful => "EC2 Instance Terminate Successful",
            Self::TerminateUnsuccessful => "EC2 Instance Terminate Unsuccessful",
            Self::LaunchLifecycleAction => "EC2 Instance-launch Lifecycle Action",
            Self::TerminateLifecycleAction => "EC2 Instance-terminate Lifecycle Action",
        }
    }

    pub fn source(self) -> &'static str {
        match self {
            Self::TaskStateChange
            | Self::ContainerInstanceStateChange
            | Self::ContainerInstanceHealthChange => "aws.ecs",
            Self::InstanceStateChange | Self::SpotInterruptionWarning | Self::RebalanceRecommendation => {
                "aws.ec2"
            }
            Self::LaunchSuccessful
            | Self::LaunchUnsuccessful
            | Self::TerminateSuccessful
            | Self::TerminateUnsuccessful
            | Self::LaunchLifecycleAction
            | Self::TerminateLifecycleAction => "aws.autoscaling",
        }
    }
}

impl Event {
    /// The event as EventBridge delivers it.
    pub fn envelope(&self, account: &str, region: &str) -> Value {
        json!({
            "version": "0",
            "id": self.id,
            "detail-type": self.kind.detail_type(),
            "source": self.kind.source(),
            "account": account,
            "time": text_to_the_second(self.at),
            "region": region,
            "resources": self.resources,
            "detail": self.detail,
        })
    }
}
