//! Ids, times, numbers of units and classes, each a type of its own so that none is taken for
//! another.

use crate::DocumentError;
use holdfast_crypto::{Key, digest, fixed_bytes, label};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

fixed_bytes! {
    /// A vendor: the first 16 bytes of the digest of its founding record (Vendor number 0).
    VendorId, 16
}

fixed_bytes! {
    /// A maker of devices: the first 16 bytes of SHA-256(`holdfast/v1/maker` ‖ 00 ‖ root key).
    MakerId, 16
}

fixed_bytes! {
    /// A dongle: the first 16 bytes of SHA-256(`holdfast/v1/dongle` ‖ 00 ‖ identity ‖ channel ‖
    /// sealing key).
    DongleId, 16
}

fixed_bytes! {
    /// The Name of a TPM's binding key: algorithm and SHA-256 (TPM 2.0 part 1, section 16).
    TpmName, 34
}

fixed_bytes! {
    /// Random, made when a device's storage is formatted; zeros for a TPM.
    StorageId, 16
}

impl MakerId {
    /// The id of the maker with this root key.
    pub fn of(root: &Key) -> Self {
        Self(first_half(digest::labeled(label::MAKER, &[&root.0])))
    }
}

impl DongleId {
    /// The id of the dongle with these three public keys.
    pub fn of(identity: &Key, channel: &Key, sealing: &Key) -> Self {
        Self(first_half(digest::labeled(label::DONGLE, &[&identity.0, &channel.0, &sealing.0])))
    }
}

pub(crate) fn first_half(hash: holdfast_crypto::Hash) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(hash.0).for_each(|(to, from)| *to = from);
    half
}

/// Whom a chain of links speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authority {
    /// A vendor: its licenses, and all about them.
    Vendor(VendorId),
    /// A maker of devices.
    Maker(MakerId),
}

/// A device that a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceId {
    /// No device in particular: only for dated demos without secrets, meters, seats or loans.
    Unbound,
    /// A dongle.
    Dongle(DongleId),
    /// A machine's TPM.
    Tpm(TpmName),
}

impl DeviceId {
    /// The bytes that are hashed or MACed, behind their length as one byte; none when unbound.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Unbound => &[],
            Self::Dongle(id) => &id.0,
            Self::Tpm(name) => &name.0,
        }
    }
}

/// Seconds since 1970-01-01 00:00 UTC, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// This much later; at the end of time it stays there.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this; none when it is not earlier.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl core::fmt::Display for Time {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// A length of time in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seconds(pub u32);

impl Seconds {
    /// As `valid_for`: no end.
    pub const FOREVER: Self = Self(u32::MAX);
}

/// A number of units of one meter. What a unit *is* (an export, a minute) is the vendor's business.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Units(pub u64);

impl core::fmt::Display for Units {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// How hard a device is to break, on one of two scales that do not compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Class {
    /// 1 dongles, 2 TPMs; 0 asks for nothing.
    pub scale: u8,
    /// Higher is harder to break.
    pub level: u8,
}

impl Class {
    /// No demand: every device reaches it.
    pub const ANY: Self = Self { scale: 0, level: 0 };
    /// A process on a PC; for development.
    pub const SIMULATOR: Self = Self { scale: 1, level: 1 };
    /// A microcontroller whose debug lock is known to give way to glitching.
    pub const GLITCHABLE_MCU: Self = Self { scale: 1, level: 2 };
    /// A microcontroller with glitch detectors or comparable protection.
    pub const PROTECTED_MCU: Self = Self { scale: 1, level: 3 };
    /// A secure element holds the keys.
    pub const SECURE_ELEMENT: Self = Self { scale: 1, level: 4 };
    /// A TPM made of software, which can be cloned.
    pub const VIRTUAL_TPM: Self = Self { scale: 2, level: 1 };
    /// A TPM in a processor's firmware.
    pub const FIRMWARE_TPM: Self = Self { scale: 2, level: 2 };
    /// A TPM that is a chip of its own.
    pub const DISCRETE_TPM: Self = Self { scale: 2, level: 3 };

    /// Scale and level in one number: 256 × scale + level.
    pub const fn number(self) -> u64 {
        (self.scale as u64) << 8 | self.level as u64
    }

    /// The class of a [`number`](Self::number), if it is one.
    pub fn from_number(number: u64) -> Option<Self> {
        let [level, scale, 0, 0, 0, 0, 0, 0] = number.to_le_bytes() else { return None };
        Some(Self { scale, level })
    }

    /// Whether a device of this class is at least as hard to break as one of `least`.
    pub const fn reaches(self, least: Self) -> bool {
        least.scale == 0 || (self.scale == least.scale && self.level >= least.level)
    }
}

impl core::fmt::Display for Class {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match *self {
            Self::SIMULATOR => "simulator",
            Self::GLITCHABLE_MCU => "glitchable MCU",
            Self::PROTECTED_MCU => "protected MCU",
            Self::SECURE_ELEMENT => "secure element",
            Self::VIRTUAL_TPM => "virtual TPM",
            Self::FIRMWARE_TPM => "firmware TPM",
            Self::DISCRETE_TPM => "discrete TPM",
            Self { scale, level } => return write!(f, "device of class {scale}.{level}"),
        })
    }
}

/// The first byte of every body: version 1. No other value decodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct V1;

impl V1 {
    /// Refuses a body of another version before its fields are looked at.
    ///
    /// # Errors
    /// [`DocumentError::UnknownVersion`], [`DocumentError::Malformed`] for an empty body.
    pub fn check(body: &[u8]) -> Result<(), DocumentError> {
        match body.first() {
            Some(1) => Ok(()),
            Some(&found) => Err(DocumentError::UnknownVersion { found }),
            None => Err(DocumentError::Malformed),
        }
    }
}

impl Serialize for V1 {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        1u8.serialize(to)
    }
}

impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u8::deserialize(from)? {
            1 => Ok(Self),
            _ => Err(de::Error::custom("not version 1")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_different_scales_do_not_compare() {
        assert!(Class::SECURE_ELEMENT.reaches(Class::SIMULATOR));
        assert!(!Class::SIMULATOR.reaches(Class::GLITCHABLE_MCU));
        assert!(!Class::SECURE_ELEMENT.reaches(Class::VIRTUAL_TPM));
        assert!(Class::VIRTUAL_TPM.reaches(Class::ANY));
        assert_eq!(Class::from_number(Class::DISCRETE_TPM.number()), Some(Class::DISCRETE_TPM));
        assert_eq!(Class::from_number(1 << 16), None);
    }
}
