"""Days from first use: a trial on a device that does not know the time.

Laws:
- *no trial counts more days than have passed since its first use*: an honest customer never loses any, however old
  the floor was and however late an Answer comes;
- *no trial counts less than the powered time since*: no Answer makes it longer than it is without;
- *no first use lies before what the device could prove then*: a desk whose clock was set back ends no trial by it.

Trial days count powered time until a Request that was made after first use is answered; the Answer then sets first
use in time, to its own time less the powered time between, where a time below the floor at the Request counts as
that floor (decisions/0063; firmware/dongle/src/facts.rs, records.rs and apply/update.rs). Steps are days. The floor begins old, at the day of issue; tokens raise it; what a document may raise
it by is capped, at 3 days here. Requests may be made before and after first use, and their Answers come late. The first
law is about desks whose clock is right; in the last cases it may also say day 0.
"""

from collections import namedtuple

from search import check, finish

LAST_DAY, CAP = 6, 3

Rules = namedtuple(
    "Rules",
    "counted_by_power_until_told only_a_later_request_tells powered_time_is_taken_off never_less_than_powered"
    " never_below_the_floor_at_the_request a_clock_may_be_set_back",
    defaults=(True,) * 5 + (False,),
)
First = namedtuple("First", "now powered floor")
Request = namedtuple("Request", "asked floor")
Answer = namedtuple("Answer", "asked floor time")
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
        requests=tuple(one for one in state.requests if one.asked > answer.asked),
        answers=frozenset(one for one in state.answers if one.asked > answer.asked),
    )
    if state.first is None or state.told is not None:
        return after
    between = answer.asked - state.first.powered
    if between <= 0 and rules.only_a_later_request_tells:
        return after
    time = max(answer.time, answer.floor) if rules.never_below_the_floor_at_the_request else answer.time
    return after._replace(told=time - (between if rules.powered_time_is_taken_off else answer.asked))


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
        if len(state.requests) < 2 and all(one.asked != state.powered for one in state.requests):
            request = Request(state.powered, state.floor)
            yield f"a Request, powered {state.powered}", state._replace(requests=state.requests + (request,))
        for asked, floor in state.requests:
            if all(one.asked != asked for one in state.answers):
                for time in {state.now, 0} if rules.a_clock_may_be_set_back else {state.now}:
                    answers = state.answers | {Answer(asked, floor, time)}
                    what = f"the desk answers the Request of powered {asked}: day {time}"
                    yield what, state._replace(answers=answers)
        for answer in sorted(state.answers):
            yield f"the Answer of day {answer.time} is taken", taken(rules, state, answer)

    return steps


def nothing_lost(rules):
    return lambda state: state.first is None or counted(rules, state) <= state.now - state.first.now


def nothing_gained(rules):
    return lambda state: state.first is None or counted(rules, state) >= state.powered - state.first.powered


def not_before_what_was_proven(state):
    return state.told is None or state.told >= state.first.floor


LOST, GAINED = "no trial counts more days than have passed", "no trial counts less than the powered time since"
PROVEN = "no first use lies before what the device could prove then"


def search(title, expected, rules=Rules(), *laws):
    named = {LOST: nothing_lost(rules), GAINED: nothing_gained(rules), PROVEN: not_before_what_was_proven}
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
    set_back = Rules(a_clock_may_be_set_back=True)
    search("a time below the floor at its Request counts, from a desk whose clock was set back", "breaks",
           set_back._replace(never_below_the_floor_at_the_request=False), PROVEN)
    search("all rules, and the desk's clock may be set back", "holds", set_back, GAINED, PROVEN)
    finish()
