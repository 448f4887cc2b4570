//! How a host and a dongle talk: frames, the secure channel, commands.
