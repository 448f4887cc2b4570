//! Licenses, and the one function that decides what they unlock.
