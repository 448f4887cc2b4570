//! What changes a device, and the device's own word for where it stands.

use holdfast_crypto::{Hash, Key};
use holdfast_document::{
    Authority, Class, DeviceId, DocumentError, DongleId, List, Received, StorageId, Time, TimeToken, V1,
    Vendor, VendorId, Verified,
};
use holdfast_license::statement::{Departed, Held, State};
use holdfast_license::update::{Answer, Carry, Depart, Install};
use holdfast_license::{Action, Purpose, Statement, Update};
use rand_core::CryptoRng;

use crate::offer::{self, Made};
use crate::office::list;
use crate::remembered::Remembered;
use crate::{IssueError, Offer, Office, Succession};

/// Where a device stands with a vendor, by a statement that it signed: what the next update must be
/// addressed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The vendor.
    pub vendor: VendorId,
    /// The device.
    pub dongle: DongleId,
    /// The format of its storage.
    pub storage: StorageId,
    /// Updates of this vendor that it has applied.
    pub update: u32,
    /// The digest of the statement.
    pub statement: Hash,
    /// Whether the statement asks for an answer of the ledger.
    pub is_request: bool,
    /// The digest of the last request whose answer the device took: proof of life.
    pub answered: Hash,
    /// The licenses that the statement speaks of.
    pub held: Vec<Held>,
    /// The licenses that it says it gave up.
    pub departed: Vec<Departed>,
    /// The key that secrets are sealed to, from the device's verified document.
    pub sealing: Key,
    /// The device's class, from the same.
    pub class: Class,
    /// The least class that the vendor seals secrets to.
    pub secrets_class: Class,
}

impl Standing {
    /// Reads a statement that a device made for this vendor, or *Enrolled* by the factory for any.
    /// It must come from a device of a maker that the vendor accepts, and of the vendor's sort.
    /// `record` is the vendor's founding record, with those that follow it behind it.
    ///
    /// # Errors
    /// [`IssueError::Refused`], [`IssueError::UnknownMaker`], [`IssueError::Mixed`].
    pub fn read(record: &[u8], statement: &[u8]) -> Result<Self, IssueError> {
        Self::with(Succession::read(record)?.newest(), statement)
    }

    /// The same with a vendor whose newest record was verified already: for many statements.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn with(vendor: &Verified<'_, Vendor<'_>>, statement: &[u8]) -> Result<Self, IssueError> {
        let received = Received::parse(statement)?;
        let statement = received.verify_accepted::<Remembered, Statement<'_>>(vendor, Time(0));
        let statement = statement.map_err(|why| match why {
            DocumentError::Mixed => IssueError::Mixed,
            DocumentError::BadSignature { link: 0 } => IssueError::UnknownMaker,
            why => IssueError::Refused(why),
        })?;
        Self::of(vendor, &statement)
    }

    fn of(
        vendor: &Verified<'_, Vendor<'_>>,
        statement: &Verified<'_, Statement<'_>>,
    ) -> Result<Self, IssueError> {
        let device = statement.device().ok_or(IssueError::UnknownMaker)?;
        let enrolled = statement.purpose == Purpose::Enrolled;
        if statement.device != DeviceId::Dongle(device.id()) || !(enrolled || statement.vendor == vendor.id())
        {
            return Err(DocumentError::WrongAuthority.into());
        }
        Ok(Self {
            vendor: vendor.id(),
            dongle: device.id(),
            storage: statement.storage,
            update: statement.update,
            statement: statement.digest(),
            is_request: statement.purpose == Purpose::Request,
            answered: statement.answered,
            held: statement.state.known().filter_map(held).collect(),
            departed: statement.state.known().filter_map(departed).collect(),
            sealing: device.sealing,
            class: device.class,
            secrets_class: vendor.secrets_class,
        })
    }
}

fn held(state: State) -> Option<Held> {
    match state {
        State::Held(held) => Some(held),
        State::Departed(_) | State::Returned(_) => None,
    }
}

fn departed(state: State) -> Option<Departed> {
    match state {
        State::Departed(departed) => Some(departed),
        State::Held(_) | State::Returned(_) => None,
    }
}

/// All that one update is to do.
#[derive(Clone, Debug, Default)]
pub struct Errand<'a> {
    /// Licenses to take; one of a hop above 0 with what an earlier device had used of it.
    pub installs: Vec<(&'a Offer<'a>, Option<Carry>)>,
    /// Licenses to give up. Only with an answer.
    pub departs: Vec<Depart>,
    /// The ledger's answer to a request.
    pub answer: Option<Answer>,
}

/// Issues an update that installs these licenses, and answers the statement if it is a request.
///
/// # Errors
/// Those of [`errand`].
pub fn update(
    desk: &Office,
    device: &Standing,
    offers: &[&Offer<'_>],
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let answer = device.is_request.then_some(Answer { request: device.statement, time: now });
    let installs = offers.iter().map(|offer| (*offer, None)).collect();
    errand(desk, device, &Errand { installs, departs: Vec::new(), answer }, now, rng)
}

/// Issues an update that does all of an errand.
///
/// # Errors
/// [`IssueError::Name`], [`IssueError::Refused`]; where there are secrets, [`IssueError::NoSecret`] and
/// [`IssueError::WeakDevice`].
pub fn errand(
    desk: &Office,
    device: &Standing,
    errand: &Errand<'_>,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let licenses =
        errand.installs.iter().map(|(offer, carry)| Ok((license(desk, device, offer, now, rng)?, *carry)));
    let licenses = licenses.collect::<Result<Vec<_>, IssueError>>()?;
    let mut actions: Vec<Action<'_>> =
        licenses.iter().map(|(license, carry)| Action::Install(Install { license, carry: *carry })).collect();
    actions.extend(errand.departs.iter().copied().map(Action::Depart));
    actions.extend(errand.answer.map(Action::Answer));
    let actions = list(&actions)?;
    let body = Update {
        version: V1,
        signer: desk.signer(),
        issued: now,
        to: DeviceId::Dongle(device.dongle),
        storage: device.storage,
        vendor: device.vendor,
        base: device.update,
        actions: List::from_bytes(&actions),
    };
    desk.sign(&body, rng)
}

/// Signs a license for the device, without its chain: it travels in an update, which has the links.
fn license(
    desk: &Office,
    device: &Standing,
    offer: &Offer<'_>,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    if !offer.secrets.is_empty() && !device.class.reaches(device.secrets_class) {
        return Err(IssueError::WeakDevice { class: device.class, least: device.secrets_class });
    }
    let made = Made {
        vendor: device.vendor,
        device: DeviceId::Dongle(device.dongle),
        sealing: Some(device.sealing),
        signer: desk.signer(),
        issued: now,
    };
    offer::make(offer, &made, rng, |license, rng| desk.sign_bare(license, rng))
}

/// Signs a license for no device in particular, with its chain: a dated demo. It is a document of its
/// own, since an update has an address.
///
/// # Errors
/// [`IssueError::Name`]; [`IssueError::Refused`], also for an offer with a term that does not end, or
/// with meters, seats, secrets or rights; of a maker's office, [`IssueError::UnknownMaker`].
pub fn unbound(
    desk: &Office,
    offer: &Offer<'_>,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    alone(desk, offer, DeviceId::Unbound, now, rng)
}

/// Signs a license that is a document of its own: no device takes it in an update.
pub(crate) fn alone(
    desk: &Office,
    offer: &Offer<'_>,
    device: DeviceId,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let Authority::Vendor(vendor) = desk.authority() else { return Err(IssueError::UnknownMaker) };
    let made = Made { vendor, device, sealing: None, signer: desk.signer(), issued: now };
    offer::make(offer, &made, rng, |license, rng| desk.sign(license, rng))
}

/// Answers a statement of purpose *Time*: all that is needed of it is its digest.
///
/// # Errors
/// [`IssueError::Refused`]; of a maker's office, [`IssueError::UnknownMaker`].
pub fn time_token(
    authority: &Office,
    statement: Hash,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let Authority::Vendor(vendor) = authority.authority() else { return Err(IssueError::UnknownMaker) };
    let body = TimeToken { version: V1, signer: authority.signer(), vendor, answers: statement, time: now };
    authority.sign(&body, rng)
}
