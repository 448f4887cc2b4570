//! A folder as a vendor's desk has it: the cast's keys, its record, a delegation and a ledger.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use holdfast_document::{Body, DeviceId, StorageId, VendorId};
use holdfast_license::statement::{Nonce, State};
use holdfast_license::{Purpose, Statement};
use tempfile::TempDir;

use crate::cast::*;

/// What a command said: its exit code, its output, its complaint.
pub(crate) type Said = (i32, String, String);

/// Something to sell under the desk's delegation.
const TEMPLATE: &str = "product = \"cutter\"\ntransfer = true\nregion = \"eu\"\n[[term]]\nedition = \"basic\"\n\
                        features = [\"cut\"]\nunits = [{ meter = \"cuts\" }]\n\
                        [[meter]]\nname = \"cuts\"\nallowance = 100\n";

/// The folder.
pub(crate) struct Office(TempDir);

impl Office {
    /// Opens for the first time.
    pub(crate) fn open() -> Self {
        let office = Self(tempfile::tempdir().unwrap());
        office.put("acme.vendor", &Signer::vendor().document(&founding_record(), &[]));
        office.put("acme.desk", &Signer::vendor().document(&desk(), &[]));
        for (file, seed) in [("acme.root.key", 1), ("acme.recovery.key", 2), ("acme.desk.key", 10)] {
            office.key(file, seed);
        }
        office.put("cutter.toml", TEMPLATE.as_bytes());
        office.put("dongle", &by_dongle(&enrolled()));
        office.put("maker.public", format!("{}\n", Signer::maker().key).as_bytes());
        office.good("ledger new acme.ledger.json --vendor acme.vendor --desk acme.desk");
        office
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    /// Writes the secret key of that seed, for its owner alone.
    pub(crate) fn key(&self, name: &str, seed: u8) {
        self.put(
            name,
            format!("holdfast secret key v1 production\n{}\n", format!("{seed:02x}").repeat(32)).as_bytes(),
        );
        let path = self.path().join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Reads a file as text.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs the command here.
    pub(crate) fn run(&self, arguments: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        let Output { status, stdout, stderr } =
            command.args(arguments.split_whitespace()).current_dir(self.path()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }

    /// Runs a command that succeeds, and returns what it said.
    pub(crate) fn good(&self, arguments: &str) -> String {
        let (code, said, complaint) = self.run(arguments);
        assert_eq!(code, 0, "{arguments}: {said}{complaint}");
        said
    }

    /// Runs a command that does not, and returns its complaint.
    pub(crate) fn bad(&self, arguments: &str, expected: i32) -> String {
        let (code, said, complaint) = self.run(arguments);
        assert_eq!(code, expected, "{arguments}: {said}{complaint}");
        complaint
    }
}

/// Signed by the dongle, with the maker's links.
pub(crate) fn by_dongle<B: Body<'static>>(body: &B) -> Vec<u8> {
    Signer::dongle().document(body, &[Signer::maker().link(&batch()), Signer::batch().link(&dongle())])
}

/// What the dongle left the factory with.
pub(crate) fn enrolled() -> Statement<'static> {
    Statement { purpose: Purpose::Enrolled, vendor: VendorId::ZERO, number: 0, ..statement(0, 0, &[]) }
}

/// A request of the dongle of that number, after so many updates.
pub(crate) fn statement(number: u32, update: u32, states: &[State]) -> Statement<'static> {
    Statement {
        purpose: Purpose::Request,
        nonce: Nonce([0x11; 32]),
        number,
        update,
        state: list(states),
        ..bare_statement()
    }
}

/// The same of the second dongle, which borrows in other stories.
pub(crate) fn by_other<B: Body<'static>>(body: &B) -> Vec<u8> {
    Signer::new(14).document(body, &[Signer::maker().link(&batch()), Signer::batch().link(&borrower())])
}

/// What the second dongle says where the first would say this.
pub(crate) fn of_other(statement: Statement<'static>) -> Statement<'static> {
    let device = DeviceId::Dongle(borrower().id());
    Statement { signer: digest(&borrower()), device, storage: StorageId([0x58; 16]), ..statement }
}
