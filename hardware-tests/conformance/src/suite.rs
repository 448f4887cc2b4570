//! All checks, and how to run one.

use crate::line::{Broken, Line};
use crate::subject::{Given, Subject};
use crate::{charging, commands, documents, framing, handshake, init, sealed};

/// A law, and the conversation that finds out whether it holds.
pub struct Check {
    /// By which it is called: the name of its function.
    pub name: &'static str,
    /// What must hold, in a sentence.
    pub law: &'static str,
    /// What the dongle must have been through before.
    pub needs: Needs,
    /// The conversation.
    pub run: fn(&mut Line<'_>) -> Result<(), Broken>,
}

/// How far a dongle must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Nothing: a blank board will do.
    Power,
    /// It has keys.
    Keys,
    /// It has left the factory and holds the reference license, on which nothing was charged. Each such check
    /// gets a dongle of its own.
    License,
}

/// All of them, in the order in which they build on one another.
pub fn all() -> impl Iterator<Item = &'static Check> {
    let groups: [&'static [Check]; 7] = [
        init::CHECKS,
        framing::CHECKS,
        handshake::CHECKS,
        sealed::CHECKS,
        commands::CHECKS,
        documents::CHECKS,
        charging::CHECKS,
    ];
    groups.into_iter().flatten()
}

impl Check {
    /// Runs it against a dongle that is as far as it [`needs`](Self::needs).
    ///
    /// # Errors
    /// [`Broken`]: the law does not hold there. The dongle is left in the middle of the conversation.
    pub fn against(&self, subject: &mut dyn Subject, given: Option<&Given>) -> Result<(), Broken> {
        (self.run)(&mut Line::new(subject, given))
    }
}

/// Makes the table of a file's checks: `function, needs: law`.
macro_rules! checks {
    ($($run:ident, $needs:ident: $law:literal;)*) => {
        pub(crate) const CHECKS: &[$crate::suite::Check] = &[$($crate::suite::Check {
            name: stringify!($run),
            law: $law,
            needs: $crate::suite::Needs::$needs,
            run: $run,
        }),*];
    };
}
pub(crate) use checks;
