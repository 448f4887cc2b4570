//! The simulator, in this process: the whole suite, and power cuts in the middle of commands.

mod answers;
mod bench;
mod decay;
mod full;
mod power_cut;
mod succession;
mod suite;
