//! How deep the stack has ever been, so that its budget is checked against the truth.

/// What the start-up code paints the free memory with (cortex-m-rt's feature `paint-stack`).
const PAINT: u32 = 0xCCCC_CCCC;

unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

/// The most bytes of stack that were in use at any time since the start. It reads all of the free memory:
/// something for idle time.
pub fn deepest() -> usize {
    let top = &raw const _stack_start as usize;
    let mut at = &raw const _stack_end as usize;
    // SAFETY: both symbols are set by the linker script: aligned addresses, with memory from the one up to
    // the other that nothing but the stack uses; it is read word by word and never written.
    while at < top && unsafe { core::ptr::read_volatile(at as *const u32) } == PAINT {
        at = at.saturating_add(size_of::<u32>());
    }
    top.saturating_sub(at)
}
