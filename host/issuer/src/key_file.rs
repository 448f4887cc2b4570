//! Secret keys in files that only their owner can read, marked *development* or *production*.
//!
//! The mark is there so that a production key is never used for an experiment, nor the reverse: who
//! opens a key says which sort is wanted. Keys never stand in arguments or in what is printed.

use std::path::Path;

use holdfast_crypto::{Curve, Key, RustCrypto, SecretKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{IssueError, private_file};

/// A secret key and what it may be used for. It prints as its public half.
pub struct SigningKey {
    secret: SecretKey,
    production: bool,
}

/// A secret key as its file holds it. It is wiped when dropped, and does not print.
pub struct KeyFile(Zeroizing<String>);

impl KeyFile {
    /// Writes the file, new and of mode 0600. One that is there already is left alone.
    ///
    /// # Errors
    /// [`IssueError::File`].
    pub fn save(&self, path: &Path) -> Result<(), IssueError> {
        private_file::write_new(path, &self.0)
    }
}

impl SigningKey {
    /// A fresh key.
    pub fn generate(production: bool, rng: &mut impl CryptoRng) -> Self {
        Self { secret: SecretKey::generate(rng), production }
    }

    /// Its public half.
    pub fn public(&self) -> Key {
        RustCrypto::public(&self.secret)
    }

    /// Whether it is for production.
    pub const fn production(&self) -> bool {
        self.production
    }

    /// Hands the secret over to who signs with it.
    ///
    /// # Errors
    /// [`IssueError::Mixed`] when a key of the other sort is wanted.
    pub fn for_use(self, production: bool) -> Result<SecretKey, IssueError> {
        if self.production == production { Ok(self.secret) } else { Err(IssueError::Mixed) }
    }

    /// Writes it to a new file of mode 0600. A file that is there already is left alone.
    ///
    /// # Errors
    /// [`IssueError::File`].
    pub fn save(&self, path: &Path) -> Result<(), IssueError> {
        self.to_file().save(path)
    }

    /// What its file will hold: for who signs with it first and keeps it only when all went well.
    pub fn to_file(&self) -> KeyFile {
        let mut text = Zeroizing::new(String::with_capacity(128));
        text.push_str(heading(self.production));
        text.push('\n');
        private_file::push_digits(&self.secret.expose(), &mut text);
        text.push('\n');
        KeyFile(text)
    }

    /// Reads it back. A file that others can read is refused.
    ///
    /// # Errors
    /// [`IssueError::File`], [`IssueError::OpenKey`], [`IssueError::NoKey`].
    pub fn load(path: &Path) -> Result<Self, IssueError> {
        let text = private_file::read(path)?;
        Self::parse(&text).ok_or_else(|| IssueError::NoKey { path: path.display().to_string() })
    }

    fn parse(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once('\n')?;
        let production = [true, false].into_iter().find(|production| heading(*production) == first)?;
        let bytes = private_file::parse_digits(rest.trim_end())?;
        let secret = SecretKey::from_bytes(*bytes).ok()?;
        Some(Self { secret, production })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public()).finish_non_exhaustive()
    }
}

const fn heading(production: bool) -> &'static str {
    if production { "holdfast secret key v1 production" } else { "holdfast secret key v1 development" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::UnwrapErr;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn key(production: bool) -> SigningKey {
        SigningKey::generate(production, &mut UnwrapErr(getrandom::SysRng))
    }

    #[test]
    fn a_key_comes_back_from_its_file_and_the_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        let key = key(true);
        key.save(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = SigningKey::load(&path).unwrap();
        assert_eq!((read.public(), read.production()), (key.public(), true));
        assert!(matches!(key.save(&path), Err(IssueError::File { .. })), "never over another");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(SigningKey::load(&path), Err(IssueError::OpenKey { .. })));
        assert!(matches!(key.for_use(false), Err(IssueError::Mixed)));
    }

    #[test]
    fn a_key_never_shows_its_secret() {
        let key = key(false);
        let secret = holdfast_crypto::bytes::Hex(&*key.secret.expose()).to_string();
        assert!(!format!("{key:?}").contains(&secret[..8]));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let digits = "0".repeat(63) + "1";
        assert!(SigningKey::parse(&format!("{}\n{digits}\n", heading(false))).is_some());
        for bad in [
            digits.clone(),
            format!("{}\n{}", heading(false), "0".repeat(64)),
            format!("{}\n{digits}0", heading(false)),
            format!("{}\n{}+1", heading(true), &digits[2..]),
            format!("{}x\n{digits}", heading(true)),
        ] {
            assert!(SigningKey::parse(&bad).is_none(), "{bad}");
        }
    }
}
