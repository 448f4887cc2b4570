//! `wire::device_frames` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| holdfast_fuzz::wire::device_frames::run(bytes));
