//! Files of products' secrets.
//!
//! Held to their form: a heading that says which sort, then lines of a product's name, an epoch in its one
//! form and 64 digits of hexadecimal, no product and epoch twice. What is read is all that stands there; written again it reads the
//! same.

use super::on_disk::holding;
use holdfast_issuer::product_secrets::ProductSecrets;
use std::collections::BTreeMap;

const HEADINGS: [(&str, bool); 2] = [
    ("holdfast product secrets v1 production\n", true),
    ("holdfast product secrets v1 development\n", false),
];

/// Runs one input.
pub fn run(bytes: &[u8]) {
    let path = holding("secrets", bytes);
    let expected = expected(bytes);
    for production in [true, false] {
        let found = ProductSecrets::load(&path, production);
        let wanted = expected.as_ref().filter(|(of, _)| *of == production);
        assert_eq!(found.is_ok(), wanted.is_some(), "{:?}", found.err());
        let (Ok(found), Some((_, secrets))) = (found, wanted) else { continue };
        is_all(&found, secrets);
        let again = path.with_file_name("secrets-again");
        found.save(&again).expect("it can be written");
        is_all(&ProductSecrets::load(&again, production).expect("what was written reads"), secrets);
    }
}

/// Files of both sorts, and near misses.
pub fn inputs() -> Vec<Vec<u8>> {
    let secret = |digit: &str| digit.repeat(64);
    let good = format!("cutter 1 {}\ncutter 2 {}\nviewer 1 {}\n", secret("1"), secret("A"), secret("f"));
    let mut texts: Vec<String> = HEADINGS.iter().map(|(heading, _)| format!("{heading}{good}")).collect();
    texts.push(format!("{}{good}{good}", HEADINGS[0].0));
    texts.push(format!("{}cutter 4294967296 {}", HEADINGS[1].0, secret("1")));
    texts.push(format!("{}cutter 01 {}", HEADINGS[1].0, secret("1")));
    texts.push(format!("{}Cutter 1 {}", HEADINGS[1].0, secret("1")));
    texts.push(good);
    texts.into_iter().map(String::into_bytes).collect()
}

type Secrets = BTreeMap<(String, u32), Vec<u8>>;

fn is_all(found: &ProductSecrets, expected: &Secrets) {
    assert_eq!(found.epochs().count(), expected.len());
    for ((product, epoch), secret) in expected {
        assert_eq!(
            found.get(product, *epoch).map(|found| &found.expose()[..]),
            Some(&secret[..]),
            "{product} {epoch}"
        );
    }
}

fn expected(bytes: &[u8]) -> Option<(bool, Secrets)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (heading, production) = HEADINGS.into_iter().find(|(heading, _)| text.starts_with(heading))?;
    let mut secrets = Secrets::new();
    for line in text[heading.len()..].lines() {
        let [product, epoch, digits] = line.split(' ').collect::<Vec<_>>()[..] else { return None };
        let secret = crate::seeds::from_hexadecimal(digits).filter(|secret| secret.len() == 32)?;
        let number: u32 = epoch.parse().ok().filter(|number: &u32| number.to_string() == epoch)?;
        let is_name = (1..=24).contains(&product.len())
            && product.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'));
        if !is_name || secrets.insert((product.to_owned(), number), secret).is_some() {
            return None;
        }
    }
    Some((production, secrets))
}
