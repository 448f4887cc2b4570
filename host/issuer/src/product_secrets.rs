//! The secrets of a vendor's products, one for each product and epoch, in a file of the desk's.
//!
//! Whoever issues a license with a secret learns that secret: it cannot seal what it does not know.
//! So a desk is given the secrets of the products that it sells, no others, and its file is to be
//! kept as its key is: whoever reads it can do all that a license of those epochs lets a program do.
//!
//! ```text
//! holdfast product secrets v1 development
//! cutter 1 6f1c…
//! cutter 2 09ab…
//! ```

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use holdfast_crypto::Secret;
use holdfast_license::license::SecretUse;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::offer::SecretOffer;
use crate::{IssueError, Offer, private_file};

/// The secrets that a desk was given. They neither print nor copy.
#[derive(Default)]
pub struct ProductSecrets {
    production: bool,
    secrets: BTreeMap<(String, u32), Secret>,
}

impl ProductSecrets {
    /// None yet, of that sort.
    pub fn none(production: bool) -> Self {
        Self { production, secrets: BTreeMap::new() }
    }

    /// Reads a file. One that others can read is refused, and one of the other sort.
    ///
    /// # Errors
    /// [`IssueError::File`], [`IssueError::OpenKey`], [`IssueError::NoSecrets`], [`IssueError::Mixed`].
    pub fn load(path: &Path, production: bool) -> Result<Self, IssueError> {
        let text = private_file::read(path)?;
        let read =
            Self::parse(&text).ok_or_else(|| IssueError::NoSecrets { path: path.display().to_string() })?;
        if read.production == production { Ok(read) } else { Err(IssueError::Mixed) }
    }

    /// Writes them, over the file that was there if there was one; of mode 0600.
    ///
    /// # Errors
    /// [`IssueError::File`].
    pub fn save(&self, path: &Path) -> Result<(), IssueError> {
        let mut text = Zeroizing::new(String::with_capacity(64 + 128 * self.secrets.len()));
        text.push_str(heading(self.production));
        text.push('\n');
        for ((product, epoch), secret) in &self.secrets {
            text.push_str(&format!("{product} {epoch} "));
            private_file::push_digits(secret.expose(), &mut text);
            text.push('\n');
        }
        private_file::replace(path, &text)
    }

    /// Makes the secret of a new epoch of a product.
    ///
    /// # Errors
    /// [`IssueError::Name`]; [`IssueError::KnownEpoch`] when it is there already: what was sealed with
    /// it would be lost.
    pub fn make(&mut self, product: &str, epoch: u32, rng: &mut impl CryptoRng) -> Result<(), IssueError> {
        crate::offer::name(product)?;
        match self.secrets.entry((product.to_owned(), epoch)) {
            Entry::Occupied(_) => Err(IssueError::KnownEpoch { product: product.to_owned(), epoch }),
            Entry::Vacant(place) => {
                let mut bytes = Zeroizing::new([0; 32]);
                rng.fill_bytes(bytes.as_mut());
                place.insert(Secret::new(*bytes));
                Ok(())
            }
        }
    }

    /// The secret of an epoch of a product.
    pub fn get(&self, product: &str, epoch: u32) -> Option<&Secret> {
        self.secrets.get(&(product.to_owned(), epoch))
    }

    /// Products and epochs, in order.
    pub fn epochs(&self) -> impl Iterator<Item = (&str, u32)> {
        self.secrets.keys().map(|(product, epoch)| (product.as_str(), *epoch))
    }

    /// Gives an offer the secrets that it names.
    ///
    /// # Errors
    /// [`IssueError::NoSecret`] for one that is not here; [`IssueError::Revealed`] when one epoch is
    /// both revealed and derived from.
    pub fn fill<'a>(&'a self, offer: &mut Offer<'a>) -> Result<(), IssueError> {
        let product = offer.product;
        for secret in &mut offer.secrets {
            let missing = || IssueError::NoSecret { product: product.to_owned(), epoch: secret.epoch };
            secret.secret = Some(self.get(product, secret.epoch).ok_or_else(missing)?);
        }
        apart(product, &offer.secrets)
    }

    fn parse(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once('\n')?;
        let production = [true, false].into_iter().find(|production| heading(*production) == first)?;
        let mut secrets = BTreeMap::new();
        for line in rest.lines() {
            let mut words = line.split(' ');
            let (product, epoch, digits) = (words.next()?, number(words.next()?)?, words.next()?);
            crate::offer::name(product).ok()?;
            let secret = Secret::new(*private_file::parse_digits(digits)?);
            let is_new = secrets.insert((product.to_owned(), epoch), secret).is_none();
            if words.next().is_some() || !is_new {
                return None;
            }
        }
        Some(Self { production, secrets })
    }
}

/// An epoch as it is written here, and in no other way.
fn number(digits: &str) -> Option<u32> {
    digits.parse().ok().filter(|number: &u32| number.to_string() == digits)
}

/// One secret serves all features of a product and epoch. So who may read it for one feature could
/// compute what the device answers for another.
fn apart(product: &str, secrets: &[SecretOffer<'_>]) -> Result<(), IssueError> {
    let used = |epoch, usage| secrets.iter().any(|other| other.epoch == epoch && other.usage == usage);
    match secrets
        .iter()
        .find(|secret| used(secret.epoch, SecretUse::Reveal) && used(secret.epoch, SecretUse::Derive))
    {
        Some(secret) => Err(IssueError::Revealed { product: product.to_owned(), epoch: secret.epoch }),
        None => Ok(()),
    }
}

const fn heading(production: bool) -> &'static str {
    if production {
        "holdfast product secrets v1 production"
    } else {
        "holdfast product secrets v1 development"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn rng() -> impl CryptoRng {
        rand_core::UnwrapErr(getrandom::SysRng)
    }

    #[test]
    fn secrets_come_back_from_their_file_which_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.secrets");
        let mut secrets = ProductSecrets::none(false);
        secrets.make("cutter", 2, &mut rng()).unwrap();
        secrets.save(&path).unwrap();
        secrets.make("cutter", 1, &mut rng()).unwrap();
        // An attempt that was interrupted, of whatever release, is in no one's way.
        std::fs::write(path.with_added_extension("new"), "half").unwrap();
        secrets.save(&path).unwrap();
        let read = ProductSecrets::load(&path, false).unwrap();
        assert_eq!(read.epochs().collect::<Vec<_>>(), [("cutter", 1), ("cutter", 2)]);
        for epoch in [1, 2] {
            let [one, other] = [&secrets, &read].map(|of| *of.get("cutter", epoch).unwrap().expose());
            assert_eq!(one, other);
        }
        assert!(read.get("cutter", 3).is_none() && read.get("other", 1).is_none());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(ProductSecrets::load(&path, true), Err(IssueError::Mixed)));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(ProductSecrets::load(&path, false), Err(IssueError::OpenKey { .. })));
    }

    #[test]
    fn an_epoch_is_made_once() {
        let mut secrets = ProductSecrets::none(true);
        secrets.make("cutter", 1, &mut rng()).unwrap();
        let again = secrets.make("cutter", 1, &mut rng());
        assert_eq!(again, Err(IssueError::KnownEpoch { product: "cutter".into(), epoch: 1 }));
    }

    #[test]
    fn an_epoch_is_not_both_revealed_and_derived_from() {
        let secret = |epoch, usage| SecretOffer { feature: "f", epoch, usage, secret: None };
        use SecretUse::{Derive, Reveal};
        assert!(apart("p", &[secret(1, Derive), secret(1, Derive), secret(2, Reveal)]).is_ok());
        let mixed = apart("p", &[secret(1, Derive), secret(1, Reveal)]);
        assert_eq!(mixed, Err(IssueError::Revealed { product: "p".into(), epoch: 1 }));
    }

    #[test]
    fn what_is_no_file_of_secrets_is_refused() {
        let line = format!("cutter 1 {}\n", "ab".repeat(32));
        let good = format!("{}\n{line}", heading(false));
        assert!(ProductSecrets::parse(&good).is_some());
        for bad in [
            line.clone(),
            format!("{good}{line}"),
            good.replace("cutter 1", "cutter one"),
            good.replace("cutter 1", "cutter +1"),
            good.replace("cutter 1", "cutter 01"),
            good.replace("cutter", "Cutter"),
            good.replace("cutter", ""),
            good.replace("cutter 1 ", "cutter 1 x "),
            good.replace("ab\n", "a\n"),
            good.replace("ab\n", "ab 5\n"),
        ] {
            assert!(ProductSecrets::parse(&bad).is_none(), "{bad}");
        }
    }
}
