//! The tag by which a retried charge is recognized.
//!
//! Neither license nor handle nor mark is in it, so that a retry through any license of the product
//! finds the first.

use holdfast_crypto::{Secret, kdf, label};
use holdfast_document::{Name, VendorId};
use holdfast_wire::command::charge::Payment;
use holdfast_wire::command::derive::Derivation;
use holdfast_wire::command::{Charge, Command, Derive};

/// Bytes of a tag in storage.
const LENGTH: usize = 7;

/// HMAC(tag key, label ‖ 00 ‖ command ‖ vendor ‖ product ‖ meter ‖ units ‖ id ‖ feature ‖ epoch ‖
/// label ‖ context), cut to seven bytes. Without a derivation its four fields are of length 0.
pub(crate) fn tag(
    key: &Secret,
    vendor: VendorId,
    product: Name<'_>,
    payment: &Payment<'_>,
    derivation: Option<&Derivation<'_>>,
) -> [u8; LENGTH] {
    let number = if derivation.is_some() {
        <Derive<'_> as Command<'_>>::NUMBER
    } else {
        <Charge<'_> as Command<'_>>::NUMBER
    };
    let (feature, epoch, purpose, context) = match derivation {
        Some(it) => (Some(it.feature), it.epoch, Some(it.label), it.context),
        None => (None, 0, None, &[][..]),
    };
    let length = |name: Option<Name<'_>>| name.map_or([0], Name::length_byte);
    let context_length = u16::try_from(context.len()).unwrap_or(u16::MAX).to_le_bytes();
    let mac = kdf::hmac(
        key,
        &[
            label::CHARGE.as_bytes(),
            &[0, number],
            &vendor.0,
            &product.length_byte(),
            product.as_bytes(),
            &payment.meter.length_byte(),
            payment.meter.as_bytes(),
            &payment.units.0.to_le_bytes(),
            &payment.id.0,
            &length(feature),
            feature.map_or(&[], Name::as_bytes),
            &epoch.to_le_bytes(),
            &length(purpose),
            purpose.map_or(&[], Name::as_bytes),
            &context_length,
            context,
        ],
    );
    let mut tag = [0; LENGTH];
    tag.iter_mut().zip(mac.expose()).for_each(|(to, from)| *to = *from);
    tag
}
