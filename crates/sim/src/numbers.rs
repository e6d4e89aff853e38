//! Every number of the world, with its source. Where nobody publishes one, it says who saw it, or that it is a guess.
//!
//! AWS's are of an account that never asked for more. What an invariant allows for stands with the invariant.

use std::time::Duration;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

const fn hours(n: u64) -> Duration {
    minutes(60 * n)
}

const fn days(n: u64) -> Duration {
    hours(24 * n)
}

/// GitHub: webhooks, runners, limits.
pub(crate) mod github {
    use super::{Duration, days, hours, minutes, seconds};

    /// A delivery without an answer for so long has failed (docs, best practices for webhooks).
    pub(crate) const HOOK_TIMEOUT: Duration = seconds(10);
    /// Deliveries are listed, and sent again, for three days (docs, redelivering webhooks).
    pub(crate) const HOOK_RETENTION: Duration = days(3);
    /// Between the `queued`, `waiting` and `queued` of an environment gate (seen, RunsOn #429).
    pub(crate) const GATE_STEP: Duration = Duration::from_millis(200);
    /// A runner that was offered a job and does not take it loses it (docs, routing precedence for self-hosted runners).
    pub(crate) const OFFER: Duration = seconds(60);
    /// A job is offered so often in all (seen with scale sets, actions-runner-controller #4602).
    pub(crate) const OFFERS: u32 = 3;
    /// A just-in-time runner that listens in vain is removed: two to six minutes (seen, actions/runner #4726).
    pub(crate) const IDLE_REMOVAL: Duration = minutes(5);
    /// An ephemeral runner that never connected is removed (docs, self-hosted runners reference).
    pub(crate) const UNUSED_REMOVAL: Duration = days(1);
    /// A session that does not poll is offline. A guess: two long polls and a little.
    pub(crate) const PRESENCE: Duration = minutes(2);
    /// A long poll of the broker (sources of actions/runner).
    pub(crate) const POLL: Duration = seconds(50);
    /// How far ahead each renewal locks a job, about (sources of actions/runner, `JobDispatcher`).
    pub(crate) const LOCK: Duration = minutes(10);
    /// A runner lost in the middle of a job stays busy, and cannot be deleted: for hours (seen, actions-runner-controller #1318).
    pub(crate) const GHOST_BUSY: Duration = hours(1);
    /// A runner that does not end a cancelled job loses it (docs, workflow cancellation).
    pub(crate) const CANCEL_GRACE: Duration = minutes(5);
    /// A job queued for so long is cancelled (docs, usage limits of self-hosted runners).
    pub(crate) const QUEUE: Duration = days(1);
    /// Runs are known for so long. A guess: logs of private repositories are kept no longer (docs).
    pub(crate) const RUN_RETENTION: Duration = days(400);
    /// A run may be run again within 30 days (docs), fifty times (changelog, 10 April 2026).
    pub(crate) const RERUN_WINDOW: Duration = days(30);
    pub(crate) const RERUNS: u32 = 50;
    /// Requests an hour, of an App's installation (docs, rate limits for GitHub Apps).
    pub(crate) const CORE: u64 = 5_000;
    /// `actions_runner_registration`, an hour (GitHub's OpenAPI description of `GET /rate_limit`).
    pub(crate) const REGISTRATIONS: u64 = 10_000;
    /// A minute: a read is one, a write is five (docs, rate limits for the REST API).
    pub(crate) const POINTS: u64 = 900;
    /// In five minutes, for one organization or repository (docs, limits of Actions).
    pub(crate) const REGISTRATION_BURST: u64 = 1_500;
    /// (docs, limits of Actions).
    pub(crate) const RUNNERS_PER_GROUP: usize = 10_000;
    /// Of a list (docs, pagination in the REST API).
    pub(crate) const PAGE: usize = 100;
}

/// Machines and groups of them.
pub(crate) mod ec2 {
    use super::{Duration, hours, minutes, seconds};

    /// From a changed desired capacity to the launch. A guess: "within seconds".
    pub(crate) const GROUP_REACTS: Duration = seconds(2);
    /// From an instance that died to its replacement: status checks run every minute (EC2 user guide).
    pub(crate) const HEALTH_CHECK: Duration = seconds(60);
    /// A launch that failed is tried again (Auto Scaling user guide, without a number). A guess.
    pub(crate) const LAUNCH_RETRY: Duration = seconds(60);
    /// After so long of nothing but failed launches AWS suspends them itself (Auto Scaling user guide, administrative
    /// suspension).
    pub(crate) const LAUNCHES_GIVEN_UP: Duration = hours(24);
    /// From pending to running (seen, awslabs/amazon-eks-ami #1099: kernel and init take 12 s).
    pub(crate) const RUNS_AFTER: Duration = seconds(12);
    /// From running to a registered agent (seen by users of the ECS AMI: some 40 s from the launch).
    pub(crate) const AGENT_REGISTERS: Duration = seconds(28);
    /// From shutting-down to terminated. Commonly half a minute.
    pub(crate) const TERMINATES: Duration = seconds(30);
    /// Between the warning and the reclaim of a Spot instance (EC2 user guide, interruption notices).
    pub(crate) const SPOT_WARNING: Duration = minutes(2);
    /// A spot price holds so long. A guess: they change a few times a day.
    pub(crate) const SPOT_PRICE_HOLDS: Duration = hours(6);
    /// How far a spot price is from the usual one at most, as a part of it. A guess: within one Region zones are commonly
    /// a few to some twenty per cent apart.
    pub(crate) const SPOT_PRICE_SWING: f64 = 0.1;
    /// Activities are told of for six weeks (API reference of `DescribeScalingActivities`).
    pub(crate) const ACTIVITIES_TOLD: Duration = hours(6 * 7 * 24);
    /// Lifecycle hooks and scheduled actions that a group may have (Auto Scaling user guide, quotas).
    pub(crate) const HOOKS: usize = 50;
    pub(crate) const SCHEDULED_ACTIONS: usize = 125;
    /// Instances that one request launches, and ends (API references of `LaunchInstances` and
    /// `TerminateInstanceInAutoScalingGroup`).
    pub(crate) const LAUNCHED_AT_ONCE: u32 = 100;
    pub(crate) const ENDED_AT_ONCE: usize = 100;
}

/// Tasks and the machines under them.
pub(crate) mod ecs {
    use super::{Duration, days, hours, minutes, seconds};

    /// Reads show what was true so long ago: "eventual consistency" (API reference of `RunTask`). The length is a guess.
    pub(crate) const READ_LAG: Duration = Duration::from_millis(500);
    /// From shutting-down to ECS's notice of it. A guess.
    pub(crate) const HOST_LOSS_NOTICED: Duration = seconds(5);
    /// Pull of an image that the host has. A guess.
    pub(crate) const PULLS: Duration = seconds(2);
    /// From the pulled image to RUNNING. A guess.
    pub(crate) const STARTS: Duration = seconds(1);
    /// From SIGTERM to the last container's exit, where nothing hangs. A guess.
    pub(crate) const STOPS: Duration = seconds(1);
    /// A network interface of a task's own is attached before PENDING, and taken away before STOPPED: seconds each
    /// (developer guide, task lifecycle, without a number). A guess.
    pub(crate) const INTERFACE_ATTACHES: Duration = seconds(5);
    pub(crate) const INTERFACE_DETACHES: Duration = seconds(5);
    /// A host that gets a trunk is REGISTERING meanwhile, and DEREGISTERING while it loses it (developer guide, ENI
    /// trunking, without a number). A guess.
    pub(crate) const TRUNK_SETTLES: Duration = seconds(10);
    /// The attachments of a cluster are `UPDATE_IN_PROGRESS` after its capacity providers changed (API reference of
    /// `Cluster`, without a number). A guess.
    pub(crate) const CLUSTER_UPDATES: Duration = seconds(10);
    /// The longest `stopTimeout` on Fargate (API reference of `ContainerDefinition`), and the one that runners have.
    pub(crate) const STOP_TIMEOUT: Duration = seconds(120);
    /// From PROVISIONING to PENDING on Fargate: a machine and its network interface. Commonly ten to twenty seconds.
    pub(crate) const FARGATE_PROVISIONS: Duration = seconds(15);
    /// Fargate caches nothing: a pull takes tens of seconds.
    pub(crate) const FARGATE_PULLS: Duration = seconds(20);
    /// A task that finds no room in PROVISIONING is given up: 10 to 30 minutes (developer guide, managed scaling).
    pub(crate) const PROVISIONING_GIVEN_UP: Duration = minutes(15);
    /// Tasks in PROVISIONING a cluster may have (developer guide, quotas; it cannot be raised).
    pub(crate) const PROVISIONING: usize = 500;
    /// A deregistered revision may still be run: up to ten minutes (API reference of `DeregisterTaskDefinition`).
    pub(crate) const REVISION_LINGERS: Duration = minutes(10);
    /// STOPPED tasks, INACTIVE hosts and terminated instances are shown for an hour (API reference of `DescribeTasks`;
    /// EC2 user guide).
    pub(crate) const DEAD_ARE_SHOWN: Duration = hours(1);
    /// DELETED follows STOPPED (developer guide, task lifecycle); when, and how long, nobody says. A guess.
    pub(crate) const DELETED_ARE_SHOWN: Duration = minutes(1);
    /// A token of `RunTask` lives as long as its task and an hour, a day at most (API reference of `RunTask`).
    pub(crate) const TOKEN_LIVES: Duration = days(1);
    pub(crate) const TOKEN_OUTLIVES: Duration = hours(1);
    /// Instances registered with one cluster (endpoints and quotas).
    pub(crate) const CONTAINER_INSTANCES: usize = 5_000;
    /// Instances whose state one request changes, and attributes of one request (API references of
    /// `UpdateContainerInstancesState` and `PutAttributes`).
    pub(crate) const AT_ONCE: usize = 10;
    /// From ECS through EventBridge to the queue. A guess.
    pub(crate) const EVENT_TAKES: Duration = Duration::from_millis(800);
    /// The agent asks its machine once a second whether it is taken back (ECS agent, `ECS_ENABLE_SPOT_INSTANCE_DRAINING`).
    pub(crate) const AGENT_SEES_AFTER: Duration = seconds(1);
}

/// Token buckets of an account and Region: name, what it holds, what it gains a second.
pub(crate) mod bucket {
    pub(crate) type Bucket = (&'static str, f64, f64);

    /// ECS's (developer guide, request throttling).
    pub(crate) const CLUSTER_RESOURCE_MODIFY: Bucket = ("ecs cluster resource modify", 100.0, 40.0);
    pub(crate) const CLUSTER_RESOURCE_READ: Bucket = ("ecs cluster resource read", 100.0, 20.0);
    pub(crate) const AGENT_MODIFY: Bucket = ("ecs agent modify", 200.0, 120.0);
    pub(crate) const TASK_DEFINITION_MODIFY: Bucket = ("ecs task definition modify", 20.0, 1.0);
    pub(crate) const TASK_DEFINITION_READ: Bucket = ("ecs task definition read", 50.0, 20.0);
    pub(crate) const CAPACITY_PROVIDER_MODIFY: Bucket = ("ecs capacity provider modify", 10.0, 1.0);
    pub(crate) const CAPACITY_PROVIDER_READ: Bucket = ("ecs capacity provider read", 50.0, 20.0);
    pub(crate) const TAG_MODIFY: Bucket = ("ecs tag modify", 20.0, 10.0);
    pub(crate) const CLUSTER_MODIFY: Bucket = ("ecs cluster modify", 20.0, 1.0);
    pub(crate) const CLUSTER_READ: Bucket = ("ecs cluster read", 50.0, 20.0);
    /// On Fargate besides (developer guide, request throttling).
    pub(crate) const FARGATE_RUN_TASK: Bucket = ("ecs run task on fargate", 20.0, 20.0);
    /// Auto Scaling publishes none. A guess.
    pub(crate) const AUTO_SCALING_READ: Bucket = ("autoscaling read", 100.0, 20.0);
    pub(crate) const AUTO_SCALING_WRITE: Bucket = ("autoscaling write", 20.0, 5.0);
    /// EC2's (API developer guide, request throttling).
    pub(crate) const EC2_DESCRIBE: Bucket = ("ec2 describe", 100.0, 20.0);
    /// `DescribeInstances` without a filter or a page.
    pub(crate) const EC2_DESCRIBE_ALL: Bucket = ("ec2 describe all instances", 50.0, 10.0);
    pub(crate) const EC2_TERMINATE: Bucket = ("ec2 terminate requests", 100.0, 5.0);
    pub(crate) const EC2_TERMINATED: Bucket = ("ec2 terminate instances", 1000.0, 20.0);
}

/// Ledger and doorbell.
pub(crate) mod aws {
    use super::{Duration, hours, minutes, seconds};

    /// `DynamoDB` deletes what has expired within days (developer guide, time to live).
    pub(crate) const EXPIRED_LINGERS: Duration = hours(48);
    /// One page of a `Query`, in bytes, and the changes of one transaction (`DynamoDB` developer guide, quotas).
    pub(crate) const PAGE_BYTES: u64 = 1_000_000;
    pub(crate) const CHANGES: usize = 100;
    /// One batch of a FIFO queue (Lambda developer guide, SQS event source).
    pub(crate) const BATCH: usize = 10;
    /// As Terraform sets up the doorbell: a message is received so often, and comes back after so long.
    pub(crate) const RECEIVES: u32 = 2;
    pub(crate) const VISIBILITY: Duration = minutes(1);
    /// As Terraform sets up the clock.
    pub(crate) const SWEEP_EVERY: Duration = minutes(1);
    /// From a message to the function. A guess.
    pub(crate) const HEARD_AFTER: Duration = Duration::from_millis(50);
    /// A tick asks a dozen things, some of them slow. A guess.
    pub(crate) const TICK_TAKES: Duration = Duration::from_millis(400);
    /// The queue's clock and the scaler's differ by less. A guess.
    pub(crate) const SKEW: Duration = seconds(1);
    /// A page is asked for when the one before it has come. A guess.
    pub(crate) const ANSWER_TAKES: Duration = Duration::from_millis(20);
}

/// Our own programs on a node.
pub(crate) mod node {
    use super::{Duration, seconds};

    /// From the agent's registration to the announcement: longer than ECS's reads lag.
    pub(crate) const ANNOUNCES_AFTER: Duration = seconds(1);
    pub(crate) const ASKS_AGAIN_AFTER: Duration = seconds(5);
    /// From the placement to the first claim: images are on the host. A guess.
    pub(crate) const CLAIMS_AFTER: Duration = seconds(2);
    /// The engine's last write, after the runner has gone. A guess.
    pub(crate) const ENDS_AFTER: Duration = seconds(1);
    /// The pause after a lost answer, doubled with each.
    pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(500);
    pub(crate) const LONGEST_PAUSE: Duration = seconds(30);
}
