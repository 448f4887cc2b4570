//! What a storage is before it is mounted, and when it is mounted again where it stands.

use holdfast_crypto::Secret;
use holdfast_storage::model::{Chip, rest};
use holdfast_storage::{Key, Layout, Needed, Storage, StorageError};

const LAYOUT: Layout = Layout { reserve: 0, ..Layout::consecutive(0, 1024, 3, 3, 12) };

type Flash = Chip<4, 1024>;
type Tested = Storage<32>;

fn key() -> Secret {
    Secret::new([7; 32])
}

fn named(kind: u8, number: u8) -> Key {
    Key { kind, id: [number; 16] }
}

fn fresh() -> Flash {
    let mut flash = Flash::new(18);
    Tested::format(&mut flash, LAYOUT, &key()).unwrap();
    flash
}

fn put(flash: &mut Flash, storage: &mut Tested, key: Key, value: &[u8]) {
    let mut transaction = storage.begin(flash, Needed::nothing().put(value.len() as u32)).unwrap();
    transaction.put(key, value).unwrap();
    transaction.commit().unwrap();
}

/// Everything that a storage says of itself and what it holds.
fn told(flash: &mut Flash, storage: &Tested) -> String {
    let mut text = format!(
        "{:?} {} {} {} {} {} {:?}",
        (0..4).map(|index| storage.total(index)).collect::<Vec<_>>(),
        storage.mark(),
        storage.oldest(),
        storage.memory(),
        storage.powered(),
        storage.free(),
        storage.health(),
    );
    let mut buffer = [0; 600];
    for kind in [1, 200] {
        for key in storage.keys(kind) {
            let value = storage.read(flash, key, &mut buffer).map(|value| value.map(<[u8]>::to_vec));
            text += &format!("\n{key:?}: {value:?}");
        }
    }
    text
}

/// A device with something of everything: deleted, superseded, dropped and unreadable records, and much work.
fn used() -> Flash {
    let mut flash = fresh();
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    for round in 0..30u8 {
        put(&mut flash, &mut storage, named(200, round % 5), &[round; 90]);
        put(&mut flash, &mut storage, named(1, round % 7), &[round; 60]);
        let _ = storage.raise(&mut flash, round % 4, 100 + u64::from(round), [round; 7]);
        storage.book(&mut flash, 60 * u64::from(round)).unwrap();
        if round % 4 == 0 {
            rest(&mut flash, &mut storage).unwrap();
        }
    }
    let mut transaction = storage.begin(&mut flash, Needed::nothing().put(50).delete()).unwrap();
    transaction.put(named(200, 6), &[6; 50]).unwrap();
    drop(transaction);
    let mut transaction = storage.begin(&mut flash, Needed::nothing().delete()).unwrap();
    transaction.delete(named(1, 3)).unwrap();
    transaction.commit().unwrap();
    let mut place = vec![1];
    place.extend([2; 16]);
    let at = flash.bytes().windows(17).rposition(|bytes| bytes == place).unwrap();
    let check = !flash.bytes()[at + 26];
    flash.tamper(at + 26, &[check]);
    flash.power_off();
    flash.remount(1);
    flash
}

#[test]
fn what_is_not_mounted_holds_nothing_and_takes_nothing() {
    let mut flash = used();
    let before = flash.bytes().to_vec();
    let mut storage = Tested::new();
    assert_eq!(storage.raise(&mut flash, 0, 500, [1; 7]), Err(StorageError::Remount));
    assert_eq!(storage.book(&mut flash, 5_000), Err(StorageError::Remount));
    assert_eq!(storage.start_anew(&mut flash, 0), Err(StorageError::Remount));
    assert_eq!(storage.idle(&mut flash), Err(StorageError::Remount));
    assert!(matches!(storage.begin(&mut flash, Needed::nothing()), Err(StorageError::Remount)));
    assert_eq!(storage.read(&mut flash, named(1, 1), &mut [0; 600]), Ok(None));
    assert_eq!((storage.total(0), storage.powered(), storage.keys(1).count()), (0, 0, 0));
    assert_eq!(storage.find(&mut flash, [1; 7]), Ok(None));
    assert_eq!(flash.bytes(), before);
}

#[test]
fn mounted_again_in_its_place_it_is_as_one_that_was_mounted_for_the_first_time() {
    let flashes = [used(), fresh(), used()];
    let mut storage = Tested::new();
    for flash in &flashes {
        let mut again = flash.clone();
        storage.mount_here(&mut again, LAYOUT, &key()).unwrap();
        let mut once = flash.clone();
        let mut first = Tested::mount(&mut once, LAYOUT, &key()).unwrap();
        assert_eq!(told(&mut again, &storage), told(&mut once, &first));
        // And it goes on in the same way.
        for round in 0..20u8 {
            for (flash, storage) in [(&mut again, &mut storage), (&mut once, &mut first)] {
                rest(flash, storage).unwrap();
                put(flash, storage, named(200, round % 3), &[round; 80]);
            }
            assert_eq!(again.bytes(), once.bytes(), "round {round}");
        }
        assert_eq!(told(&mut again, &storage), told(&mut once, &first));
        // What it is left with must be forgotten: something deleted, a secret put twice, a transaction dropped.
        rest(&mut again, &mut storage).unwrap();
        let mut transaction = storage.begin(&mut again, Needed::nothing().put(50).put(50).delete()).unwrap();
        transaction.put(named(200, 7), &[7; 50]).unwrap();
        transaction.put(named(200, 7), &[8; 50]).unwrap();
        transaction.delete(named(1, 1)).unwrap();
        transaction.commit().unwrap();
        let mut transaction = storage.begin(&mut again, Needed::nothing().put(50)).unwrap();
        transaction.put(named(200, 6), &[6; 50]).unwrap();
        drop(transaction);
    }
}

#[test]
fn after_a_mount_that_failed_nothing_is_written() {
    let mut flash = used();
    let mut storage = Tested::mount(&mut flash, LAYOUT, &key()).unwrap();
    assert_eq!(storage.mount_here(&mut Flash::new(18), LAYOUT, &key()), Err(StorageError::Blank));
    let before = flash.bytes().to_vec();
    assert_eq!(storage.book(&mut flash, 100_000), Err(StorageError::Remount));
    assert_eq!(flash.bytes(), before);
    storage.mount_here(&mut flash, LAYOUT, &key()).unwrap();
    storage.book(&mut flash, 100_000).unwrap();
}
