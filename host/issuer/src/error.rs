//! Why nothing was issued: each a sentence that ends with what to do.

/// Why a document was not issued. Nothing was signed by any of them, and no file was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A name is not 1 to 24 of `a-z 0-9 . - _`.
    #[error("a name is not 1 to 24 of a-z 0-9 . - _; choose another")]
    Name,
    /// The document would be refused by whoever reads it, or one that was handed in is not to be
    /// believed.
    #[error("{0}; change it, or get another")]
    Refused(#[from] holdfast_document::DocumentError),
    /// A development vendor and a production device or key, or the reverse.
    #[error("development and production never mix; use a device, a key and a vendor of one sort")]
    Mixed,
    /// The maker of the device is not among those that the vendor accepts.
    #[error("this vendor does not accept devices of that maker; name the maker in a new vendor record")]
    UnknownMaker,
    /// A file could not be read or written. A retry helps when the cause is gone.
    #[error("cannot {what} {path}: {why}; mend that and try again")]
    File {
        /// What was to be done.
        what: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// A secret key stands in a file that others can read.
    #[error("others can read the secret key {path}; run chmod 600 on it, and replace it if anyone did")]
    OpenKey {
        /// The file.
        path: String,
    },
    /// A file holds no secret key.
    #[error("{path} is not a secret key; name the file that was written when the key was made")]
    NoKey {
        /// The file.
        path: String,
    },
    /// A secret key is not the one that the delegation names.
    #[error("the key is not the one that the delegation names; use the two that were made together")]
    OtherKey,
    /// A recovery key is not the one whose hash the newest record names.
    #[error("this is not the recovery key that the vendor's record {number} names; bring that one")]
    OtherRecovery {
        /// The number of the newest record.
        number: u8,
    },
    /// Bytes that are no Name of a TPM's key.
    #[error("not the name of a key in a TPM: 000b and a SHA-256, as 68 hexadecimal digits; read it there")]
    NotATpmName,
    /// A license for a TPM was to have what rests on an enrolment, of which this version has none.
    #[error(
        "{what}: a TPM that is not enrolled carries no such thing, and this version enrols none; take it out of \
         the template (for fresh_within write \"never\"), or sell this to a dongle"
    )]
    NotWithoutEnrolment {
        /// What the template asks for.
        what: &'static str,
    },
    /// The template gives no right to transfer.
    #[error(
        "the template does not let its licenses move; write transfer = true into it, and renew the license first"
    )]
    NotTransferable,
    /// A license was to move from a device to itself.
    #[error("both statements are of device {device}; name one of the device that it goes to")]
    SameDevice {
        /// The device.
        device: String,
    },
    /// A license is on its way to another device.
    #[error(
        "license {id} is on its way to device {to}; apply the update to the device that has it, and bring its \
         statement to transfer arrive; or take it back with transfer stay"
    )]
    Leaving {
        /// The license.
        id: String,
        /// The device.
        to: String,
    },
    /// Nobody said that the firmware of a device takes departures, and that of this version does not: it
    /// would never take the answer that goes along, and so no other.
    #[error(
        "firmware of this version takes no departures, and no answer that comes with one, so that device {device} \
         would be answered no more; if you know that its firmware does, add --firmware-departs"
    )]
    FirmwareKeeps {
        /// The device.
        device: String,
    },
    /// A license was to stay that was not told to leave.
    #[error("license {id} is not on its way to another device; there is nothing to take back")]
    NotLeaving {
        /// The license.
        id: String,
    },
    /// A statement does not say that the device still holds a license, or a newer one of it is known.
    #[error(
        "this statement of device {device} does not say that it still holds license {id}, or is older than another; \
         have the device make a new report or request, and bring that"
    )]
    NotHeld {
        /// The license.
        id: String,
        /// The device.
        device: String,
    },
    /// The answer to this request brought a departure that was taken back; it never goes out without.
    #[error(
        "the answer to this request of device {device} was taken back, by transfer stay; have the device make \
         another request, and bring that; or, should eight be waiting there so that it makes no other, say that its \
         own word is to be trusted (ledger trust), with which two copies of it could go on"
    )]
    TakenBack {
        /// The device.
        device: String,
    },
    /// A license was to arrive by a departure that an operator had taken back.
    #[error(
        "it was taken back that license {id} leaves device {device}, by transfer stay; tell it to leave once more, \
         apply that, and bring the statement that the device then makes"
    )]
    Stayed {
        /// The license.
        id: String,
        /// The device that it was to leave.
        device: String,
    },
    /// A template is of another product than the license.
    #[error("license {id} is for {of}, and the template for {other}; name a template of {of}")]
    OtherProduct {
        /// The license.
        id: String,
        /// Its product.
        of: String,
        /// The template's.
        other: String,
    },
    /// The desk's delegation, one above it, or its root was revoked by the ledger that it sells from.
    #[error(
        "the key of this desk was revoked, {}, and nobody believes what it signs; go on with a desk under \
         another delegation: vendor succeed makes one under a new root",
        if *.from == 0 { "wholly".to_owned() } else { format!("from license number {} on", .from) }
    )]
    RevokedDesk {
        /// From which license number on; 0: wholly.
        from: u32,
    },
    /// A sale has more licenses than an update may bring.
    #[error(
        "a device takes at most {most} licenses in one update, and these are {count}; make two sales of them"
    )]
    TooManyLicenses {
        /// How many were asked for.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A license is twice in one sale. The device would refuse the update.
    #[error("license {id} is there twice in one sale, and a device refuses such an update; ask for it once")]
    LicenseTwice {
        /// The license.
        id: String,
    },
    /// The device has not shown that it took its last answer, which therefore goes out again, with the
    /// departures that went with it and no others.
    #[error(
        "device {device} has not shown that it took the last answer; answer this request, apply that, and have \
         the device make another"
    )]
    AnswerOutstanding {
        /// The device.
        device: String,
    },
    /// A statement does not say that the license left for this device.
    #[error(
        "the statement of device {device} does not say that license {id} left it for device {to}; apply the \
         update of transfer leave there, and bring the statement that it then makes"
    )]
    NotDeparted {
        /// The license.
        id: String,
        /// The device that has it.
        device: String,
        /// The device that it should go to.
        to: String,
    },
    /// A statement says that the license left for another device: it was told so before that was taken back.
    #[error(
        "license {id} left device {device} for device {other}, and for no other one; let it arrive there with \
         transfer arrive, and leave from there"
    )]
    LeftForAnother {
        /// The license.
        id: String,
        /// The device that had it.
        device: String,
        /// The device that it left for.
        other: String,
    },
    /// A device counted meters that no revision known to the ledger has; some were forgotten with a backup.
    #[error(
        "device {device} counted meters of license {id} that this ledger does not know; show it the updates that were \
         made for the device since the backup (ledger learn)"
    )]
    UnknownMeters {
        /// The license.
        id: String,
        /// The device.
        device: String,
    },
    /// The numbers of a license's revisions or hops are used up.
    #[error("license {id} was renewed or moved as often as a license can be; issue a new one in its place")]
    LastRevision {
        /// The license.
        id: String,
    },
    /// More of a meter was used than was granted, and the rest would be granted anew.
    #[error(
        "{units} units of {meter} were overdrawn on the earlier device; add at least as many, with --add"
    )]
    Overdrawn {
        /// The meter.
        meter: String,
        /// Units.
        units: u64,
    },
    /// A secret key is not that of the newest root.
    #[error("this is not the root key of the vendor's record {number}, which is its newest; bring that one")]
    OtherRoot {
        /// The number of the newest record.
        number: u8,
    },
    /// A root was to revoke itself, and with it the revocation.
    #[error(
        "a root cannot revoke itself: nobody would believe it; replace it with vendor succeed, and let the new root do it"
    )]
    OwnRoot,
    /// The device was revoked.
    #[error("device {device} was revoked, so nothing is issued to it; issue a license for another device")]
    RevokedDevice {
        /// The device.
        device: String,
    },
    /// A vendor has as many records as devices keep.
    #[error("a vendor has at most eight records, and this one has them; found another vendor")]
    LastRecord,
    /// A root works under no delegation.
    #[error("a root has no delegation; ask a desk for its own")]
    NoDelegation,
    /// A template does not read. The text shows the line.
    #[error("{0}\nmend the template there")]
    Template(String),
    /// A refill of a meter that the template does not have.
    #[error("there is no meter {name} in the template; add it, or refill another")]
    NoMeter {
        /// The meter asked for.
        name: String,
    },
    /// Another desk has the ledger open. A retry helps when it is done.
    #[error("another desk has the ledger open; wait until it is done")]
    Busy,
    /// The ledger does not read, or is another vendor's.
    #[error("the ledger {path} cannot be used: {what}; restore it from a backup, or name the right one")]
    Ledger {
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The license is not in this ledger, or was issued to another device.
    #[error("license {id} was not issued to device {device} by this desk; look its id up in the ledger")]
    NoLicense {
        /// The license.
        id: String,
        /// The device.
        device: String,
    },
    /// The quota is used up. No retry helps until there is a delegation with further numbers.
    #[error(
        "all numbers of the quota are used up, {first} to {last}; ask the vendor for a delegation with \
         further ones, and renew or refill meanwhile what was sold: that takes no number"
    )]
    NoNumbers {
        /// The first number of the quota.
        first: u32,
        /// The last.
        last: u32,
    },
    /// A license names a secret that the desk was not given.
    #[error(
        "this desk has no secret for {product}, epoch {epoch}; add it to the file of secrets, or take it \
         out of the template"
    )]
    NoSecret {
        /// The product.
        product: String,
        /// The generation.
        epoch: u32,
    },
    /// A license would let the device give out what it also derives from.
    #[error(
        "epoch {epoch} of {product} is revealed for one feature and derived from for another, so that who \
         reads it can compute the rest; give one of them an epoch of its own"
    )]
    Revealed {
        /// The product.
        product: String,
        /// The generation.
        epoch: u32,
    },
    /// The secret of an epoch is there already.
    #[error("epoch {epoch} of {product} has its secret; make a new one under a new number")]
    KnownEpoch {
        /// The product.
        product: String,
        /// The generation.
        epoch: u32,
    },
    /// A file holds no secrets of products.
    #[error("{path} is not a file of product secrets; name the one that secret new wrote")]
    NoSecrets {
        /// The file.
        path: String,
    },
    /// The device is easier to break than the vendor allows for its secrets.
    #[error(
        "the device is a {class}, and this vendor seals secrets to at least a {least}; sell this to a \
         better device, or without secrets"
    )]
    WeakDevice {
        /// The device's class.
        class: holdfast_document::Class,
        /// The least that the vendor asks for.
        least: holdfast_document::Class,
    },
    /// Two sales of one run are to one device: their updates would have one number, and the device
    /// would take only the first.
    #[error("device {device} is there twice in one run; put all that it is to get into one sale")]
    DeviceTwice {
        /// The device.
        device: String,
    },
    /// A license for no device was to be sold to one, or the reverse.
    #[error("the template is unbound, for no device in particular; issue it without one")]
    Unbound,
    /// A template is for devices, and none was named.
    #[error("the template is for a device; name a statement of one, or mark the template unbound")]
    NoDevice,
    /// A desk without the ledger was asked for an answer.
    #[error("only the desk that keeps the ledger answers requests; send this to the vendor")]
    NoLedger,
    /// The ledger came back from a backup or was begun anew, and has not learned yet where this device stands.
    #[error(
        "the ledger does not know which answer {device} got last, as it came back from a backup or was begun anew; \
         show it the last update that was made for it (ledger learn), or say that the device's own word is to be \
         trusted (ledger trust)"
    )]
    NotLearned {
        /// The device.
        device: String,
    },
    /// The ledger came back from a backup, and has not learned what was revoked since.
    #[error(
        "the ledger came back from a backup and does not know what was revoked last; show it every part of the last \
         revocations (ledger learn)"
    )]
    RevocationsNotLearned,
    /// A ledger was to learn from what a key signed that was revoked.
    #[error(
        "it was signed with a key that was revoked, so that anybody may have made it, and nothing is learned from it; \
         show what another key signed, or let the device go on at its own word (ledger trust)"
    )]
    UnderRevokedKey,
    /// A ledger was to learn from revocations that a delegate signed.
    #[error(
        "these revocations are not signed by a root of the vendor, and no desk issues such; leave them out"
    )]
    NotByARoot,
    /// A device has shown a newer statement than the one that is to be trusted.
    #[error(
        "device {device} has gone on since it made this statement; have it make a new report or request, and bring that"
    )]
    OldStatement {
        /// The device.
        device: String,
    },
    /// A number of the quota was sold already.
    #[error(
        "number {next} was sold before the backup; name one that was surely not sold yet, {least} at least"
    )]
    Sold {
        /// The number.
        next: u32,
        /// The next as far as the ledger knows.
        least: u32,
    },
    /// An update is from before the device's storage was formatted.
    #[error("the update is for this device before its storage was formatted, and says nothing of it now")]
    OtherStorage,
    /// An answer was asked for a statement that is not a request.
    #[error("this statement asks for no answer; have the device make a request")]
    NotARequest,
}

impl IssueError {
    pub(crate) fn file(what: &'static str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::File { what, path: path.display().to_string(), why: error.to_string() }
    }
}
