//! A document that stands on another: a Loan on the License that it comes out of.
//!
//! Its signer is a device, and what it may sign follows from a document that the device holds. So
//! two chains travel with it, one behind the other, each under a root of its own:
//!
//! ```text
//! vendor's root ─▶ delegations ─▶ parent │ maker's root ─▶ delegations ─▶ Device ─▶ document
//! ```

use crate::{Body, Document, DocumentError, Kind, Link, List, Received, Root, Time, Vendor, Verified};
use holdfast_crypto::Curve;

/// Both ends of the two chains.
#[derive(Clone, Copy, Debug)]
pub struct WithParent<'a, P, B> {
    /// What it stands on.
    pub parent: Verified<'a, P>,
    /// The document.
    pub document: Verified<'a, B>,
}

/// The two chains of a document, with the parent between them.
struct Halves<'a> {
    upper: List<'a, Link<'a>>,
    parent: Link<'a>,
    lower: List<'a, Link<'a>>,
    /// Links before the lower half, the parent counted.
    links: u8,
}

impl<'a> Received<'a> {
    /// Walks both chains: the parent's from the vendor's root, and that of the device which signed
    /// from whichever maker the vendor's newest record accepts. `root` is the one that the envelope
    /// names, of the same vendor.
    ///
    /// The parent is held against its own time of issue: it was taken when it was in force, and
    /// what is installed lives on. What the parent allows is for the kinds in question to say.
    ///
    /// # Errors
    /// Any [`DocumentError`]; the first that is found, from the vendor's root on. `link` counts
    /// through both chains.
    pub fn verify_on<C: Curve, P: Body<'a>, B: Body<'a>>(
        &self,
        root: &Root,
        vendor: &Vendor<'_>,
    ) -> Result<WithParent<'a, P, B>, DocumentError> {
        if self.kind != B::KIND {
            return Err(DocumentError::WrongKind { expected: B::KIND, found: self.kind });
        }
        let Halves { upper, parent, lower, links } = self.halves(P::KIND)?;
        let Link { kind, algorithm, body, signature } = parent;
        let document = Document { kind, algorithm, root: self.document.root, body, signature, chain: upper };
        let parent = Received { kind: P::KIND, document }.verify_chain::<C, P>(root, Time(0))?;
        let signed = Received { document: Document { root: 0, chain: lower, ..self.document }, ..*self };
        let accepted = signed.verify_accepted_chain::<C, B>(vendor, Time(0));
        let mut document = accepted.map_err(|error| error.behind(links))?;
        document.document = self.document;
        Ok(WithParent { parent, document })
    }

    /// Cuts the chain at the first link of that kind.
    fn halves(&self, parent: Kind) -> Result<Halves<'a>, DocumentError> {
        let chain = self.document.chain;
        let mut items = chain.iter();
        let mut links = 0u8;
        loop {
            let here = items.rest();
            let link = items.next().ok_or(DocumentError::BadChain)??;
            links = links.saturating_add(1);
            if link.kind == parent as u8 {
                return Ok(Halves { upper: chain.before(&here), parent: link, lower: items.rest(), links });
            }
        }
    }
}
