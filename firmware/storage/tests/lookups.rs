//! What is known of records without reading flash.

use holdfast_crypto::Secret;
use holdfast_storage::model::Chip;
use holdfast_storage::{Key, Layout, Needed, Storage, VALUE};

const LAYOUT: Layout = Layout::consecutive(0, 4096, 3, 3, 12);

#[test]
fn the_length_of_a_value_and_that_there_is_none_take_no_read() {
    let key = Secret::new([7; 32]);
    let named = |number| Key { kind: 1, id: [number; 16] };
    let mut flash = Chip::<4, 4096>::new(18);
    Storage::<64>::format(&mut flash, LAYOUT, &key).unwrap();
    let mut storage = Storage::<64>::mount(&mut flash, LAYOUT, &key).unwrap();
    let lengths = [(1, 0), (2, 1), (3, 900), (4, VALUE)];
    for (number, length) in lengths {
        let mut transaction = storage.begin(&mut flash, Needed::nothing().put(length as u32)).unwrap();
        transaction.put(named(number), &vec![number; length]).unwrap();
        transaction.commit().unwrap();
    }
    for mounts in 0..2 {
        flash.reset_statistics();
        for (number, length) in lengths {
            assert_eq!(storage.length(named(number)), Some(length), "after {mounts} mounts");
        }
        assert_eq!(storage.length(named(5)), None);
        assert_eq!(storage.read(&mut flash, named(5), &mut []), Ok(None));
        assert_eq!(flash.statistics().reads, 0);
        flash.remount(1);
        storage.mount_here(&mut flash, LAYOUT, &key).unwrap();
    }
}
