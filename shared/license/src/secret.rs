//! How a license's secret is sealed to one device: who seals and who opens agree here.
//!
//! A secret is sealed by HPKE (RFC 9180) to the device's sealing key, with an `info` that names the
//! vendor, the license, the device, the product, the feature and the epoch; so no ciphertext opens in
//! another license, nor for another feature of the same.

use crate::LicenseId;
use crate::license::{License, Sealed, SealedSecret};
use holdfast_crypto::{CryptoError, Curve, Key, Secret, SecretKey, hpke, label};
use holdfast_document::{DeviceId, Name, VendorId};
use zeroize::Zeroizing;

/// All that a sealed secret is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedFor<'a> {
    /// The vendor.
    pub vendor: VendorId,
    /// The license.
    pub license: LicenseId,
    /// The device.
    pub device: DeviceId,
    /// The product.
    pub product: Name<'a>,
    /// The feature whose grant lets the device answer.
    pub feature: Name<'a>,
    /// The generation of the product's secret.
    pub epoch: u32,
}

impl<'a> SealedFor<'a> {
    /// What a secret of this license is bound to.
    pub const fn of(license: &License<'a>, secret: &SealedSecret<'a>) -> Self {
        Self {
            vendor: license.vendor,
            license: license.id,
            device: license.device,
            product: license.product,
            feature: secret.feature,
            epoch: secret.epoch,
        }
    }

    /// Hands `info` to `with`, in its parts: label ‖ 00 ‖ vendor ‖ license ‖ device ‖ product ‖ feature
    /// ‖ epoch, where device and names follow their length as a byte, and the epoch is little-endian.
    fn info<T>(&self, with: impl FnOnce(&[&[u8]]) -> T) -> T {
        let device = self.device.as_bytes();
        // The longest, a TPM's name, has 34 bytes.
        let length = [u8::try_from(device.len()).unwrap_or(u8::MAX)];
        let (product, feature) = (self.product.length_byte(), self.feature.length_byte());
        with(&[
            label::SECRET.as_bytes(),
            &[0],
            self.vendor.as_ref(),
            self.license.as_ref(),
            &length,
            device,
            &product,
            self.product.as_bytes(),
            &feature,
            self.feature.as_bytes(),
            &self.epoch.to_le_bytes(),
        ])
    }

    /// Seals a secret to a device's sealing key, which must come from its verified Device document.
    /// The ephemeral key is fresh and used for this secret alone.
    ///
    /// # Errors
    /// [`CryptoError::BadKey`] when the recipient's key is no point on the curve.
    pub fn seal<C: Curve>(
        &self,
        recipient: &Key,
        ephemeral: SecretKey,
        secret: &Secret,
    ) -> Result<Sealed, CryptoError> {
        let mut text = Zeroizing::new(*secret.expose());
        let (encapsulated, tag) =
            self.info(|info| hpke::seal::<C>(recipient, ephemeral, info, &[], text.as_mut()))?;
        let mut sealed = Sealed::ZERO;
        let parts = encapsulated.0.iter().chain(text.iter()).chain(&tag);
        sealed.0.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        Ok(sealed)
    }

    /// Opens a secret with the device's own sealing key: its public half, and its agreement with the
    /// key that came along.
    ///
    /// # Errors
    /// [`CryptoError::DoesNotOpen`] when it was sealed to another key or for anything else, or was
    /// changed; those of `agree`.
    pub fn open(
        &self,
        recipient: &Key,
        sealed: &Sealed,
        agree: impl FnOnce(&Key) -> Result<Secret, CryptoError>,
    ) -> Result<Secret, CryptoError> {
        let (head, rest) = sealed.0.split_at(Key::LENGTH);
        let (Some(encapsulated), Some((text, tag))) = (Key::from_slice(head), rest.split_first_chunk::<32>())
        else {
            return Err(CryptoError::DoesNotOpen);
        };
        let tag = tag.try_into().map_err(|_| CryptoError::DoesNotOpen)?;
        let mut secret = Zeroizing::new(*text);
        self.info(|info| hpke::open(recipient, &encapsulated, info, &[], secret.as_mut(), &tag, agree))?;
        Ok(Secret::new(*secret))
    }
}
