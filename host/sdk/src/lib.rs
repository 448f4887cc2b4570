//! Ask a Holdfast device whether this program may run here, now, this much.
