//! The dongle on this board: reports in, the dongle's core, reports out.
//!
//! Its command line: `flash=FILE`; `touch=always`; `stack=show` says on standard error how deep the stack has
//! been whenever it was deeper than before. A stack deeper than the board's budget stops the machine.

#![no_std]
#![no_main]

use cortex_m_rt::{ExceptionFrame, entry, exception};
use cortex_m_semihosting::heprintln;
use holdfast_board_qemu::{
    arguments::Arguments,
    clock::{self, Clock},
    emulated::EmulatedBoard,
    panic::stop,
    serial::{self, Serial},
    stack,
};
use holdfast_dongle::{MoreWork, Port};

#[entry]
fn main() -> ! {
    let Some(mut peripherals) = cortex_m::Peripherals::take() else { stop(format_args!("started twice")) };
    let arguments = Arguments::from_host();
    let mut clock = Clock::start(peripherals.SYST);
    let mut serial = Serial::new(&mut peripherals.NVIC);
    let mut watch =
        StackWatch { shown: arguments.value("stack").is_some_and(|it| it == c"show"), deepest: 0, due: true };
    let mut dongle = match EmulatedBoard::start(&arguments) {
        Ok(board) => Port::start(board),
        Err(why) => stop(format_args!("{why}")),
    };
    loop {
        if let Some(report) = serial.receive() {
            dongle.report(clock.now(), &report);
            while let Some(report) = dongle.next_report(clock.now()) {
                serial.send(&report);
            }
            watch.due = true;
        } else if serial.is_within_report() || dongle.idle(clock.now()) == MoreWork::Yes {
            // The rest of a report is a moment away; work that nobody waits for has more steps.
        } else {
            dongle.tick(clock.now());
            while let Some(report) = dongle.next_report(clock.now()) {
                serial.send(&report);
            }
            watch.look();
            serial.sleep();
        }
    }
}

/// Holds the stack against its budget.
struct StackWatch {
    shown: bool,
    deepest: usize,
    /// Something was done since the last look.
    due: bool,
}

impl StackWatch {
    fn look(&mut self) {
        if !core::mem::take(&mut self.due) {
            return;
        }
        let now = stack::deepest();
        if now <= self.deepest {
            return;
        }
        self.deepest = now;
        if self.shown {
            heprintln!("stack: {} bytes, of {}", now, stack::BUDGET);
        }
        if now > stack::BUDGET {
            stop(format_args!("the stack was {now} bytes deep, of {}", stack::BUDGET));
        }
    }
}

#[exception]
fn SysTick() {
    clock::on_tick();
}

#[exception]
unsafe fn DefaultHandler(_number: i16) {
    serial::on_interrupt();
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    stop(format_args!("hard fault at {:#x}", frame.pc()))
}
