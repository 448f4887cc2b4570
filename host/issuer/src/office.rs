//! A key, the links above it, and signing any body.

use holdfast_crypto::{Curve, Hash, Key, RustCrypto, SecretKey};
use holdfast_document::envelope::ES256;
use holdfast_document::{
    Authority, Body, Delegation, Document, DocumentError, Item, Kind, Kinds, Link, List, ListWriter,
    Received, Root, Time, limits, strict,
};
use rand_core::CryptoRng;

use crate::IssueError;

/// Who signs: a root, or a delegate with the links that lead to its key. Holds a secret, so it
/// neither prints nor copies.
pub struct Office {
    secret: SecretKey,
    root: Root,
    /// The digest of the body that names the key.
    signer: Hash,
    /// The encoded list of links.
    links: Vec<u8>,
}

impl Office {
    /// The office of a root key itself.
    pub fn of_root(secret: SecretKey, root: Root) -> Self {
        Self { secret, signer: root.body, root, links: Vec::new() }
    }

    /// The office of a delegate: the key that the last link of `delegation` names.
    ///
    /// # Errors
    /// [`IssueError::Refused`] when the document is not a delegation under this root;
    /// [`IssueError::OtherKey`] when it names another key.
    pub fn of_delegate(secret: SecretKey, root: Root, delegation: &[u8]) -> Result<Self, IssueError> {
        let received = Received::parse(delegation)?;
        let verified = received.verify::<RustCrypto, Delegation<'_>>(&root, Time(0))?;
        if verified.key != RustCrypto::public(&secret) {
            return Err(IssueError::OtherKey);
        }
        let document = received.document();
        let mut above: Vec<Link<'_>> = document.chain.iter().collect::<Result<_, _>>()?;
        let Document { kind, algorithm, body, signature, .. } = *document;
        above.push(Link { kind, algorithm, body, signature });
        Ok(Self { secret, root, signer: received.digest(), links: list(&above)? })
    }

    /// The root that its documents start at.
    pub const fn root(&self) -> &Root {
        &self.root
    }

    /// Whom it signs for.
    pub const fn authority(&self) -> Authority {
        self.root.authority
    }

    /// Its public key.
    pub fn key(&self) -> Key {
        RustCrypto::public(&self.secret)
    }

    /// The digest that a body signed here names as its signer.
    pub const fn signer(&self) -> Hash {
        self.signer
    }

    /// The delegation that it works under, as a document: what a desk keeps beside its key.
    ///
    /// # Errors
    /// [`IssueError::NoDelegation`] of a root.
    pub fn delegation(&self) -> Result<Vec<u8>, IssueError> {
        let mut links: Vec<_> = List::<Link<'_>>::from_bytes(&self.links).known().collect();
        let Link { kind, algorithm, body, signature } = links.pop().ok_or(IssueError::NoDelegation)?;
        let chain = list(&links)?;
        let root = self.root.number;
        encode(&Document { kind, algorithm, root, body, signature, chain: List::from_bytes(&chain) })
    }

    /// What the delegation that it works under lets it do; none of a root, which may do all.
    fn delegated(&self) -> Option<Delegation<'_>> {
        let link = List::<Link<'_>>::from_bytes(&self.links).known().last()?;
        strict::decode(link.body).ok()
    }

    /// The digests of the keys that its documents stand on: of the root's record, and of each delegation.
    pub(crate) fn stands_on(&self) -> Vec<Hash> {
        let links = List::<Link<'_>>::from_bytes(&self.links);
        let delegations = links.known().map(|link| Kind::Delegation.digest(link.body));
        std::iter::once(self.root.body).chain(delegations).collect()
    }

    /// The numbers that it may give to licenses: the first and the last.
    pub fn quota(&self) -> (u32, u32) {
        self.delegated().map_or((0, u32::MAX), |delegation| (delegation.first, delegation.last))
    }

    /// Whether it keeps a vendor's ledger: only then may it answer requests.
    pub fn keeps_ledger(&self) -> bool {
        self.delegated().is_none_or(|delegation| delegation.kinds.contains(Kinds::ANSWER))
    }

    /// Signs a body and returns the whole document, with its chain.
    ///
    /// # Errors
    /// [`IssueError::Refused`] when whoever reads it would refuse the body by itself.
    pub fn sign<'a, B: Body<'a>>(&self, body: &B, rng: &mut impl CryptoRng) -> Result<Vec<u8>, IssueError> {
        self.sign_under(body, &self.links, rng)
    }

    /// The same without a chain: for a license that travels in an update, which has the links.
    ///
    /// # Errors
    /// As for [`sign`](Self::sign).
    pub fn sign_bare<'a, B: Body<'a>>(
        &self,
        body: &B,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, IssueError> {
        self.sign_under(body, &[], rng)
    }

    /// Whether the delegation that this office works under lets it say so: what a device would
    /// refuse, the desk learns before it signs.
    fn reaches<'a, B: Body<'a>>(&self, body: &B) -> Result<(), IssueError> {
        let Some(link) = List::<Link<'_>>::from_bytes(&self.links).known().last() else { return Ok(()) };
        let delegation: Delegation<'_> = strict::decode(link.body)?;
        delegation.in_force(body.issued())?;
        Ok(delegation.permits(body)?)
    }

    fn sign_under<'a, B: Body<'a>>(
        &self,
        body: &B,
        links: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, IssueError> {
        self.reaches(body)?;
        sign(body, &self.secret, self.root.number, links, rng)
    }
}

/// Signs a body with a key, under the root with this number and these links.
pub(crate) fn sign<'a, B: Body<'a>>(
    body: &B,
    secret: &SecretKey,
    root: u8,
    links: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    body.check()?;
    let body = encode(body)?;
    if body.len() > B::KIND.limit() {
        return Err(too_long(body.len(), B::KIND.limit()));
    }
    let mut hedge = [0; 32];
    rng.fill_bytes(&mut hedge);
    let signature = RustCrypto::sign(secret, &B::KIND.digest(&body), &hedge);
    let (kind, chain) = (B::KIND as u8, List::from_bytes(links));
    let document = encode(&Document { kind, algorithm: ES256, root, body: &body, signature, chain })?;
    if document.len() > limits::DOCUMENT {
        Err(too_long(document.len(), limits::DOCUMENT))
    } else {
        Ok(document)
    }
}

fn too_long(length: usize, limit: usize) -> IssueError {
    DocumentError::TooLong { length, limit }.into()
}

/// Encodes a value of any length.
pub(crate) fn encode(value: &impl holdfast_document::serde::Serialize) -> Result<Vec<u8>, IssueError> {
    let mut bytes = vec![0; strict::length(value)?];
    strict::encode(value, &mut bytes)?;
    Ok(bytes)
}

/// Encodes a list.
pub(crate) fn list<'a, T: Item<'a>>(items: &[T]) -> Result<Vec<u8>, IssueError> {
    let room: usize =
        items.iter().map(|item| strict::length(item).map(|length| length + 2)).sum::<Result<_, _>>()?;
    let mut bytes = vec![0; room];
    let mut writer = ListWriter::new(&mut bytes);
    items.iter().try_for_each(|item| writer.push(item))?;
    let length = writer.finish::<T>().as_bytes().len();
    bytes.truncate(length);
    Ok(bytes)
}
