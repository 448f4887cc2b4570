//! What cuts power in the middle of a flash operation, so that a story can end there and go on.

use std::sync::Mutex;

/// What happens when an operation is interrupted. Half of it has then been carried out.
#[derive(Clone, Copy, Debug)]
pub enum Interruption {
    /// The flash is dead until power comes back, for a dongle in this process.
    PowerCut,
    /// This is called and never returns, so that the process can be killed exactly there.
    Stall(fn() -> !),
}

/// Counts the writes and erases of a flash, and interrupts one of them.
#[derive(Debug, Default)]
pub struct Fuse {
    armed: Mutex<Option<(u64, Interruption)>>,
}

impl Fuse {
    /// Interrupts the `operation`-th write or page erase from now: 1 is the next.
    pub fn blow_at(&self, operation: u64, how: Interruption) {
        *self.state() = Some((operation, how));
    }

    /// Interrupts nothing. Tells whether the fuse was still waiting for its operation.
    pub fn disarm(&self) -> bool {
        self.state().take().is_some()
    }

    /// Counts one operation; how to interrupt it, if it is the one.
    pub(crate) fn count(&self) -> Option<Interruption> {
        let mut armed = self.state();
        let (left, how) = armed.as_mut()?;
        *left = left.saturating_sub(1);
        let how = *how;
        (*left == 0).then(|| {
            *armed = None;
            how
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Option<(u64, Interruption)>> {
        // What it guards is whole after every statement, whatever became of another thread.
        self.armed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod laws {
    use super::*;

    #[test]
    fn the_fuse_blows_at_its_operation_and_once() {
        let fuse = Fuse::default();
        assert!(fuse.count().is_none());
        fuse.blow_at(3, Interruption::PowerCut);
        assert_eq!([(); 5].map(|()| fuse.count().is_some()), [false, false, true, false, false]);
        assert!(!fuse.disarm());
        fuse.blow_at(1, Interruption::PowerCut);
        assert!(fuse.disarm());
        assert!(fuse.count().is_none());
    }
}
