//! What a dongle does: commands, sessions, policy.
