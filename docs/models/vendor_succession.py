"""A stolen root: can the vendor always get an honest device back?

Law: *from every state that thief and owner can bring a device to, the owner's documents alone bring it to where the
stolen root is revoked and the license is renewed under the new root.*

Every document exists from the start and reaches the device in any order, at any time, or never; the owner can always
bring his own in the end. The thief has the old root; where the recovery key leaks too, he has that as well.
"""

from collections import namedtuple

from search import case, explore, finish, stuck

HIGHEST = 2**32 - 1
SAFE = "safe: the old root is revoked, the license renewed"

Rules = namedtuple(
    "Rules",
    "revocations_compare_root_first later_roots_stand_above desk_gets_a_new_key hop_before_revision"
    " thief_issues recovery_leaks",
    defaults=(True, True, True, True, True, False),
)
Revoked = namedtuple("Revoked", "root number names")
License = namedtuple("License", "revision hop root key")
State = namedtuple("State", "succession revoked license")
START = State(("founding",), Revoked(0, 0, frozenset()), License(1, 0, 0, "desk key"))


def revocations(rules, state):
    """Parts numbered 1 and 9 by the old root, 2 by the new one."""
    parts = [
        ("owner: revocations 1 by the old root", 0, 1, ()),
        ("owner: revocations 2 by the new root, against the old one", 1, 2, ("old root",)),
        ("thief: revocations 9 by the old root, against the desk", 0, 9, ("desk key",)),
    ]
    for what, root, number, names in parts:
        known = root == 0 or "owner's record" in state.succession
        if not known or (root == 0 and "old root" in state.revoked.names):
            continue
        if rules.revocations_compare_root_first:
            newer = (root, number) > (state.revoked.root, state.revoked.number)
        else:
            newer = number > state.revoked.number
        if newer:
            yield what, state._replace(revoked=Revoked(root, number, frozenset(names)))


def renewals(rules, state):
    """The owner's desk renews under the new root."""
    license, names = state.license, state.revoked.names
    key = "new desk key" if rules.desk_gets_a_new_key else "desk key"
    stands_above = rules.later_roots_stand_above or key == license.key
    if "owner's record" not in state.succession or key in names or not stands_above or license.root == 1:
        return
    if license.revision < HIGHEST:
        renewed = License(license.revision + 1, license.hop, 1, key)
        yield "owner: renewal under the new root", state._replace(license=renewed)
    elif rules.hop_before_revision:
        renewed = License(1, license.hop + 1, 1, key)
        yield "owner: renewal under the new root, at the next hop", state._replace(license=renewed)


def steps_of(rules):
    def steps(state):
        license, old_root_counts = state.license, "old root" not in state.revoked.names
        if state.succession == ("founding",):
            yield "owner: the record of the new root", state._replace(succession=("founding", "owner's record"))
            if rules.recovery_leaks:
                yield "thief: a record by the leaked recovery key", state._replace(
                    succession=("founding", "thief's record")
                )
        yield from revocations(rules, state)
        if rules.thief_issues and old_root_counts and license.revision < HIGHEST and license.root == 0:
            stolen = License(HIGHEST, license.hop, 0, "old root")
            yield "thief: this license at the highest revision, by the old root", state._replace(license=stolen)
        yield from renewals(rules, state)
        if license.root == 1 and not old_root_counts:
            yield SAFE, state

    return steps


def search(title, rules, expected):
    found = explore(START, steps_of(rules), {}, keep_edges=True)
    lost = stuck(found, lambda what: what == SAFE, lambda what: what == SAFE or what.startswith("owner"))
    broken = [("the owner cannot get the device back after:", found.story(place)) for place in lost]
    case(title, len(found.states), broken, expected)


if __name__ == "__main__":
    search("revocations compare by number alone", Rules(revocations_compare_root_first=False, thief_issues=False), "breaks")
    search("a license is superseded by its own key only", Rules(later_roots_stand_above=False, thief_issues=False), "breaks")
    search("the thief issues at the highest revision", Rules(hop_before_revision=False), "breaks")
    search("all rules", Rules(), "holds")
    search("not repaired by any wording: the recovery key leaks too", Rules(recovery_leaks=True), "breaks")
    finish()
