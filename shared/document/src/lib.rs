//! Signed documents: the envelope, the chain of delegations, and the kinds that boot and factory need.
