"""Days from first use: a trial on a device that does not know the time.

Laws:
- *no trial counts more days than have passed since its first use*: an honest customer never loses any, however old
  the floor was and however late an Answer comes;
- *no trial counts less than the powered time since*: no Answer makes it longer than it is without.

Trial days count powered time until a Request that was made after first use is answered; the Answer then sets first
use in time, to its own time less the powered time between (decisions/0063; firmware/dongle/src/facts.rs and
records.rs). Steps are days. The floor begins old, at the day of issue; tokens raise it; what a document may raise
it by is capped, at 3 days here. Requests may be made before and after first use, and their Answers come late.
"""

from collections import namedtuple

from search import check, finish

LAST_DAY, CAP = 6, 3

Rules = namedtuple(
    "Rules",
    "counted_by_power_until_told only_a_later_request_tells powered_time_is_taken_off never_less_than_powered",
    defaults=(True,) * 4,
)
First = namedtuple("First", "now powered floor")
Answer = namedtuple("Answer", "asked time")
State = namedtuple("State", "now floor powered first told requests answers")


def counted(rules, state):
    """Days that count of the trial."""
    powered = state.powered - state.first.powered
    if state.told is None:
        return powered if rules.counted_by_power_until_told else state.floor - state.first.floor
    told = state.floor - state.told
    return max(told, powered) if rules.never_less_than_powered else told


def raised(state, time):
    return state._replace(floor=max(state.floor, min(time, state.powered + CAP)))


def taken(rules, state, answer):
    """The state once an Answer was taken: it drops its Request and those before it."""
    after = raised(state, answer.time)._replace(
        requests=tuple(one for one in state.requests if one > answer.asked),
        answers=frozenset(one for one in state.answers if one.asked > answer.asked),
    )
    if state.first is None or state.told is not None:
        return after
    between = answer.asked - state.first.powered
    if between <= 0 and rules.only_a_later_request_tells:
        return after
    return after._replace(told=answer.time - (between if rules.powered_time_is_taken_off else answer.asked))


def steps_of(rules):
    def steps(state):
        if state.now < LAST_DAY:
            yield "a day without power", state._replace(now=state.now + 1)
            yield "a day with power", state._replace(
                now=state.now + 1, floor=state.floor + 1, powered=state.powered + 1
            )
        if state.first is None:
            first = First(state.now, state.powered, state.floor)
            yield f"first use on day {state.now}, floor {state.floor}", state._replace(first=first)
        yield f"a token says day {state.now}", raised(state, state.now)
        if len(state.requests) < 2 and state.powered not in state.requests:
            yield f"a Request, powered {state.powered}", state._replace(requests=state.requests + (state.powered,))
        for asked in state.requests:
            if all(one.asked != asked for one in state.answers):
                answers = state.answers | {Answer(asked, state.now)}
                what = f"the desk answers the Request of powered {asked}: day {state.now}"
                yield what, state._replace(answers=answers)
        for answer in sorted(state.answers):
            yield f"the Answer of day {answer.time} is taken", taken(rules, state, answer)

    return steps


def nothing_lost(rules):
    return lambda state: state.first is None or counted(rules, state) <= state.now - state.first.now


def nothing_gained(rules):
    return lambda state: state.first is None or counted(rules, state) >= state.powered - state.first.powered


LOST, GAINED = "no trial counts more days than have passed", "no trial counts less than the powered time since"


def search(title, expected, rules=Rules(), *laws):
    named = {LOST: nothing_lost(rules), GAINED: nothing_gained(rules)}
    start = State(0, 0, 0, None, None, (), frozenset())
    check(title, start, steps_of(rules), {law: named[law] for law in laws or named}, expected)


if __name__ == "__main__":
    without = lambda rule: Rules(**{rule: False})
    search("first use is the floor of that day: issued in January, sold in December, over at once", "breaks",
           without("counted_by_power_until_told"), LOST)
    search("an Answer to a Request from before first use tells", "breaks",
           without("only_a_later_request_tells"), LOST)
    search("all powered time is taken off, not that since first use", "breaks", without("powered_time_is_taken_off"),
           LOST)
    search("an Answer that the cap cut short makes a trial longer", "breaks", without("never_less_than_powered"), GAINED)
    search("all rules", "holds")
    finish()
