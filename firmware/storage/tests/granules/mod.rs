//! What granules on a chip say, told from their bytes.

/// Whether a granule says that a transaction was abandoned.
pub(crate) fn is_abandon(granule: &[u8]) -> bool {
    granule[0] == 4 && granule[5..13] == [0; 8]
}
