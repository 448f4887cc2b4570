//! Issue, delegate, update, and the ledger of what was issued.
