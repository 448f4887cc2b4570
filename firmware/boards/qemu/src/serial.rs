//! The way to the host: reports of 64 bytes over the board's first serial port.
//!
//! Where a real board speaks USB HID, this one sends and takes the same reports as raw blocks of 64 bytes,
//! with nothing between them. The port is lossless in QEMU, which offers the next byte only once the last
//! one was taken, so there is nothing to resynchronize. It is the "CMSDK APB UART" of ARM's Cortex-M
//! System Design Kit (DDI 0479, section 4.3).

use cortex_m::{interrupt::InterruptNumber, peripheral::NVIC};

/// The size of a report, as on full-speed USB.
pub const REPORT: usize = 64;

const UART0: usize = 0x4000_4000;
const DATA: usize = 0x00;
const STATE: usize = 0x04;
const CONTROL: usize = 0x08;
const INTERRUPT_CLEAR: usize = 0x0C;
const BAUD_DIVIDER: usize = 0x10;

const TRANSMIT_FULL: u32 = 1 << 0;
const RECEIVE_FULL: u32 = 1 << 1;
const TRANSMIT_ENABLE: u32 = 1 << 0;
const RECEIVE_ENABLE: u32 = 1 << 1;
const RECEIVE_INTERRUPT: u32 = 1 << 3;
const RECEIVED: u32 = 1 << 1;

/// The interrupt of a received byte: number 0 on this board (ARM application note 386, section 3.4).
#[derive(Clone, Copy)]
struct ByteReceived;

// SAFETY: the board has this interrupt under this number, and the number never changes.
unsafe impl InterruptNumber for ByteReceived {
    fn number(self) -> u16 {
        0
    }
}

/// The serial port, with the part of a report that has come so far.
pub struct Serial {
    report: [u8; REPORT],
    filled: usize,
}

impl Serial {
    /// Switches the port on. It takes the processor's interrupt controller as the sign that it is the only
    /// one to do so.
    pub fn new(_sole_owner: &mut NVIC) -> Self {
        // The least divider the port allows; QEMU does not pace bytes by it.
        write(BAUD_DIVIDER, 16);
        write(CONTROL, TRANSMIT_ENABLE | RECEIVE_ENABLE | RECEIVE_INTERRUPT);
        Self { report: [0; REPORT], filled: 0 }
    }

    /// The next whole report, if all of its bytes have come. Never waits.
    pub fn receive(&mut self) -> Option<[u8; REPORT]> {
        while let Some(byte) = take_byte() {
            if let Some(place) = self.report.get_mut(self.filled) {
                *place = byte;
            }
            self.filled = self.filled.saturating_add(1);
            if self.filled >= REPORT {
                self.filled = 0;
                return Some(self.report);
            }
        }
        None
    }

    /// Whether a report has begun to come, and has not come whole.
    pub const fn is_within_report(&self) -> bool {
        self.filled > 0
    }

    /// Sends one report, waiting for as long as the host does not read.
    pub fn send(&mut self, report: &[u8; REPORT]) {
        for byte in report {
            while read(STATE) & TRANSMIT_FULL != 0 {}
            write(DATA, u32::from(*byte));
        }
    }

    /// Stops the processor until a byte comes or a millisecond has passed. Not to be called within a report,
    /// whose next byte is a moment away.
    pub fn sleep(&self) {
        // Interrupts are held back from the last look at the port until the processor sleeps; one that is
        // pending wakes it all the same, so no byte can slip between.
        cortex_m::interrupt::free(|_| {
            if read(STATE) & RECEIVE_FULL == 0 {
                // SAFETY: the handler of this interrupt shares no data with any critical section; all it
                // does is mask the interrupt again.
                unsafe { NVIC::unmask(ByteReceived) };
                cortex_m::asm::wfi();
            }
        });
    }
}

/// To be called by the handler of all interrupts: they exist to end a sleep, and need no more than to stop.
pub fn on_interrupt() {
    NVIC::mask(ByteReceived);
}

fn take_byte() -> Option<u8> {
    if read(STATE) & RECEIVE_FULL == 0 {
        return None;
    }
    // Cleared before the byte is taken: what comes after it raises the interrupt anew.
    write(INTERRUPT_CLEAR, RECEIVED);
    Some(read(DATA).to_le_bytes()[0])
}

fn read(register: usize) -> u32 {
    // SAFETY: called with the offsets above only: an aligned device register of this board, readable at
    // any time; reading has no effect on memory.
    unsafe { core::ptr::read_volatile((UART0.wrapping_add(register)) as *const u32) }
}

fn write(register: usize, value: u32) {
    // SAFETY: as for `read`; the port moves bytes only and has no access to memory.
    unsafe { core::ptr::write_volatile((UART0.wrapping_add(register)) as *mut u32, value) }
}
