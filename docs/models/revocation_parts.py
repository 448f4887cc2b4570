"""Revocations in numbered parts: in whatever order they come, nothing that was revoked counts again.

Laws:
- *who was named stays named*, whichever older part comes later, or again;
- *a key that was revoked stays revoked*, from the lowest number that was ever said;
- *the parts of the last issue, in any order, tell a device all that it says*, and how new that is.

Each issue names what all earlier ones did (decisions/0088) in part 0, which names keys, and parts that together
span every device id: a device takes the one that spans its own and keeps its number and whether it is named. Parts
compare by number, each sort by itself (shared/document/src/revocations.rs; that the root comes before the number is
the matter of vendor_succession.py). Four ids, one name to a part, so that spans move from issue to issue as more
are named. Parts are files: late, twice, or never. A ledger may come back from a backup that has forgotten the last
issue.
"""

from collections import namedtuple

from search import check, finish

IDS, OURS, ISSUES = 4, 1, 3
WHOLLY, NEVER = 0, 9

Rules = namedtuple(
    "Rules",
    "older_parts_are_refused each_sort_has_its_number spans_compare_whatever_their_ends an_issue_names_all_before"
    " the_lowest_number_stays spans_leave_no_gap a_restored_ledger_learns_first",
    defaults=(True,) * 7,
)
Part = namedtuple("Part", "number spans named key_from")
Named = namedtuple("Named", "devices key_from")
Desk = namedtuple("Desk", "number named backup forgotten")
Device = namedtuple("Device", "keys own spans is_named key_from")
State = namedtuple("State", "desk device parts latest issues was_named was_from ever")


def spans(rules, devices):
    """The spans of the ids, one name to each: what is named, with the ids up to the next one that is."""
    found = []
    for place, device in enumerate(devices):
        first = 0 if place == 0 else device
        last = devices[place + 1] - 1 if place + 1 < len(devices) else IDS - 1
        found.append((first, last) if rules.spans_leave_no_gap else (device, device))
    return found


def issued(rules, desk, more):
    """A desk's next issue: what it remembers afterwards, and the parts."""
    devices = (desk.named.devices if rules.an_issue_names_all_before else frozenset()) | more.devices
    known = desk.named.key_from if rules.an_issue_names_all_before else NEVER
    key_from = min(known, more.key_from)
    if not rules.the_lowest_number_stays and more.key_from != NEVER:
        key_from = more.key_from
    number = desk.number + 1
    parts = {Part(number, None, frozenset(), key_from)}
    ordered = sorted(devices)
    for place, span in enumerate(spans(rules, ordered)):
        parts.add(Part(number, span, frozenset([ordered[place]]), NEVER))
    return desk._replace(number=number, named=Named(devices, key_from)), frozenset(parts)


def taken(rules, device, part):
    """The device once it was given a part: None where it refuses it as overtaken, or it is another's."""
    if part.spans is None:
        if part.number <= device.keys and rules.older_parts_are_refused:
            return None
        after = device._replace(keys=part.number, key_from=part.key_from)
        return after if rules.each_sort_has_its_number else after._replace(own=part.number)
    first, last = part.spans
    if not first <= OURS <= last:
        return None
    comparable = rules.spans_compare_whatever_their_ends or part.spans == device.spans
    if comparable and part.number <= device.own and rules.older_parts_are_refused:
        return None
    after = device._replace(own=part.number, spans=part.spans, is_named=OURS in part.named)
    return after if rules.each_sort_has_its_number else after._replace(keys=part.number)


def steps_of(rules, restores):
    def steps(state):
        desk = state.desk
        may_issue = not (desk.forgotten and rules.a_restored_ledger_learns_first)
        if state.issues < ISSUES and may_issue:
            choices = [(f"revokes device {one}", Named(frozenset([one]), NEVER)) for one in range(IDS)]
            choices.append(("revokes a key wholly", Named(frozenset(), WHOLLY)))
            choices += [(f"revokes a key from license {one} on", Named(frozenset(), one)) for one in (2, 4)]
            for what, more in choices:
                after, parts = issued(rules, desk, more)
                if restores:
                    after = after._replace(backup=(desk.number, desk.named))
                yield f"the desk {what}, issue {after.number}", state._replace(
                    desk=after, parts=state.parts | parts, latest=parts, issues=state.issues + 1,
                    ever=Named(state.ever.devices | more.devices, min(state.ever.key_from, more.key_from)),
                )
        if desk.backup and not desk.forgotten:
            number, named = desk.backup
            restored = Desk(number, named, None, (desk.number, desk.named))
            yield "the ledger comes back from a backup before that issue", state._replace(desk=restored)
        if desk.forgotten and rules.a_restored_ledger_learns_first:
            number, named = desk.forgotten
            yield "the ledger is shown its last issue", state._replace(desk=Desk(number, named, None, None))
        for part in sorted(state.parts, key=str):
            after = taken(rules, state.device, part)
            if after and after != state.device:
                what = "part 0" if part.spans is None else f"the part of ids {part.spans[0]} to {part.spans[1]}"
                yield f"the device takes {what} of issue {part.number}", state._replace(
                    device=after,
                    was_named=state.was_named or after.is_named,
                    was_from=min(state.was_from, after.key_from),
                )

    return steps


def stays_named(state):
    return state.device.is_named or not state.was_named


def stays_revoked(state):
    return state.device.key_from <= state.was_from


def tells_all(rules):
    def holds(state):
        for backwards in (False, True):
            device = state.device
            for part in sorted(state.latest, key=lambda one: one.spans or (-1, -1), reverse=backwards):
                device = taken(rules, device, part) or device
            has_spans = any(part.spans for part in state.latest)
            knows = device.is_named == (OURS in state.ever.devices) and device.key_from == state.ever.key_from
            newest = max((part.number for part in state.latest), default=0)
            if not knows or device.keys != newest or has_spans and device.own != newest:
                return False
        return True

    return holds


NAMED, REVOKED = "who was named stays named", "a key that was revoked stays revoked"
TOLD = "the parts of the last issue tell a device all that was ever revoked, and how new that is"


def search(title, expected, rules=Rules(), *laws, restores=False):
    named = {NAMED: stays_named, REVOKED: stays_revoked, TOLD: tells_all(rules)}
    nobody = Named(frozenset(), NEVER)
    start = State(
        Desk(0, nobody, None, None), Device(0, 0, None, False, NEVER), frozenset(), frozenset(), 0, False, NEVER, nobody
    )
    check(title, start, steps_of(rules, restores), {law: named[law] for law in laws or named}, expected)


if __name__ == "__main__":
    without = lambda rule: Rules(**{rule: False})
    search("an older part is taken", "breaks", without("older_parts_are_refused"), NAMED)
    search("the same, of keys", "breaks", without("older_parts_are_refused"), REVOKED)
    search("one number for all parts: part 0 makes the other look old", "breaks", without("each_sort_has_its_number"),
           TOLD)
    search("parts compare only where their spans are the same", "breaks",
           without("spans_compare_whatever_their_ends"), NAMED)
    search("an issue names only what is new", "breaks", without("an_issue_names_all_before"), NAMED)
    search("the same, of keys", "breaks", without("an_issue_names_all_before"), REVOKED)
    search("the newest number of a key counts, not the lowest", "breaks", without("the_lowest_number_stays"), REVOKED)
    search("parts span only who is named", "breaks", without("spans_leave_no_gap"), TOLD)
    search("a restored ledger issues before it has learned its last issue", "breaks",
           without("a_restored_ledger_learns_first"), TOLD, restores=True)
    search("the same: who was named is forgotten", "breaks", without("a_restored_ledger_learns_first"), NAMED,
           restores=True)
    search("all rules", "holds")
    search("all rules, the ledger comes back from a backup", "holds", restores=True)
    finish()
