//! Fixed-length values that travel: hashes, keys, signatures, ids.
//!
//! serde knows arrays of up to 32 bytes only, and would print them as lists of numbers. One macro
//! gives every such value the same wire form (its bytes, nothing before them), the same strict
//! decoding and a readable `Debug` in hexadecimal.

/// Declares a newtype over `[u8; N]` whose wire form is exactly its bytes.
#[macro_export]
macro_rules! fixed_bytes {
    ($(#[$meta:meta])* $name:ident, $length:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// How many bytes it has on the wire.
            pub const LENGTH: usize = $length;
            /// All bytes zero: *none* where the format says so.
            pub const ZERO: Self = Self([0; $length]);

            /// The bytes, if there are exactly as many as it takes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// Whether all bytes are zero.
            pub fn is_zero(&self) -> bool {
                *self == Self::ZERO
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::ZERO
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::bytes::write_hex(&self.0, f)
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                $crate::bytes::write_hex(&self.0, f)?;
                f.write_str(")")
            }
        }

        impl $crate::bytes::serde::Serialize for $name {
            fn serialize<S: $crate::bytes::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $crate::bytes::serialize(&self.0, to)
            }
        }

        impl<'de> $crate::bytes::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::bytes::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::bytes::deserialize(from).map(Self)
            }
        }
    };
}

fixed_bytes! {
    /// A SHA-256 digest.
    Hash, 32
}

fixed_bytes! {
    /// A P-256 public key in SEC1 uncompressed form: `04 ‖ x ‖ y` (SEC 1, section 2.3.3). Holding
    /// one proves nothing: the point is checked by [`crate::Curve`] at each use.
    Key, 65
}

fixed_bytes! {
    /// An ECDSA signature over P-256: `r ‖ s`, 32 bytes each, big-endian, s in the lower half.
    Signature, 64
}

#[doc(hidden)]
pub use serde;
use serde::{Deserializer, Serializer, de, ser::SerializeTuple};

/// Writes bytes as lower-case hexadecimal.
///
/// # Errors
/// Those of the formatter.
pub fn write_hex(bytes: &[u8], f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Bytes that print as lower-case hexadecimal.
pub struct Hex<'a>(pub &'a [u8]);

impl core::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write_hex(self.0, f)
    }
}

/// The wire form of a fixed-length value: a tuple of its bytes, so without a length. In a form for
/// people, such as JSON, it is hexadecimal.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer, const N: usize>(bytes: &[u8; N], to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        return to.collect_str(&Hex(bytes));
    }
    let mut tuple = to.serialize_tuple(N)?;
    bytes.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
    tuple.end()
}

/// The bytes of exactly `N` pairs of hexadecimal digits.
fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let mut digits = text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    for byte in &mut bytes {
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    digits.next().is_none().then_some(bytes)
}

/// Reads what [`serialize`] writes, in both forms.
///
/// # Errors
/// Those of the deserializer; too few bytes are one.
pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
    struct Bytes<const N: usize>;

    impl<'de, const N: usize> de::Visitor<'de> for Bytes<N> {
        type Value = [u8; N];

        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            write!(f, "{N} bytes")
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<[u8; N], A::Error> {
            let mut bytes = [0; N];
            for (index, byte) in bytes.iter_mut().enumerate() {
                *byte = items.next_element()?.ok_or_else(|| de::Error::invalid_length(index, &self))?;
            }
            Ok(bytes)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<[u8; N], E> {
            from_hex(text)
                .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &"as many hexadecimal digits"))
        }
    }

    if from.is_human_readable() {
        return from.deserialize_str(Bytes);
    }
    from.deserialize_tuple(N, Bytes)
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn what_a_form_for_people_shows_it_takes_again_and_nothing_else() {
        let hash = Hash([0xa5; 32]);
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<Hash>(&text).unwrap(), hash);
        for bad in [&text[..text.len() - 2], "\"a5\"", "\"\"", "7"] {
            assert!(serde_json::from_str::<Hash>(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Hash>(&text.replace('a', "g")).is_err());
        assert!(serde_json::from_str::<Hash>(&text.replacen('a', "aaa", 1)).is_err());
    }
}
