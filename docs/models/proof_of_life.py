"""Proof of life: Requests, Answers, and what a device shows as `answered`.

Laws:
- *after a flash was copied or written back, at most one copy goes on taking Answers to its own Requests*;
- *no copy that still holds a license is answered once the license has moved on*;
- *an honest device can always get an Answer to a new Request*, whatever is lost, late, or asked for by others.

A statement shows `answered`, the last Request whose Answer the device took. The ledger gives a new Answer only where
that is its own last one; else it repeats the last, with the Depart that went with it, in a new Update. A flash that is
written back is the case of a copy whose other branch stops. Requests are numbered as they are made, 0 is none; two
slots for unanswered Requests stand for the eight. Files may be applied late, twice, in any order, or never.
"""

from collections import namedtuple

from search import check, finish

Rules = namedtuple(
    "Rules",
    "the_ledger_is_locked a_depart_comes_with_an_answer a_repeated_answer_brings_its_depart numbered_by_highest_shown"
    " departing_again_changes_nothing tokens_have_a_list_of_their_own answers_come_from_the_ledger"
    " a_full_list_returns_its_newest lost_answers_are_learned_again a_restored_ledger_learns_first"
    " no_depart_is_added_to_an_answer",
    defaults=(True,) * 11,
)
Bounds = namedtuple(
    "Bounds", "slots requests updates_of_others copies departs restores", defaults=(2, 4, 1, False, False, False)
)
Device = namedtuple("Device", "number answered unanswered holds own")
Request = namedtuple("Request", "answered number maker moved_on")
Ledger = namedtuple("Ledger", "last departs highest moved_on forgotten")
Update = namedtuple("Update", "base answers departs")
State = namedtuple("State", "devices ledger requests updates others copied slipped")


def asked(rules, bounds, state, place):
    """The device makes a Request: the state afterwards and the Request's number.

    Where a full list puts a new Request in the place of its newest, the ledger may have answered that one already:
    its Answer is then refused, and nothing else is ever repeated.
    """
    device = state.devices[place]
    full = len(device.unanswered) == bounds.slots
    if full and rules.a_full_list_returns_its_newest:
        return state, device.unanswered[-1]
    maker = place if state.copied else None
    request = Request(device.answered, device.number, maker, state.ledger.moved_on)
    requests = state.requests + (request,)
    kept = device.unanswered[:-1] if full else device.unanswered
    device = device._replace(unanswered=kept + (len(requests),))
    return with_device(state, place, device)._replace(requests=requests), len(requests)


def taken(rules, state, place, update):
    """What the device makes of an Update: itself afterwards, or None where it refuses."""
    device = state.devices[place]
    if update.base != device.number:
        return None
    if update.answers:
        if update.answers not in device.unanswered:
            return None
        own = device.own or state.copied and state.requests[update.answers - 1].maker == place
        later = tuple(number for number in device.unanswered if number > update.answers)
        device = device._replace(answered=update.answers, unanswered=later, own=own)
    if update.departs:
        if not device.holds and not rules.departing_again_changes_nothing:
            return None
        device = device._replace(holds=False)
    return device._replace(number=device.number + 1)


def with_device(state, place, device):
    devices = state.devices[:place] + (device,) + state.devices[place + 1 :]
    lowest = min(one.number for one in devices)
    updates = state.updates
    if lowest > min(one.number for one in state.devices):
        updates = frozenset(update for update in updates if update.base >= lowest)
    return state._replace(devices=devices, updates=updates)


def answers(rules, bounds, state, number):
    """What the desk does with a Request: what it is called, the ledger and the Update."""
    ledger, request = state.ledger, state.requests[number - 1]
    if ledger.forgotten and rules.a_restored_ledger_learns_first:
        return
    highest = max(ledger.highest, request.number)
    base = highest if rules.numbered_by_highest_shown else request.number
    ledger = ledger._replace(highest=highest)
    if request.answered == ledger.last:
        answered = ledger._replace(last=number, departs=False)
        yield f"the desk answers Request {number}", answered, Update(base, number, False)
        if bounds.departs and not ledger.moved_on and not ledger.departs:
            yield f"the desk answers Request {number} and lets the license depart", answered._replace(
                departs=True
            ), Update(base, number, True)
    elif ledger.last:
        departs = ledger.departs and rules.a_repeated_answer_brings_its_depart
        again = f"the desk, shown Request {number}, repeats the Answer to {ledger.last}"
        yield again, ledger, Update(base, ledger.last, departs)
        may_add = bounds.departs and number == ledger.last and not (ledger.moved_on or ledger.departs)
        if may_add and not rules.no_depart_is_added_to_an_answer:
            added = f"the desk, shown Request {number} again, repeats its Answer and adds a Depart"
            yield added, ledger._replace(departs=True), Update(base, number, True)


def the_devices(rules, bounds, state):
    for place, device in enumerate(state.devices):
        name = f"copy {place + 1}" if state.copied else "the device"
        if len(state.requests) < bounds.requests:
            after, number = asked(rules, bounds, state, place)
            yield f"{name} makes Request {number}, and shows {device.answered} as answered", after
        for update in state.updates:
            after = taken(rules, state, place, update)
            if after:
                what = f"Answer to {update.answers}" if update.answers else "no Answer"
                what += ", Depart" if update.departs else ""
                yield f"{name} applies the Update at {update.base}: {what}", with_device(state, place, after)
        if not rules.tokens_have_a_list_of_their_own:
            for number in device.unanswered:
                later = tuple(one for one in device.unanswered if one > number)
                yield f"{name} takes a TimeToken for {number}", with_device(
                    state, place, device._replace(unanswered=later)
                )
        highest = max(state.ledger.highest, device.number)
        if bounds.departs and not device.holds and not state.ledger.moved_on:
            moved = state.ledger._replace(highest=highest, moved_on=True)
            yield f"the desk sees the Departed of {name}: the license goes on elsewhere", state._replace(ledger=moved)
        elif highest > state.ledger.highest:
            yield f"a report of {name} reaches the desk", state._replace(ledger=state.ledger._replace(highest=highest))
        if state.others < bounds.updates_of_others:
            other = state.updates | {Update(device.number, 0, False)}
            yield f"a reseller signs an Update for {name}, no Answer", state._replace(
                updates=other, others=state.others + 1
            )
        without = Update(device.number, 0, True)
        if bounds.departs and not rules.a_depart_comes_with_an_answer and without not in state.updates:
            if device.holds and not state.ledger.moved_on:
                yield "the desk signs a Depart without an Answer", state._replace(updates=state.updates | {without})
    if bounds.copies and not state.copied:
        yield "the flash is copied", state._replace(devices=state.devices * 2, copied=True)


def the_desk(rules, bounds, state):
    ledger = state.ledger
    for number, request in enumerate(state.requests, 1):
        for what, after, update in answers(rules, bounds, state, number):
            yield what, state._replace(ledger=after, updates=state.updates | {update})
        if state.slipped:
            continue
        update = Update(request.number, number, False)
        if not rules.the_ledger_is_locked and ledger.last and number != ledger.last:
            if request.answered == state.requests[ledger.last - 1].answered:
                yield f"a second desk, which read the ledger before, answers Request {number} too", state._replace(
                    ledger=ledger._replace(last=number), updates=state.updates | {update}, slipped=True
                )
        if not rules.answers_come_from_the_ledger:
            yield f"a reseller without the ledger answers Request {number}", state._replace(
                updates=state.updates | {update}, slipped=True
            )
    if bounds.restores and ledger.last and not state.slipped:
        before = state.requests[ledger.last - 1].answered
        restored = ledger._replace(last=before, forgotten=ledger.last)
        yield "the ledger is restored from a backup before its last Answer", state._replace(
            ledger=restored, slipped=True
        )
    if relearned(rules, state) != ledger:
        yield "the desk is shown the Update that it had signed", state._replace(ledger=relearned(rules, state))


def relearned(rules, state):
    ledger = state.ledger
    if rules.lost_answers_are_learned_again and ledger.forgotten:
        if state.requests[ledger.forgotten - 1].answered == ledger.last:
            return ledger._replace(last=ledger.forgotten, forgotten=0)
    return ledger


def steps_of(rules, bounds):
    def steps(state):
        yield from the_devices(rules, bounds, state)
        yield from the_desk(rules, bounds, state)

    return steps


def one_goes_on(state):
    return sum(device.own for device in state.devices) <= 1


def none_holds_on(state):
    return not any(
        device.holds and device.answered and state.requests[device.answered - 1].moved_on for device in state.devices
    )


def goes_on(rules, bounds):
    """Whether an honest owner gets an Answer to a Request made from here on, in four round trips at the most."""

    def holds(state):
        before = len(state.requests)
        for _ in range(4):
            highest = max(state.ledger.highest, state.devices[0].number)
            state = state._replace(ledger=relearned(rules, state)._replace(highest=highest))
            state, number = asked(rules, bounds, state, 0)
            for _, ledger, update in list(answers(rules, bounds, state, number))[:1]:
                state = state._replace(ledger=ledger, updates=state.updates | {update})
            for update in sorted(state.updates, key=lambda one: -one.answers):
                after = update.answers and taken(rules, state, 0, update)
                if after:
                    state = with_device(state, 0, after)
                    break
            if state.devices[0].answered > before:
                return True
        return False

    return holds


START = State((Device(0, 0, (), True, False),), Ledger(0, False, 0, False, 0), (), frozenset(), 0, False, False)
ONE_GOES_ON = {"at most one copy takes Answers to its own Requests": one_goes_on}
NONE_HOLDS_ON = {"no copy that holds the license is answered once it has moved on": none_holds_on}


def copies(title, expected, rules=Rules(), laws=ONE_GOES_ON, **bounds):
    bounds = Bounds(copies=True, **bounds)
    check(f"a copied flash: {title}", START, steps_of(rules, bounds), laws, expected)


def honest(title, expected, rules=Rules(), **bounds):
    bounds = Bounds(**bounds)
    law = {"an honest device can always get an Answer to a new Request": goes_on(rules, bounds)}
    check(f"an honest device: {title}", START, steps_of(rules, bounds), law, expected)


if __name__ == "__main__":
    copies("two desks read the ledger before either writes", "breaks", Rules(the_ledger_is_locked=False))
    copies("a Depart without an Answer", "breaks",
           Rules(a_depart_comes_with_an_answer=False), NONE_HOLDS_ON, departs=True)
    copies("an Answer is repeated without its Depart", "breaks",
           Rules(a_repeated_answer_brings_its_depart=False), NONE_HOLDS_ON, departs=True)
    copies("a Depart is added to an Answer that went out without", "breaks",
           Rules(no_depart_is_added_to_an_answer=False), NONE_HOLDS_ON, departs=True)
    copies("all rules", "holds")
    copies("all rules, and the license departs", "holds", laws=NONE_HOLDS_ON | ONE_GOES_ON, departs=True, requests=3)
    copies("a restored ledger answers before it has learned", "breaks",
           Rules(a_restored_ledger_learns_first=False), restores=True)
    copies("all rules, the ledger is restored from a backup", "holds", restores=True, requests=3)
    honest("the Answer is numbered by its Request", "breaks", Rules(numbered_by_highest_shown=False))
    honest("TimeTokens drop Requests", "breaks", Rules(tokens_have_a_list_of_their_own=False))
    honest("two desks read the ledger before either writes", "breaks", Rules(the_ledger_is_locked=False))
    honest("an issuer without the ledger answers", "breaks", Rules(answers_come_from_the_ledger=False))
    honest("a second Depart is refused", "breaks", Rules(departing_again_changes_nothing=False), departs=True)
    honest("a full list puts a new Request in the place of its newest", "breaks",
           Rules(a_full_list_returns_its_newest=False))
    honest("the ledger is restored from a backup, and learns nothing", "breaks",
           Rules(lost_answers_are_learned_again=False, a_restored_ledger_learns_first=False), restores=True)
    honest("a restored ledger answers before it has learned", "breaks",
           Rules(a_restored_ledger_learns_first=False), restores=True)
    honest("all rules, the ledger is restored from a backup", "holds", restores=True)
    honest("all rules", "holds", updates_of_others=2)
    honest("all rules, and the license departs", "holds", departs=True)
    honest("all rules, three slots and five Requests", "holds", slots=3, requests=5)
    finish()
