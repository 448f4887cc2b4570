//! One suite against anything that claims to be a dongle.
