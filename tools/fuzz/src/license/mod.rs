//! Licenses: what they grant, why not, and what may be charged.

pub mod decide;
mod drawn;
mod plain;
