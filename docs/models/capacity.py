"""Capacity: what is full can still be renewed, asked, answered and emptied.

Laws:
- *a renewal that is no longer than what it renews always fits*;
- *a statement can always be made* (a Request among them: what cannot ask gets no Answer, and can let nothing
  depart);
- *a vendor whose license is not there yet can install its first one*, whatever the others hold;
- *what a vendor's quota allows, fits*: no vendor takes the room of another;
- *an Update that is refused as Full leaves the room as it was*: it is refused before the first write.

The room of a device in units, what compaction needs to move a page already taken off (firmware/storage/FORMAT.md).
Every write stands beside what it takes the place of until its commit, so it needs room for both, for a moment. The
reserve is for that moment: *a transaction may borrow it, and has given it back when it is done*, so that what lives
never reaches into it. A vendor's first license is outside the quotas; its room is kept for it. The rules are those
of decisions/0078, which also says where the firmware does not follow them yet.
"""

from collections import namedtuple

from search import check, finish, replaced

LONGEST, STATE, QUOTA, VENDORS = 3, 1, 3, 2
ROOM = VENDORS * (LONGEST + QUOTA + STATE) + LONGEST + STATE

Rules = namedtuple(
    "Rules",
    "a_reserve_is_kept what_comes_new_leaves_the_reserve what_grows_leaves_the_reserve"
    " statements_may_borrow_the_reserve first_licenses_have_room vendors_have_quotas full_is_told_before_writing",
    defaults=(True,) * 7,
)
Device = namedtuple("Device", "licenses left_behind")


def live(device):
    return sum(map(sum, device.licenses)) + VENDORS * STATE + device.left_behind


def reserve(rules):
    """Room for the longest renewal, and with it the vendor's state."""
    return LONGEST + STATE if rules.a_reserve_is_kept else 0


def kept_for_first(rules, licenses):
    """Room that is kept for first licenses: as much of it as their vendors do not use."""
    if not rules.first_licenses_have_room:
        return 0
    return sum(max(0, LONGEST - sum(held)) for held in licenses)


def within_quota(rules, held):
    """Whether a vendor's licenses keep to its quota: the first one does not count."""
    return not rules.vendors_have_quotas or sum(held) - max(held, default=0) <= QUOTA


def has_room(rules, device, after, written):
    """Whether an Update fits that writes so many units and leaves the device so."""
    if live(device) + written + STATE > ROOM:
        return False
    grows, is_new = live(after) > live(device), sum(map(len, after.licenses)) > sum(map(len, device.licenses))
    must_leave = rules.what_comes_new_leaves_the_reserve if is_new else rules.what_grows_leaves_the_reserve
    if not grows or not must_leave:
        return True
    return live(after) + reserve(rules) + kept_for_first(rules, after.licenses) <= ROOM


def with_held(device, vendor, held):
    return device._replace(licenses=replaced(device.licenses, vendor, tuple(sorted(held))))


def installed(rules, device, vendor, sizes):
    """The device once an Update with new licenses was taken: None where it is refused."""
    held = device.licenses[vendor] + sizes
    after = with_held(device, vendor, held)
    return after if within_quota(rules, held) and has_room(rules, device, after, sum(sizes)) else None


def steps_of(rules):
    def steps(device):
        for vendor, held in enumerate(device.licenses):
            for size in range(1, LONGEST + 1):
                after = installed(rules, device, vendor, (size,))
                if after:
                    yield f"vendor {vendor + 1} installs a license of {size}", after
                two = (size, 1)
                after = installed(rules, device, vendor, two)
                if after:
                    yield f"vendor {vendor + 1} installs two licenses, of {size} and 1", after
                elif not rules.full_is_told_before_writing and live(device) + size <= ROOM:
                    what = f"vendor {vendor + 1}'s Update of two: the first of {size} is written, then it is Full"
                    yield what, device._replace(left_behind=device.left_behind + size)
            for place, former in enumerate(held):
                others = held[:place] + held[place + 1 :]
                for size in range(1, LONGEST + 1):
                    allowed = size <= former or within_quota(rules, others + (size,))
                    after = with_held(device, vendor, others + (size,))
                    if size != former and allowed and has_room(rules, device, after, size):
                        yield f"vendor {vendor + 1} renews a license of {former} by one of {size}", after
                if live(device) + STATE <= ROOM:
                    yield f"a license of vendor {vendor + 1} departs", with_held(device, vendor, others)

    return steps


def can_be_renewed(device):
    return all(live(device) + size + STATE <= ROOM for held in device.licenses for size in held)


def can_state(rules):
    """What a statement writes is the vendor's state, in the place of the former one."""
    kept = 0 if rules.statements_may_borrow_the_reserve else reserve(rules)
    return lambda device: live(device) + STATE + kept <= ROOM


def first_fits(rules):
    def holds(device):
        empty = [vendor for vendor, held in enumerate(device.licenses) if not held]
        return all(installed(rules, device, vendor, (LONGEST,)) for vendor in empty)

    return holds


def quota_fits(rules):
    def holds(device):
        for vendor, held in enumerate(device.licenses):
            for size in range(1, LONGEST + 1):
                allowed = held and within_quota(Rules(), held + (size,))
                if allowed and not installed(rules, device, vendor, (size,)):
                    return False
        return True

    return holds


def nothing_left_behind(device):
    return device.left_behind == 0


RENEWED = "a renewal that is no longer always fits"
LEFT = "an Update that is refused leaves the room as it was"
STATED, FIRST = "a statement can always be made", "a vendor's first license always fits"
WITHIN = "what a quota allows, fits"


def search(title, expected, rules, *laws):
    named = {
        RENEWED: can_be_renewed,
        STATED: can_state(rules),
        FIRST: first_fits(rules),
        WITHIN: quota_fits(rules),
        LEFT: nothing_left_behind,
    }
    start = Device(((),) * VENDORS, 0)
    check(title, start, steps_of(rules), {law: named[law] for law in laws}, expected)


if __name__ == "__main__":
    without = lambda *rules: Rules(**{rule: False for rule in rules})
    shared = ("vendors_have_quotas", "first_licenses_have_room")
    search("no reserve", "breaks", without("a_reserve_is_kept", *shared), RENEWED)
    search("every Update may use the reserve up, also one that brings new licenses", "breaks",
           without("what_comes_new_leaves_the_reserve", *shared), RENEWED)
    search("the same, and statements do not borrow from it: nothing can be asked any more", "breaks",
           without("what_comes_new_leaves_the_reserve", "statements_may_borrow_the_reserve", *shared), STATED)
    search("a renewal may grow into the reserve", "breaks", without("what_grows_leaves_the_reserve", *shared), RENEWED)
    search("statements do not borrow from the reserve", "breaks",
           without("statements_may_borrow_the_reserve", *shared), STATED)
    search("no room is kept for first licenses, and no quotas", "breaks", without(*shared), FIRST)
    search("no quotas", "breaks", without("vendors_have_quotas"), WITHIN)
    search("what is Full is found while writing", "breaks", without("full_is_told_before_writing", *shared), LEFT)
    search("no quotas, no room for first licenses: the rest holds", "holds", without(*shared), RENEWED, STATED, LEFT)
    search("no quotas: first licenses fit all the same", "holds", without("vendors_have_quotas"), RENEWED, STATED,
           FIRST)
    search("all rules", "holds", Rules(), RENEWED, STATED, FIRST, WITHIN, LEFT)
    finish()
