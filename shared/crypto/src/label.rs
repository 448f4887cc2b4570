//! Every label that keeps one use of a hash, signature or key from being taken for another.
//!
//! A label is followed by a zero byte and stands first in what is hashed. All of them are here, so
//! that a look tells that none is a prefix of another (a test tells it too).

/// A domain-separation label: ASCII, without the zero byte that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(&'static str);

impl Label {
    /// The label's bytes, without the zero byte.
    pub const fn as_bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

macro_rules! labels {
    ($($(#[$meta:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$meta])* pub const $name: Label = Label(concat!("holdfast/v1/", $text));)*

        /// All of them, for the test that no two collide.
        #[cfg(test)]
        const ALL: &[Label] = &[$($name),*];
    };
}

labels! {
    /// The body of a Vendor document; also a vendor's id.
    VENDOR = "vendor";
    /// The body of a Device document.
    DEVICE = "device";
    /// The body of a Delegation.
    DELEGATION = "delegation";
    /// The body of a License.
    LICENSE = "license";
    /// The body of a Loan.
    LOAN = "loan";
    /// The body of an Update.
    UPDATE = "update";
    /// The body of a TimeToken.
    TIME_TOKEN = "timetoken";
    /// The body of Revocations.
    REVOCATIONS = "revocations";
    /// The body of a Statement.
    STATEMENT = "statement";
    /// The body of a Manifest.
    MANIFEST = "manifest";
    /// A maker's id, over its root key.
    MAKER = "maker";
    /// A dongle's id, over its three public keys.
    DONGLE = "dongle";
    /// The prologue of the secure channel.
    CHANNEL = "channel";
    /// What a machine's TPM signs to prove itself over a channel.
    MACHINE_PROOF = "machine";
    /// What a paired host's MAC covers.
    PAIR_PROOF = "pair";
    /// HPKE info of a secret sealed to a device.
    SECRET = "secret";
    /// Derivations from a secret.
    DERIVE = "derive";
    /// The tag by which a retried charge is recognized.
    CHARGE = "charge";
    /// How the SDK makes a charge's id from the name of a job.
    JOB = "job";
    /// Policy reference of an approval on a TPM.
    APPROVAL = "approval";
    /// Key under which a device's storage is encrypted.
    STORAGE_KEY = "storage-key";
    /// Key, derived from the storage key, of the tags that authenticate records.
    RECORD_TAG = "record-tag";
    /// Key, derived from the storage key, of the cipher that seals records.
    RECORD_CIPHER = "record-cipher";
    /// Key under which charge tags are made.
    TAG_KEY = "tag-key";
    /// Seeds of a software dongle's key pairs.
    DEVICE_KEYS = "keys";
    /// By which a Vendor record names its recovery key.
    RECOVERY = "recovery";
    /// Digest over all that a device holds of a vendor.
    HOLDINGS = "holdings";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn no_label_is_a_prefix_of_another() {
        for (i, one) in ALL.iter().enumerate() {
            for (j, other) in ALL.iter().enumerate() {
                assert!(i == j || !other.0.starts_with(one.0), "{one:?} starts {other:?}");
            }
        }
    }
}
