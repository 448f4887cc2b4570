//! Randomness: ChaCha20, seeded once from the host.
//!
//! The emulated board has no source of its own. A real one does, and tests it while it runs.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

use crate::host_file::{Access, HostFile, HostRefused};

/// A generator with a fresh seed of 32 bytes from the host's kernel.
pub fn from_host() -> Result<ChaCha20Rng, HostRefused> {
    let mut seed = Zeroizing::new([0u8; 32]);
    let mut source = HostFile::open(c"/dev/urandom", Access::Read)?;
    source.read_stream(seed.as_mut())?;
    Ok(ChaCha20Rng::from_seed(*seed))
}
