"""Updates of several desks: which is taken, which is overtaken, and who may renew what another sold.

Laws:
- *each desk of the house can always renew*: statement, Update, apply, three times at the most, whatever was
  refused;
- *what is called done was taken*: an Update that was overtaken by another never passes for done;
- *of one revision a device only ever holds one body*;
- *an Update is taken wholly or not at all*;
- *a license is superseded only from under its own first link, from a root, or from under a later root*; and what
  was renewed under a later root is never superseded from under an earlier one.

One device, one license that desk 1 has sold, two desks of one house, which share a ledger's count of revisions or
each keep their own, and a reseller under the same root. After the vendor's root was replaced a new desk renews
under the new one. Every Update that was ever signed may be applied at any time, again, or never; one of them the
device refuses for ever (its room, its secret, its delegation's end). An Update names the number at which the device
must stand (docs/glossary.md, *update*; firmware/dongle/src/apply/update.rs). What a transfer carries on is the
matter of transfer.py, a stolen root that of vendor_succession.py.
"""

from collections import namedtuple

from search import check, finish

Rules = namedtuple(
    "Rules",
    "numbered_by_highest_shown done_is_known_by_its_hash one_revision_is_one_body all_actions_or_none"
    " one_first_link_is_one_house strangers_are_refused later_roots_stand_above earlier_roots_stand_below",
    defaults=(True,) * 8,
)
Bounds = namedtuple("Bounds", "updates own_revisions refused stranger new_root thief", defaults=(4,) + (False,) * 5)
Desk = namedtuple("Desk", "name root first_link key")
License = namedtuple("License", "revision body desk")
Device = namedtuple("Device", "number license applied root")
Update = namedtuple("Update", "serial base revision desk refused")
Shown = namedtuple("Shown", "number revision")
State = namedtuple("State", "device updates shown last taken called_done wrong bodies")

HOUSE = (Desk("desk 1", 0, "house", 1), Desk("desk 2", 0, "house", 2))
RESELLER = Desk("the reseller", 0, "reseller", 3)
THIEF = Desk("the thief of the old root", 0, None, 0)
NEW = Desk("the new desk", 1, "new house", 4)


def may_supersede(rules, license, desk):
    """Whether a desk's license may take the place of what is held."""
    held = license.desk
    if desk.root < held.root and rules.earlier_roots_stand_below:
        return False
    if desk.root > held.root:
        return rules.later_roots_stand_above
    if desk.first_link is None:
        return True  # a root, over what was signed under it or under an earlier one
    if desk.first_link == held.first_link:
        return rules.one_first_link_is_one_house or desk.key == held.key
    return not rules.strangers_are_refused


def is_taken(rules, device, update):
    """Whether the device takes an Update: number, its own refusal, revision, and who signed."""
    if update.base != device.number or update.refused or update.desk.root > device.root:
        return False
    license = device.license
    newer = update.revision > license.revision
    same = update.revision == license.revision and not rules.one_revision_is_one_body
    return (newer or same) and may_supersede(rules, license, update.desk)


def after(device, update):
    license = License(update.revision, update.serial, update.desk)
    return device._replace(number=device.number + 1, license=license, applied=update.serial)


def signed(rules, bounds, state, desk, refused=False):
    """The state once a desk has signed a renewal."""
    serial = state.last.number + 1
    base = state.shown.number if rules.numbered_by_highest_shown else serial
    revision = 1 + (state.shown.revision if bounds.own_revisions else state.last.revision)
    update = Update(serial, base, revision, desk, refused)
    last = Shown(serial, max(revision, state.last.revision))
    return update, state._replace(updates=state.updates | {update}, last=last)


def desks(bounds, state):
    yield from HOUSE
    if bounds.stranger:
        yield RESELLER
    if bounds.thief:
        yield THIEF
    if bounds.new_root and state.device.root == 1:
        yield NEW


def steps_of(rules, bounds):
    def steps(state):
        device = state.device
        if state.last.number < bounds.updates:
            for desk in desks(bounds, state):
                may_be_refused = bounds.refused and not any(one.refused for one in state.updates)
                for refused in (False, True) if may_be_refused else (False,):
                    update, signs = signed(rules, bounds, state, desk, refused)
                    what = f"{desk.name} signs Update {update.serial} at {update.base}, revision {update.revision}"
                    yield what + (" (the device will refuse it)" if refused else ""), signs
        for update in sorted(state.updates):
            if is_taken(rules, device, update):
                yield f"the device applies Update {update.serial} of {update.desk.name}", state._replace(
                    device=after(device, update),
                    taken=state.taken | {update.serial},
                    wrong=state.wrong or is_wrong(device.license, update.desk),
                    bodies=state.bodies | {(update.revision, update.serial)},
                )
            elif update.refused and update.base == device.number and not rules.all_actions_or_none:
                half = device._replace(license=License(update.revision, update.serial, update.desk))
                yield f"the device takes the first half of Update {update.serial}, and refuses it", state._replace(
                    device=half, bodies=state.bodies | {(update.revision, update.serial)}
                )
            elif update.base < device.number and update.serial not in state.called_done:
                if not rules.done_is_known_by_its_hash or device.applied == update.serial:
                    yield f"who applies Update {update.serial} is told that it was done", state._replace(
                        called_done=state.called_done | {update.serial}
                    )
        yield f"the desks see a statement at {device.number}", seen(state)
        if bounds.own_revisions:
            number = max(device.number, state.shown.number)
            shown = state.shown._replace(number=number)
            yield "the desks see a statement about another product", state._replace(shown=shown)
        if bounds.new_root and device.root == 0:
            replaced = device._replace(root=1)
            yield "the vendor's root is replaced, and the device hears of it", state._replace(device=replaced)

    return steps


def seen(state):
    """The state once the desks have seen where the device stands."""
    shown = Shown(state.device.number, state.device.license.revision)
    return state._replace(shown=Shown(*map(max, shown, state.shown)))


def is_wrong(license, desk):
    """Plainly: whether a desk has taken what is not its own."""
    same_root = desk.root == license.desk.root
    return desk.root < license.desk.root or same_root and desk.first_link not in (None, license.desk.first_link)


def always_renews(rules, bounds):
    def renews(state, desk):
        for _ in range(3):
            for update in sorted(state.updates):  # each desk kept what it signed, and sends it again
                if is_taken(rules, state.device, update):
                    state = state._replace(device=after(state.device, update))
            update, state = signed(rules, bounds, seen(state), desk)
            if is_taken(rules, state.device, update):
                return True
        return False

    def holds(state):
        ours = [NEW] if state.device.root == 1 else HOUSE
        return all(renews(state, desk) for desk in ours)

    return holds


def done_was_taken(state):
    return state.called_done <= state.taken


def one_body_a_revision(state):
    return len({revision for revision, _ in state.bodies}) == len(state.bodies)


def wholly(state):
    return state.device.license.body in state.taken


def rightly(state):
    return not state.wrong


RENEWS, DONE = "each desk of the house can always renew", "what is called done was taken"
BODY, WHOLE = "of one revision a device only ever holds one body", "an Update is taken wholly or not at all"
RIGHTLY = "a license is superseded only from under its own first link, from a root, or from under a later root"


def search(title, expected, rules=Rules(), *laws, **bounds):
    bounds = Bounds(**bounds)
    named = {
        RENEWS: always_renews(rules, bounds),
        DONE: done_was_taken,
        BODY: one_body_a_revision,
        WHOLE: wholly,
        RIGHTLY: rightly,
    }
    sold = Device(1, License(1, 0, HOUSE[0]), 0, 0)
    nothing = frozenset()
    start = State(sold, nothing, Shown(1, 1), Shown(0, 1), frozenset([0]), nothing, False, frozenset([(1, 0)]))
    check(title, start, steps_of(rules, bounds), {law: named[law] for law in laws or named}, expected)


if __name__ == "__main__":
    without = lambda rule: Rules(**{rule: False})
    search("a desk numbers by what it has signed, and one is refused for ever", "breaks",
           without("numbered_by_highest_shown"), RENEWS, refused=True)
    search("the same, nothing is refused: what is lost is sent again", "holds", without("numbered_by_highest_shown"),
           RENEWS)
    search("what has an older base is called done", "breaks", without("done_is_known_by_its_hash"), DONE)
    search("an equal revision is taken, whatever it says", "breaks", without("one_revision_is_one_body"), BODY,
           own_revisions=True)
    search("half of an Update is taken", "breaks", without("all_actions_or_none"), WHOLE, refused=True)
    search("only the key that sold may renew", "breaks", without("one_first_link_is_one_house"), RENEWS)
    search("a reseller renews what the house sold", "breaks", without("strangers_are_refused"), RIGHTLY, stranger=True)
    search("a later root stands above nothing: its desks can renew nothing", "breaks",
           without("later_roots_stand_above"), RENEWS, new_root=True)
    search("an earlier root takes back what was renewed under the later one", "breaks",
           without("earlier_roots_stand_below"), RIGHTLY, new_root=True, thief=True)
    search("all rules: one of the Updates is refused for ever", "holds", Rules(), refused=True)
    search("all rules: each desk counts revisions by itself", "holds", Rules(), refused=True, own_revisions=True)
    search("all rules: a reseller, and a root that is replaced", "holds", Rules(), stranger=True, new_root=True)
    search("all rules: the old root is stolen, and replaced", "holds", Rules(), DONE, BODY, WHOLE, RIGHTLY, thief=True,
           new_root=True)
    finish()
