//! What a vendor accepts of devices and their makers: those of the makers that its record names, and of
//! its own sort. Development and production never mix.

use crate::{Body, DocumentError, Received, Root, Time, Vendor, Verified};
use holdfast_crypto::Curve;

impl<'a> Received<'a> {
    /// Verifies what a device or its maker signed, under whichever maker the vendor accepts. `vendor` is
    /// its newest record: a maker that it names no more is accepted no more.
    ///
    /// # Errors
    /// [`DocumentError::Mixed`] for a development device and a production vendor or the reverse;
    /// [`DocumentError::BadSignature`] with `link` 0 where no maker that is named made the first
    /// link; any other that [`verify`](Self::verify) gives.
    pub fn verify_accepted<C: Curve, B: Body<'a>>(
        &self,
        vendor: &Vendor<'_>,
        floor: Time,
    ) -> Result<Verified<'a, B>, DocumentError> {
        if self.kind.stands_on().is_some() {
            return Err(DocumentError::BadChain);
        }
        self.verify_accepted_chain::<C, B>(vendor, floor)
    }

    /// The same for one chain, whether or not another belongs to it.
    pub(crate) fn verify_accepted_chain<C: Curve, B: Body<'a>>(
        &self,
        vendor: &Vendor<'_>,
        floor: Time,
    ) -> Result<Verified<'a, B>, DocumentError> {
        let mut verdict = Err(DocumentError::BadSignature { link: 0 });
        for maker in vendor.makers.known() {
            verdict = self.verify_chain::<C, B>(&Root::of_maker(maker), floor);
            // Another maker's first link: the next one may know it.
            if !matches!(verdict, Err(DocumentError::BadSignature { link: 0 })) {
                break;
            }
        }
        let verified = verdict?;
        let signer = verified.device().map(|device| device.production);
        let of_other_sort = |production| production != vendor.production;
        match verified.body().production().or(signer).is_some_and(of_other_sort) {
            true => Err(DocumentError::Mixed),
            false => Ok(verified),
        }
    }
}
