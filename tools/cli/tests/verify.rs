//! `holdfast verify` of what devices and their makers sign.

#[path = "../../../shared/license/tests/cast/mod.rs"]
mod cast;

use cast::*;
use holdfast_document::{Class, Delegation, Device, Scope};
use std::process::{Command, Output};

/// Exit code and what was said of a dongle's Device document, by a batch key for that sort.
fn verify(production: bool) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let models = names(&["key-one"]);
    let scope = Scope::Maker { maker: maker_id(), models, best_class: Class::PROTECTED_MCU, production };
    let batch = Delegation { scope, ..batch() };
    let device = Device { signer: digest(&batch), production, ..dongle() };
    let document = Signer::batch().document(&device, &[Signer::maker().link(&batch)]);
    std::fs::write(folder.path().join("dongle.device"), document).unwrap();
    let record = Signer::vendor().document(&founding_record(), &[]);
    std::fs::write(folder.path().join("acme.vendor"), record).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    let arguments = ["verify", "dongle.device", "--vendor", "acme.vendor"];
    let Output { status, stdout, stderr } = command.args(arguments).current_dir(&folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn a_development_device_is_not_good_for_a_production_vendor() {
    let (code, out, _) = verify(true);
    assert_eq!((code, out.ends_with("a key-one (production)\n")), (0, true), "{out}");
    let (code, out, err) = verify(false);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("development and production never mix"), "{err}");
}
