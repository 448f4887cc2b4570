//! A license for a machine's TPM, as far as one can be issued without enrolment: *identity only*.
//!
//! The license names the machine's key by its Name (TPM 2.0 part 1, section 16), and whoever holds the
//! license to it has the machine sign a challenge. That is all a bare Name can carry. Secrets, units,
//! hours of use and releases rest on approvals, counters and certificates, which an enrolment brings
//! and nobody here has; so they are refused by name, and never sold as if they held.

use holdfast_document::{DeviceId, Time, TpmName};
use holdfast_license::Condition;
use holdfast_license::explain::Date;
use rand_core::CryptoRng;

use super::{Delivery, Desk, Line, Order, enter, line, offer};
use crate::ledger::Used;
use crate::{IssueError, Offer, Template, update};

/// The algorithm of a Name: SHA-256 (TPM 2.0 part 2, TPM_ALG_SHA256).
const SHA256: [u8; 2] = [0x00, 0x0b];

impl Desk {
    /// Issues a license to the TPM whose key has this Name. Nothing of the machine was verified, and
    /// its dates rest on its own clock; what was issued says both.
    ///
    /// # Errors
    /// [`IssueError::NotATpmName`]; [`IssueError::NotWithoutEnrolment`] for what a bare Name cannot
    /// carry; any other [`IssueError`]; the ledger's file is then as it was.
    pub fn issue_to_tpm(
        &mut self,
        template: &Template,
        order: &Order<'_>,
        machine: TpmName,
        now: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Delivery, IssueError> {
        if template.is_unbound() {
            return Err(IssueError::Unbound);
        }
        if !machine.0.starts_with(&SHA256) {
            return Err(IssueError::NotATpmName);
        }
        let Self { office, ledger, secrets, .. } = self;
        ledger.together(|ledger| {
            let (id, sold) = enter(ledger, office, template, order, &machine.to_string(), now, rng)?;
            let offer = offer(ledger, template, id, &sold, secrets)?;
            if let Some(what) = beyond_a_name(&offer) {
                return Err(IssueError::NotWithoutEnrolment { what });
            }
            let document = update::alone(office, &offer, DeviceId::Tpm(machine), now, rng)?;
            let line = Line { bounds: bounds(&offer), ..line(&offer, now, &Used::default()) };
            Ok(Delivery::of_one(document, vec![line]))
        })
    }
}

/// The first thing of an offer that needs more than a Name.
fn beyond_a_name(offer: &Offer<'_>) -> Option<&'static str> {
    let parts = [
        (!offer.secrets.is_empty(), "secrets"),
        (!offer.meters.is_empty(), "meters"),
        (offer.seats.is_some(), "seats"),
        (offer.transfer, "transfer"),
        (offer.lend.is_some(), "lending"),
    ];
    let part = parts.iter().find_map(|(there, what)| there.then_some(*what));
    part.or_else(|| offer.terms.iter().flat_map(|term| &term.conditions).find_map(condition_beyond))
}

/// What a condition asks for that nobody proves of a machine, or counts on it.
const fn condition_beyond(condition: &Condition<'_>) -> Option<&'static str> {
    match condition {
        Condition::From(_)
        | Condition::Until(_)
        | Condition::ReleasedBefore(_)
        | Condition::VirtualMachine(_)
        | Condition::RemoteSession(_) => None,
        Condition::DaysFromFirstUse(_) => Some("days_from_first_use"),
        Condition::UsageTime(_) => Some("usage_time"),
        Condition::Units(_) => Some("units"),
        Condition::FreshWithin(_) => Some("fresh_within"),
        Condition::Machine(_) => Some("machine"),
        Condition::Touch(_) => Some("touch"),
        Condition::Paired(()) => Some("paired"),
        Condition::FirmwareAtLeast(_) => Some("firmware_at_least"),
        Condition::ClassAtLeast(_) => Some("class_at_least"),
        Condition::Requires(_) => Some("requires"),
    }
}

fn bounds(offer: &Offer<'_>) -> Vec<String> {
    let dated = offer.terms.iter().filter_map(|term| {
        let until = term.conditions.iter().filter_map(|condition| match condition {
            Condition::Until(until) => Some(*until),
            _ => None,
        });
        let until = Date::from(until.min()?);
        Some(format!(
            "{}, until {until}: by the machine's own clock, which its owner can set back",
            term.edition
        ))
    });
    let unseen = "nothing was checked of the machine: the key of that name may lie anywhere".to_owned();
    dated.chain([unseen]).collect()
}
