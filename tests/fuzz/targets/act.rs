#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| huigao_tests::fuzz::act(bytes));
