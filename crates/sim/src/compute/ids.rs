//! Every id the services hand out, drawn from one seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One stream per kind of id, so that one more id of a kind renumbers no other kind.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    seed: u64,
    drawn: BTreeMap<&'static str, u64>,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: BTreeMap::new() }
    }

    /// `n` hexadecimal digits.
    pub(crate) fn hex(&mut self, kind: &'static str, n: usize) -> String {
        let mut digits = String::new();
        while digits.len() < n {
            let _ = write!(digits, "{:016x}", self.draw(kind));
        }
        digits.truncate(n);
        digits
    }

    pub(crate) fn uuid(&mut self, kind: &'static str) -> String {
        let digits = self.hex(kind, 32);
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        parts.join("-")
    }

    fn draw(&mut self, kind: &'static str) -> u64 {
        let drawn = self.drawn.entry(kind).or_default();
        *drawn += 1;
        let of_kind = kind.bytes().fold(self.seed, |hash, byte| mix(hash ^ u64::from(byte)));
        mix(of_kind.wrapping_add(*drawn))
    }
}

/// The finaliser of splitmix64: neighbours in, strangers out.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
