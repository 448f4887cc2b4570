"""The counter log under power cuts, with torn words that read anew at each mount.

Laws, whenever the dongle is ready to answer:
- *no unit is given back, and none is counted but of the charge in flight*;
- *a charge of which the host was told "not found" is never found later*;
- *an answered charge is found, under the number that it had, as long as its page is one of the memory's.*

A log of three pages as firmware/storage/FORMAT.md describes it: erase mark with its stamp, header with totals, base and
the end of the page before, granules, note of intent. A mount reads, erases what was begun, burns the first position
that looks blank and writes the newest granule again; idle time erases a page ahead. Each write, burn and erase can be
cut, in recovery too, as torn_words.py says. After each mount the host asks for the charge that was in flight.

A chip that does not burn over a begun word is taken to accept a granule there; real ones refuse that as well, which can
only help; with three cuts and a header over a torn one it no longer does, so there it is searched less far. What
decisions/0073 says of numbers and of a fourth cut is found here, and why 0096 burns some things again and some not.
"""

from collections import namedtuple
from functools import lru_cache
from itertools import product

from search import check, finish
from torn_words import BLANK, EMPTY, GARBAGE, Cell, Flash, Page, page_readings, with_cell

PAGES, MEMORY = 3, 2

Rules = namedtuple(
    "Rules",
    "the_newest_is_written_again a_copy_names_its_original a_copy_carries_its_tag the_first_blank_is_passed"
    " what_is_passed_is_burned a_page_counts_with_a_granule a_page_begins_with_a_copy"
    " the_page_before_keeps_the_original begun_pages_are_erased_first stamps_are_compared a_note_is_burned_first"
    " only_what_was_written_is_numbered a_blank_header_is_not_burned a_whole_header_is_not_torn"
    " a_note_is_burned_again",
    defaults=(True,) * 15,
)
Header = namedtuple("Header", "sequence totals base previous_end")
Granule = namedtuple("Granule", "counter total tag back")
Charge = namedtuple("Charge", "tag number")
Log = namedtuple(
    "Log", "active sequence next counting origin newest number clean dirty begun oldest totals charges note headers"
)
State = namedtuple("State", "pages log answered in_flight absent required cuts charges")

NOTHING = Granule(0, 0, None, 0)
NO_PAGE = "no page counts"
Begun = namedtuple("Begun", "kind begun")


def walk(cells, end):
    """The granules of a page that count, newest first: (granule, whether it only repeats the page before)."""
    position, copied = end - 1, None
    while position >= 0:
        granule = cells[position] if isinstance(cells[position], Granule) else None
        back = granule.back if granule else int(position == 0)
        position -= max(back, 1)
        foreign = back != 0 and position < 0
        if back and not foreign:
            copied = copied or granule
            continue
        yield granule or copied, foreign
        copied = None


def interpreted(rules, read):
    """What a mount makes of one reading of all pages."""
    counted, clean, begun = {}, set(), set()
    for number, page in enumerate(read):
        has_granule = any(isinstance(cell, Granule) for cell in page.cells)
        if isinstance(page.header, Header) and (has_granule or not rules.a_page_counts_with_a_granule):
            counted[page.header.sequence] = number
        elif page.header == BLANK and page.mark not in (BLANK, GARBAGE):
            clean.add(number)
        else:
            begun.add(number)
    if not counted:
        return NO_PAGE
    sequence = max(counted)
    active = read[counted[sequence]]
    dirty = {number for number in clean if rules.stamps_are_compared and read[number].mark != sequence}
    if active.note != BLANK and rules.a_note_is_burned_first and clean - dirty:
        begun.add(min(clean - dirty))
    newest = max((place for place, cell in enumerate(active.cells) if isinstance(cell, Granule)), default=-1)
    granule = active.cells[newest] if newest >= 0 else NOTHING._replace(total=active.header.totals[0])
    beyond = [number for number in counted if number <= sequence - MEMORY]
    totals, charges, number = remembered(rules, read, counted, sequence, newest + 1)
    return Log(
        active=counted[sequence],
        sequence=sequence,
        next=max((place for place, cell in enumerate(active.cells) if cell != BLANK), default=-1) + 1,
        counting=newest + 1,
        origin=newest - granule.back,
        newest=granule._replace(back=0),
        number=number,
        clean=frozenset(clean - dirty - begun),
        dirty=frozenset(dirty - begun),
        begun=frozenset(begun),
        oldest=counted[min(beyond)] if beyond else None,
        totals=totals,
        charges=charges,
        note=active.note,
        headers=tuple(looked_at(page) if at in begun else None for at, page in enumerate(read)),
    )


def looked_at(page):
    """What a mount sees of a page that was begun: its header, and how many positions may have been begun."""
    next_place = max((place for place, cell in enumerate(page.cells) if cell != BLANK), default=-1) + 1
    kind = page.header if page.header in (BLANK, GARBAGE) else "whole"
    return Begun(kind, min(next_place + 1, len(page.cells)))


def remembered(rules, read, counted, sequence, end):
    """Totals, charges in memory, and the newest charge's number."""
    header = read[counted[sequence]].header
    totals, seen, charges = list(header.totals), set(), {}
    own = list(walk(read[counted[sequence]].cells, end))
    all_count = not rules.only_what_was_written_is_numbered
    newest = number = header.base + sum(1 for granule, foreign in own if not foreign and (granule or all_count))
    for granule, _ in own:
        if granule and granule.counter not in seen:
            seen.add(granule.counter)
            totals[granule.counter] = granule.total
    for back in range(MEMORY):
        page = counted.get(sequence - back)
        if page is None:
            break
        for place, (granule, foreign) in enumerate(walk(read[page].cells, end)):
            if granule and granule.tag and number not in charges:
                charges[number] = granule.tag
            is_copied = back > 0 and place == 0  # by the page behind, if by no other
            number -= not foreign and bool(granule or is_copied or all_count)
        end = read[page].header.previous_end
    return tuple(totals), frozenset(Charge(tag, number) for number, tag in charges.items()), newest


def can_erase(log):
    return bool(log.dirty or log.begun or log.oldest is not None)


def erased(flash, log):
    """The log after the page that is expendable was erased."""
    page = min(log.dirty or log.begun or {log.oldest})
    flash.erase(page, log.sequence)
    oldest = None if page == log.oldest else log.oldest
    return log._replace(clean=log.clean | {page}, dirty=log.dirty - {page}, begun=log.begun - {page}, oldest=oldest)


def opened(rules, flash, log, in_doubt):
    """The log after an erased page was opened."""
    page, sequence = min(log.clean), log.sequence + 1
    if rules.a_note_is_burned_first and (rules.a_note_is_burned_again or log.note == BLANK):
        flash.burn(log.active, "note")
    end = log.origin + (1 if rules.the_page_before_keeps_the_original or not in_doubt else 0)
    flash.write(page, "header", Header(sequence, log.totals, log.number, end))
    first = log.newest if rules.a_page_begins_with_a_copy else NOTHING._replace(total=log.totals[0])
    flash.write(page, 0, first._replace(back=1))
    beyond = [at for at, one in enumerate(flash.pages) if one.header.value and one.header.value[0] == sequence - MEMORY]
    return log._replace(active=page, sequence=sequence, next=1, counting=1, origin=-1, note=BLANK,
                        clean=log.clean - {page}, oldest=beyond[0] if beyond else None)


def recovered(rules, flash, log):
    """The second half of a mount: what was read is made true for ever."""
    headers, log = log.headers, log._replace(headers=None)
    while log.begun and rules.begun_pages_are_erased_first:
        page = min(log.begun)
        if rules.a_whole_header_is_not_torn and headers[page].kind == "whole":
            for place in range(headers[page].begun):
                flash.burn(page, place)
        if not rules.a_blank_header_is_not_burned or headers[page].kind != BLANK:
            flash.burn(page, "header")
        flash.erase(page, log.sequence)
        log = log._replace(begun=log.begun - {page}, clean=log.clean | {page})
    if not rules.the_newest_is_written_again:
        return log
    size = len(flash.pages[log.active].cells)
    fits = log.next < size
    if fits and rules.the_first_blank_is_passed:
        fits = not rules.what_is_passed_is_burned or flash.burn(log.active, log.next)
        log = log._replace(next=log.next + 1)
    if fits and log.next < size:
        back = log.next - log.origin if rules.a_copy_names_its_original else 0
        copy = log.newest._replace(back=back)
        flash.write(log.active, log.next, copy if rules.a_copy_carries_its_tag else copy._replace(tag=None))
        return log._replace(next=log.next + 1, counting=log.next + 1)
    while not log.clean:
        if not can_erase(log):
            return NO_PAGE
        log = erased(flash, log)
    return opened(rules, flash, log, in_doubt=True)


@lru_cache(maxsize=100_000)
def interpretations(rules, pages):
    found = {interpreted(rules, read) for read in product(*map(page_readings, pages))}
    return sorted(found, key=str)


def mounted(rules, burns_over, state):
    """All that a mount may come to."""
    for log in interpretations(rules, state.pages):
        if log == NO_PAGE:
            yield "a mount finds no page that counts", state._replace(log=NO_PAGE)
            continue
        flash = Flash(state.pages, burns_over)
        after = recovered(rules, flash, log)
        what = f"a mount reads totals {log.totals} and charges {sorted(charge.tag for charge in log.charges)}"
        yield what, state._replace(pages=tuple(flash.pages), log=after)
        yield from cut(f"{what}; power is cut", flash, state)


def cut(what, flash, state, **changes):
    if state.cuts:
        for where, pages in flash.cuts:
            yield f"{what} {where}", state._replace(pages=pages, log=None, cuts=state.cuts - 1, **changes)


def charged(rules, burns_over, state):
    full = state.log.next == len(state.pages[0].cells)
    if full and not state.log.clean:
        return  # Busy: idle time has to come first
    for counter in (0, 1):
        flash = Flash(state.pages, burns_over)
        log = opened(rules, flash, state.log, in_doubt=False) if full else state.log
        granule = Granule(counter, log.totals[counter] + 1, state.charges, 0)
        flash.write(log.active, log.next, granule)
        totals = log.totals[:counter] + (granule.total,) + log.totals[counter + 1 :]
        charge = Charge(state.charges, log.number + 1)
        log = log._replace(next=log.next + 1, counting=log.next + 1, origin=log.next, newest=granule,
                           number=charge.number, totals=totals, charges=log.charges | {charge})
        required = still_required(log, state.required | {(log.sequence, charge)})
        what = f"charge {charge.tag} raises counter {counter}"
        yield f"{what}: answered", state._replace(
            pages=tuple(flash.pages), log=log, answered=totals, charges=state.charges - 1, required=required
        )
        in_flight = (counter, charge.tag, log.sequence)
        yield from cut(f"{what}; power is cut", flash, state, in_flight=in_flight, charges=state.charges - 1)


def still_required(log, required):
    return frozenset((sequence, charge) for sequence, charge in required if sequence > log.sequence - MEMORY)


def asked(state):
    """The host asks for the charge that was in flight."""
    log, (_, tag, sequence) = state.log, state.in_flight
    found = [charge for charge in log.charges if charge.tag == tag]
    settled = state._replace(answered=log.totals, in_flight=None)
    if found:
        required = still_required(log, state.required | {(sequence, found[0])})
        yield f"the host asks for charge {tag}: found", settled._replace(required=required)
    else:
        yield f"the host asks for charge {tag}: not found", settled._replace(absent=state.absent | {tag})


def steps_of(rules, burns_over):
    def steps(state):
        if state.log is None:
            yield from mounted(rules, burns_over, state)
        elif state.log != NO_PAGE and state.in_flight:
            yield from asked(state)
        elif state.log != NO_PAGE:
            if state.charges:
                yield from charged(rules, burns_over, state)
            if not state.log.clean and can_erase(state.log):
                flash = Flash(state.pages, burns_over)
                log = erased(flash, state.log)
                yield "idle time erases a page", state._replace(pages=tuple(flash.pages), log=log)
                yield from cut("idle time; power is cut", flash, state)
            if state.cuts:
                yield "power is cut", state._replace(log=None, cuts=state.cuts - 1)

    return steps


def exact(state):
    if state.log in (None, NO_PAGE):
        return state.log is None
    in_flight = state.in_flight[0] if state.in_flight else None
    pairs = enumerate(zip(state.log.totals, state.answered))
    return all(had <= now <= had + (counter == in_flight) for counter, (now, had) in pairs)


def no_ghost(state):
    return state.log in (None, NO_PAGE) or not state.absent & {charge.tag for charge in state.log.charges}


def found_again(state):
    if state.log in (None, NO_PAGE):
        return True
    return {charge for _, charge in still_required(state.log, state.required)} <= state.log.charges


LAWS = {
    "no unit is given back, and none is counted but of the charge in flight": exact,
    "what was not found is never found later": no_ghost,
    "an answered charge is found under its number while its page is in memory": found_again,
}


def new_log(positions):
    """A log that has counted nothing: its first page is active, another is erased ahead, the third is to be erased."""
    blank = Page(EMPTY, EMPTY, EMPTY, (EMPTY,) * positions)
    first = blank._replace(mark=Cell("solid", 0), header=Cell("solid", Header(1, (0, 0), 0, 0)))
    first = with_cell(first, 0, Cell("solid", NOTHING._replace(back=1)))
    return first, blank._replace(mark=Cell("solid", 1)), blank._replace(mark=Cell("solid", 0))


def old_log(positions):
    """The same log two pages on: the oldest page is beyond memory and waits to be erased."""
    page, _, _ = new_log(positions)
    for place in range(1, positions):
        page = with_cell(page, place, Cell("solid", NOTHING))
    pages = []
    for sequence in range(3):
        header = Header(sequence + 1, (0, 0), sequence * (positions - 1), positions if sequence else 0)
        pages.append(page._replace(mark=Cell("solid", sequence), header=Cell("solid", header)))
    burned = [with_cell(one, "note", Cell("burned")) for one in pages[:2]]
    return *burned, pages[2]._replace(cells=page.cells[:2] + (EMPTY,) * (positions - 2))


def full_log(positions):
    """The same log, with no room on the newest page."""
    *older, newest = old_log(positions)
    return *older, newest._replace(cells=older[0].cells)


def search(title, expected, rules=Rules(), positions=4, burns_over=True, cuts=3, charges=2, begin=new_log):
    pages = begin(positions)
    (log,) = interpretations(rules._replace(stamps_are_compared=True), pages)
    start = State(pages, log, (0, 0), None, frozenset(), frozenset(), cuts, charges)
    check(title, start, steps_of(rules, burns_over), LAWS, expected)
    interpretations.cache_clear()


if __name__ == "__main__":
    without = lambda rule: Rules(**{rule: False})
    search("a mount only reads", "breaks", without("the_newest_is_written_again"))
    search("a copy names no original", "breaks", without("a_copy_names_its_original"))
    search("a copy is without the tag", "breaks", without("a_copy_carries_its_tag"))
    search("the first position that looks blank is used", "breaks", without("the_first_blank_is_passed"))
    search("it is passed over, and not burned", "breaks", without("what_is_passed_is_burned"))
    search("a header alone makes a page count", "breaks", without("a_page_counts_with_a_granule"), burns_over=False)
    search("a page begins without a copy", "breaks", without("a_page_begins_with_a_copy"), burns_over=False)
    search("the page before ends before the original", "breaks", without("the_page_before_keeps_the_original"))
    search("a page that was begun waits", "breaks", without("begun_pages_are_erased_first"), burns_over=False)
    search("a page is erased if its mark says so", "breaks", without("stamps_are_compared"),
           positions=3, cuts=2, begin=old_log)
    search("no note of intent", "breaks", without("a_note_is_burned_first"))
    search("unreadable positions are numbered too", "breaks", without("only_what_was_written_is_numbered"))
    search("a header that looks blank is burned", "breaks", without("a_blank_header_is_not_burned"),
           positions=3, charges=3, begin=old_log)
    search("a header that is whole is burned, not the granule behind it", "breaks", without("a_whole_header_is_not_torn"),
           begin=full_log)
    search("a note that may be torn is not burned again", "breaks", without("a_note_is_burned_again"),
           positions=3, charges=3, begin=old_log)
    search("all rules", "holds", charges=3)
    search("all rules, a chip that does not burn over", "holds", charges=3, burns_over=False)
    search("not repaired: a charge, the burns of two mounts after it, and once more are cut", "breaks",
           charges=1, cuts=4)
    search("all rules, pages of three", "holds", positions=3, burns_over=False)
    search("all rules, two pages on", "holds", positions=3, charges=3, begin=old_log)
    search("all rules, a full page", "holds", begin=full_log)
    search("all rules, two pages on, a chip that does not burn over", "holds",
           positions=3, cuts=2, burns_over=False, begin=old_log)
    finish()
