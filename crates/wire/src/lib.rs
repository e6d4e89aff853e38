pub mod claim;
