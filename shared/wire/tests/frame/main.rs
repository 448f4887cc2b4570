//! The framing, against its laws and its golden vectors.

#[path = "../golden/mod.rs"]
mod golden;

mod cast;
mod hostile;
mod laws;
mod vectors;
