//! `holdfast audit` over files and folders, as a vendor would run it.

#[path = "../../../shared/license/tests/cast/mod.rs"]
mod cast;

use cast::*;
use holdfast_license::{License, LicenseId};
use std::path::Path;
use std::process::{Command, Output};

fn audit(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    let Output { status, stdout, stderr } =
        command.arg("audit").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A folder with the vendor's record and two licenses of those numbers.
fn sold(first: u32, second: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sold")).unwrap();
    let put = |name: &str, document: Vec<u8>| std::fs::write(folder.path().join(name), document).unwrap();
    put("acme.vendor", Signer::vendor().document(&founding_record(), &[]));
    for (id, number) in [(1, first), (2, second)] {
        let license = License { id: LicenseId([id; 16]), number, ..bare_license() };
        let document = Signer::desk().document(&license, &[Signer::vendor().link(&desk())]);
        put(&format!("sold/{id}.holdfast"), document);
    }
    folder
}

#[test]
fn an_honest_folder_ends_with_0_and_says_how_much_was_looked_at() {
    let folder = sold(7, 8);
    let (code, out, err) = audit(folder.path(), &["acme.vendor", "sold"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "3 documents, 0 findings.\n", ""));
}

#[test]
fn an_over_issue_ends_with_3_and_names_both_files() {
    let folder = sold(7, 7);
    let (code, out, err) = audit(folder.path(), &["acme.vendor", "sold"]);
    assert_eq!(code, 3);
    assert!(out.starts_with("PROOF: number 7 of the delegation "), "{out}");
    assert!(out.contains("    sold/1.holdfast\n    sold/2.holdfast\n3 documents, 1 findings.\n"), "{out}");
    assert_eq!(err, "holdfast: 1 proofs and 0 warnings; see above what to do about each\n");
    let (code, out, _) = audit(folder.path(), &["--json", "acme.vendor", "sold"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let finding = &json["findings"][0];
    assert_eq!(code, 3);
    assert_eq!((&finding["rule"], &finding["weight"]), (&"over-issue".into(), &"proof".into()));
    assert_eq!(finding["documents"][1], "sold/2.holdfast");
}

#[test]
fn without_the_vendors_record_nothing_is_believed() {
    let folder = sold(7, 7);
    let (code, out, _) = audit(folder.path(), &["sold"]);
    assert_eq!(code, 3);
    assert!(
        out.contains("whose founding record is not among those given; bring that vendor's record"),
        "{out}"
    );
    let (code, out, _) = audit(folder.path(), &["--vendor", &"0".repeat(32), "acme.vendor"]);
    assert_eq!(code, 3);
    assert!(out.contains("whose founding record is not among those given"), "{out}");
}

#[test]
fn what_is_no_file_or_no_document_fails_and_what_is_no_id_is_not_understood() {
    let folder = sold(7, 8);
    std::fs::write(folder.path().join("garbage"), "Dear customer").unwrap();
    let (code, _, err) = audit(folder.path(), &["gone"]);
    assert_eq!((code, err.contains("cannot read gone")), (1, true), "{err}");
    let (code, _, err) = audit(folder.path(), &["garbage"]);
    assert_eq!((code, err.contains("garbage holds no document")), (1, true), "{err}");
    let (code, _, err) = audit(folder.path(), &["--vendor", "acme", "acme.vendor"]);
    assert_eq!((code, err.contains("32 hexadecimal digits")), (2, true), "{err}");
}
