"""A lost device: what its finder and the replacement can use together.

Law: *the lost device and its replacement use at most what was granted, plus the units that `issue` printed when the
device was revoked* (granted less used at its last statement).

A device holds one meter. It is lost, and its finder is as bad as can be: he applies every file that was ever signed
for it, also a refill that nobody had applied yet, charges what he can, and never reports. The replacement gets what
the last statement showed as left.
"""

from collections import namedtuple

from search import check, finish

MOST_CHARGES = 8

Desk = namedtuple("Desk", "granted refills revoked printed")
Device = namedtuple("Device", "number allowance used age")
State = namedtuple("State", "device stated desk replacement charged snapshot")


def steps_of(printed, fresh_within, refills, flash_is_copied):
    """`printed(stated, granted)` is what the desk prints as the units at risk."""

    def finder(state):
        device = state.device
        in_force = fresh_within is None or device.age < fresh_within
        if device.used < device.allowance and in_force and state.charged < MOST_CHARGES:
            charged = device._replace(used=device.used + 1)
            yield "the device charges a unit", state._replace(device=charged, charged=state.charged + 1)
        if fresh_within is not None and device.age < fresh_within + 2:
            yield "the device runs an hour", state._replace(device=device._replace(age=device.age + 1))
        for number, allowance in state.desk.refills:
            if number == device.number:
                refilled = device._replace(number=number + 1, allowance=allowance)
                yield f"the device applies the refill to {allowance}", state._replace(device=refilled)
        if flash_is_copied and state.snapshot not in (None, device):
            yield "the device's flash is written back", state._replace(device=state.snapshot)

    def before_the_loss(state):
        device, desk = state.device, state.desk
        seen = (device.used, device.allowance)
        if state.stated != seen:
            yield "a statement of the device arrives", state._replace(stated=seen)
        if len(desk.refills) < refills:
            allowance = desk.granted + 1
            more = desk._replace(granted=allowance, refills=desk.refills + ((device.number, allowance),))
            yield f"the desk issues a refill to {allowance}", state._replace(desk=more)
        if fresh_within is not None and device.age and desk.printed is None:
            yield "an Answer reaches the device", state._replace(device=device._replace(age=0))
        if flash_is_copied and state.snapshot is None:
            yield "the device's flash is read", state._replace(snapshot=device)
        left = desk.granted - state.stated[0]
        revoked = desk._replace(revoked=True, printed=printed(state.stated, desk.granted))
        yield f"the device is revoked, and a replacement gets {left}", state._replace(
            desk=revoked, replacement=(left, 0)
        )

    def steps(state):
        yield from finder(state)
        if not state.desk.revoked:
            yield from before_the_loss(state)
        elif state.replacement[1] < state.replacement[0]:
            allowance, used = state.replacement
            yield "the replacement charges a unit", state._replace(replacement=(allowance, used + 1))

    return steps


def bounded(state):
    desk = state.desk
    return not desk.revoked or state.charged + state.replacement[1] <= desk.granted + desk.printed


def search(title, printed, expected, fresh_within=None, refills=1, flash_is_copied=False):
    start = State(
        device=Device(number=1, allowance=2, used=0, age=0),
        stated=(0, 2),
        desk=Desk(granted=2, refills=(), revoked=False, printed=None),
        replacement=None,
        charged=0,
        snapshot=None,
    )
    law = "device and replacement use at most what was granted and what was printed"
    steps = steps_of(printed, fresh_within, refills, flash_is_copied)
    check(title, start, steps, {law: bounded}, expected)


def allowance_less_used(stated, _granted):
    used, allowance = stated
    return allowance - used


def granted_less_used(stated, granted):
    return granted - stated[0]


# Hours: until when can a lost device stay in force under fresh_within { by: issuer }?
FRESH, HORIZON, REQUESTS = 3, 8, 3
Clock = namedtuple("Clock", "now age_from requests answers revoked_at")


def hours(state):
    if state.now < HORIZON:
        yield "the device runs an hour", state._replace(now=state.now + 1)
    if len(state.requests) < REQUESTS and state.now not in state.requests:
        yield f"the device makes a Request at hour {state.now}", state._replace(
            requests=state.requests + (state.now,)
        )
    if state.revoked_at is None:
        yield f"the device is revoked at hour {state.now}", state._replace(revoked_at=state.now)
        for request in state.requests:
            yield f"the desk answers the Request of hour {request}", state._replace(
                answers=state.answers | {request}
            )
    for request in state.answers:  # late, and again
        if request > state.age_from:
            yield f"the device takes the Answer to hour {request}", state._replace(age_from=request)


def dies_in_time(state):
    in_force = state.now - state.age_from < FRESH
    return state.revoked_at is None or not in_force or state.now - state.revoked_at < FRESH


if __name__ == "__main__":
    search("printed is the allowance last seen less used: a refill under way is forgotten", allowance_less_used, "breaks")
    search("printed is all that was granted less used at the last statement", granted_less_used, "holds")
    search("the same with two refills under way", granted_less_used, "holds", refills=2)
    search("the same with fresh_within of two hours", granted_less_used, "holds", fresh_within=2)
    search("not repaired by any wording: the flash is written back", granted_less_used, "breaks", flash_is_copied=True)
    law = "a lost device is in force for at most fresh_within after its revocation"
    check(law, Clock(0, 0, (), frozenset(), None), hours, {law: dies_in_time}, "holds")
    finish()
