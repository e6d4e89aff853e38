#![doc = include_str!("../README.md")]

pub mod claim;
pub mod ledger;
