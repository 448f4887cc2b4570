//! `holdfast explain --timeline` of several licenses of one product: what they grant together.

#[path = "../../../shared/license/tests/cast/mod.rs"]
mod cast;

use cast::*;
use holdfast_license::{Condition, License, LicenseId};
use std::path::Path;
use std::process::{Command, Output};

fn explain(folder: &Path, arguments: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.arg("explain").args(arguments.split_whitespace()).current_dir(folder);
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// What stands under the heading of the union.
fn together(said: &str) -> &str {
    said.split_once("cutter, all of it together:\n").map_or("", |(_, rest)| rest)
}

fn put(folder: &Path, name: &str, license: &License<'static>) {
    let document = Signer::desk().document(license, &[Signer::vendor().link(&desk())]);
    std::fs::write(folder.join(name), document).unwrap();
}

fn templates() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hardware-tests/catalogue/templates")
}

#[test]
fn modules_that_renew_apart_are_one_product_and_each_feature_names_its_license() {
    let arguments = "--timeline --at 2026-03-01 module-nesting.toml module-probing.toml";
    let (code, said, _) = explain(&templates(), arguments);
    assert_eq!(code, 0);
    let expected = "  (1) is cutter as module-nesting.toml sells it\n  (2) is cutter as module-probing.toml sells it\n  \
                    from 2026-03-01 until 2026-09-01  nesting (1), probing (2)\n  \
                    from 2026-09-01 until 2027-06-01  probing (2)\n  \
                    from 2027-06-01 on                nothing\n";
    assert_eq!(together(&said), expected);
    let (_, said, _) = explain(&templates(), &format!("--json {arguments}"));
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    let (whole, first) = (&json[2], &json[2]["together"][0]);
    assert_eq!((&whole["product"], json.as_array().unwrap().len()), (&"cutter".into(), 3));
    assert_eq!(first["features"]["probing"], serde_json::json!({ "value": 1, "license": 2 }));
    assert_eq!(first["until"], whole["together"][1]["from"]);
    assert!(whole["together"][2]["until"].is_null() && whole["together"].as_array().unwrap().len() == 3);
    // One license alone needs no union.
    let (_, said, _) = explain(&templates(), "--timeline --at 2026-03-01 module-nesting.toml");
    assert!(!said.contains("together"), "{said}");
}

#[test]
fn of_two_grants_the_larger_number_counts_then_the_one_that_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let dated = |days, axes| {
        let until = Condition::Until(NOW.plus(days * DAY));
        license(&[term("pro", &[until], &[flag("cut"), number("export-step", axes)])])
    };
    put(folder.path(), "a", &License { id: LicenseId([1; 16]), ..dated(31, 9) });
    put(folder.path(), "b", &License { id: LicenseId([2; 16]), ..dated(61, 4) });
    let (code, said, _) = explain(folder.path(), "--timeline --at 2026-03-01 a b");
    assert_eq!(code, 0);
    let expected = "from 2026-03-01 until 2026-04-01  cut (2), export-step = 9 (1)\n  \
                    from 2026-04-01 until 2026-05-01  cut (2), export-step = 4 (2)\n  \
                    from 2026-05-01 on                nothing\n";
    assert!(together(&said).ends_with(expected), "{said}");
    // When nothing is ever granted the command says so, with all of them looked at.
    let (code, said, complaint) = explain(folder.path(), "--timeline --at 2026-07-01 a b");
    assert_eq!((code, complaint.contains("no term is in force")), (3, true));
    assert!(together(&said).ends_with("from 2026-07-01 on  nothing\n"), "{said}");
    // And one that is over does not make the product so.
    assert_eq!(explain(folder.path(), "--timeline --at 2026-04-15 a b").0, 0);
}

#[test]
fn a_license_counts_once_by_its_last_revision_and_other_products_stand_apart() {
    let folder = tempfile::tempdir().unwrap();
    let dated = |days| license(&[term("pro", &[Condition::Until(NOW.plus(days * DAY))], &[flag("cut")])]);
    put(folder.path(), "old", &dated(31));
    put(folder.path(), "new", &License { revision: 2, ..dated(61) });
    put(folder.path(), "viewer", &License { id: LicenseId([3; 16]), product: name("viewer"), ..dated(5) });
    for files in ["old new viewer", "viewer new old"] {
        let (_, said, _) = explain(folder.path(), &format!("--timeline --at 2026-03-01 {files}"));
        assert!(!said.contains("together"), "{said}");
    }
    put(folder.path(), "more", &License { id: LicenseId([4; 16]), ..dated(10) });
    let (_, said, _) = explain(folder.path(), "--timeline --at 2026-03-01 new more old");
    assert!(together(&said).contains("until 2026-05-01  cut (1)\n"), "{said}");
    assert!(!together(&said).contains("(3)"), "{said}");
}

#[test]
fn charges_of_one_meter_are_not_shared_out_and_a_meter_of_one_license_is_known_to_all() {
    let folder = tempfile::tempdir().unwrap();
    let pro = term("pro", &[units("cuts", 0)], &[flag("cut")]);
    put(folder.path(), "a", &License { id: LicenseId([1; 16]), ..license(&[pro]) });
    put(folder.path(), "b", &License { id: LicenseId([2; 16]), ..license(&[pro]) });
    let (code, _, complaint) = explain(folder.path(), "--timeline --at 2026-03-01 --uses cuts=50/day a b");
    assert_eq!((code, complaint.contains("a charge is paid by the one that ends first")), (2, true));
    let plain =
        License { meters: holdfast_document::List::EMPTY, ..license(&[term("basic", &[], &[flag("cut")])]) };
    put(folder.path(), "plain", &License { id: LicenseId([3; 16]), ..plain });
    let (code, said, complaint) =
        explain(folder.path(), "--timeline --at 2026-03-01 --uses cuts=50/day a plain");
    assert_eq!((code, complaint.as_str()), (0, ""));
    assert!(together(&said).contains("from 2026-03-01 on  cut (2)\n"), "{said}");
    let (code, _, complaint) = explain(folder.path(), "--timeline --uses exports=1/day a plain");
    assert_eq!(
        (code, complaint.contains("the licenses have no meter exports; name cuts")),
        (2, true),
        "{complaint}"
    );
}
