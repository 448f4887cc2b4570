//! What may be signed and by whom, drawn in numbers close to each other, and put into bytes.

use crate::draw::Draw;
use crate::paper_curve::{Paper, key_of};
use holdfast_crypto::{Curve, Hash, Key};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Authority, Class, Delegation, Device, DeviceId, DongleId, Kind, Kinds, List, ListWriter, MakerId,
    Manifest, Name, Scope, StorageId, Time, TimeToken, V1, VendorId, strict,
};
use holdfast_license::license::{Sealed, SealedSecret, SecretUse};
use holdfast_license::statement::Nonce;
use holdfast_license::update::{Answer, Depart};
use holdfast_license::{Action, Feature, License, LicenseId, Purpose, Statement, Term, Update};
use serde::Serialize;
use std::sync::OnceLock;

/// Names that stand in a list of limits, by its number.
pub(super) const NAMES: [&[&str]; 4] = [&[], &["a"], &["b"], &["a", "b"]];

/// Features that the terms of a license have, by the number of the terms; none: one that nobody knows.
pub(super) const FEATURES: [&[Option<&str>]; 5] =
    [&[], &[Some("a")], &[Some("a"), Some("b")], &[Some("a"), None], &[None]];

/// What an update does, by its number: A answers, D departs, F sets the floor.
pub(super) const ACTIONS: [&str; 7] = ["", "A", "D", "AD", "F", "AF", "AA"];

/// Whom something speaks for; the number tells vendors, or makers, apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Vendor(u8),
    Maker(u8),
}

/// What a delegation says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Power {
    pub side: Side,
    pub issued: u64,
    pub key: u8,
    pub algorithm: u8,
    pub kinds: u16,
    pub from: u64,
    pub until: u64,
    pub first: u32,
    pub last: u32,
    pub may_delegate: bool,
    pub products: usize,
    pub regions: usize,
    pub features: usize,
    pub models: usize,
    pub best_class: Class,
    pub production: bool,
}

/// What a body says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    Delegation(Power),
    License {
        vendor: u8,
        issued: u64,
        number: u32,
        hop: u16,
        product: usize,
        region: Option<usize>,
        terms: usize,
        secret: Option<usize>,
    },
    Token {
        vendor: u8,
        time: u64,
    },
    Update {
        vendor: u8,
        issued: u64,
        actions: usize,
    },
    Device {
        maker: u8,
        issued: u64,
        key: u8,
        class: Class,
        model: usize,
        production: bool,
    },
    Statement {
        floor: u64,
    },
    Manifest {
        issued: u64,
    },
}

/// A body and who signs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed {
    pub said: Said,
    /// The seed of the key that signs.
    pub by: u8,
    /// The algorithm that the envelope says.
    pub algorithm: u8,
    /// Whether it names the body before as that of its signer.
    pub names_signer: bool,
}

impl Said {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Delegation(_) => Kind::Delegation,
            Self::License { .. } => Kind::License,
            Self::Token { .. } => Kind::TimeToken,
            Self::Update { .. } => Kind::Update,
            Self::Device { .. } => Kind::Device,
            Self::Statement { .. } => Kind::Statement,
            Self::Manifest { .. } => Kind::Manifest,
        }
    }

    /// The seed of the key that signs under this.
    pub(super) const fn key(&self) -> u8 {
        match self {
            Self::Delegation(power) => power.key,
            Self::Device { key, .. } => *key,
            _ => 0,
        }
    }
}

fn class(draw: &mut Draw<'_>) -> Class {
    Class { scale: draw.byte() % 3, level: draw.byte() % 3 }
}

fn side(draw: &mut Draw<'_>, like: Side) -> Side {
    match (draw.byte(), like) {
        (250.., Side::Vendor(of)) => Side::Maker(of),
        (250.., Side::Maker(of)) => Side::Vendor(of),
        (240..250, Side::Vendor(of)) => Side::Vendor(of ^ 1),
        (240..250, Side::Maker(of)) => Side::Maker(of ^ 1),
        _ => like,
    }
}

fn number(side: Side) -> u8 {
    match side {
        Side::Vendor(of) | Side::Maker(of) => of,
    }
}

/// A delegation, wide open but for a limit or two: so most chains are permitted, and those that are not break
/// one rule.
pub(super) fn power(draw: &mut Draw<'_>, like: Side) -> Power {
    let mut small = |most: u8, else_: u8| if draw.rarely(8) { draw.byte() % most } else { else_ };
    let (from, until, issued) = (u64::from(small(6, 0)), u64::from(small(12, 20)), u64::from(small(12, 5)));
    let (first, last) = (u32::from(small(4, 0)), u32::from(small(6, 9)));
    let [products, regions, features, models] = [(); 4].map(|()| usize::from(small(4, 0)));
    let may_delegate = small(4, 0) != 1;
    let kinds = if draw.rarely(8) { draw.short() & 0x1fff } else { 0x0fff };
    let best_class = if draw.rarely(8) { class(draw) } else { Class::SECURE_ELEMENT };
    Power {
        side: side(draw, like),
        issued,
        key: 10 + draw.byte() % 4,
        algorithm: if draw.rarely(16) { 2 } else { ES256 },
        kinds,
        from,
        until,
        first,
        last,
        may_delegate,
        products,
        regions,
        features,
        models,
        best_class,
        production: !draw.rarely(8),
    }
}

pub(super) fn device(draw: &mut Draw<'_>, like: Side) -> Said {
    Said::Device {
        maker: number(side(draw, like)),
        issued: u64::from(draw.byte() % 12),
        key: 20 + draw.byte() % 4,
        class: if draw.flag() { class(draw) } else { Class { scale: 1, level: 0 } },
        model: draw.below(2),
        production: !draw.rarely(8),
    }
}

/// The body at the end of the chain.
pub(super) fn body(draw: &mut Draw<'_>, like: Side) -> Said {
    let vendor = number(side(draw, like));
    let issued = u64::from(draw.byte() % 16);
    match draw.below(8) {
        0 => Said::Delegation(power(draw, like)),
        1 | 2 => Said::License {
            vendor,
            issued,
            number: u32::from(draw.byte() % 8),
            hop: u16::from(draw.byte() % 4 / 3),
            product: draw.below(2),
            region: draw.maybe(|draw| draw.below(2)),
            terms: draw.below(FEATURES.len()),
            secret: draw.maybe(|draw| draw.below(2)),
        },
        3 => Said::Token { vendor, time: issued },
        4 => Said::Update { vendor, issued, actions: draw.below(ACTIONS.len()) },
        5 => device(draw, like),
        6 => Said::Statement { floor: issued },
        _ => Said::Manifest { issued },
    }
}

/// The lists that bodies are made of, kept for ever.
struct Lists {
    names: [List<'static, Name<'static>>; 4],
    terms: [List<'static, Term<'static>>; 5],
    secrets: [List<'static, SealedSecret<'static>>; 2],
    actions: [List<'static, Action<'static>>; ACTIONS.len()],
}

fn list<T>(write: impl FnOnce(&mut ListWriter<'_>)) -> List<'static, T> {
    let mut buffer = vec![0; 1_024];
    let mut writer = ListWriter::new(&mut buffer);
    write(&mut writer);
    List::from_bytes(writer.finish::<T>().as_bytes().to_vec().leak())
}

fn push(writer: &mut ListWriter<'_>, item: &impl Serialize) {
    writer.push(item).expect("there is room");
}

fn name(text: &str) -> Name<'_> {
    Name::new(text).expect("a name")
}

fn lists() -> &'static Lists {
    static LISTS: OnceLock<Lists> = OnceLock::new();
    LISTS.get_or_init(|| {
        let unknown = (200u8, 7u8);
        let terms = FEATURES.map(|features| {
            let inner: List<'static, Feature<'static>> = list(|writer| {
                for feature in features {
                    match feature {
                        Some(text) => push(writer, &Feature::Flag(name(text))),
                        None => push(writer, &unknown),
                    }
                }
            });
            let term = Term { edition: name("e"), notice: None, conditions: List::EMPTY, features: inner };
            list(|writer| match features {
                // A whole term of a sort that nobody knows.
                [None] => push(writer, &unknown),
                [] => {}
                _ => push(writer, &term),
            })
        });
        let secret = |feature| SealedSecret {
            feature: name(feature),
            epoch: 1,
            sealed: Sealed::ZERO,
            usage: SecretUse::Derive,
        };
        let depart = Depart { id: LicenseId::ZERO, hop: 0, to: None };
        let actions = ACTIONS.map(|actions| {
            list(|writer| {
                for action in actions.chars() {
                    match action {
                        'A' => push(writer, &Action::Answer(Answer { request: Hash::ZERO, time: Time(1) })),
                        'D' => push(writer, &Action::Depart(depart)),
                        _ => push(writer, &Action::SetFloor(Time(1))),
                    }
                }
            })
        });
        Lists {
            names: NAMES.map(|names| list(|writer| names.iter().for_each(|text| push(writer, &name(text))))),
            terms,
            secrets: ["a", "b"].map(|feature| list(|writer| push(writer, &secret(feature)))),
            actions,
        }
    })
}

fn vendor_id(of: u8) -> VendorId {
    VendorId([0x10 + of; 16])
}

fn maker_id(of: u8) -> MakerId {
    MakerId([0x10 + of; 16])
}

/// Whom it speaks for, as documents say it.
pub(super) fn authority(side: Side) -> Authority {
    match side {
        Side::Vendor(of) => Authority::Vendor(vendor_id(of)),
        Side::Maker(of) => Authority::Maker(maker_id(of)),
    }
}

/// The public key of a seed.
pub(super) fn public(seed: u8) -> Key {
    Paper::public(&key_of(seed))
}

fn delegation(power: &Power, signer: Hash) -> Delegation<'static> {
    let names = |which: usize| lists().names[which];
    let scope = match power.side {
        Side::Vendor(of) => Scope::Vendor {
            vendor: vendor_id(of),
            products: names(power.products),
            regions: names(power.regions),
            features: names(power.features),
        },
        Side::Maker(of) => Scope::Maker {
            maker: maker_id(of),
            models: names(power.models),
            best_class: power.best_class,
            production: power.production,
        },
    };
    Delegation {
        version: V1,
        signer,
        issued: Time(power.issued),
        key: public(power.key),
        algorithm: power.algorithm,
        kinds: Kinds(power.kinds),
        from: Time(power.from),
        until: Time(power.until),
        first: power.first,
        last: power.last,
        may_delegate: power.may_delegate,
        scope,
    }
}

/// The bytes of a body that names this as its signer.
pub(super) fn encode(said: &Said, signer: Hash) -> Vec<u8> {
    let letter = |which: usize| name(["a", "b"][which]);
    match *said {
        Said::Delegation(ref power) => bytes(&delegation(power, signer)),
        Said::License { vendor, issued, number, hop, product, region, terms, secret } => bytes(&License {
            version: V1,
            signer,
            issued: Time(issued),
            number,
            id: LicenseId::ZERO,
            revision: 1,
            hop,
            vendor: vendor_id(vendor),
            product: letter(product),
            region: region.map(letter),
            device: DeviceId::Dongle(DongleId::ZERO),
            customer: name("c-1"),
            terms: lists().terms[terms],
            meters: List::EMPTY,
            seats: None,
            secrets: secret.map_or(List::EMPTY, |which| lists().secrets[which]),
            values: List::EMPTY,
            rights: List::EMPTY,
        }),
        Said::Token { vendor, time } => {
            let (vendor, answers, time) = (vendor_id(vendor), Hash::ZERO, Time(time));
            bytes(&TimeToken { version: V1, signer, vendor, answers, time })
        }
        Said::Update { vendor, issued, actions } => bytes(&Update {
            version: V1,
            signer,
            issued: Time(issued),
            to: DeviceId::Unbound,
            storage: StorageId::ZERO,
            vendor: vendor_id(vendor),
            base: 0,
            actions: lists().actions[actions],
        }),
        Said::Device { maker, issued, key, class, model, production } => bytes(&Device {
            version: V1,
            signer,
            issued: Time(issued),
            maker: maker_id(maker),
            identity: public(key),
            channel: public(30),
            sealing: public(31),
            class,
            model: letter(model),
            production,
        }),
        Said::Statement { floor } => bytes(&Statement {
            version: V1,
            signer,
            vendor: vendor_id(0),
            device: DeviceId::Unbound,
            storage: StorageId::ZERO,
            purpose: Purpose::Report,
            nonce: Nonce::ZERO,
            number: 1,
            previous: Hash::ZERO,
            answered: Hash::ZERO,
            firmware: 1,
            class: Class::SIMULATOR,
            update: 0,
            applied: Hash::ZERO,
            floor: Time(floor),
            wear: 0,
            digest: Hash::ZERO,
            state: List::EMPTY,
        }),
        Said::Manifest { issued } => bytes(&Manifest {
            version: V1,
            signer,
            issued: Time(issued),
            board: name("b"),
            firmware: 1,
            counter: 1,
            length: 1,
            hash: Hash::ZERO,
        }),
    }
}

/// The encoding of a value.
pub(crate) fn bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = vec![0; strict::length(value).expect("it can be encoded")];
    strict::encode(value, &mut bytes).expect("there is room");
    bytes
}
