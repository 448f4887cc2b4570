//! The reference vendor, from which every example, test and bench takes its data.
