//! ECS, Auto Scaling and EC2's instances as state machines in virtual time.

mod auto_scaling;
mod catalogue;
mod changing;
mod ec2;
mod ecs;
mod ids;
mod lookup;
mod machine;
mod output;
mod params;
mod refusal;
mod seen;
mod settings;
mod template;
mod throttle;
mod time;
mod timers;
mod trouble;

pub use catalogue::{InstanceType, instance_type, instance_types};
pub use changing::Changing;
pub use ec2::{Market, Shortage, Surcharge};
pub use ecs::ContainerExit;
pub use machine::Machine;
pub use output::{Event, EventKind, NodeBooted, Output, TaskPlaced};
pub use refusal::{Answer, Refusal, Service};
pub use settings::{Agents, BusRule, Settings, Timing};
pub use template::{Subnet, Template, TemplateRef};
pub use time::Time;
pub(crate) use time::parse as parse_time;
pub(crate) use time::text as time_text;
