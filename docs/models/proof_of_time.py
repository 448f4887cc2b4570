"""Proof of time: what a license can be used after its end, and how a floor gets well again.

Laws:
- *after its end a license is used for `fresh_within` of powered time at the most*, however statements and signed
  files are hoarded, and whoever keeps the dongle off until the end is over;
- *with honest signers the floor never passes real time*;
- *a bad authority moves a floor 400 days beyond the anchor at the most*;
- *after the root has set a floor back, no file of the bad time moves it on again*, and the anchor is not ahead
  either.

A Time statement notes powered time and floor; the age that `fresh_within` looks at counts from it
(firmware/dongle/src/floor.rs; decisions/0007 and 0072 for the anchor, which only Updates move). A unit is 100 days:
the cap is 4 of them, the license ends after 6 to 11, and its proof of time is good for 1 or 2 units of power, so
that a whole use of it is one step. Files are applied late, or never; each is for one statement. What the list of
statements does when it is full is the matter of time_statements.py.
"""

from collections import namedtuple

from search import check, finish

CAP = 4

Rules = namedtuple(
    "Rules",
    "capped_is_not_fresh below_its_statement_is_not_fresh age_counts_from_the_statement documents_are_capped"
    " a_token_ends_its_statement setting_sets_the_anchor_too revoked_authorities_are_refused",
    defaults=(True,) * 7,
)
Bounds = namedtuple(
    "Bounds",
    "units end fresh statements files updates past future revoked",
    defaults=(10, 6, 2, 2, 2, False, False, False, True),
)
File = namedtuple("File", "made floor_then time")
State = namedtuple("State", "now floor ahead powered fresh_from waiting files used_after healed")

PAST, FUTURE = -1, 99


def limit(state):
    """The most that a document may move the floor to: anchor, powered time since, and the cap."""
    return state.ahead + state.powered + CAP


def raised(rules, state, time):
    most = limit(state) if rules.documents_are_capped else time
    return state._replace(floor=max(state.floor, min(time, most))), time > most


def anchored(state):
    """`ahead` is the anchor less the powered time at it."""
    return state._replace(ahead=state.floor - state.powered)


def applied(rules, state, file):
    """The state once a token was taken."""
    after, capped = raised(rules, state, file.time)
    fresh = not (capped and rules.capped_is_not_fresh)
    if file.time < file.floor_then and rules.below_its_statement_is_not_fresh:
        fresh = False
    proven = file.made if rules.age_counts_from_the_statement else state.powered
    if rules.a_token_ends_its_statement:
        waiting = tuple(one for one in state.waiting if one[0] > file.made)
        files = frozenset(one for one in state.files if one.made > file.made)
        after = after._replace(waiting=waiting, files=files)
    return after._replace(fresh_from=max(state.fresh_from, proven) if fresh else state.fresh_from)


def steps_of(rules, bounds):
    def steps(state):
        if state.now < bounds.units:
            yield "100 days without power", state._replace(now=state.now + 1)
            if state.floor < bounds.end and state.powered - state.fresh_from < bounds.fresh:
                used = state._replace(now=state.now + 1, floor=state.floor + 1, powered=state.powered + 1)
                yield "100 days of use", used._replace(used_after=state.used_after + (state.now >= bounds.end))
        waiting = {made for made, _ in state.waiting}
        if len(waiting) < bounds.statements and state.powered not in waiting:
            made = state.waiting + ((state.powered, state.floor),)
            yield f"a Time statement, powered {state.powered}", state._replace(waiting=made)
        times = [("", state.now)]
        if not state.healed:
            times += [(" of 1990", PAST)] if bounds.past else []
            times += [(" of a far future", FUTURE)] if bounds.future else []
        for made, floor in state.waiting:
            for what, time in times:
                if len(state.files) < bounds.files:
                    signed = state.files | {File(made, floor, time)}
                    yield f"a token{what} is signed for it at {state.now}", state._replace(files=signed)
        for file in sorted(state.files):
            refused = state.healed and bounds.revoked and rules.revoked_authorities_are_refused
            if file.time == FUTURE and refused:
                continue
            yield f"the token of {file.time} for powered {file.made} is applied", applied(rules, state, file)
        if bounds.updates:
            after, _ = raised(rules, state, state.now)
            yield "an Update is applied", anchored(after)
        if bounds.future and not state.healed and state.floor > state.now:
            healed = state._replace(floor=state.now, healed=True)
            what = "the root revokes the authority and sets" if bounds.revoked else "the authority is mended, the root sets"
            healed = anchored(healed) if rules.setting_sets_the_anchor_too else healed
            all_taken = not state.files or not rules.a_token_ends_its_statement
            if bounds.revoked or all_taken:  # a token of the bad time that was never applied can only be revoked
                yield f"{what} the floor back", healed

    return steps


def used_within(bounds):
    return lambda state: state.used_after <= bounds.fresh


def not_ahead(state):
    return state.floor <= state.now


def within_cap(state):
    return state.healed or state.floor <= max(state.now, CAP + state.powered)


def stays_well(state):
    return not state.healed or state.floor <= state.now


def anchor_is_well(state):
    return not state.healed or state.ahead + state.powered <= state.now


USE, REAL, CAPPED, WELL, ANCHOR = range(5)


def search(title, expected, rules=Rules(), *laws, **bounds):
    bounds = Bounds(**bounds)
    named = [
        ("after its end a license is used for fresh_within at the most", used_within(bounds)),
        ("the floor never passes real time", not_ahead),
        ("a bad authority moves a floor by the cap at the most", within_cap),
        ("no file of the bad time moves the floor on again", stays_well),
        ("the anchor is not ahead of real time", anchor_is_well),
    ]
    start = State(0, 0, 0, 0, 0, (), frozenset(), 0, False)
    check(title, start, steps_of(rules, bounds), dict(named[law] for law in laws), expected)


if __name__ == "__main__":
    without = lambda rule: Rules(**{rule: False})
    LONG = {"units": 18, "end": 11, "fresh": 1, "statements": 1, "files": 1}
    BAD = {"future": True, "units": 4, "end": 6}
    search("what the cap has cut short is fresh: three years end late", "breaks", without("capped_is_not_fresh"), USE,
           **LONG)
    search("age counts from the token, not from its statement", "breaks", without("age_counts_from_the_statement"), USE)
    search("a time before its statement is fresh: 1990 for ever", "breaks", without("below_its_statement_is_not_fresh"),
           USE, past=True)
    search("nothing is capped", "breaks", without("documents_are_capped"), CAPPED, **BAD)
    search("SetFloor leaves the anchor", "breaks", without("setting_sets_the_anchor_too"), ANCHOR, updates=True, **BAD)
    search("a token of the bad time is taken again", "breaks", without("a_token_ends_its_statement"), WELL, revoked=False,
           **BAD)
    search("a revoked authority's tokens are taken", "breaks", without("revoked_authorities_are_refused"), WELL, **BAD)
    search("all rules: three years, tokens alone", "holds", Rules(), USE, REAL, **LONG)
    search("all rules: three years, with Updates", "holds", Rules(), USE, REAL, updates=True, **LONG)
    search("all rules: statements and files are hoarded", "holds", Rules(), USE, REAL)
    search("all rules: an authority that also signs 1990", "holds", Rules(), USE, REAL, past=True)
    search("all rules: a bad authority, revoked, and a floor set back", "holds", Rules(), CAPPED, WELL, ANCHOR, **BAD)
    search("all rules: a bad authority is mended, and all its tokens were taken", "holds", Rules(), CAPPED, WELL, ANCHOR,
           revoked=False, **BAD)
    finish()
