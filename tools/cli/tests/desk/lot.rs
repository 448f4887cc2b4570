//! A factory hands over a lot, and a desk licenses all of it at once.

use holdfast_document::{Device, DeviceId, Kind, Received, armor, limits};
use holdfast_license::Update;

use crate::cast::*;
use crate::office::{Office, by_dongle, by_other, enrolled, of_other};

const LOT: &str = "issue-lot cutter.toml --vendor acme.vendor --customer c-1 --at 2026-03-02 --lot lot";

/// What the factory knows of two dongles, each its document and its first statement.
fn lot() -> Vec<u8> {
    let certified =
        |device: &Device<'static>| Signer::batch().document(device, &[Signer::maker().link(&batch())]);
    let documents = [
        certified(&dongle()),
        by_dongle(&enrolled()),
        certified(&borrower()),
        by_other(&of_other(enrolled())),
    ];
    armored(&documents)
}

fn armored(documents: &[Vec<u8>]) -> Vec<u8> {
    let text = |document: &Vec<u8>| {
        let kind = Received::parse(document).unwrap().kind();
        let mut room = vec![0; armor::encoded_length(kind, document.len()).unwrap()];
        armor::encode(document, &mut room).unwrap().to_owned()
    };
    documents.iter().map(text).collect::<String>().into_bytes()
}

#[test]
fn every_device_of_a_lot_gets_its_own_update_in_one_change_of_the_ledger() {
    let office = Office::open();
    office.put("lot", &lot());
    office.put("more.toml", office.read("cutter.toml").as_bytes());
    let said = office.good(&format!("{} --out sold", LOT.replace("cutter.toml", "cutter.toml more.toml")));
    assert!(said.contains("2 devices; apply to each the file in sold that is named by its id"), "{said}");
    for number in 1..5 {
        assert!(said.contains(&format!("number {number}\n")), "{said}");
    }
    for id in [dongle().id(), borrower().id()] {
        let file = format!("sold/{id}.holdfast");
        office.good(&format!("verify {file} --vendor acme.vendor"));
        let mut room = [0; limits::DOCUMENT];
        let text = office.read(&file);
        let update = Received::parse(armor::decode(&text, &mut room).unwrap()).unwrap();
        assert_eq!(update.kind(), Kind::Update);
        let update = update.read_again::<Update<'_>>().unwrap();
        assert_eq!((update.to, update.actions.known().count()), (DeviceId::Dongle(id), 2));
    }
    assert_eq!(std::fs::read_dir(office.path().join("sold")).unwrap().count(), 2);
    // Once more into the same folder would write over what was sold.
    assert!(office.bad(&format!("{LOT} --out sold"), 1).contains("sold"));
}

#[test]
fn of_a_lot_that_cannot_be_licensed_whole_nothing_is_sold() {
    let office = Office::open();
    let before = office.read("acme.ledger.json");
    let links = [Signer::stranger().link(&batch()), Signer::batch().link(&dongle())];
    let stranger = Signer::dongle().document(&enrolled(), &links);
    for (bad, said) in [
        (armored(&[by_dongle(&enrolled()), by_dongle(&enrolled())]), "is there twice in one run"),
        (armored(&[by_other(&of_other(enrolled())), stranger]), "does not accept devices of that maker"),
        (armored(&[Signer::vendor().document(&desk(), &[])]), "document 1"),
    ] {
        office.put("lot", &bad);
        let (code, _, complaint) = office.run(&format!("{LOT} --out sold"));
        assert!(code != 0 && complaint.contains(said), "{complaint}");
        assert_eq!(office.read("acme.ledger.json"), before);
        assert!(!office.path().join("sold").exists(), "{said}");
    }
}
