//! One good document of each kind, as the cast signs it.

use holdfast_crypto::Hash;
use holdfast_document::revocations::{Part, Revoked, RevokedDelegation, RevokedFirmware};
use holdfast_document::{Authority, Body, Kind, Manifest, Revocations, Time, TimeToken, Units, V1};
use holdfast_license::statement::{Departed, Held, Nonce, State};
use holdfast_license::update::{Answer, Depart, Install};
use holdfast_license::{Action, LicenseId, Purpose, Statement};

use crate::cast::*;

/// A good document of each kind, and the name of a file for it.
pub(crate) fn all() -> [(Kind, &'static str, Vec<u8>); 10] {
    Kind::ALL.map(|kind| {
        let (name, document) = match kind {
            Kind::Vendor => ("vendor", founding()),
            Kind::Device => ("device", device()),
            Kind::Delegation => ("delegation", Signer::vendor().document(&desk(), &[])),
            Kind::License => ("license", by_desk(&full_license())),
            Kind::Loan => ("loan", loan_document(&loan(), &full_license())),
            Kind::Update => ("update", by_desk(&errand(2))),
            Kind::TimeToken => ("time-token", by_desk(&token())),
            Kind::Revocations => ("revocations", by_root(&revocations(1, Part::Zero, &[a_reseller()]))),
            Kind::Statement => ("statement", by_dongle(&statement())),
            Kind::Manifest => ("manifest", manifest()),
        };
        (kind, name, document)
    })
}

/// Signed by the dongle, with the maker's links.
pub(crate) fn by_dongle<B: Body<'static>>(body: &B) -> Vec<u8> {
    Signer::dongle().document(body, &[Signer::maker().link(&batch()), Signer::batch().link(&dongle())])
}

/// The dongle's Device document.
pub(crate) fn device() -> Vec<u8> {
    Signer::batch().document(&dongle(), &[Signer::maker().link(&batch())])
}

/// An update on that number which answers a request, takes the license and gives another up.
pub(crate) fn errand(base: u32) -> holdfast_license::Update<'static> {
    let bare = Signer::desk().document(&full_license(), &[]).leak();
    let depart = Depart { id: LicenseId([0xde; 16]), hop: 1, to: None };
    let actions = [
        Action::Answer(Answer { request: SOME_HASH, time: NOW }),
        Action::Install(Install { license: bare, carry: None }),
        Action::Depart(depart),
    ];
    holdfast_license::Update { signer: digest(&desk()), base, ..crate::cast::update(&actions) }
}

/// The time, for a statement.
pub(crate) fn token() -> TimeToken {
    TimeToken { version: V1, signer: digest(&desk()), vendor: vendor_id(), answers: SOME_HASH, time: NOW }
}

/// The reseller, from a number on.
pub(crate) fn a_reseller() -> Revoked<'static> {
    Revoked::Delegation(RevokedDelegation { body: digest(&reseller()), from_number: 120 })
}

/// The firmware of the manifest, by the maker's root.
pub(crate) fn revoked_firmware() -> Vec<u8> {
    let entry = Revoked::Firmware(RevokedFirmware { board: name("qemu-an386"), version: 7 });
    let body = Revocations {
        signer: Hash::ZERO,
        root: Authority::Maker(maker_id()),
        ..revocations(3, Part::Zero, &[entry])
    };
    Signer::maker().document(&body, &[])
}

/// What the dongle says of itself: a license it holds, one it gave up, a loan that came home.
pub(crate) fn statement() -> Statement<'static> {
    let used = || [Units(97), Units(0)].into_iter().collect();
    let held = Held {
        id: full_license().id,
        hop: 0,
        revision: 1,
        used: used(),
        usage_time: Default::default(),
        first_use: Some(NOW),
    };
    let departed = Departed {
        id: LicenseId([0xde; 16]),
        hop: 1,
        to: None,
        used: used(),
        usage_time: Default::default(),
        first_use: None,
    };
    Statement {
        purpose: Purpose::Request,
        nonce: Nonce([0x11; 32]),
        number: 5,
        previous: SOME_HASH,
        update: 2,
        applied: SOME_HASH,
        floor: Time(NOW.0 + 60),
        wear: 12,
        digest: SOME_HASH,
        state: list(&[State::Held(held), State::Departed(departed), State::Returned(SOME_HASH)]),
        ..bare_statement()
    }
}

/// A firmware image, by the batch key.
pub(crate) fn manifest() -> Vec<u8> {
    let body = Manifest {
        version: V1,
        signer: digest(&batch()),
        issued: NOW,
        board: name("qemu-an386"),
        firmware: 7,
        counter: 2,
        length: 131_072,
        hash: SOME_HASH,
    };
    Signer::batch().document(&body, &[Signer::maker().link(&batch())])
}
