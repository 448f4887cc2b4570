//! The walk from a root to a body that may be believed.
//!
//! ```text
//! Root ──key──▶ Link 1 ──key──▶ Link 2 ──key──▶ body      each arrow: signature, then parse,
//!                                                         then signer, authority, limits
//! ```
//! A [`Verified`] body cannot be made in any other way, so verify-before-parse cannot be forgotten.

use crate::envelope::ES256;
use crate::{
    Authority, Body, Delegation, Device, Document, DocumentError, Kind, Kinds, Link, MakerId, Received, Time,
    V1, VendorId, limits, strict,
};
use holdfast_crypto::{Curve, Hash, Key, Signature};

/// A key that a chain may start at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// Whom it speaks for.
    pub authority: Authority,
    /// The number of its Vendor document; 0 for a maker.
    pub number: u8,
    /// The key.
    pub key: Key,
    /// The algorithm of the key.
    pub algorithm: u8,
    /// Digest of the body that names it; zeros for a maker.
    pub body: Hash,
}

impl Root {
    /// The root of a maker, which is a bare key.
    pub fn of_maker(key: Key) -> Self {
        let authority = Authority::Maker(MakerId::of(&key));
        Self { authority, number: 0, key, algorithm: ES256, body: Hash::ZERO }
    }
}

/// A body whose signature, chain and limits hold.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a, B> {
    pub(crate) body: B,
    pub(crate) document: Document<'a>,
    digest: Hash,
    authority: Authority,
    root: Hash,
    signer: Signer<'a>,
}

/// The end of a chain: the key that signs next, and what it may do.
#[derive(Clone, Copy, Debug)]
struct Signer<'a> {
    key: Key,
    algorithm: u8,
    body: Hash,
    first_link: Option<Hash>,
    delegation: Option<Delegation<'a>>,
    device: Option<Device<'a>>,
}

impl<'a> Received<'a> {
    /// Walks the chain from the root and checks everything that can be checked without knowing
    /// what a device holds. `floor` is the earliest that now can be: a delegation must be in force
    /// at the later of this and the time of issue.
    ///
    /// A kind that [stands on](Kind::stands_on) another has two chains, which
    /// [`verify_on`](Self::verify_on) walks.
    ///
    /// # Errors
    /// Any [`DocumentError`]; the first that is found, from the root on.
    pub fn verify<C: Curve, B: Body<'a>>(
        &self,
        root: &Root,
        floor: Time,
    ) -> Result<Verified<'a, B>, DocumentError> {
        if self.kind.stands_on().is_some() {
            return Err(DocumentError::BadChain);
        }
        self.verify_chain::<C, B>(root, floor)
    }

    /// [`verify`](Self::verify) for one chain, whether or not another belongs to it.
    pub(crate) fn verify_chain<C: Curve, B: Body<'a>>(
        &self,
        root: &Root,
        floor: Time,
    ) -> Result<Verified<'a, B>, DocumentError> {
        if self.kind != B::KIND {
            return Err(DocumentError::WrongKind { expected: B::KIND, found: self.kind });
        }
        if self.document.root != root.number {
            return Err(DocumentError::UnknownRoot { number: self.document.root });
        }
        let mut signer = Signer {
            key: root.key,
            algorithm: root.algorithm,
            body: root.body,
            first_link: None,
            delegation: None,
            device: None,
        };
        let mut position = 0;
        for link in self.document.chain.iter() {
            signer = signer.follow::<C>(root.authority, &link?, position, self.kind)?;
            position = position.saturating_add(1);
        }
        if self.kind.signed_by_device() != signer.device.is_some() {
            return Err(DocumentError::BadChain);
        }
        // A third step of delegation is one too many even where nobody signs under it yet.
        if self.kind == Kind::Delegation && usize::from(position) >= limits::LINKS {
            return Err(DocumentError::BadChain);
        }
        let Document { algorithm, body, signature, .. } = &self.document;
        let body: B = signer.open::<C, B>(root.authority, *algorithm, body, signature, position)?;
        if let Some(delegation) = &signer.delegation {
            delegation.in_force(floor.max(body.issued()))?;
        }
        Ok(Verified {
            body,
            document: self.document,
            digest: self.digest(),
            authority: root.authority,
            root: root.body,
            signer,
        })
    }
}

impl<'a> Signer<'a> {
    /// The signer that a link makes.
    fn follow<C: Curve>(
        self,
        authority: Authority,
        link: &Link<'a>,
        position: u8,
        target: Kind,
    ) -> Result<Self, DocumentError> {
        if self.device.is_some() {
            return Err(DocumentError::BadChain);
        }
        let kind = Kind::from_number(link.kind)?;
        let digest = kind.digest(link.body);
        match kind {
            Kind::Delegation if usize::from(position) < limits::LINKS => {
                let delegation: Delegation<'a> =
                    self.open::<C, _>(authority, link.algorithm, link.body, &link.signature, position)?;
                if let Some(parent) = &self.delegation {
                    parent.in_force(delegation.issued)?;
                }
                Ok(Self {
                    key: delegation.key,
                    algorithm: delegation.algorithm,
                    body: digest,
                    first_link: self.first_link.or(Some(digest)),
                    delegation: Some(delegation),
                    device: None,
                })
            }
            Kind::Device if target.signed_by_device() => {
                let device: Device<'a> =
                    self.open::<C, _>(authority, link.algorithm, link.body, &link.signature, position)?;
                if let Some(parent) = &self.delegation {
                    parent.in_force(device.issued)?;
                }
                Ok(Self {
                    key: device.identity,
                    algorithm: ES256,
                    body: digest,
                    first_link: self.first_link,
                    delegation: None,
                    device: Some(device),
                })
            }
            _ => Err(DocumentError::BadChain),
        }
    }

    /// Checks the signature, and only then reads the body and what it may say.
    fn open<C: Curve, B: Body<'a>>(
        &self,
        authority: Authority,
        algorithm: u8,
        bytes: &'a [u8],
        signature: &Signature,
        position: u8,
    ) -> Result<B, DocumentError> {
        bound(B::KIND, bytes)?;
        if B::KIND.is_of_maker() && matches!(authority, Authority::Vendor(_)) {
            return Err(DocumentError::WrongAuthority);
        }
        if algorithm != self.algorithm || algorithm != ES256 {
            return Err(DocumentError::WrongAlgorithm { found: algorithm });
        }
        C::verify(&self.key, &B::KIND.digest(bytes), signature)
            .map_err(|_| DocumentError::BadSignature { link: position })?;
        let body: B = read(B::KIND, algorithm, bytes)?;
        if body.signer() != self.body {
            return Err(DocumentError::WrongSigner { link: position });
        }
        if body.authority().is_some_and(|named| named != authority) {
            return Err(DocumentError::WrongAuthority);
        }
        if let Some(delegation) = &self.delegation {
            delegation.permits(&body)?;
        }
        Ok(body)
    }
}

fn bound(kind: Kind, bytes: &[u8]) -> Result<(), DocumentError> {
    match bytes.len() {
        length if length > kind.limit() => Err(DocumentError::TooLong { length, limit: kind.limit() }),
        _ => Ok(()),
    }
}

impl<'a> Received<'a> {
    /// Reads a body again that this device verified before, and kept where nobody else can write:
    /// without looking at its signature. For anything that came from outside, this is the wrong call.
    ///
    /// # Errors
    /// [`DocumentError::WrongKind`], and those of a body that is not well formed.
    pub fn read_again<B: Body<'a>>(&self) -> Result<B, DocumentError> {
        read(self.kind, self.document.algorithm, self.document.body)
    }
}

/// Reads a body without looking at any signature.
pub(crate) fn read<'a, B: Body<'a>>(kind: Kind, algorithm: u8, bytes: &'a [u8]) -> Result<B, DocumentError> {
    if kind != B::KIND {
        return Err(DocumentError::WrongKind { expected: B::KIND, found: kind });
    }
    if algorithm != ES256 {
        return Err(DocumentError::WrongAlgorithm { found: algorithm });
    }
    bound(kind, bytes)?;
    V1::check(bytes)?;
    let body: B = strict::decode(bytes)?;
    body.check()?;
    Ok(body)
}

impl<'a, B: Body<'a>> Verified<'a, B> {
    /// A vendor's own record, whose key stands in it or in the one before.
    pub(crate) fn self_signed<C: Curve>(
        received: &Received<'a>,
        body: B,
        key: &Key,
        vendor: VendorId,
    ) -> Result<Self, DocumentError> {
        let digest = received.digest();
        C::verify(key, &digest, &received.document.signature)
            .map_err(|_| DocumentError::BadSignature { link: 0 })?;
        Ok(Self {
            body,
            document: received.document,
            digest,
            authority: Authority::Vendor(vendor),
            root: Hash::ZERO,
            signer: Signer {
                key: *key,
                algorithm: ES256,
                body: Hash::ZERO,
                first_link: None,
                delegation: None,
                device: None,
            },
        })
    }
}

impl<'a, B> Verified<'a, B> {
    /// The body.
    pub const fn body(&self) -> &B {
        &self.body
    }

    /// The envelope it came in.
    pub const fn document(&self) -> &Document<'a> {
        &self.document
    }

    /// The digest of the body.
    pub const fn digest(&self) -> Hash {
        self.digest
    }

    /// Whom it speaks for.
    pub const fn authority(&self) -> Authority {
        self.authority
    }

    /// The digest of the Vendor record whose root its chain starts at; zeros under a maker's root,
    /// and for such a record itself.
    pub const fn root_record(&self) -> Hash {
        self.root
    }

    /// The delegation under which it was signed; none where a root signed, or a device.
    pub const fn delegation(&self) -> Option<&Delegation<'a>> {
        self.signer.delegation.as_ref()
    }

    /// The Device document of the device that signed it.
    pub const fn device(&self) -> Option<&Device<'a>> {
        self.signer.device.as_ref()
    }

    /// The digest of the first link under the root: the desk it comes from. None where the root
    /// signed.
    pub const fn first_link(&self) -> Option<Hash> {
        self.signer.first_link
    }

    /// Whether its signer has a right beyond its kind; a root has all.
    pub fn may(&self, right: Kinds) -> bool {
        self.signer.delegation.as_ref().is_none_or(|delegation| delegation.kinds.contains(right))
    }
}

impl<B> core::ops::Deref for Verified<'_, B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.body
    }
}
