//! The secure channel, against its laws, against an independent implementation of Noise, and
//! against its golden vectors.

#[path = "../golden/mod.rs"]
mod golden;

mod differential;
mod laws;
mod oracle;
mod pair;
mod vectors;
