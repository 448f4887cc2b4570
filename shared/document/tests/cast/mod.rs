//! The cast of the stories about documents: keys from fixed seeds, who holds them, and what they
//! sign. Nothing here is random, so that the same bytes come out each time.

#![allow(dead_code, reason = "each test binary takes the part of the cast that it needs")]

use holdfast_crypto::{Curve, Hash, Key, RustCrypto, SecretKey, Signature};
use holdfast_document::vendor::recovery_hash;
use holdfast_document::{
    Body, Class, Delegation, Device, Document, Item, Kind, Kinds, Link, List, ListWriter, MakerId, Name,
    Scope, Time, V1, Vendor, VendorId, strict,
};
use serde::{Serialize, Serializer, ser::SerializeTuple};
use std::sync::OnceLock;

/// When everything is issued, unless a story says otherwise: 2026-03-01.
pub(crate) const NOW: Time = Time(1_772_323_200);
/// A day in seconds.
pub(crate) const DAY: u64 = 86_400;

/// Who can sign: a secret key of 32 times the same byte, and its public key.
pub(crate) struct Signer {
    secret: SecretKey,
    /// The public key.
    pub(crate) key: Key,
}

impl Signer {
    /// The signer of that seed.
    pub(crate) fn new(seed: u8) -> Self {
        // Making a public key costs as much as a signature, and everybody asks for them all the time.
        static KEYS: [OnceLock<Key>; 64] = [const { OnceLock::new() }; 64];
        let secret = SecretKey::from_bytes([seed; 32]).unwrap();
        let key = *KEYS[usize::from(seed)].get_or_init(|| RustCrypto::public(&secret));
        Self { secret, key }
    }

    /// The vendor's first root.
    pub(crate) fn vendor() -> Self {
        Self::new(1)
    }

    /// The recovery key that the vendor's founding record names.
    pub(crate) fn recovery() -> Self {
        Self::new(2)
    }

    /// The vendor's root after the first succession.
    pub(crate) fn new_vendor() -> Self {
        Self::new(3)
    }

    /// The recovery key that the second record names.
    pub(crate) fn new_recovery() -> Self {
        Self::new(4)
    }

    /// The maker's root.
    pub(crate) fn maker() -> Self {
        Self::new(5)
    }

    /// The key of one batch of devices.
    pub(crate) fn batch() -> Self {
        Self::new(6)
    }

    /// A dongle's identity.
    pub(crate) fn dongle() -> Self {
        Self::new(7)
    }

    /// The vendor's licensing desk.
    pub(crate) fn desk() -> Self {
        Self::new(10)
    }

    /// A reseller under the desk.
    pub(crate) fn reseller() -> Self {
        Self::new(11)
    }

    /// Nobody that anyone trusts.
    pub(crate) fn stranger() -> Self {
        Self::new(12)
    }

    /// Another vendor's root.
    pub(crate) fn other_vendor() -> Self {
        Self::new(13)
    }

    /// Signs the body of a document of that kind.
    pub(crate) fn sign(&self, kind: Kind, body: &[u8]) -> Signature {
        RustCrypto::sign(&self.secret, &kind.digest(body), &[0; 32])
    }

    /// A link with that body.
    pub(crate) fn link<B: Body<'static>>(&self, body: &B) -> Link<'static> {
        let bytes = encode(body);
        Link { kind: B::KIND as u8, algorithm: 1, body: bytes, signature: self.sign(B::KIND, bytes) }
    }

    /// A document with that body, under root number 0.
    pub(crate) fn document<B: Body<'static>>(&self, body: &B, chain: &[Link<'static>]) -> Vec<u8> {
        self.document_under(0, body, chain)
    }

    /// A document with that body, under the root of that number.
    pub(crate) fn document_under<B: Body<'static>>(
        &self,
        root: u8,
        body: &B,
        chain: &[Link<'static>],
    ) -> Vec<u8> {
        let bytes = encode(body);
        envelope(root, B::KIND, bytes, self.sign(B::KIND, bytes), chain)
    }
}

/// An envelope around bytes that may be anything.
pub(crate) fn envelope(
    root: u8,
    kind: Kind,
    body: &'static [u8],
    signature: Signature,
    chain: &[Link<'static>],
) -> Vec<u8> {
    let chain = list(chain);
    encode(&Document { kind: kind as u8, algorithm: 1, root, body, signature, chain }).to_vec()
}

/// The encoding of a value, kept for the rest of the test.
pub(crate) fn encode(value: &impl Serialize) -> &'static [u8] {
    let mut buffer = vec![0; 16_384];
    strict::encode(value, &mut buffer).unwrap().to_vec().leak()
}

/// A list of these items.
pub(crate) fn list<T: Item<'static>>(items: &[impl Serialize]) -> List<'static, T> {
    let mut buffer = vec![0; 16_384];
    let mut writer = ListWriter::new(&mut buffer);
    items.iter().for_each(|item| writer.push(item).unwrap());
    List::from_bytes(writer.finish::<()>().as_bytes().to_vec().leak())
}

/// A list of names.
pub(crate) fn names(texts: &[&'static str]) -> List<'static, Name<'static>> {
    list(&texts.iter().map(|text| name(text)).collect::<Vec<_>>())
}

/// A name.
pub(crate) fn name(text: &'static str) -> Name<'static> {
    Name::new(text).unwrap()
}

/// The longest name, ending in that letter.
pub(crate) fn long_name(last: char) -> Name<'static> {
    name(Box::leak(format!("abcdefghijklmnopqrstuvw{last}").into_boxed_str()))
}

/// An item as bare bytes: its tag, then whatever follows.
pub(crate) struct Raw(pub(crate) &'static [u8]);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut tuple = to.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}

/// An item that nobody knows and everybody must understand.
pub(crate) const CRITICAL: Raw = Raw(&[99, 1, 2, 3]);
/// An item that nobody knows and everybody may pass over.
pub(crate) const SKIPPABLE: Raw = Raw(&[200, 1, 2, 3]);

/// The digest of a body.
pub(crate) fn digest<B: Body<'static>>(body: &B) -> Hash {
    B::KIND.digest(encode(body))
}

/// The vendor's founding record.
pub(crate) fn founding_record() -> Vendor<'static> {
    Vendor {
        version: V1,
        vendor: VendorId::ZERO,
        number: 0,
        previous: Hash::ZERO,
        name: name("acme"),
        root: Signer::vendor().key,
        recovery: recovery_hash(&Signer::recovery().key),
        revealed: None,
        makers: list(&[Signer::maker().key]),
        secrets_class: Class::GLITCHABLE_MCU,
        production: true,
        issued: NOW,
    }
}

/// The id of the vendor.
pub(crate) fn vendor_id() -> VendorId {
    VendorId::from_slice(&digest(&founding_record()).0[..16]).unwrap()
}

/// The record by which the vendor moves to a new root.
pub(crate) fn second_record() -> Vendor<'static> {
    Vendor {
        vendor: vendor_id(),
        number: 1,
        previous: digest(&founding_record()),
        root: Signer::new_vendor().key,
        recovery: recovery_hash(&Signer::new_recovery().key),
        revealed: Some(Signer::recovery().key),
        ..founding_record()
    }
}

/// The id of the maker.
pub(crate) fn maker_id() -> MakerId {
    MakerId::of(&Signer::maker().key)
}

/// The vendor's delegation to its desk: everything but what only roots do, for a year.
pub(crate) fn desk() -> Delegation<'static> {
    Delegation {
        version: V1,
        signer: digest(&founding_record()),
        issued: NOW,
        key: Signer::desk().key,
        algorithm: 1,
        kinds: Kinds::of(Kind::License)
            .and(Kinds::of(Kind::Update))
            .and(Kinds::of(Kind::TimeToken))
            .and(Kinds::of(Kind::Revocations))
            .and(Kinds::ANSWER),
        from: NOW,
        until: NOW.plus(365 * DAY),
        first: 1,
        last: 10_000,
        may_delegate: true,
        scope: Scope::Vendor {
            vendor: vendor_id(),
            products: names(&["cutter", "viewer"]),
            regions: names(&["eu", "us"]),
            features: names(&["cut", "export-step"]),
        },
    }
}

/// The desk's delegation to a reseller, narrower in each limit.
pub(crate) fn reseller() -> Delegation<'static> {
    Delegation {
        signer: digest(&desk()),
        key: Signer::reseller().key,
        kinds: Kinds::of(Kind::License).and(Kinds::of(Kind::Update)),
        until: NOW.plus(90 * DAY),
        first: 101,
        last: 200,
        may_delegate: false,
        scope: Scope::Vendor {
            vendor: vendor_id(),
            products: names(&["cutter"]),
            regions: names(&["eu"]),
            features: names(&["cut"]),
        },
        ..desk()
    }
}

/// The maker's delegation to the key of a batch.
pub(crate) fn batch() -> Delegation<'static> {
    Delegation {
        version: V1,
        signer: Hash::ZERO,
        issued: NOW,
        key: Signer::batch().key,
        algorithm: 1,
        kinds: Kinds::of(Kind::Device).and(Kinds::of(Kind::Manifest)),
        from: NOW,
        until: NOW.plus(30 * DAY),
        first: 0,
        last: 0,
        may_delegate: true,
        scope: Scope::Maker {
            maker: maker_id(),
            models: names(&["key-one"]),
            best_class: Class::PROTECTED_MCU,
            production: true,
        },
    }
}

/// The Device document of the dongle, by the batch key.
pub(crate) fn dongle() -> Device<'static> {
    Device {
        version: V1,
        signer: digest(&batch()),
        issued: NOW,
        maker: maker_id(),
        identity: Signer::dongle().key,
        channel: Signer::new(8).key,
        sealing: Signer::new(9).key,
        class: Class::PROTECTED_MCU,
        model: name("key-one"),
        production: true,
    }
}
