//! How deep the stack has ever been, so that its budget is checked against the truth.

/// What the start-up code paints the free memory with (cortex-m-rt's feature `paint-stack`).
const PAINT: u32 = 0xCCCC_CCCC;

/// The bytes it may ever take, as this board's `Cargo.toml` states them.
pub const BUDGET: usize = budget(env!("STACK_BUDGET"));

unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

/// The bytes from one look to the next. What the stack uses is never so sparse that this misses it by more.
const STEP: usize = 64;

/// The most bytes of stack that were in use at any time since the start, to the next [`STEP`]. It looks through
/// all of the free memory: something for idle time.
pub fn deepest() -> usize {
    let top = &raw const _stack_start as usize;
    let mut at = &raw const _stack_end as usize;
    // SAFETY: both symbols are set by the linker script: aligned addresses, with memory from the one up to
    // the other that nothing but the stack uses; it is only read, a whole number of words from its start.
    while at < top && unsafe { core::ptr::read_volatile(at as *const u32) } == PAINT {
        at = at.saturating_add(STEP);
    }
    top.saturating_sub(at)
}

const fn budget(digits: &str) -> usize {
    match usize::from_str_radix(digits, 10) {
        Ok(bytes) => bytes,
        Err(_) => panic!("the stack's budget is a number"),
    }
}
