"""The time floor: what moves the anchor of the 400-day cap.

A document moves a vendor's floor to at most anchor + powered seconds + 400 days, and nothing capped counts as fresh.
The question is which documents move the *anchor*: every applied Update, or only one with an Answer. Both are run
here, for an honest device and for a desk gone bad. The choice, with its reason, is decisions/0007.

Laws:
- *an honest device that is renewed once a year follows real time*, whoever renews it: its floor lags by less than the
  interval of its tokens, so that its licenses end when they should and new proofs of time count as fresh;
- *a bad time authority alone moves a floor at most 400 days beyond the anchor*;
- *a bad desk's documents move it 400 days each at the most.*
"""

from collections import namedtuple

from search import case, check, finish

CAP, YEAR, MONTH = 400, 365, 30
Floor = namedtuple("Floor", "floor anchor powered anchor_powered")
EVERY_UPDATE, ANSWERS_ONLY = "every Update moves the anchor", "only an Answer moves the anchor"


def limit(state):
    return state.anchor + (state.powered - state.anchor_powered) + CAP


def moved(state, time):
    return state._replace(floor=max(state.floor, min(time, limit(state))))


def anchored(state):
    return state._replace(anchor=state.floor, anchor_powered=state.powered)


def lag(rule, answers, renewed_every=YEAR, years=6, powered_a_day=2 / 24, set_to=0):
    """The greatest lag of an honest device's floor behind real time, in days: a simulation of one life.

    `set_to` is the time that its vendor's first document set the floor to; the first Update is of day 0."""
    state = Floor(set_to, set_to, 0, 0)
    worst = 0
    for day in range(YEAR * years):
        state = state._replace(powered=state.powered + powered_a_day, floor=state.floor + powered_a_day)
        renewed = day % renewed_every == 0
        if renewed or day % MONTH == 0:
            state = moved(state, day)
        if renewed and (rule == EVERY_UPDATE or answers):
            state = anchored(state)
        worst = max(worst, day - state.floor)
    return worst


def life(title, rule, answers, expected, **how):
    worst = lag(rule, answers, **how)
    broken = [] if worst <= MONTH else [(f"the floor lags by up to {worst:.0f} days", [])]
    case(title, 1, broken, expected)


def bad_signers(rule, documents, updates):
    """A bad time authority gives tokens of any time; a bad desk gives Updates of any time, without Answers."""

    def steps(state):
        tokens, sent, floor = state
        if tokens < documents:
            yield "a token of a far future", (tokens + 1, sent, moved(floor, 10**6))
        if sent < updates:
            after = moved(floor, 10**6)
            yield "an Update of a far future", (tokens, sent + 1, anchored(after) if rule == EVERY_UPDATE else after)

    return steps


def with_answers(anchor_moves_last):
    """A bad desk's Updates, each issued in a far future and with an Answer of a far future."""

    def steps(state):
        sent, floor = state
        if sent < 3:
            issued = moved(floor, 10**6)
            issued = issued if anchor_moves_last else anchored(issued)
            answered = moved(issued, 10**6)
            after = anchored(answered) if anchor_moves_last else answered
            yield "an Update of a far future, with an Answer", (sent + 1, after)

    return steps


def lead_of_each(title, anchor_moves_last, expected):
    law = f"each Update moves the floor by {CAP} days at most"
    start = (0, Floor(0, 0, 0, 0))
    check(title, start, with_answers(anchor_moves_last), {law: lambda state: state[1].floor <= CAP * state[0]}, expected)


def lead(title, rule, tokens, updates, most, expected):
    law = f"no floor is more than {most} days ahead"
    start = (0, 0, Floor(0, 0, 0, 0))
    check(title, start, bad_signers(rule, tokens, updates), {law: lambda state: state[2].floor <= most}, expected)


if __name__ == "__main__":
    for rule in (EVERY_UPDATE, ANSWERS_ONLY):
        life(f"{rule}; renewed yearly by the ledger", rule, True, "holds")
    life(f"{EVERY_UPDATE}; renewed yearly by a reseller", EVERY_UPDATE, False, "holds")
    life(f"{ANSWERS_ONLY}; renewed yearly by a reseller", ANSWERS_ONLY, False, "breaks")
    life(f"{EVERY_UPDATE}; no Update for three years", EVERY_UPDATE, True, "breaks", renewed_every=3 * YEAR)
    life("the vendor's record sets the floor, not the first Update: it is 2,000 days old", EVERY_UPDATE, True, "breaks",
         set_to=-2_000)
    for rule in (EVERY_UPDATE, ANSWERS_ONLY):
        lead(f"{rule}; five bad tokens", rule, 5, 0, CAP, "holds")
    lead(f"{ANSWERS_ONLY}; tokens and three Updates of a bad desk", ANSWERS_ONLY, 2, 3, CAP, "holds")
    lead(f"{EVERY_UPDATE}; the same, counted once", EVERY_UPDATE, 2, 3, CAP, "breaks")
    lead(f"{EVERY_UPDATE}; the same, counted per Update and once more", EVERY_UPDATE, 2, 3, 4 * CAP, "holds")
    lead_of_each("the anchor moves once all of an Update is taken", True, "holds")
    lead_of_each("the anchor moves before its Answer is taken", False, "breaks")
    finish()
