//! Storage, keys and configuration: what all commands share, mounted at power-up.

use core::ops::ControlFlow;

use holdfast_crypto::{Hash, Secret, label};
use holdfast_document::{
    DeviceId, Document, DongleId, Link, List, ListWriter, Received, Root, StorageId, Units, Vendor, VendorId,
    limits, strict,
};
use holdfast_license::statement::Used;
use holdfast_license::{License, LicenseId};
use holdfast_storage::{Key, MoreWork, Needed, Storage, StorageError, VALUE};
use holdfast_wire::command::ErrorCode;
use holdfast_wire::command::hello::Stage;
use rand_core::Rng;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::records::{self, Config, LicenseState, RECORDS, VendorState};
use crate::stop::Stop;
use crate::{Platform, PublicKeys};

/// Bytes of each of the two buffers in which commands read records and build documents.
pub(crate) const SCRATCH: usize = VALUE;

/// A whole life, as statements tell it: ten thousand parts.
const LIFE: u16 = 10_000;

/// Erases for which a page is rated on the parts that we know.
const RATED_ERASES: u64 = 10_000;

/// The two buffers in which commands read records and build documents.
pub(crate) struct Scratch {
    pub(crate) first: [u8; SCRATCH],
    pub(crate) second: [u8; SCRATCH],
}

/// What all commands share.
pub struct Core<P: Platform> {
    pub(crate) platform: P,
    /// Stands where it is from the first moment: it is large, and never moved.
    place: Mounted,
    /// Whether anything is mounted there, or why not.
    tried: Result<(), Stop>,
    pub(crate) clock: Clock,
    /// Goes into every answer that may be remembered; changes with any charge or installation.
    pub(crate) state: u32,
}

/// What is there once the dongle has keys and a format.
pub(crate) struct Mounted {
    pub(crate) storage: Storage<RECORDS>,
    pub(crate) config: Config,
    pub(crate) keys: PublicKeys,
    pub(crate) tag_key: Secret,
}

impl Mounted {
    /// Nothing yet.
    const NOTHING: Config = Config {
        stage: Stage::Blank,
        maker: holdfast_crypto::Key::ZERO,
        production: false,
        storage: StorageId::ZERO,
    };

    fn new() -> Self {
        Self {
            storage: Storage::new(),
            config: Self::NOTHING,
            keys: PublicKeys::default(),
            tag_key: Secret::new([0; 32]),
        }
    }

    pub(crate) fn id(&self) -> DongleId {
        DongleId::of(&self.keys.identity, &self.keys.channel, &self.keys.sealing)
    }

    /// Units used, a number for each meter of the license in its order; none for a meter that was
    /// never charged.
    pub(crate) fn used(&self, state: &LicenseState, license: &License<'_>) -> Used {
        let total = |meter: &str| state.counter(meter).map_or(0, |index| self.storage.total(index));
        license.meters.known().map(|meter| Units(total(meter.name.as_str()))).collect()
    }

    /// What is left of the flash's life, in ten-thousandths.
    pub(crate) fn life_left(&self) -> u16 {
        LIFE.saturating_sub(self.wear())
    }

    /// Wear of the most worn page, in ten-thousandths of its rated erases.
    pub(crate) fn wear(&self) -> u16 {
        let health = self.storage.health();
        let most =
            [health.counters.most, health.time.most, health.records.most].into_iter().max().unwrap_or(0);
        let parts = u64::from(most).saturating_mul(u64::from(LIFE)) / RATED_ERASES;
        u16::try_from(parts).unwrap_or(LIFE).min(LIFE)
    }

    pub(crate) fn device(&self) -> DeviceId {
        DeviceId::Dongle(self.id())
    }
}

impl<P: Platform> Core<P> {
    /// Powers up: mounts what was stored. A board without keys or format is blank, and waits for
    /// the factory.
    pub(crate) fn start(platform: P) -> Self {
        let mut core = Self {
            platform,
            place: Mounted::new(),
            tried: Err(ErrorCode::NotReady.into()),
            clock: Clock::new(),
            state: 0,
        };
        core.state = core.platform.rng().next_u32();
        core.mount();
        core
    }

    /// Mounts again, after a format or a flash that failed.
    pub(crate) fn mount(&mut self) {
        self.unmount();
        self.tried = self.try_mount();
        if let Some(booked) = self.mounted().map(|mounted| mounted.storage.powered()) {
            self.clock.mounted(booked);
        }
    }

    fn try_mount(&mut self) -> Result<(), Stop> {
        let key = self.platform.derive(label::STORAGE_KEY)?;
        let layout = self.platform.board().layout;
        self.place.keys = self.platform.public_keys().ok_or(ErrorCode::NotReady)?;
        self.place.tag_key = self.platform.derive(label::TAG_KEY)?;
        let (storage, flash) = self.unmounted();
        storage.mount_here(flash, layout, &key)?;
        let mut buffer = [0; 256];
        let config = storage.read(flash, records::CONFIG, &mut buffer)?.ok_or(ErrorCode::NotReady)?;
        self.place.config = strict::decode(config)?;
        Ok(())
    }

    /// Nothing is there any more, until it is mounted again.
    pub(crate) fn unmount(&mut self) {
        self.tried = Err(ErrorCode::NotReady.into());
        self.place.tag_key = Secret::new([0; 32]);
    }

    /// What is mounted, if anything is.
    pub(crate) fn mounted(&self) -> Option<&Mounted> {
        self.tried.is_ok().then_some(&self.place)
    }

    /// The storage and the flash under it, for whoever formats and mounts it.
    pub(crate) fn unmounted(&mut self) -> (&mut Storage<RECORDS>, &mut P::Flash) {
        (&mut self.place.storage, self.platform.flash())
    }

    /// How far it is on its way out of the factory.
    pub(crate) fn stage(&self) -> Stage {
        self.mounted().map_or(Stage::Blank, |mounted| mounted.config.stage)
    }

    /// Whether the factory may begin: without keys, where nothing was formatted and settled, or where a format was
    /// cut short, which may look like damage. Else why not: what keeps a dongle from mounting may pass, and what is on
    /// it stays.
    pub(crate) fn may_be_provisioned(&self) -> Result<(), Stop> {
        match self.tried {
            Ok(()) if self.place.config.stage == Stage::Locked => Err(ErrorCode::Locked.into()),
            Err(Stop::Failed(why)) if why.is(ErrorCode::NotReady) || why.is(ErrorCode::Damaged) => Ok(()),
            tried => tried,
        }
    }

    /// Why nothing is mounted, if so. What needs a mount says `NotReady` then: to say why in each place takes more than
    /// the image has room for (decision 0097).
    pub(crate) fn is_mounted(&self) -> Result<(), Stop> {
        self.tried
    }

    /// What is mounted, and the flash under it.
    pub(crate) fn parts(&mut self) -> Result<(&mut Mounted, &mut P::Flash), Stop> {
        if self.tried.is_err() {
            return Err(ErrorCode::NotReady.into());
        }
        Ok((&mut self.place, self.platform.flash()))
    }

    /// Books the next interval if grants rely on it.
    pub(crate) fn keep_booked(&mut self) {
        if self.tried.is_ok() {
            // What fails here fails again, and is told, at the next command that needs the time.
            let _ = self.clock.keep_booked(&mut self.place.storage, self.platform.flash());
        }
    }

    /// Powered seconds now, booked.
    pub(crate) fn powered(&mut self) -> Result<u64, Stop> {
        if self.tried.is_err() {
            return Err(ErrorCode::NotReady.into());
        }
        Ok(self.clock.powered(&mut self.place.storage, self.platform.flash())?)
    }

    /// Something changed that remembered answers rest on.
    pub(crate) fn changed(&mut self) {
        self.state = self.state.wrapping_add(1);
    }

    pub(crate) fn idle(&mut self) -> MoreWork {
        match self.parts().map(|(mounted, flash)| mounted.storage.idle(flash)) {
            Ok(Ok(more)) => more,
            Ok(Err(StorageError::Remount)) => {
                self.mount();
                MoreWork::No
            }
            _ => MoreWork::No,
        }
    }

    /// Reads a record; absent is `NotHeld`.
    pub(crate) fn read<'b>(&mut self, key: Key, buffer: &'b mut [u8]) -> Result<&'b [u8], Stop> {
        let (mounted, flash) = self.parts()?;
        Ok(mounted.storage.read(flash, key, buffer)?.ok_or(ErrorCode::NotHeld)?)
    }

    /// Reads a record and decodes it.
    pub(crate) fn load<'b, T: Deserialize<'b> + Serialize>(
        &mut self,
        key: Key,
        buffer: &'b mut [u8],
    ) -> Result<T, Stop> {
        Ok(strict::decode(self.read(key, buffer)?)?)
    }

    /// Reads a record that owns what it holds.
    pub(crate) fn load_owned<T: for<'b> Deserialize<'b> + Serialize>(&mut self, key: Key) -> Result<T, Stop> {
        self.load(key, &mut [0; records::STATE])
    }

    /// A vendor's state; a vendor that is not known has none.
    pub(crate) fn vendor_state(&mut self, vendor: VendorId) -> Result<VendorState, Stop> {
        self.load_owned(records::vendor_state(vendor)).map_err(|stop| match stop {
            Stop::Failed(failure) if failure.is(ErrorCode::NotHeld) => ErrorCode::UnknownVendor.into(),
            other => other,
        })
    }

    /// The state and the body of a license that is held.
    pub(crate) fn license<'b>(
        &mut self,
        id: LicenseId,
        buffer: &'b mut [u8],
    ) -> Result<(LicenseState, License<'b>), Stop> {
        let state = self.load_owned(records::license_state(id))?;
        let license = Received::parse(self.read(records::license(id), buffer)?)?.read_again()?;
        Ok((state, license))
    }

    /// Visits the licenses that are held behind `after`, in the order of their ids, until told to
    /// stop. One that cannot be read is passed over: what decayed takes nothing else with it.
    pub(crate) fn each_license(
        &mut self,
        after: Option<LicenseId>,
        each: impl FnMut(&mut Self, LicenseId) -> Result<ControlFlow<()>, Stop>,
    ) -> Result<(), Stop> {
        self.each_held(records::LICENSE, after, each).map(|_| ())
    }

    /// Visits the states of all licenses. Whether all that there are could be read.
    pub(crate) fn each_state(&mut self, mut each: impl FnMut(&LicenseState)) -> Result<bool, Stop> {
        // What cannot be told by name is not among the keys, but its page is counted.
        let all_told = self.parts()?.0.storage.health().unreadable_pages == 0;
        let all_read = self.each_held(records::LICENSE_STATE, None, |core, license| {
            each(&core.load_owned(records::license_state(license))?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all_told && all_read)
    }

    /// Visits what is held of licenses in records of a kind, until told to stop; whether all of it could be read. Ids
    /// are taken in pages, so that `each` has the dongle to itself.
    fn each_held(
        &mut self,
        kind: u8,
        mut after: Option<LicenseId>,
        mut each: impl FnMut(&mut Self, LicenseId) -> Result<ControlFlow<()>, Stop>,
    ) -> Result<bool, Stop> {
        let mut all_read = true;
        loop {
            let (mounted, _) = self.parts()?;
            let ids = mounted.storage.keys(kind).map(|key| LicenseId(key.id));
            let page: heapless::Vec<LicenseId, 64> =
                ids.filter(|id| after.is_none_or(|after| *id > after)).take(64).collect();
            let Some(last) = page.last() else { return Ok(all_read) };
            after = Some(*last);
            for id in page {
                match each(self, id) {
                    Ok(ControlFlow::Continue(())) => {}
                    Ok(ControlFlow::Break(())) => return Ok(all_read),
                    Err(Stop::Failed(failure)) if failure.is(ErrorCode::Unreadable) => all_read = false,
                    Err(stop) => return Err(stop),
                }
            }
        }
    }

    /// How many documents of a vendor's succession are here.
    pub(crate) fn succession(&self, vendor: VendorId) -> u8 {
        let Some(mounted) = self.mounted() else { return 0 };
        let held = |number: &u8| mounted.storage.length(records::vendor_document(vendor, *number)).is_some();
        (0..limits::SUCCESSION).take_while(held).fold(0, |count, _| count.saturating_add(1))
    }

    /// A Vendor document that was verified when it came.
    pub(crate) fn vendor<'b>(
        &mut self,
        vendor: VendorId,
        number: u8,
        buffer: &'b mut [u8],
    ) -> Result<(Vendor<'b>, Hash), Stop> {
        let received = Received::parse(self.read(records::vendor_document(vendor, number), buffer)?)?;
        Ok((received.read_again()?, received.digest()))
    }

    /// The root of a vendor with this number.
    pub(crate) fn root(&mut self, vendor: VendorId, number: u8) -> Result<Root, Stop> {
        if self.succession(vendor) == 0 {
            return Err(ErrorCode::UnknownVendor.into());
        }
        let mut buffer = [0; records::VENDOR_DOCUMENT];
        let (body, digest) = self.vendor(vendor, number, &mut buffer).map_err(|stop| match stop {
            Stop::Failed(failure) if failure.is(ErrorCode::NotHeld) => {
                holdfast_document::DocumentError::UnknownRoot { number }.into()
            }
            other => other,
        })?;
        Ok(Root::of_vendor(vendor, &body, digest))
    }

    /// Joins a stored document with its stored links again, and writes the whole into `to`.
    pub(crate) fn join<'b>(
        &mut self,
        document: Document<'_>,
        links: &[Hash],
        to: &'b mut [u8],
    ) -> Result<&'b [u8], Stop> {
        let mut chain = [0; records::LINK * limits::LINKS];
        let mut writer = ListWriter::new(&mut chain);
        for digest in links {
            let mut buffer = [0; records::LINK];
            writer.push(&self.load::<Link<'_>>(records::link(digest), &mut buffer)?)?;
        }
        let chain: List<'_, Link<'_>> = writer.finish();
        Ok(strict::encode(&Document { chain, ..document }, to)?)
    }

    /// Signs a body with the identity key and writes the whole document, under the Device document
    /// and its links, into `to`.
    pub(crate) fn sign<'b>(
        &mut self,
        kind: holdfast_document::Kind,
        body: &[u8],
        device: &Received<'_>,
        to: &'b mut [u8],
    ) -> Result<&'b [u8], Stop> {
        let signature = self.platform.sign(&kind.digest(body))?;
        let signer = device.document();
        let mut chain = [0; records::DEVICE_DOCUMENT];
        let mut writer = ListWriter::new(&mut chain);
        for link in signer.chain.iter() {
            writer.push(&link?)?;
        }
        let Document { algorithm, root, body: of_device, signature: of_maker, .. } = *signer;
        writer.push(&Link { kind: signer.kind, algorithm, body: of_device, signature: of_maker })?;
        let chain: List<'_, Link<'_>> = writer.finish();
        let document = Document { kind: kind as u8, algorithm, root, body, signature, chain };
        Ok(strict::encode(&document, to)?)
    }

    /// Writes one record in a transaction of its own; what is there after power loss is the old
    /// value or the new.
    pub(crate) fn store(&mut self, key: Key, value: &impl Serialize) -> Result<(), Stop> {
        self.encode_and_put(key, value, Needed::nothing())
    }

    /// The same for what must fit though the storage is full.
    pub(crate) fn store_reserved(&mut self, key: Key, value: &impl Serialize) -> Result<(), Stop> {
        self.encode_and_put(key, value, Needed::nothing().reserved())
    }

    /// The same for bytes.
    pub(crate) fn store_bytes(&mut self, key: Key, value: &[u8]) -> Result<(), Stop> {
        self.put(key, value, Needed::nothing())
    }

    fn encode_and_put(&mut self, key: Key, value: &impl Serialize, needed: Needed) -> Result<(), Stop> {
        let mut buffer = [0; records::STATE];
        let value = strict::encode(value, &mut buffer)?;
        self.put(key, value, needed)
    }

    fn put(&mut self, key: Key, value: &[u8], needed: Needed) -> Result<(), Stop> {
        let (mounted, flash) = self.parts()?;
        let mut transaction = mounted.storage.begin(flash, needed.put(length(value)))?;
        transaction.put(key, value)?;
        Ok(transaction.commit()?)
    }
}

/// A length as storage counts it.
pub(crate) fn length(value: &[u8]) -> u32 {
    as_u32(value.len())
}

/// The same of a length that is known.
pub(crate) fn as_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The curve of a platform.
pub(crate) type CurveOf<P> = <P as Platform>::Curve;
