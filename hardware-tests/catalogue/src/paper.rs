//! A dongle on paper: its keys and its certificate, and statements that it signs as told.
//!
//! Desks and commands are tried against it, where what a device *says* matters and not how it comes
//! to say it: also words that no honest dongle would say.

use holdfast_crypto::{CryptoError, Curve, Hash, Key, RustCrypto, Secret, SecretKey};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Class, Device, DeviceId, Document, DocumentError, DongleId, Kind, Link, List, ListWriter, Received,
    Seconds, StorageId, Time, Units, V1, VendorId, strict,
};
use holdfast_issuer::device::{Station, certify};
use holdfast_issuer::{IssueError, Office};
use holdfast_license::license::SealedSecret;
use holdfast_license::secret::SealedFor;
use holdfast_license::statement::{Departed, Held, Nonce, State};
use holdfast_license::{License, LicenseId, Purpose, Statement};
use rand_core::CryptoRng;

/// Keys and certificate of a dongle.
pub struct PaperDongle {
    identity: SecretKey,
    sealing: SecretKey,
    certificate: Vec<u8>,
}

/// What a statement says.
#[derive(Clone, Debug)]
pub struct Word {
    /// What it is for.
    pub purpose: Purpose,
    /// Its number.
    pub number: u32,
    /// Updates applied.
    pub update: u32,
    /// The digest of the statement before it.
    pub previous: Hash,
    /// The last request whose answer was taken.
    pub answered: Hash,
    /// The last update that was applied.
    pub applied: Hash,
    /// The byte that fills the storage id.
    pub storage: u8,
    /// A license that is held, and units used of its only meter.
    pub used: Option<(LicenseId, u64)>,
    /// Other licenses that are held.
    pub held: Vec<Held>,
    /// Licenses that were given up.
    pub departed: Vec<Departed>,
    /// The time floor.
    pub floor: Time,
}

impl Word {
    /// What a dongle says when it leaves the factory.
    pub const fn enrolled(floor: Time) -> Self {
        Self {
            purpose: Purpose::Enrolled,
            number: 0,
            update: 0,
            previous: Hash::ZERO,
            answered: Hash::ZERO,
            applied: Hash::ZERO,
            storage: 1,
            used: None,
            held: Vec::new(),
            departed: Vec::new(),
            floor,
        }
    }

    /// What a dongle says when it asks for an answer.
    pub fn request(number: u32, update: u32, answered: Hash, floor: Time) -> Self {
        Self { purpose: Purpose::Request, number, update, answered, ..Self::enrolled(floor) }
    }
}

fn encode(value: &impl serde::Serialize) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = vec![0; strict::length(value)?];
    strict::encode(value, &mut bytes)?;
    Ok(bytes)
}

impl PaperDongle {
    /// A dongle with fresh keys, certified by a batch key.
    ///
    /// # Errors
    /// Those of [`certify`].
    pub fn new(
        batch: &Office,
        production: bool,
        issued: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, IssueError> {
        Self::of_class(Class::SIMULATOR, batch, production, issued, rng)
    }

    /// The same, of another class.
    ///
    /// # Errors
    /// Those of [`certify`].
    pub fn of_class(
        class: Class,
        batch: &Office,
        production: bool,
        issued: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, IssueError> {
        let [identity, channel, sealing] = [(); 3].map(|()| SecretKey::generate(rng));
        let station = Station {
            model: "paper",
            class,
            production,
            identity: RustCrypto::public(&identity),
            channel: RustCrypto::public(&channel),
            sealing: RustCrypto::public(&sealing),
            issued,
        };
        let certificate = certify(batch, &station, rng)?;
        Ok(Self { identity, sealing, certificate })
    }

    /// Opens a secret of a license, as the dongle does when it is installed.
    ///
    /// # Errors
    /// [`CryptoError::DoesNotOpen`] for one that is sealed to another device or for another purpose.
    pub fn open(&self, license: &License<'_>, secret: &SealedSecret<'_>) -> Result<Secret, CryptoError> {
        let agree = |peer: &Key| RustCrypto::agree(&self.sealing, peer);
        let public = RustCrypto::public(&self.sealing);
        SealedFor::of(license, secret).open(&public, &secret.sealed, agree)
    }

    /// Its id: the hash of its keys.
    ///
    /// # Errors
    /// None: its certificate was made here.
    pub fn id(&self) -> Result<DongleId, DocumentError> {
        let received = Received::parse(&self.certificate)?;
        Ok(strict::decode::<Device<'_>>(received.document().body)?.id())
    }

    /// Its Device document.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Signs a statement for a vendor, and returns the document and its digest.
    ///
    /// # Errors
    /// None that a word can cause.
    pub fn states(&self, vendor: VendorId, word: &Word) -> Result<(Vec<u8>, Hash), DocumentError> {
        let received = Received::parse(&self.certificate)?;
        let certificate = received.document();
        let device: Device<'_> = strict::decode(certificate.body)?;
        let mut room = [0; 4096];
        let mut state = ListWriter::new(&mut room);
        if let Some((id, units)) = word.used {
            let used = [Units(units)].into_iter().collect();
            let (usage_time, first_use) = (Seconds(0), None);
            state.push(&State::Held(Held { id, hop: 0, revision: 1, used, usage_time, first_use }))?;
        }
        word.held.iter().try_for_each(|held| state.push(&State::Held(held.clone())))?;
        word.departed.iter().try_for_each(|departed| state.push(&State::Departed(departed.clone())))?;
        let body = encode(&Statement {
            version: V1,
            signer: received.digest(),
            vendor,
            device: DeviceId::Dongle(device.id()),
            storage: StorageId([word.storage; 16]),
            purpose: word.purpose,
            nonce: Nonce::ZERO,
            number: word.number,
            previous: word.previous,
            answered: word.answered,
            firmware: 1,
            class: device.class,
            update: word.update,
            applied: word.applied,
            floor: word.floor,
            wear: 0,
            digest: Hash::ZERO,
            state: state.finish(),
        })?;
        let digest = Kind::Statement.digest(&body);
        let Document { kind, algorithm, body: of_device, signature, chain, .. } = *certificate;
        let mut room = [0; 2048];
        let mut links = ListWriter::new(&mut room);
        chain.known().try_for_each(|link| links.push(&link))?;
        links.push(&Link { kind, algorithm, body: of_device, signature })?;
        let chain: List<'_, Link<'_>> = links.finish();
        let signature = RustCrypto::sign(&self.identity, &digest, &[0; 32]);
        let document = Document {
            kind: Kind::Statement as u8,
            algorithm: ES256,
            root: 0,
            body: &body,
            signature,
            chain,
        };
        Ok((encode(&document)?, digest))
    }
}
