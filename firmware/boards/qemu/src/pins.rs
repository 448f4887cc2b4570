//! The two things a person meets: a button to touch and a light.

use core::convert::Infallible;

use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

use crate::arguments::Arguments;

/// The board's LEDs ("FPGA system control and I/O", ARM application note 386, section 4.4).
const LEDS: *mut u32 = 0x4002_8000 as *mut u32;

/// The touch button. Nobody can touch an emulated board, so the word `touch=always` on its command line
/// stands for a finger that never leaves it.
pub struct Touch {
    touched: bool,
}

impl Touch {
    /// Touched always or never, as the command line says.
    pub fn new(arguments: &Arguments) -> Self {
        Self { touched: arguments.value("touch").is_some_and(|value| value == c"always") }
    }
}

impl ErrorType for Touch {
    type Error = Infallible;
}

impl InputPin for Touch {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.touched)
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.touched)
    }
}

/// The light, LED 0 of the board. QEMU keeps its state and shows it in its trace.
pub struct Light;

impl ErrorType for Light {
    type Error = Infallible;
}

impl OutputPin for Light {
    fn set_low(&mut self) -> Result<(), Infallible> {
        switch(0);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        switch(1);
        Ok(())
    }
}

fn switch(leds: u32) {
    // SAFETY: an aligned device register of this board that drives two LEDs and nothing else.
    unsafe { core::ptr::write_volatile(LEDS, leds) }
}
