//! What nodes say of themselves, and by whose role.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use control::node::{Heard, Said, announce};
use model::Trust;
use model::id::InstanceId;
use model::node::{Node, NodeState};
use model::size::{CpuUnits, Mib, Size};
use sim::installation::Installation;
use wire::ledger::Row;

use crate::common::{finish, installation, jobs};

const SAID: [Said; 2] =
    [Said::Ready(Size { cpu: CpuUnits(1_048_576), memory: Mib(1_048_576) }), Said::Farewell];

fn node(of: &Installation) -> Option<Node> {
    of.ledger.rows().into_iter().find_map(|row| if let Row::Node(node) = row { Some(node) } else { None })
}

/// Until the only node is so.
fn until(of: &mut Installation, state: NodeState) -> InstanceId {
    let is_so = |of: &Installation| node(of).is_some_and(|node| node.state == state);
    assert!(of.run_until(Duration::from_mins(2), is_so), "{:#?}", of.ledger.rows());
    node(of).expect("it is there").id
}

fn hear(of: &Installation, node: &InstanceId, tier: Trust, said: Said) -> Heard {
    let now = of.clock.now();
    let heard = pin!(announce(of.ports.ledger.as_ref(), &of.rules, (node, tier), said, now));
    match heard.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(heard) => heard.expect("the ledger answers"),
        Poll::Pending => unreachable!("all ports answer at once"),
    }
}

#[test]
fn who_speaks_by_the_role_of_another_tier_is_refused_and_changes_nothing() {
    let mut of = installation();
    let ids = of.push(jobs(1));
    for state in [NodeState::Ordered, NodeState::Ready] {
        let id = until(&mut of, state);
        let before = of.ledger.rows();
        for said in SAID {
            assert_eq!(hear(&of, &id, Trust::Untrusted, said), Heard::Refused, "{said:?} of {state:?}");
        }
        assert_eq!(of.ledger.rows(), before);
    }
    finish(&mut of, &ids);
}

#[test]
fn a_node_that_nobody_has_ordered_is_told_to_ask_again() {
    let of = installation();
    for (tier, said) in [Trust::Trusted, Trust::Untrusted].into_iter().zip(SAID) {
        assert_eq!(hear(&of, &"i-0123456789abcdef0".into(), tier, said), Heard::Later);
    }
    assert_eq!(of.ledger.rows(), []);
}

#[test]
fn a_node_that_is_ready_is_ready_when_it_says_so_again_and_drains_when_it_goes() {
    let mut of = installation();
    let ids = of.push(jobs(1));
    let id = until(&mut of, NodeState::Ready);
    let before = node(&of);
    assert_eq!(hear(&of, &id, Trust::Trusted, SAID[0]), Heard::Ok);
    assert_eq!(node(&of), before, "what it registered is not for it to say twice");
    assert_eq!(hear(&of, &id, Trust::Trusted, Said::Farewell), Heard::Ok);
    assert_eq!(node(&of).map(|node| node.state), Some(NodeState::Draining));
    assert_eq!(hear(&of, &id, Trust::Trusted, SAID[0]), Heard::Ok);
    assert_eq!(node(&of).map(|node| node.state), Some(NodeState::Draining));
    finish(&mut of, &ids);
}
