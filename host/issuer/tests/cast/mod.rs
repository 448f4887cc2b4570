//! A maker, a vendor with a desk, and a dongle on paper.

#![allow(dead_code, reason = "each test binary takes the part of the cast that it needs")]

use std::path::Path;

use holdfast_catalogue::paper::PaperDongle;
use holdfast_crypto::{Curve, Hash, RustCrypto, SecretKey};
use holdfast_document::{Class, Received, Root, Time, Vendor, VendorId};
use holdfast_issuer::vendor::{Founding, found};
use holdfast_issuer::{Ledger, Office, delegate};
use holdfast_license::{Action, Update};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) const NOW: Time = Time(1_772_323_200);
pub(crate) const YEAR: (Time, Time) = (Time(NOW.0 - 86_400), Time(NOW.0 + 366 * 86_400));
pub(crate) const TEMPLATE: &str = r#"
    product = "cutter"
    [[term]]
    edition = "pro"
    until = "2027-01-01"
    units = [{ meter = "cuts" }]
    features = ["cut", "export-step"]
    [[term]]
    edition = "basic"
    features = ["cut"]
    [[meter]]
    name = "cuts"
    allowance = 100
    open = true
"#;

/// Everybody.
pub(crate) struct Cast {
    pub(crate) record: Vec<u8>,
    pub(crate) vendor: VendorId,
    pub(crate) root: Root,
    pub(crate) root_office: Office,
    pub(crate) desk_office: Office,
    pub(crate) batch: Office,
    pub(crate) dongle: PaperDongle,
    pub(crate) rng: ChaCha20Rng,
}

pub(crate) fn cast(production_device: bool) -> Cast {
    cast_for_secrets_of(Class::ANY, production_device)
}

/// The same, where the vendor seals secrets to devices of a class at least.
pub(crate) fn cast_for_secrets_of(secrets_class: Class, production_device: bool) -> Cast {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let mut key = || SecretKey::generate(&mut rng);
    let (maker, batch, root, recovery, desk) = (key(), key(), key(), key(), key());
    let maker_key = RustCrypto::public(&maker);
    let maker = Office::of_root(maker, Root::of_maker(maker_key));
    let batch = delegate::batch(&maker, batch, Class::SIMULATOR, production_device, YEAR, &mut rng).unwrap();
    let dongle = PaperDongle::new(&batch, production_device, NOW, &mut rng).unwrap();
    let founding =
        Founding { name: "acme", makers: vec![maker_key], secrets_class, production: false, issued: NOW };
    let (record, root_office) = found(&founding, root, &RustCrypto::public(&recovery), &mut rng).unwrap();
    let desk_office = delegate::desk(&root_office, desk, YEAR, &mut rng).unwrap();
    let verified = Vendor::found::<RustCrypto>(&Received::parse(&record).unwrap()).unwrap();
    let (vendor, anchor) = (verified.id(), verified.root());
    Cast { record, vendor, root: anchor, root_office, desk_office, batch, dongle, rng }
}

pub(crate) fn ledger(folder: &Path, vendor: VendorId) -> Ledger {
    let path = folder.join("ledger.json");
    if path.exists() { Ledger::open(&path, vendor) } else { Ledger::begin(&path, vendor, 1) }.unwrap()
}

/// A reseller with these numbers, free in all else.
pub(crate) fn reseller_of(above: &Office, root: Root, numbers: (u32, u32), rng: &mut ChaCha20Rng) -> Office {
    let secret = SecretKey::generate(rng);
    let (products, regions, features) = (vec![], vec![], vec![]);
    let limits =
        delegate::Limits { products, regions, features, numbers, validity: YEAR, may_delegate: false };
    let document = delegate::reseller(above, RustCrypto::public(&secret), &limits, NOW, rng).unwrap();
    Office::of_delegate(secret, root, &document).unwrap()
}

/// What an update says: its base, its licenses' (revision, allowance), and the request it answers.
pub(crate) fn read(update: &[u8], root: &Root) -> (u32, Vec<(u32, u64)>, Option<Hash>) {
    let received = Received::parse(update).unwrap();
    let update = received.verify::<RustCrypto, Update<'_>>(root, NOW).unwrap();
    let (mut licenses, mut answer) = (Vec::new(), None);
    for action in update.actions.iter().map(Result::unwrap) {
        match action {
            Action::Install(install) => {
                let license = Received::parse(install.license).unwrap().under(update.document().chain);
                let license = license.verify::<RustCrypto, holdfast_license::License<'_>>(root, NOW).unwrap();
                let allowance = license.meters.known().next().map_or(0, |meter| meter.allowance.0);
                licenses.push((license.revision, allowance));
            }
            Action::Answer(found) => answer = Some(found.request),
            other => panic!("{other:?}"),
        }
    }
    (update.base, licenses, answer)
}
