"""Wear: pages that no longer erase, and that the device says so instead of being busy for ever.

Laws:
- *whatever pages fail, a write is taken in the end or WornOut is said*;
- *what was written stays readable*: the page that is written to is never the one given up.

A log writes to its active page and keeps another erased ahead, in idle time; of pages that wait, the one that was
erased least is next (firmware/storage/FORMAT.md, invariant 11). Each erase may fail from now on and for ever. A
page that failed twice is retired; with fewer than three left writes answer WornOut. How many charges a device lives
through is arithmetic, and stands in FORMAT.md with its formula.
"""

from collections import namedtuple

from search import case, check, explore, finish, replaced, stuck

PAGES, LEAST, ERASES = 5, 3, 2
ACTIVE, CLEAN, DIRTY, RETIRED = "active", "clean", "dirty", "retired"

Rules = namedtuple("Rules", "failing_pages_are_retired the_last_pages_are_kept", defaults=(True, True))
Page = namedtuple("Page", "state erases failures is_bad")
State = namedtuple("State", "pages readable")


def usable(state):
    return sum(page.state != RETIRED for page in state.pages)


def is_worn_out(rules, state):
    return rules.the_last_pages_are_kept and usable(state) < LEAST


def with_page(log, place, **changes):
    return log._replace(pages=replaced(log.pages, place, log.pages[place]._replace(**changes)))


def steps_of(rules):
    def steps(state):
        if is_worn_out(rules, state):
            yield "a write is answered WornOut", state
            return
        clean = [place for place, page in enumerate(state.pages) if page.state == CLEAN]
        dirty = [place for place, page in enumerate(state.pages) if page.state == DIRTY]
        if clean:
            active = next((place for place, page in enumerate(state.pages) if page.state == ACTIVE), None)
            opened = with_page(state, clean[0], state=ACTIVE)
            yield "a write is taken", with_page(opened, active, state=DIRTY) if active is not None else opened
        elif dirty:
            place = min(dirty, key=lambda one: (state.pages[one].erases, one))
            yield from erase(rules, state, place)
        else:
            yield "there is nothing left to erase", state._replace(readable=False)

    return steps


def erase(rules, state, place):
    page = state.pages[place]
    if not page.is_bad:
        yield f"page {place} is erased", with_page(state, place, state=CLEAN, erases=min(page.erases + 1, ERASES))
    failures = min(page.failures + 1, 2)
    failed = with_page(state, place, failures=failures, is_bad=True)
    if failures == 2 and rules.failing_pages_are_retired:
        yield f"page {place} fails again, and is retired", with_page(failed, place, state=RETIRED)
    else:
        yield f"page {place} is not erased", failed


def search(title, expected, rules=Rules()):
    fresh = Page(DIRTY, 0, 0, False)
    pages = (fresh._replace(state=ACTIVE), fresh._replace(state=CLEAN)) + (fresh,) * (PAGES - 2)
    start, steps = State(pages, True), steps_of(rules)
    found = explore(start, steps, {}, keep_edges=True)
    ends = lambda what: what.startswith("a write is")
    # Nobody may rely on an erase that works: so only what must happen counts, where pages fail whenever they can.
    failing = lambda what: ends(what) or "fails" in what or "not erased" in what
    lost = stuck(found, ends, failing)
    broken = [("busy for ever after:", found.story(place)) for place in lost[:1]]
    unreadable = [place for place, state in enumerate(found.states) if not state.readable]
    broken += [("nothing is left to read:", found.story(place)) for place in unreadable[:1]]
    case(title, len(found.states), broken, expected)


if __name__ == "__main__":
    search("an erase that failed is tried again, for ever", "breaks", Rules(failing_pages_are_retired=False))
    search("the last pages are used up too", "breaks", Rules(the_last_pages_are_kept=False))
    search("a page that failed twice is retired, and of the last three none is written", "holds")
    finish()
