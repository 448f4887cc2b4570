"""Seats: leases that end by themselves, taken and renewed on channels that come and go.

Laws:
- *no more programs run than the license has seats*; after an Update that lowers the count, within one lease;
- *what re-plugging wins is bounded*: count × (1 + re-plugs within one lease), and nothing where programs drop their
  leases when the dongle goes away;
- *no more channels are granted than there are seats*, though programs hand each other their leases;
- *one program needs one seat*, however often it opens the license;
- *who waits gets a seat that is free at once*, whichever answer was lost; after a crash within one lease;
- *one license's leases keep no other license from its first.*

The rules are those of decisions/0077. A seat is one concurrent use, held by a lease (docs/glossary.md; the command
is number 11 in docs/protocol.md). Leases rest in RAM: a power-up forgets them. A tick stands for 20 s of a lease of
60 s; the table of 64 leases is 3 here. A program renews before its lease ends, and stops when it has ended or was
refused. It asks again after a lost answer, is killed, loses its channel. The table is in the order in which leases
were taken. Who hands its lease to another program may itself go on until its last grant ends; it could as well hand
on what it was granted for.
"""

from collections import namedtuple

from search import check, finish, replaced

LEASE, TABLE = 3, 3

Rules = namedtuple(
    "Rules",
    "a_channel_has_one_lease_of_a_license a_lease_is_of_no_handle renewing_unbinds_others renewing_looks_at_the_count"
    " leases_end_by_themselves a_grant_ends_with_its_lease programs_see_the_dongle_go one_entry_is_kept_for_a_license",
    defaults=(True,) * 8,
)
Faults = namedtuple("Faults", "lost kills channels replugs updates handed", defaults=(0,) * 6)
Bounds = namedtuple("Bounds", "handles table", defaults=(1, TABLE))
Lease = namedtuple("Lease", "number license channels left")
Program = namedtuple("Program", "license stage channel lease left")
State = namedtuple("State", "programs table counts faults replugs since_update waited")

OFF, WANTS, RUNS = "off", "wants", "runs"


def with_program(state, place, **changes):
    return state._replace(programs=replaced(state.programs, place, state.programs[place]._replace(**changes)))


def less(state, fault):
    return state._replace(faults=state.faults._replace(**{fault: getattr(state.faults, fault) - 1}))


def own(rules, state, place, handle=0):
    """The lease that this channel has of the license already."""
    if not rules.a_channel_has_one_lease_of_a_license:
        return None
    asks = (place, 0 if rules.a_lease_is_of_no_handle else handle)
    license = state.programs[place].license
    return next((one for one in state.table if one.license == license and asks in one.channels), None)


def has_room(rules, bounds, state, license):
    """Whether another lease of a license fits: its count, and the table, less an entry for each license without."""
    held = {one.license for one in state.table}
    if sum(one.license == license for one in state.table) >= state.counts[license]:
        return False
    without = {other for other in range(len(state.counts)) if other not in held and other != license}
    kept = len(without) if rules.one_entry_is_kept_for_a_license else 0
    return len(state.table) + kept < bounds.table


def can_acquire(rules, bounds, state, place):
    return bool(own(rules, state, place)) or has_room(rules, bounds, state, state.programs[place].license)


def granted(rules):
    """Ticks for which a program believes its grant: `valid_for` is never longer than the lease."""
    return LEASE if rules.a_grant_ends_with_its_lease else LEASE + 1


def acquired(rules, bounds, state, place, handle=0):
    """The lease, and the state once the dongle has answered: None where it refuses."""
    mine = own(rules, state, place, handle)
    if mine:
        table = tuple(one._replace(left=LEASE) if one == mine else one for one in state.table)
        return mine.number, state._replace(table=table)
    license = state.programs[place].license
    if not has_room(rules, bounds, state, license):
        return None
    number = 1 + max([one.number for one in state.table] + [one.lease for one in state.programs], default=0)
    bound = (place, 0 if rules.a_lease_is_of_no_handle else handle)
    lease = Lease(number, license, frozenset([bound]), LEASE)
    return number, state._replace(table=state.table + (lease,))


def renewed(rules, state, place, number):
    """The state once a lease was renewed on this channel: None where it is refused, and what is left of the lease."""
    at = next((at for at, one in enumerate(state.table) if one.number == number), None)
    if at is None:
        return None
    lease = state.table[at]
    older = sum(one.license == lease.license for one in state.table[:at])
    if rules.renewing_looks_at_the_count and older >= state.counts[lease.license]:
        return None
    others = frozenset() if rules.renewing_unbinds_others else lease.channels
    lease = lease._replace(channels=others | {(place, 0)}, left=LEASE)
    return state._replace(table=replaced(state.table, at, lease))


def unbound(state, place):
    """The table after a channel has ended."""
    keep = lambda one: one._replace(channels=frozenset(bound for bound in one.channels if bound[0] != place))
    return state._replace(table=tuple(map(keep, state.table)))


def tick(rules, bounds, state):
    waits = [place for place, one in enumerate(state.programs) if one.stage == WANTS and one.channel]
    unserved = waits and not any(can_acquire(rules, bounds, state, place) for place in waits)
    idle = running(state, 0) < state.counts[0] and any(state.programs[place].license == 0 for place in waits)
    table = []
    for one in state.table:
        if one.left > 1 or not rules.leases_end_by_themselves:
            table.append(one._replace(left=max(one.left - 1, 1)))
    programs = []
    for one in state.programs:
        if one.stage == RUNS:
            one = one._replace(left=one.left - 1) if one.left > 1 else one._replace(stage=WANTS, lease=0, left=0)
        programs.append(one)
    since = state.since_update
    return state._replace(
        programs=tuple(programs),
        table=tuple(table),
        since_update=since if since is None else min(since + 1, LEASE + 1),
        replugs=tuple(left - 1 for left in state.replugs if left > 1),
        waited=min(state.waited + 1, LEASE + 2) if unserved and idle else 0,
    )


def the_world(rules, bounds, state):
    yield "20 s pass", tick(rules, bounds, state)
    if state.faults.replugs:
        programs = []
        for one in state.programs:
            if one.stage == RUNS and rules.programs_see_the_dongle_go:
                one = one._replace(stage=WANTS, lease=0, left=0)
            programs.append(one._replace(channel=False))
        gone = state._replace(programs=tuple(programs), table=(), replugs=state.replugs + (LEASE,))
        yield "the dongle is unplugged and plugged in", less(gone, "replugs")
    if state.faults.updates and state.counts[0] > 1:
        counts = replaced(state.counts, 0, state.counts[0] - 1)
        yield "an Update lowers the count by one", less(state._replace(counts=counts, since_update=0), "updates")


def a_program(rules, bounds, state, place):
    program, who, faults = state.programs[place], f"program {place + 1}", state.faults
    if program.stage == OFF:
        yield f"{who} starts", with_program(state, place, stage=WANTS, channel=True)
        return
    if faults.kills:
        killed = with_program(unbound(state, place), place, stage=OFF, channel=False, lease=0, left=0)
        yield f"{who} is killed", less(killed, "kills")
    if faults.channels and program.channel:
        yield f"{who} loses its channel", less(with_program(unbound(state, place), place, channel=False), "channels")
    if not program.channel:
        yield f"{who} shakes hands", with_program(state, place, channel=True)
        return
    if program.stage == WANTS:
        answer = acquired(rules, bounds, state, place)
        if answer:
            number, after = answer
            runs = with_program(after, place, stage=RUNS, lease=number, left=granted(rules))
            yield f"{who} acquires lease {number}", runs._replace(waited=0)
            if faults.lost:
                yield f"{who} acquires lease {number}, the answer is lost", less(after, "lost")
        if faults.handed:
            for other in state.programs:
                after = renewed(rules, state, place, other.lease) if other.stage == RUNS else None
                if after and other.license == program.license:
                    runs = with_program(after, place, stage=RUNS, lease=other.lease, left=granted(rules))
                    yield f"{who} is handed lease {other.lease} and renews it", less(runs, "handed")
        return
    if bounds.handles > 1:
        answer = acquired(rules, bounds, state, place, handle=1)
        if answer and answer[0] != program.lease:
            yield f"{who} opens the license again and acquires lease {answer[0]}", answer[1]
    if program.left < granted(rules):
        after = renewed(rules, state, place, program.lease)
        if after:
            yield f"{who} renews lease {program.lease}", with_program(after, place, left=granted(rules))
        else:
            without = state._replace(table=tuple(one for one in state.table if one.number != program.lease))
            yield f"{who} is refused its lease {program.lease}", with_program(
                without, place, stage=WANTS, lease=0, left=0
            )
    released = state._replace(table=tuple(one for one in state.table if one.number != program.lease))
    yield f"{who} ends and releases", with_program(released, place, stage=OFF, channel=False, lease=0, left=0)


def renamed(state):
    """The same state with its leases numbered anew: which number a lease has does not matter."""
    leases = [one.number for one in state.table]
    leases += [one.lease for one in state.programs if one.lease and one.lease not in leases]
    names = {0: 0} | {number: name for name, number in enumerate(dict.fromkeys(leases), 1)}
    return state._replace(
        table=tuple(one._replace(number=names[one.number]) for one in state.table),
        programs=tuple(one._replace(lease=names[one.lease]) for one in state.programs),
    )


def steps_of(rules, bounds):
    def steps(state):
        followed = list(the_world(rules, bounds, state))
        for place in range(len(state.programs)):
            followed += a_program(rules, bounds, state, place)
        for what, following in followed:
            yield what, renamed(following)

    return steps


def running(state, license):
    return sum(one.stage == RUNS and one.license == license for one in state.programs)


def settled(state):
    """Whether an Update that lowered the count is a lease ago, so that the count must hold again."""
    return state.since_update is None or state.since_update > LEASE


def within_count(state):
    return not settled(state) or running(state, 0) <= state.counts[0]


def within_count_and_replugs(state):
    return running(state, 0) <= state.counts[0] * (1 + len(state.replugs))


def channels_within_count(state):
    channels = {place for one in state.table if one.license == 0 for place, _ in one.channels}
    return not settled(state) or len(channels) <= state.counts[0]


def one_seat_each(state):
    bound = [(place, one.license) for one in state.table for place in {place for place, _ in one.channels}]
    return len(bound) == len(set(bound))


def waits_at_most(ticks):
    return lambda state: state.waited <= ticks


def first_is_granted(rules, bounds):
    def holds(state):
        held = {one.license for one in state.table}
        waiting = [at for at, one in enumerate(state.programs) if one.stage == WANTS and one.license not in held]
        return all(can_acquire(rules, bounds, state, place) for place in waiting)

    return holds


COUNT = {"no more programs run than there are seats": within_count}
BOUND = {"no more programs run than seats × (1 + re-plugs within a lease)": within_count_and_replugs}
CHANNELS = {"no more channels are granted than there are seats": channels_within_count}
ONE_EACH = {"one program needs one seat": one_seat_each}
AT_ONCE = {"who waits gets a free seat at once": waits_at_most(0)}
IN_A_LEASE = {"who waits gets a free seat within one lease": waits_at_most(LEASE)}


def search(title, expected, rules=Rules(), laws=COUNT, counts=(1,), licenses=(0, 0, 0), bounds=Bounds(), **faults):
    programs = tuple(Program(license, OFF, False, 0, 0) for license in licenses)
    start = State(programs, (), counts, Faults(**faults), (), None, 0)
    check(title, start, steps_of(rules, bounds), laws, expected)


def first_of_each(title, expected, rules=Rules()):
    """Three programs of a license with many seats, and one of another license with one."""
    law = {"a license of which nobody has a lease gives its first": first_is_granted(rules, Bounds())}
    search(title, expected, rules, law, counts=(3, 1), licenses=(0, 0, 0, 1))


if __name__ == "__main__":
    without = lambda rule: Rules(**{rule: False})
    search("a grant outlives the lease that it stands on", "breaks", without("a_grant_ends_with_its_lease"))
    search("renewing does not look at the count: an Update that lowers it is ignored for ever", "breaks",
           without("renewing_looks_at_the_count"), counts=(2,), updates=1)
    search("renewing leaves the lease bound to the former channel too", "breaks", without("renewing_unbinds_others"),
           CHANNELS, handed=1)
    search("a lease belongs to a handle: one program takes two seats", "breaks", without("a_lease_is_of_no_handle"),
           ONE_EACH, counts=(2,), bounds=Bounds(handles=2))
    search("acquiring again takes another seat: a lost answer costs a lease", "breaks",
           without("a_channel_has_one_lease_of_a_license"), AT_ONCE, lost=1)
    search("leases do not end by themselves: a crash costs the seat", "breaks", without("leases_end_by_themselves"),
           IN_A_LEASE, kills=1)
    first_of_each("no entry is kept: one license fills the table", "breaks", without("one_entry_is_kept_for_a_license"))
    search("a program runs on when the dongle is unplugged", "breaks", without("programs_see_the_dongle_go"), replugs=1)
    search("the same: two re-plugs within one lease win more than twice the count", "breaks",
           without("programs_see_the_dongle_go"),
           {"no more than twice the count": lambda state: running(state, 0) <= 2 * state.counts[0]}, replugs=2)
    search("the same: it wins count × re-plugs within one lease", "holds", without("programs_see_the_dongle_go"),
           BOUND, licenses=(0,) * 4, replugs=3)
    search("all rules: a crash, a lost channel, two re-plugs", "holds", Rules(), COUNT | CHANNELS | ONE_EACH, kills=1,
           channels=1, replugs=2)
    search("all rules: two seats, an Update that lowers them, a crash", "holds", Rules(), COUNT | CHANNELS | ONE_EACH,
           counts=(2,), updates=1, kills=1)
    search("all rules: leases are handed on", "holds", Rules(), CHANNELS | ONE_EACH, counts=(2,), handed=2, channels=1)
    search("all rules: a program opens the license twice", "holds", Rules(), COUNT | ONE_EACH, counts=(2,),
           bounds=Bounds(handles=2), replugs=1)
    search("all rules: answers are lost", "holds", Rules(), AT_ONCE | COUNT, counts=(2,), lost=2, replugs=1)
    search("all rules: after crashes and lost channels", "holds", Rules(), IN_A_LEASE | COUNT, kills=2, channels=1)
    first_of_each("all rules: a license with many seats beside one with one", "holds")
    finish()
