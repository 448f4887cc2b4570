"""Powered time, booked before it is used.

Laws:
- *a power-cycler gains nothing*: what is durable when power goes is never less than the time for which grants ran;
- *what was answered never falls*: powered time after a power cut is never less than a statement showed before;
- *an honest user loses little*: what is booked is at most twice the time for which there was power, and 10 s a power-up;
- *steps are few*: once up for long, one write books 300 s.

A dongle has no battery; it counts the seconds with power, and what it counted is durable only as far as it was written.
Here a tick stands for the 10 s of firmware/dongle/src/clock.rs, and the longest step, 300 s there, is 5 ticks, so that
all ways through 12 ticks of power and 5 power-ups can be searched. The firmware books at the moment at which the booked time is used up, before
the next second of a grant.
"""

from collections import namedtuple

from search import check, finish

SHORTEST, LONGEST, TICKS, STARTS = 1, 5, 12, 5

Rules = namedtuple(
    "Rules", "grants_run_on_booked_time steps_grow_with_time_up what_is_stated_is_durable", defaults=(True,) * 3
)
State = namedtuple("State", "ticks on up counted durable granted powered starts stated")


def booked(rules, state):
    """What is durable once a grant goes on for another tick."""
    if not rules.grants_run_on_booked_time:
        # Only the first grant after power-up books ahead; then what was reached is saved, a step at a time.
        if state.up == 0:
            return max(state.durable, state.counted + LONGEST)
        return max(state.durable, state.counted) if state.up % LONGEST == 0 else state.durable
    if state.counted < state.durable:
        return state.durable
    step = min(LONGEST, max(SHORTEST, state.up)) if rules.steps_grow_with_time_up else LONGEST
    return state.counted + step


def steps_of(rules):
    def steps(state):
        if state.ticks == TICKS:
            return
        if not state.on:
            if state.starts == STARTS:
                return
            on = state._replace(on=True, up=0, counted=state.durable, starts=state.starts + 1)
            yield "power on", on
            return
        yield "power is cut", state._replace(on=False)
        granted = state._replace(
            ticks=state.ticks + 1, up=state.up + 1, counted=state.counted + 1, durable=booked(rules, state),
            granted=state.granted + 1, powered=state.powered + 1,
        )
        yield "a tick with a grant", granted
        if state.stated < state.counted:
            durable = max(state.durable, state.counted) if rules.what_is_stated_is_durable else state.durable
            yield f"a statement shows {state.counted}", state._replace(stated=state.counted, durable=durable)

    return steps


def nothing_gained(state):
    return state.on or state.durable >= state.granted


def never_falls(state):
    return state.on or state.durable >= state.stated


def little_lost(state):
    return state.durable <= 2 * state.powered + SHORTEST * state.starts


def one_step_at_most(state):
    """Up without a break, the dongle is never ahead by more than the longest step."""
    return state.durable <= state.counted + LONGEST


LAWS = {
    "a power-cycler gains nothing": nothing_gained,
    "what was answered never falls": never_falls,
    "an honest user loses no more than the time up again and 10 s a power-up": little_lost,
    "what is booked is at most the longest step ahead": one_step_at_most,
}


def search(title, expected, rules=Rules(), laws=LAWS):
    check(title, State(0, False, 0, 0, 0, 0, 0, 0, 0), steps_of(rules), laws, expected)


if __name__ == "__main__":
    search("only the first grant after power-up books ahead", "breaks", Rules(grants_run_on_booked_time=False),
           {"a power-cycler gains nothing": nothing_gained})
    search("every step is the longest: short uses count many times", "breaks", Rules(steps_grow_with_time_up=False))
    search("a statement shows what is not booked", "breaks", Rules(grants_run_on_booked_time=False,
           what_is_stated_is_durable=False), {"what was answered never falls": never_falls})
    search("all rules", "holds")
    finish()
