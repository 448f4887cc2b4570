"""Pending handshakes: programs in step must not put each other out for ever.

Law: *whenever programs go on shaking hands, one of them comes to a channel.*

A dongle keeps two handshakes until their first sealed message (docs/protocol.md, the secure channel;
firmware/dongle/src/channels.rs). Three programs begin at once. A pending one is kept for 500 ms and a third is told
BUSY; without that rule the newest takes the oldest one's place. Every order of what the three do is searched, and a
circle in which nobody gets a channel is the story of a break. That someone who holds both places by ever new
handshakes keeps others out is not repaired by this; he could as well keep the cable busy.
"""

from collections import namedtuple

from search import case, explore, finish, replaced

PENDING, PROGRAMS = 2, 3
NOTHING, BEGUN, CHANNEL = range(3)
State = namedtuple("State", "programs pending")


def steps_of(pending_are_kept):
    def steps(state):
        for place, stage in enumerate(state.programs):
            who = f"program {place + 1}"
            if stage == NOTHING:
                if pending_are_kept and len(state.pending) == PENDING:
                    continue  # BUSY: nothing changes
                pending = (state.pending + (place,))[-PENDING:]
                programs = replaced(state.programs, place, BEGUN)
                for other in set(state.pending) - set(pending):
                    programs = replaced(programs, other, NOTHING)
                yield f"{who} begins a handshake", State(programs, pending)
            elif stage == BEGUN:
                pending = tuple(one for one in state.pending if one != place)
                yield f"{who} sends its first sealed message", State(replaced(state.programs, place, CHANNEL), pending)

    return steps


def circle(found):
    """A story that comes back to a state without a channel, if there is one: depth first."""
    following = {}
    for origin, what, to in found.edges:
        if CHANNEL not in found.states[to].programs:
            following.setdefault(origin, []).append((what, to))
    done = set()

    def deeper(place, way, story):
        for what, to in following.get(place, []):
            if to in way:
                return story + [what + ", and so on"]
            if to not in done:
                round_trip = deeper(to, way | {to}, story + [what])
                if round_trip:
                    return round_trip
        done.add(place)
        return None

    return deeper(0, {0}, [])


def search(title, pending_are_kept, expected):
    start = State((NOTHING,) * PROGRAMS, ())
    found = explore(start, steps_of(pending_are_kept), {}, keep_edges=True)
    story = circle(found)
    stopped = [place for place in range(len(found.states)) if all(edge[0] != place for edge in found.edges)]
    broken = [("nobody gets a channel, however often they try:", story)] if story else []
    broken += [
        ("a program is left without:", found.story(place))
        for place in stopped
        if found.states[place].programs != (CHANNEL,) * PROGRAMS
    ]
    case(title, len(found.states), broken, expected)


if __name__ == "__main__":
    search("the newest takes the oldest one's place", False, "breaks")
    search("a pending one is kept, and the third is told BUSY", True, "holds")
    finish()
