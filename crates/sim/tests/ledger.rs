//! The suite of every ledger, on the one in memory.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use control::contract::ledger::every_case;
use model::time::Timestamp;
use sim::port::{Clock, SimLedger};

#[test]
fn the_ledger_in_memory_is_a_ledger() {
    let ledger = SimLedger::new(Clock::new(Timestamp(0)));
    let suite = pin!(every_case(&ledger));
    // It answers at once, so one look is enough.
    assert_eq!(suite.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()));
}
