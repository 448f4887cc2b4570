//! What is left of secrets that no longer live, and that idle time erases it.

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chance, Chip, Outcome};
use holdfast_storage::{Key, Layout, MoreWork, Needed, Storage, StorageError};

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 1024, 3, 3, 18) };
const SECRET: Key = named(200, 9);

struct Device {
    flash: Chip<4, 1024>,
    storage: Storage<64>,
}

const fn named(kind: u8, number: u8) -> Key {
    Key { kind, id: [number; 16] }
}

fn key() -> Secret {
    Secret::new([7; 32])
}

impl Device {
    fn new() -> Self {
        let mut flash = Chip::new(24);
        Storage::<64>::format(&mut flash, LAYOUT, &key()).unwrap();
        let storage = Storage::mount(&mut flash, LAYOUT, &key()).unwrap();
        Self { flash, storage }
    }

    fn mount(&mut self) {
        self.flash.remount(1);
        self.storage = Storage::mount(&mut self.flash, LAYOUT, &key()).unwrap();
    }

    fn rest(&mut self) {
        while self.storage.idle(&mut self.flash).unwrap() == MoreWork::Yes {}
    }

    fn put(&mut self, key: Key, length: usize, fill: u8) -> Result<(), StorageError> {
        let mut transaction =
            self.storage.begin(&mut self.flash, Needed::nothing().put(length as u32)).unwrap();
        transaction.put(key, &vec![fill; length])?;
        transaction.commit()
    }

    /// Where bodies of the secret begin.
    fn bodies(&self) -> Vec<usize> {
        let begins = |bytes: &[u8]| bytes[0] == SECRET.kind && bytes[1..] == SECRET.id;
        let places = self.flash.bytes().windows(17).enumerate();
        places.filter(|(_, bytes)| begins(bytes)).map(|(at, _)| at).collect()
    }
}

/// Moving a record whole leaves the pieces that lay on other pages than the one that is erased.
#[test]
fn no_copy_of_a_superseded_secret_outlives_idle_time_though_moves_left_some() {
    let mut most = 0;
    for seed in 0..20 {
        let mut device = Device::new();
        let mut chance = Chance::new(seed);
        device.put(SECRET, 600, 9).unwrap();
        for round in 0..60u8 {
            device
                .put(named([1, 201][usize::from(round % 2)], 1), chance.below(900) as usize, round)
                .unwrap();
            device.rest();
            if chance.below(8) == 0 {
                device.mount();
            }
        }
        most = most.max(device.bodies().len());
        device.put(SECRET, 0, 0).unwrap();
        if seed % 2 == 0 {
            device.mount();
        }
        device.rest();
        for at in device.bodies() {
            // The newer value is empty: its stream is a tag of 16 bytes.
            let total = &device.flash.bytes()[at + 24..at + 26];
            assert_eq!(total, [16, 0], "seed {seed}: a piece of the former value is left");
        }
    }
    assert!(most > 2, "moves left copies: {most}");
}

/// A piece whose first bytes are torn cannot be told by them.
#[test]
fn what_power_loss_left_of_a_secret_is_erased_though_its_name_is_torn() {
    let mut device = Device::new();
    device.rest();
    device.mount();
    // The granule that says where the body lies, then the first 64 bytes of the body.
    let body = device.flash.operations() + 1;
    device.flash.cut(body, Outcome::Prefix(60));
    assert_eq!(device.put(SECRET, 40, 9), Err(StorageError::Flash));
    let torn: [u8; 9] = [200, 9, 9, 9, 9, 9, 9, 9, 9];
    let is_left = |device: &Device| device.flash.bytes().windows(9).any(|bytes| bytes == torn);
    assert!(is_left(&device) && device.bodies().is_empty());
    device.mount();
    assert!(is_left(&device));
    device.rest();
    assert!(!is_left(&device));
}
