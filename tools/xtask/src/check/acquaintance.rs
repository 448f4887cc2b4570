//! Who may know whom: the arrows of `docs/architecture.md`, held against the crates as they are.
//!
//! A crate *knows* another if it is built with it, directly or through others. Its tests may know more.

use crate::{
    cargo::{Crate, known_by},
    program::Failed,
};

/// What each folder at the top may know, itself included. A folder that is not here may hold no crate.
const FOLDERS: [(&str, &[&str]); 5] = [
    ("shared", &["shared"]),
    ("firmware", &["firmware", "shared"]),
    ("host", &["host", "shared"]),
    ("tools", &["tools", "host", "shared"]),
    ("hardware-tests", &["hardware-tests", "tools", "host", "firmware", "shared"]),
];

/// What knows everything, so that nobody may know it: it searches every parser that there is.
const KNOWS_ALL: &str = "holdfast-fuzz";

/// What a crate must never know, beyond the rule of its folder, and why.
const STRANGERS: [(&str, &[&str], &str); 4] = [
    (
        "holdfast-storage",
        &["holdfast-document", "holdfast-license", "holdfast-wire"],
        "storage keeps bytes and numbers, whatever they mean",
    ),
    (
        "holdfast-usb",
        &["holdfast-document", "holdfast-license", "holdfast-storage", "holdfast-dongle"],
        "usb carries reports, whatever they say",
    ),
    ("holdfast-wire", &["holdfast-storage"], "the wire works the same whatever keeps the state"),
    ("holdfast", &["holdfast-simulator"], "nothing that ships can stand in for a device"),
];

pub(crate) fn check(crates: &[Crate]) -> Result<(), Failed> {
    let found = findings(crates);
    if found.is_empty() { Ok(()) } else { Err(Failed::Found(found.join("\n    "))) }
}

fn findings(crates: &[Crate]) -> Vec<String> {
    crates.iter().flat_map(|it| folder_findings(it, crates).chain(stranger_findings(it, crates))).collect()
}

fn folder_findings<'a>(it: &'a Crate, crates: &'a [Crate]) -> impl Iterator<Item = String> + 'a {
    let allowed = FOLDERS.iter().find(|(folder, _)| *folder == folder_of(it)).map(|(_, allowed)| *allowed);
    let homeless = allowed
        .is_none()
        .then(|| format!("{} stands in a folder without a rule: {}", it.name, folder_of(it)));
    let bridge = it
        .knows
        .iter()
        .any(|name| name == KNOWS_ALL)
        .then(|| format!("{} knows {KNOWS_ALL}, and through it everything", it.name));
    let too_far = crates
        .iter()
        .filter(move |other| {
            it.name != KNOWS_ALL
                && it.knows.contains(&other.name)
                && !allowed.unwrap_or(&[]).contains(&folder_of(other))
        })
        .map(move |other| {
            format!("{} ({}) knows {} ({})", it.name, folder_of(it), other.name, folder_of(other))
        });
    homeless.into_iter().chain(bridge).chain(too_far)
}

fn stranger_findings<'a>(it: &'a Crate, crates: &'a [Crate]) -> impl Iterator<Item = String> + 'a {
    let known = known_by(it, crates);
    STRANGERS.iter().filter(move |(name, ..)| *name == it.name).flat_map(move |(name, strangers, why)| {
        let met: Vec<_> = strangers.iter().filter(|stranger| known.contains(**stranger)).collect();
        met.into_iter().map(move |stranger| format!("{name} knows {stranger}, but {why}"))
    })
}

fn folder_of(it: &Crate) -> &str {
    it.folder.iter().next().and_then(|folder| folder.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod laws {
    use super::*;

    fn a_crate(name: &str, folder: &str, knows: &[&str]) -> Crate {
        Crate {
            name: name.into(),
            folder: folder.into(),
            knows: knows.iter().map(|name| (*name).into()).collect(),
            features: vec![],
            binaries: vec![],
            tests: vec![],
            numbers: Default::default(),
        }
    }

    fn ours() -> Vec<Crate> {
        vec![
            a_crate("holdfast-crypto", "shared/crypto", &[]),
            a_crate("holdfast-license", "shared/license", &["holdfast-crypto"]),
            a_crate("holdfast-wire", "shared/wire", &["holdfast-license"]),
            a_crate("holdfast-storage", "firmware/storage", &["holdfast-crypto"]),
            a_crate("holdfast-simulator", "firmware/simulator", &["holdfast-storage", "holdfast-wire"]),
            a_crate("holdfast", "host/sdk", &["holdfast-wire"]),
            a_crate("holdfast-cli", "tools/cli", &["holdfast"]),
            a_crate("holdfast-links", "hardware-tests/links", &["holdfast", "holdfast-simulator"]),
        ]
    }

    /// Our crates, where `name` now knows `other` too.
    fn where_it_knows(name: &str, other: &str) -> Vec<Crate> {
        let mut crates = ours();
        crates.iter_mut().find(|it| it.name == name).unwrap().knows.push(other.into());
        crates
    }

    #[test]
    fn the_arrows_as_designed_are_no_finding() {
        assert_eq!(findings(&ours()), [""; 0]);
    }

    #[track_caller]
    fn assert_found(crates: &[Crate], finding: &str) {
        let found = findings(crates);
        assert!(found.iter().any(|it| it.contains(finding)), "{found:?}");
    }

    #[test]
    fn host_and_firmware_never_see_each_other() {
        let host = where_it_knows("holdfast", "holdfast-storage");
        assert_found(&host, "holdfast (host) knows holdfast-storage (firmware)");
        let firmware = where_it_knows("holdfast-simulator", "holdfast");
        assert_found(&firmware, "holdfast-simulator (firmware) knows holdfast (host)");
    }

    #[test]
    fn arrows_point_down_only() {
        for (below, above) in [
            ("holdfast-crypto", "holdfast"),
            ("holdfast-crypto", "holdfast-storage"),
            ("holdfast", "holdfast-cli"),
            ("holdfast-cli", "holdfast-links"),
        ] {
            assert_found(&where_it_knows(below, above), &format!(") knows {above} ("));
        }
    }

    #[test]
    fn a_stranger_is_found_through_others() {
        let mut crates = where_it_knows("holdfast-crypto", "holdfast-in-between");
        crates.push(a_crate("holdfast-in-between", "shared/in-between", &["holdfast-document"]));
        let found = findings(&crates);
        assert!(
            found.iter().any(|it| it.starts_with("holdfast-storage knows holdfast-document")),
            "{found:?}"
        );
    }

    #[test]
    fn what_ships_can_reach_no_simulator() {
        let crates = where_it_knows("holdfast-wire", "holdfast-simulator");
        assert_found(&crates, "holdfast knows holdfast-simulator, but");
    }

    #[test]
    fn what_knows_everything_is_known_by_nobody() {
        let mut crates = ours();
        crates.push(a_crate(KNOWS_ALL, "tools/fuzz", &["holdfast", "holdfast-storage"]));
        assert_eq!(findings(&crates), [""; 0]);
        crates.iter_mut().find(|it| it.name == "holdfast-cli").unwrap().knows.push(KNOWS_ALL.into());
        assert_found(&crates, "holdfast-cli knows holdfast-fuzz, and through it everything");
    }

    #[test]
    fn crates_that_know_each_other_in_a_circle_end_the_search() {
        let crates = where_it_knows("holdfast-crypto", "holdfast-wire");
        assert_found(&crates, "holdfast-storage knows holdfast-wire, but");
    }

    #[test]
    fn a_crate_in_a_folder_without_a_rule_is_found() {
        let mut crates = ours();
        crates.push(a_crate("stray", "attic/stray", &[]));
        assert_eq!(findings(&crates), ["stray stands in a folder without a rule: attic"]);
    }
}
