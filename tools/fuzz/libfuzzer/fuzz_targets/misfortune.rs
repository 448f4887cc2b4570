//! `storage::misfortune` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| holdfast_fuzz::storage::misfortune::run(bytes));
