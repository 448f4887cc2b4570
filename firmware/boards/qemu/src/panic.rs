//! What happens when the impossible does: say where, and stop the machine with a failure.
//!
//! A real board resets here. Under QEMU a silent reset would hide the very thing a test looks for.

use core::panic::PanicInfo;

use cortex_m_semihosting::{debug, heprintln};

#[panic_handler]
fn on_panic(panic: &PanicInfo<'_>) -> ! {
    stop(format_args!("{panic}"))
}

/// Says `why` on QEMU's standard error and ends it with a failure.
pub fn stop(why: core::fmt::Arguments<'_>) -> ! {
    heprintln!("board stopped: {}", why);
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}
