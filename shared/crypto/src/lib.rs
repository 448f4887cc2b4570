//! The few cryptographic operations that Holdfast is built on, behind one trait.
