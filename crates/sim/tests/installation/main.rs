//! A whole Quillon in virtual time: what becomes of jobs, in good and bad weather.

mod announcing;
mod batch;
mod claim;
mod common;
mod delivery;
mod draining;
mod failing;
mod forge;
mod hanging;
mod held;
mod provider;
mod serverless;
mod spot;
mod standing;
mod stopped;
mod storm;
mod trust;
mod vain;
