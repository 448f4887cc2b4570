//! One license, signed, carried, enforced and explained: the demo and its test.
