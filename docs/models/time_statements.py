"""Unanswered Time statements: what the ninth one does.

Laws:
- *who asks gets a statement*, whatever other programs have asked before;
- *a token that comes back within a week of powered time is taken*, or a newer one was;
- *who asks, and has the token at once, has fresh time*.

A dongle keeps eight Time statements that no token has answered; a token ends its own and those before it
(docs/protocol.md, *Commands*; firmware/dongle/src/commands/statement.rs). Anyone who may talk to the dongle may
ask, and need not send what he gets. What stands in the way of each simple rule is found here; the choice is
decisions/0074. A Request for the issuer is another matter, since the ledger remembers (decisions/0070,
proof_of_life.py).

Three places stand for the eight; a tick is half a day of powered time, so that a day is 2 and the week of seven
days, which is as many days as there are places less one, is 4. Time counts as fresh for 3 days after its statement.
"""

from collections import namedtuple

from search import check, finish

PLACES, DAY, FRESH, LAST_TICK = 3, 2, 6, 12
WEEK = (PLACES - 1) * DAY

NEWEST_AGAIN = "it is the newest again"
REPLACES_NEWEST = "it takes the newest one's place"
REPLACES_OR_REFUSED = "it takes the newest one's place if that is a day old, else it is refused"
REPLACES_OR_AGAIN = "it takes the newest one's place if that is a day old, else it is the newest again"
DROPS_OLDEST = "the oldest gives way"
DROPS_OLDEST_OR_AGAIN = "the oldest gives way if the newest is a day old, else it is the newest again"
ONE_A_DAY = "until the newest is a day old it is given out again, full or not; then, if full, the oldest gives way"

Trip = namedtuple("Trip", "place made sent")
State = namedtuple("State", "now waiting fresh_from trip refused lost stale")
GONE = None


def moved(trip, shift=0, dropped=()):
    """A statement on its way, after places in the list have changed."""
    if trip is None or trip.place is GONE:
        return trip
    return trip._replace(place=GONE if trip.place in dropped else trip.place - shift)


def asked(rule, state):
    """The state once someone asks: also the place of the statement that he gets, None where he is refused."""
    waiting = state.waiting
    if rule == ONE_A_DAY and waiting and state.now - waiting[-1] < DAY:
        return state, len(waiting) - 1
    if len(waiting) < PLACES:
        return state._replace(waiting=waiting + (state.now,)), len(waiting)
    last, age = PLACES - 1, state.now - waiting[-1]
    waits = rule in (REPLACES_OR_REFUSED, REPLACES_OR_AGAIN, DROPS_OLDEST_OR_AGAIN)
    if rule == NEWEST_AGAIN or waits and age < DAY:
        return state, GONE if rule == REPLACES_OR_REFUSED else last
    if rule in (DROPS_OLDEST, DROPS_OLDEST_OR_AGAIN, ONE_A_DAY):
        kept = waiting[1:] + (state.now,)
        return state._replace(waiting=kept, trip=moved(state.trip, shift=1, dropped=(0,))), last
    return state._replace(waiting=waiting[:-1] + (state.now,), trip=moved(state.trip, dropped=(last,))), last


def answered(state, place):
    """The state once a token for the statement at a place was taken."""
    trip = state.trip
    if trip and trip.place is not GONE and trip.place <= place:
        trip = None  # answered, or overtaken by a newer one
    return state._replace(
        waiting=state.waiting[place + 1 :],
        fresh_from=max(state.fresh_from, state.waiting[place]),
        trip=moved(trip, shift=place + 1),
    )


def steps_of(rule):
    def steps(state):
        if state.now < LAST_TICK:
            yield "half a day of power", state._replace(now=state.now + 1)
        after, _ = asked(rule, state)
        if after != state:
            yield "another program asks, and sends nothing", after
        if state.trip is None:
            after, place = asked(rule, state)
            if place is GONE:
                yield "the user asks, and is refused", state._replace(refused=True)
            else:
                made = after.waiting[place]
                sent = after._replace(trip=Trip(place, made, state.now))
                yield f"the user asks, and sends the statement of half day {made}", sent
        elif state.trip.place is GONE:
            in_time = state.now - state.trip.sent <= WEEK
            yield "the token comes back: not outstanding", state._replace(trip=None, lost=state.lost or in_time)
        else:
            after = answered(state, state.trip.place)
            at_once = state.now == state.trip.sent
            stale = at_once and state.now - after.fresh_from >= FRESH
            yield "the token comes back, and is taken", after._replace(stale=state.stale or stale)

    return steps


GETS = {"who asks gets a statement": lambda state: not state.refused}
TAKEN = {"a token that comes back within a week is taken": lambda state: not state.lost}
IS_FRESH = {"who asks and has the token at once has fresh time": lambda state: not state.stale}


def search(rule, expected, laws):
    check(f"the ninth: {rule}", State(0, (), 0, None, False, False, False), steps_of(rule), laws, expected)


if __name__ == "__main__":
    search(NEWEST_AGAIN, "breaks", IS_FRESH)
    search(NEWEST_AGAIN, "holds", GETS | TAKEN)
    search(REPLACES_NEWEST, "breaks", TAKEN)
    search(REPLACES_OR_REFUSED, "breaks", GETS)
    search(REPLACES_OR_REFUSED, "breaks", TAKEN)
    search(REPLACES_OR_AGAIN, "breaks", TAKEN)
    search(DROPS_OLDEST, "breaks", TAKEN)
    search(DROPS_OLDEST_OR_AGAIN, "breaks", TAKEN)
    search(DROPS_OLDEST_OR_AGAIN, "holds", GETS | IS_FRESH)
    search(ONE_A_DAY, "holds", GETS | TAKEN | IS_FRESH)
    finish()
