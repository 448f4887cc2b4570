"""Exhaustive search of a small model: every state that can be reached, breadth first.

A model is a start state and a function `steps(state)` that yields (what happens, next state). States are tuples, so
that equal ones are met once. A law is a predicate that must hold in every state; the first state found that breaks
it has the shortest story, which is printed.

Each case says beforehand whether its laws hold, because most models are also run with a rule left out: a law that
survives without the rule was not tested by the model.
"""

import sys

UNEXPECTED = []


def replaced(values, place, value):
    """The tuple with another value in one place."""
    return values[:place] + (value,) + values[place + 1 :]


class Found:
    """All states, and how each was first reached."""

    def __init__(self, start):
        self.states = [start]
        self.place = {start: 0}
        self.cause = [None]
        self.edges = []
        self.broken = {}

    def story(self, place):
        """What happened on the shortest way to a state."""
        story = []
        while self.cause[place] is not None:
            place, what = self.cause[place]
            story.append(what)
        return story[::-1]


def explore(start, steps, laws, most=2_000_000, keep_edges=False):
    """Reaches every state, and notes for each law the first state that breaks it; ends when all are broken."""
    found = Found(start)
    place = 0
    while place < len(found.states):
        if len(found.states) > most:
            sys.exit(f"more than {most} states: the bounds of the model are too wide")
        state = found.states[place]
        for law, holds in laws.items():
            if law not in found.broken and not holds(state):
                found.broken[law] = place
        if laws and len(found.broken) == len(laws):
            break
        for what, following in steps(state):
            if following not in found.place:
                found.place[following] = len(found.states)
                found.states.append(following)
                found.cause.append((place, what))
            if keep_edges:
                found.edges.append((place, what, found.place[following]))
        place += 1
    return found


def stuck(found, is_goal, is_honest):
    """The states from which no honest step after another leads to a goal, breadth first. Needs the edges."""
    before = [[] for _ in found.states]
    good = set()
    for origin, what, following in found.edges:
        if is_honest(what):
            before[following].append(origin)
            if is_goal(what):
                good.add(origin)
    work = list(good)
    while work:
        for origin in before[work.pop()]:
            if origin not in good:
                good.add(origin)
                work.append(origin)
    return [place for place in range(len(found.states)) if place not in good]


def case(title, states, broken, expected):
    """Prints one case: `broken` lists laws with their stories; `expected` is "holds" or "breaks"."""
    if expected not in ("holds", "breaks"):
        sys.exit(f"{title}: nothing else than holds or breaks can be expected")
    outcome = "breaks" if broken else "holds"
    mark = "" if outcome == expected else "   <-- UNEXPECTED"
    print(f"{outcome:7} {title} ({states} states){mark}")
    for law, story in broken[:1]:
        print(f"        {law}")
        for number, what in enumerate(story, 1):
            print(f"          {number}. {what}")
    if mark:
        UNEXPECTED.append(title)


def check(title, start, steps, laws, expected):
    """Searches one case for its laws."""
    found = explore(start, steps, laws)
    broken = [(law, found.story(place)) for law, place in found.broken.items()]
    case(title, len(found.states), broken, expected)


def finish():
    """Ends a model: with an error if anything was not as it was said to be."""
    sys.exit(1 if UNEXPECTED else 0)
