"""Charging exactly once: marks, tokens, and the memory of a dongle.

Laws:
- *each job is charged at most once*, on whatever dongle, whoever interrupts it;
- *a job that was called done was charged*;
- *a job can always come to its end*, done or reported, once the dongles that it names are there.

Programs with jobs of their own, two dongles with a license of the same product on each. Answers are lost, programs are
killed and started again, power is cut, dongles are unplugged, licenses are refilled and move to the other dongle, and
other programs charge, so that the memory (the newest few granules, erased a page at a time) forgets. The mark of a
dongle is the number of its next granule. A job's token is its list of (dongle, mark); without one the list is as old
as the process. The program first asks all dongles that are named, then names a dongle and charges there, in order.
"""

from collections import namedtuple

from search import case, check, explore, finish, replaced, stuck

Rules = namedtuple(
    "Rules",
    "marks_count_from_one a_mark_belongs_to_a_dongle named_before_the_first_charge since_is_always_sent"
    " silence_holds_the_job absence_holds_the_job a_probe_needs_no_license too_old_in_time"
    " a_derivation_can_be_probed one_program_to_a_job",
    defaults=(True,) * 10,
)
Faults = namedtuple("Faults", "kills lost cuts unplugs refills moves others", defaults=(1, 1, 1, 0, 0, 0, 3))
Bounds = namedtuple("Bounds", "token memory size", defaults=(True, 3, 1))
Dongle = namedtuple("Dongle", "memory next licenses here")
Program = namedtuple("Program", "stage marks phase place")
State = namedtuple("State", "dongles programs faults charged")

NAMES = "AB"
FOUND, NONE, TOO_OLD = "found", "none", "TooOldToTell"


def with_dongle(state, which, **changes):
    return state._replace(dongles=replaced(state.dongles, which, state.dongles[which]._replace(**changes)))


def with_program(state, which, **changes):
    return state._replace(programs=replaced(state.programs, which, state.programs[which]._replace(**changes)))


def less(state, fault):
    return state._replace(faults=state.faults._replace(**{fault: getattr(state.faults, fault) - 1}))


def oldest(dongle):
    return dongle.next - len(dongle.memory)


def mark(rules, dongle):
    return dongle.next if rules.marks_count_from_one else dongle.next - 1


def remembered(bounds, dongle, job):
    """The dongle after one more granule."""
    return {"memory": (dongle.memory + (job,))[-bounds.memory :], "next": dongle.next + 1}


def asked(rules, dongle, job, since):
    """What a dongle says of a job: to a probe, and before it charges."""
    if job in dongle.memory:
        return FOUND
    if since and since + (0 if rules.too_old_in_time else 1) < oldest(dongle):
        return TOO_OLD
    return NONE


def since(rules, marks, place):
    known = dict(marks)
    if not rules.a_mark_belongs_to_a_dongle and known:
        return next(iter(known.values()))
    return known.get(place, 0)


def the_world(bounds, state):
    faults = state.faults
    for place, dongle in enumerate(state.dongles):
        name = NAMES[place]
        if dongle.here and faults.others:
            yield f"another program charges on {name}", less(
                with_dongle(state, place, **remembered(bounds, dongle, None)), "others"
            )
        if dongle.here and len(dongle.memory) > 1:
            yield f"{name} erases a page", with_dongle(state, place, memory=dongle.memory[1:])
        if dongle.here and faults.unplugs:
            yield f"{name} is unplugged", less(with_dongle(state, place, here=False), "unplugs")
        if not dongle.here:
            yield f"{name} is plugged in", with_dongle(state, place, here=True)
        if dongle.licenses and faults.refills:
            more = (dongle.licenses[0] + 1,) + dongle.licenses[1:]
            yield f"the license on {name} is refilled", less(with_dongle(state, place, licenses=more), "refills")
        if dongle.licenses and faults.moves and len(state.dongles) > 1:
            other = 1 - place
            gone = with_dongle(state, place, licenses=dongle.licenses[1:])
            came = state.dongles[other].licenses + dongle.licenses[:1]
            yield f"a license moves from {name} to {NAMES[other]}", less(
                with_dongle(gone, other, licenses=came), "moves"
            )


def a_program(rules, bounds, state, place):
    program = state.programs[place]
    who = f"program {place + 1}"
    if program.stage == "new":
        marks = ()
        if not rules.named_before_the_first_charge:
            here = [(at, dongle) for at, dongle in enumerate(state.dongles) if dongle.here]
            marks = tuple((at, mark(rules, dongle)) for at, dongle in here)
        yield f"{who} begins its job, token {marks}", with_program(state, place, stage="open", marks=marks, phase="ask")
    elif program.stage == "open" and program.phase is None:
        yield f"{who} starts again", with_program(state, place, phase="ask", place=0)
    elif program.stage == "open":
        if state.faults.kills:
            marks = program.marks if bounds.token else ()
            yield f"{who} is killed", less(with_program(state, place, phase=None, marks=marks), "kills")
        yield from (ask if program.phase == "ask" else charge)(rules, bounds, state, place, who)


def ask(rules, bounds, state, place, who):
    """Asks every dongle that is named; then goes on to charge."""
    program = state.programs[place]
    if program.place == len(state.dongles):
        yield f"{who} has asked all", with_program(state, place, phase="charge", place=0)
        return
    at, dongle = program.place, state.dongles[program.place]
    further = with_program(state, place, place=at + 1)
    named = at in dict(program.marks)
    if not named and bounds.token and rules.named_before_the_first_charge:
        yield f"{who} need not ask {NAMES[at]}", further
    elif not dongle.here:
        if named and rules.absence_holds_the_job:
            return  # Elsewhere: it waits, and may be killed
        yield f"{who} cannot ask {NAMES[at]}", further
    elif not rules.a_derivation_can_be_probed:
        yield f"{who} cannot ask {NAMES[at]} for a derivation", further
    elif not dongle.licenses and not rules.a_probe_needs_no_license:
        yield f"{who} cannot open a license on {NAMES[at]}", further
    else:
        job = job_of(rules, place)
        answer = asked(rules, dongle, job, since(rules, program.marks, at))
        if answer == FOUND:
            yield f"{who} finds its job on {NAMES[at]}: done", with_program(state, place, stage="done", phase=None)
        elif answer == TOO_OLD:
            yield f"{who}: {NAMES[at]} forgot: reported", with_program(state, place, stage="reported", phase=None)
        else:
            yield f"{who} probes {NAMES[at]}: none", further


def charge(rules, bounds, state, place, who):
    """Charges on the first dongle that can pay."""
    program = state.programs[place]
    if program.place == len(state.dongles):
        yield f"{who}: not enough units: reported, and tried again", with_program(state, place, phase="ask", place=0)
        return
    at, dongle = program.place, state.dongles[program.place]
    name, job = NAMES[at], job_of(rules, place)
    further = with_program(state, place, place=at + 1)
    paying = next((number for number, left in enumerate(dongle.licenses) if left >= bounds.size), None)
    if not dongle.here or paying is None:
        yield f"{who}: {name} cannot pay", further
        return
    may_name = rules.named_before_the_first_charge and rules.since_is_always_sent
    if may_name and at not in dict(program.marks):
        first = next(one for one in state.dongles if one.here)
        number = mark(rules, dongle if rules.a_mark_belongs_to_a_dongle else first)
        marks = tuple(sorted(program.marks + ((at, number),)))
        yield f"{who} names {name} with mark {number}", with_program(state, place, marks=marks)
        return
    answer = asked(rules, dongle, job, since(rules, program.marks, at))
    if answer == TOO_OLD:
        yield f"{who}: {name} forgot: reported", with_program(state, place, stage="reported", phase=None)
        return
    paid, done = state, "recognized"
    if answer == NONE:
        licenses = replaced(dongle.licenses, paying, dongle.licenses[paying] - bounds.size)
        paid = with_dongle(state, at, licenses=licenses, **remembered(bounds, dongle, job))
        paid = paid._replace(charged=replaced(paid.charged, job, paid.charged[job] + 1))
        done = "CHARGED"
    yield f"{who} charges on {name}: {done}: done", with_program(paid, place, stage="done", phase=None)
    if rules.silence_holds_the_job:
        unanswered = {"phase": "ask", "place": 0}
    else:
        unanswered = {"place": at + 1}
    if state.faults.lost:
        lost = with_program(paid, place, **unanswered)
        yield f"{who} charges on {name}: {done}, the answer is lost", less(lost, "lost")
    if state.faults.cuts:
        cut = with_program(state, place, **unanswered)
        yield f"{who} charges on {name}: power is cut before it", less(cut, "cuts")


def job_of(rules, place):
    return place if rules.one_program_to_a_job else 0


def steps_of(rules, bounds):
    def steps(state):
        yield from the_world(bounds, state)
        for place in range(len(state.programs)):
            yield from a_program(rules, bounds, state, place)

    return steps


def charged_at_most_once(state):
    return max(state.charged) <= 1


def done_is_charged(rules):
    def holds(state):
        ended = (place for place, program in enumerate(state.programs) if program.stage == "done")
        return all(state.charged[job_of(rules, place)] for place in ended)

    return holds


def start_of(dongles, programs, first, faults):
    made = []
    for units, number in zip(dongles, first):
        made.append(Dongle((None,) if number else (), number + 1, units, True))
    idle = Program("new", (), None, 0)
    return State(tuple(made), (idle,) * programs, faults, (0,) * programs)


def search(title, expected, rules=Rules(), dongles=((2,),), programs=1, first=(0, 0), token=True, memory=3, **faults):
    start = start_of(dongles, programs, first, Faults(**faults))
    laws = {"a job is charged at most once": charged_at_most_once, "done is charged": done_is_charged(rules)}
    if expected == "breaks":
        del laws["done is charged"]
    check(title, start, steps_of(rules, Bounds(token, memory)), laws, expected)


def ends(title, expected, dongles, size=1, come_back=True, **faults):
    """Whether a job comes to its end from wherever it got to, once nothing goes wrong any more."""
    start = start_of(dongles, 1, (0, 0), Faults(**faults))
    found = explore(start, steps_of(Rules(), Bounds(size=size)), {}, keep_edges=True)
    is_goal = lambda what: what.endswith(("done", "reported", "tried again"))
    is_honest = lambda what: what.startswith("program") and "killed" not in what or come_back and "plugged in" in what
    ended = lambda place: found.states[place].programs[0].stage in ("done", "reported")
    lost = [place for place in stuck(found, is_goal, is_honest) if not ended(place)]
    broken = [("it never ends after:", found.story(place)) for place in lost]
    case(f"an end: {title}", len(found.states), broken, expected)


TWO = ((1,), (1,))

if __name__ == "__main__":
    search("the mark is the newest number, 0 on a fresh dongle", "breaks", Rules(marks_count_from_one=False))
    search("a mark that is one too old is let pass", "breaks", Rules(too_old_in_time=False))
    search("one mark for all dongles", "breaks", Rules(a_mark_belongs_to_a_dongle=False), ((0,), (1,)),
           first=(5, 1), refills=1)
    search("a token is filled at the start, and never again", "breaks", Rules(named_before_the_first_charge=False), TWO,
           unplugs=2)
    search("without a token: no mark is sent", "breaks", Rules(since_is_always_sent=False), token=False, kills=0)
    search("after a lost answer the next dongle is charged", "breaks", Rules(silence_holds_the_job=False), TWO)
    search("a dongle that is absent is passed over", "breaks", Rules(absence_holds_the_job=False), TWO, unplugs=1)
    search("a probe needs a license", "breaks", Rules(a_probe_needs_no_license=False), TWO, moves=1, others=0)
    search("a derivation that charges has no probe", "breaks", Rules(a_derivation_can_be_probed=False), TWO, others=0)
    search("not repaired by any wording: no token, and the program is killed", "breaks", token=False)
    search("not repaired by any wording: two programs work on one job", "breaks",
           Rules(one_program_to_a_job=False), TWO, programs=2, others=0, unplugs=1)
    search("no token, never killed", "holds", token=False, kills=0, lost=2, others=4)
    search("all rules, two licenses, killed twice", "holds", dongles=((2, 1),), kills=2, lost=2, cuts=2, refills=1)
    search("all rules, two dongles", "holds", dongles=TWO, unplugs=2, moves=1, refills=1, others=2, memory=2)
    search("all rules, two dongles, two programs", "holds", dongles=TWO, programs=2, memory=2,
           unplugs=1, others=1, cuts=0)
    search("all rules, three programs", "holds", dongles=((2, 1),), programs=3, others=0, memory=2)
    ends("a job of one unit", "holds", dongles=TWO, unplugs=2, others=2)
    ends("a dongle that is named stays away: Elsewhere, time and again", "breaks", dongles=TWO, come_back=False, unplugs=1)
    ends("a job that no license can pay whole", "holds", dongles=((1, 1),), size=2, others=1)
    finish()
