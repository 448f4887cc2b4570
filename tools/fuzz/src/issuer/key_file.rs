//! Files of secret keys.
//!
//! Held to their form: a heading that says which sort, 64 digits of hexadecimal that are a scalar, and space
//! after it. What is read is that key, of that sort; and what a key prints is never its secret.

use super::on_disk::holding;
use holdfast_crypto::{Curve, RustCrypto, SecretKey};
use holdfast_issuer::SigningKey;

const HEADINGS: [(&str, bool); 2] =
    [("holdfast secret key v1 production\n", true), ("holdfast secret key v1 development\n", false)];

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let found = SigningKey::load(&holding("key", bytes));
    let expected = expected(bytes);
    assert_eq!(found.is_ok(), expected.is_some(), "{found:?}");
    let (Ok(found), Some((secret, production))) = (found, expected) else { return };
    assert_eq!(found.production(), production);
    assert_eq!(found.public(), RustCrypto::public(&SecretKey::from_bytes(secret).expect("it is a scalar")));
    let shown = format!("{found:?}");
    assert!(!shown.contains(&holdfast_crypto::bytes::Hex(&secret).to_string()), "it shows its secret");
    assert!(found.for_use(!production).is_err());
}

/// Files of both sorts, and near misses.
pub fn inputs() -> Vec<Vec<u8>> {
    let digits = |digit: &str| digit.repeat(64);
    let mut texts = vec![HEADINGS[0].0.to_owned(), digits("1") + "\n"];
    for (heading, _) in HEADINGS {
        let scalars = [digits("1"), digits("A") + "\r\n \n", digits("0"), digits("f"), "0".repeat(62) + "+1"];
        texts.extend(scalars.map(|digits| format!("{heading}{digits}")));
    }
    texts.into_iter().map(String::into_bytes).collect()
}

fn expected(bytes: &[u8]) -> Option<([u8; 32], bool)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (heading, production) = HEADINGS.into_iter().find(|(heading, _)| text.starts_with(heading))?;
    let digits = text[heading.len()..].trim_end().as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let bytes = crate::seeds::from_hexadecimal(std::str::from_utf8(digits).ok()?)?;
    let secret: [u8; 32] = bytes.try_into().ok()?;
    // Above zero and below the order of P-256 (SEC 2, section 2.4.2).
    const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order = crate::seeds::from_hexadecimal(ORDER)?;
    (secret != [0; 32] && secret[..] < order[..]).then_some((secret, production))
}
