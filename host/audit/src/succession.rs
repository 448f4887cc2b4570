//! Records of vendors: which found one, which follow another, and why the rest do neither.

use crate::heap::Found;
use crate::{Heap, NotBelieved};
use holdfast_crypto::RustCrypto;
use holdfast_document::{DocumentError, Kind, Received, Vendor, VendorId, Verified, strict};

impl<'a> Heap<'a> {
    /// Founding records first, then round after round whatever follows one that is known.
    pub(crate) fn find_vendors(
        &mut self,
        received: &[Result<Received<'a>, DocumentError>],
        expected: Option<VendorId>,
    ) {
        let is_record = |document: &Received<'a>| document.kind() == Kind::Vendor;
        let mut left: Vec<_> = (0..)
            .zip(received)
            .filter_map(|(place, document)| Some((place, document.as_ref().ok().filter(|it| is_record(it))?)))
            .collect();
        let is_expected = |id: VendorId| expected.is_none_or(|expected| expected == id);
        loop {
            let before = left.len();
            left.retain(|(place, document)| {
                let founded =
                    Vendor::found::<RustCrypto>(document).ok().filter(|found| is_expected(found.id()));
                let Some(document) = founded.or_else(|| self.following(document)) else { return true };
                if self.vendors.iter().all(|known| known.document.digest() != document.digest()) {
                    self.vendors.push(Found { place: *place, document });
                }
                false
            });
            if left.len() == before {
                break;
            }
        }
    }

    fn following(&self, received: &Received<'a>) -> Option<Verified<'a, Vendor<'a>>> {
        let follows =
            |known: &Found<'a, Vendor<'a>>| Vendor::succeed::<RustCrypto>(received, &known.document).ok();
        self.vendors.iter().find_map(follows)
    }

    /// The record as it was verified, or why it neither founds a vendor here nor follows a record.
    pub(crate) fn known_record(
        &self,
        received: &Received<'a>,
    ) -> Result<Verified<'a, Vendor<'a>>, NotBelieved> {
        let same = |known: &&Found<'a, Vendor<'a>>| {
            known.document.digest() == received.digest()
                && known.document.document().signature == received.document().signature
        };
        if let Some(known) = self.vendors.iter().find(same) {
            return Ok(known.document);
        }
        let body: Vendor<'_> = strict::decode(received.document().body)?;
        if body.number == 0 {
            let found = Vendor::found::<RustCrypto>(received)?;
            return if self.knows(found.id()) {
                Ok(found)
            } else {
                Err(NotBelieved::OtherVendor { named: found.id() })
            };
        }
        if !self.knows(body.vendor) {
            return Err(NotBelieved::OtherVendor { named: body.vendor });
        }
        if let Some(again) = self.following(received) {
            return Ok(again);
        }
        let of_vendor = || self.vendors.iter().filter(|known| known.document.id() == body.vendor);
        let known = |number: u8| of_vendor().any(|known| known.document.number == number);
        match (0..body.number).find(|number| !known(*number)) {
            Some(missing) => Err(NotBelieved::RecordMissing { number: body.number, missing }),
            // The record before is here, so it says itself what is wrong.
            None => {
                let before =
                    of_vendor().filter(|known| known.document.number.checked_add(1) == Some(body.number));
                let mut said = before.map(|known| Vendor::succeed::<RustCrypto>(received, &known.document));
                let refused = said.next_back().and_then(Result::err);
                Err(refused.unwrap_or(DocumentError::BadSuccession { number: body.number }).into())
            }
        }
    }
}
