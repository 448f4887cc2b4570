//! What the dongle of the target was sold: its maker, its vendor, a license with one meter, and the updates
//! that bring it and refill it.

use crate::document::bytes;
use crate::paper_curve::{Paper, key_of};
use holdfast_crypto::{Curve, Hash, Key};
use holdfast_document::envelope::ES256;
use holdfast_document::vendor::recovery_hash;
use holdfast_document::{
    Body, Class, Device, DeviceId, Document, Kind, List, ListWriter, MakerId, Name, StorageId, Time, Units,
    V1, Vendor, VendorId,
};
use holdfast_dongle::PublicKeys;
use holdfast_license::condition::UnitsLeft;
use holdfast_license::update::Install;
use holdfast_license::{Action, Condition, Feature, License, LicenseId, Meter, Term, Update};

/// The license, at all its revisions.
pub(super) const LICENSE: LicenseId = LicenseId([0x22; 16]);
/// Units that the first revision grants, and each further one adds.
pub(super) const GRANTED: u64 = 50;
/// When everything is issued.
const NOW: Time = Time(1_790_000_000);

/// The seed of the vendor's key.
const VENDOR: u8 = 30;
/// The seed of the maker's key.
const MAKER: u8 = 31;

pub(super) fn name(text: &str) -> Name<'_> {
    Name::new(text).expect("a name")
}

/// The maker's root key.
pub(super) fn maker() -> Key {
    Paper::public(&key_of(MAKER))
}

fn list<T>(items: &[impl serde::Serialize]) -> Vec<u8> {
    let mut buffer = vec![0; 4_096];
    let mut writer = ListWriter::new(&mut buffer);
    items.iter().for_each(|item| writer.push(item).expect("there is room"));
    writer.finish::<T>().as_bytes().to_vec()
}

fn signed<'a, B: Body<'a>>(by: u8, body: &B) -> Vec<u8> {
    let body = bytes(body);
    let signature = Paper::sign(&key_of(by), &B::KIND.digest(&body), &[0; 32]);
    let (kind, algorithm, root, chain) = (B::KIND as u8, ES256, 0, List::EMPTY);
    bytes(&Document { kind, algorithm, root, body: &body, signature, chain })
}

/// The Device document of the dongle with these keys.
pub(super) fn device(keys: &PublicKeys) -> Vec<u8> {
    let device = Device {
        version: V1,
        signer: Hash::ZERO,
        issued: NOW,
        maker: MakerId::of(&maker()),
        identity: keys.identity,
        channel: keys.channel,
        sealing: keys.sealing,
        class: Class::SIMULATOR,
        model: name("paper"),
        production: false,
    };
    signed(MAKER, &device)
}

/// The vendor's founding record, as a document; its id; and the digest of its body.
pub(super) fn vendor() -> (Vec<u8>, VendorId, Hash) {
    let makers = list::<Key>(&[maker()]);
    let record = Vendor {
        version: V1,
        vendor: VendorId::ZERO,
        number: 0,
        previous: Hash::ZERO,
        name: name("acme"),
        root: Paper::public(&key_of(VENDOR)),
        recovery: recovery_hash(&Paper::public(&key_of(32))),
        revealed: None,
        makers: List::from_bytes(&makers),
        secrets_class: Class::SIMULATOR,
        production: false,
        issued: NOW,
    };
    let digest = Kind::Vendor.digest(&bytes(&record));
    let id = VendorId::from_slice(&digest.0[..16]).expect("16 bytes");
    (signed(VENDOR, &record), id, digest)
}

/// The update of that number: the license as long as units last, with as many more units.
pub(super) fn update(number: u32, to: DeviceId, storage: StorageId) -> Vec<u8> {
    update_of(LICENSE, number + 1, GRANTED * u64::from(number + 1), number, to, storage)
}

/// The update of that number: a license with so many units.
pub(super) fn update_of(
    id: LicenseId,
    revision: u32,
    units: u64,
    number: u32,
    to: DeviceId,
    storage: StorageId,
) -> Vec<u8> {
    let (_, vendor, signer) = vendor();
    let left = Condition::Units(UnitsLeft { meter: name("cuts"), overdraft: Units(0) });
    let (conditions, features) = (list::<()>(&[left]), list::<()>(&[Feature::Flag(name("cut"))]));
    let term = Term {
        edition: name("pro"),
        notice: None,
        conditions: List::from_bytes(&conditions),
        features: List::from_bytes(&features),
    };
    let allowance = Units(units);
    let (terms, meters) =
        (list::<()>(&[term]), list::<()>(&[Meter { name: name("cuts"), allowance, open: true }]));
    let license = License {
        version: V1,
        signer,
        issued: NOW,
        number: 1,
        id,
        revision,
        hop: 0,
        vendor,
        product: name("cutter"),
        region: None,
        device: to,
        customer: name("c-1"),
        terms: List::from_bytes(&terms),
        meters: List::from_bytes(&meters),
        seats: None,
        secrets: List::EMPTY,
        values: List::EMPTY,
        rights: List::EMPTY,
    };
    let license = signed(VENDOR, &license);
    let actions = list::<()>(&[Action::Install(Install { license: &license, carry: None })]);
    let update = Update {
        version: V1,
        signer,
        issued: NOW,
        to,
        storage,
        vendor,
        base: number,
        actions: List::from_bytes(&actions),
    };
    signed(VENDOR, &update)
}
