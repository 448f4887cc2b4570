"""Transfer between devices: one license goes from device to device, and never lives on two.

Laws:
- *under any order and replay of files, never two devices hold the license*;
- *no more units are charged, on all devices together, than were granted*;
- *what was used up before a transfer stays used up after it* (carry).

Three devices, and a desk that keeps the ledger. Every file that was ever signed may be applied at any time, twice, or
never; the desk may sign for the number at which a device stands or for the one after it. All of an Update is applied
or none, so a power cut is one before it or after it. An Update whose base the device has passed never applies again
and is forgotten here; `ahead` counts the Updates that must come before one. That a flash written back across a
departure ends at the desk is the matter of proof_of_life.py.
"""

from collections import namedtuple

from search import check, finish, replaced

NAMES = ("A", "B", "C", "A after its format")
HIGHEST_HOP = 3

Rules = namedtuple(
    "Rules",
    "tombstones_refuse departing_again_changes_nothing removal_leaves_a_tombstone hops_come_from_the_ledger"
    " updates_are_numbered a_raised_hop_carries",
    defaults=(True,) * 6,
)
Bounds = namedtuple(
    "Bounds",
    "updates charges ahead removes formats loses old_documents renewals_without_carry",
    defaults=(5, False, 1, False, False, False, False, False),
)
License = namedtuple("License", "hop revision allowance used keeps_usage")
Tombstone = namedtuple("Tombstone", "hop to used revision allowance")
Device = namedtuple("Device", "license tombstone")
Install = namedtuple("Install", "hop revision allowance carries")
Depart = namedtuple("Depart", "hop to")
Update = namedtuple("Update", "to ahead action")
Departed = namedtuple("Departed", "by tombstone")
Entry = namedtuple("Entry", "device hop revision allowance")
State = namedtuple("State", "devices entry updates departed documents signed charged granted lost")


def taken(rules, device, action):
    """What a device makes of an action: itself afterwards, or None where it refuses."""
    license, tombstone = device
    if isinstance(action, Depart):
        if license and license.hop == action.hop:
            left = Tombstone(action.hop, action.to, license.used, license.revision, license.allowance)
            forgotten = action.to is None and not rules.removal_leaves_a_tombstone
            return Device(None, tombstone if forgotten else left)
        if tombstone and tombstone.hop == action.hop:
            if not rules.departing_again_changes_nothing:
                return Device(license, tombstone._replace(to=action.to))
            return device
        return None
    if tombstone and rules.tombstones_refuse and action.hop <= tombstone.hop:
        return None
    if license:
        same = action[:3] == license[:3]
        if action.hop < license.hop or action.revision < license.revision:
            return None
        if action.revision == license.revision and not same:
            return None
    if license and license.hop == action.hop:
        return device._replace(license=license._replace(revision=action.revision, allowance=action.allowance))
    if action.hop > 0 and rules.a_raised_hop_carries and not action.carries:
        return None
    keeps_usage = action.carries or action.hop == 0
    return device._replace(license=License(action.hop, action.revision, action.allowance, 0, keeps_usage))


def the_devices(rules, bounds, state):
    for update in state.updates:
        if rules.updates_are_numbered and update.ahead or update.to == state.lost:
            continue
        device = state.devices[update.to] and taken(rules, state.devices[update.to], update.action)
        if not device:
            continue
        departed = state.departed
        if isinstance(update.action, Depart) and device.tombstone:
            departed |= {Departed(update.to, device.tombstone)}
        updates = state.updates
        if rules.updates_are_numbered:
            nearer = lambda one: one._replace(ahead=one.ahead - 1) if one.to == update.to else one
            updates = frozenset(one for one in map(nearer, updates) if one.ahead >= 0)
        yield f"{NAMES[update.to]} applies {update.action}", state._replace(
            devices=replaced(state.devices, update.to, device), updates=updates, departed=departed
        )
    for place, device in enumerate(state.devices):
        if bounds.charges and device and device.license and device.license.used < device.license.allowance:
            license = device.license._replace(used=device.license.used + 1)
            charged = replaced(state.devices, place, device._replace(license=license))
            yield f"{NAMES[place]} charges a unit", state._replace(devices=charged, charged=state.charged + 1)
    if bounds.formats and state.devices[0]:
        yield "A is formatted, and has new keys", state._replace(
            devices=replaced(state.devices, 0, None),
            updates=frozenset(update for update in state.updates if update.to != 0),
        )


def the_desk(rules, bounds, state):
    """What the desk may sign: (why, whom it is for, the action, the ledger's entry afterwards, units granted)."""
    entry = state.entry
    others = [place for place, device in enumerate(state.devices) if device and place != entry.device]
    if entry.hop < HIGHEST_HOP:
        for to in others + ([None] if bounds.removes else []):
            yield "lets it depart", entry.device, Depart(entry.hop, to), entry, 0
        for by, tombstone in state.departed:
            if (by, tombstone.hop) == (entry.device, entry.hop):
                for to in others if tombstone.to is None else [tombstone.to]:
                    yield "sends it on", *sent_on(entry, to, entry.allowance - tombstone.used), 0
    carries = entry.hop > 0
    yield "sends it again", entry.device, Install(*entry[1:], carries), entry, 0
    if state.granted < 2:
        more = entry._replace(revision=entry.revision + 1, allowance=entry.allowance + 1)
        yield "refills it", entry.device, Install(*more[1:], carries), more, 1
    if bounds.renewals_without_carry:
        renewed = entry._replace(revision=entry.revision + 1)
        yield "renews it and forgets to carry", entry.device, Install(*renewed[1:], False), renewed, 0
    if bounds.loses and state.lost is None and entry.device == 0:
        device = state.devices[0]
        left = entry.allowance - (device.license.used if device.license else 0)
        yield "replaces A, which is lost", *sent_on(entry, 2, left), left


def sent_on(entry, to, allowance):
    onward = Entry(to, entry.hop + 1, entry.revision + 1, allowance)
    return to, Install(*onward[1:], True), onward


def others_who_sign(rules, bounds, state):
    if bounds.old_documents:
        for to, document in state.documents:
            yield "another desk sends an old document again", to, document, state.entry, 0
    if not rules.hops_come_from_the_ledger:
        for by, tombstone in state.departed:
            places = [place for place, device in enumerate(state.devices) if device]
            for to in places if tombstone.to is None else [tombstone.to]:
                departed = Entry(by, tombstone.hop, tombstone.revision, tombstone.allowance)
                _, install, _ = sent_on(departed, to, tombstone.allowance - tombstone.used)
                yield "a reseller, shown the Departed, sends it on", to, install, state.entry, 0


def steps_of(rules, bounds):
    def steps(state):
        yield from the_devices(rules, bounds, state)
        if state.signed == bounds.updates:
            return
        by_desk = ((f"the desk {why}", *rest) for why, *rest in the_desk(rules, bounds, state))
        for why, to, action, entry, granted in [*by_desk, *others_who_sign(rules, bounds, state)]:
            if state.devices[to] is None:
                continue
            documents = state.documents
            if bounds.old_documents and isinstance(action, Install):
                documents |= {(to, action)}
            for ahead in range(bounds.ahead + 1):
                update = Update(to, ahead, action)
                if update not in state.updates:
                    yield f"{why}: Update for {NAMES[to]}, {ahead} ahead, {action}", state._replace(
                        entry=entry,
                        updates=state.updates | {update},
                        documents=documents,
                        signed=state.signed + 1,
                        granted=state.granted + granted,
                        lost=0 if "lost" in why else state.lost,
                    )

    return steps


def held_once(state):
    found = [device for place, device in enumerate(state.devices) if device and place != state.lost]
    return sum(1 for device in found if device.license) <= 1


def within_grant(state):
    return state.charged <= state.granted


def usage_kept(state):
    return all(device.license.keeps_usage for device in state.devices if device and device.license)


def not_yet_round(state):
    """A, B, A again, then C."""
    license, tombstones = state.devices[2].license, [device.tombstone for device in state.devices[:2]]
    return not (license and license.hop == 3 and all(tombstones) and [one.hop for one in tombstones] == [2, 1])


HELD_ONCE = {"never two devices hold the license": held_once}
WITHIN_GRANT = {"no more units are charged than were granted": within_grant}
USAGE_KEPT = {"what was used up stays used up": usage_kept}
LAWS = HELD_ONCE | WITHIN_GRANT | USAGE_KEPT


def search(title, expected, rules=Rules(), laws=LAWS, **bounds):
    bounds = Bounds(**bounds)
    holder = Device(License(0, 1, 1, 0, True), None)
    devices = (holder,) + (Device(None, None),) * (3 if bounds.formats else 2)
    first = frozenset([(0, Install(0, 1, 1, False))]) if bounds.old_documents else frozenset()
    start = State(devices, Entry(0, 0, 1, 1), frozenset(), frozenset(), first, 0, 0, 1, None)
    check(title, start, steps_of(rules, bounds), laws, expected)


if __name__ == "__main__":
    search("a tombstone is a record and refuses nothing", "breaks", Rules(tombstones_refuse=False), HELD_ONCE)
    search("a second Depart may name another destination, and a reseller sends on", "breaks",
           Rules(departing_again_changes_nothing=False, hops_come_from_the_ledger=False), HELD_ONCE)
    search("a removed license leaves no tombstone", "breaks",
           Rules(removal_leaves_a_tombstone=False), WITHIN_GRANT, removes=True, charges=True, old_documents=True)
    search("a reseller without ledger sends on what was removed", "breaks",
           Rules(hops_come_from_the_ledger=False), HELD_ONCE, removes=True)
    search("a reseller without ledger sends on what the ledger has replaced", "breaks",
           Rules(hops_come_from_the_ledger=False), HELD_ONCE, loses=True)
    search("an Install of a raised hop without carry is taken", "breaks",
           Rules(a_raised_hop_carries=False), USAGE_KEPT, renewals_without_carry=True)
    search("numbers of Updates left out: tombstones and revisions alone keep this law", "holds",
           Rules(updates_are_numbered=False), updates=5, charges=True)
    search("all rules", "holds", updates=8)
    search("all rules, with units", "holds", updates=6, charges=True)
    search("all rules, removals and old documents, with units", "holds",
           updates=5, charges=True, removes=True, old_documents=True)
    search("all rules, renewals that forget to carry", "holds", updates=5, renewals_without_carry=True)
    search("all rules, A is formatted at any time", "holds", updates=6, formats=True)
    search("all rules, A is lost and replaced at any time", "holds", updates=6, loses=True, removes=True)
    search("all rules, one Update after the other", "holds", updates=10, ahead=0)
    search("the bounds are wide enough: it goes from A to B, to A again, to C", "breaks", updates=6, ahead=0,
           laws={"the license never came to C by way of B and A": not_yet_round})
    finish()
