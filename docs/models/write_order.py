"""What is made durable before what: departures over two logs, and the numbers of statements.

Laws:
- *a departure gives no unit back*: a license that is still held has what was used of it, and a tombstone says it;
- *an honest device never signs two bodies with one number*, so that two such bodies prove a copy.

Units stand in the log of counters, licenses and tombstones in that of records, where one commit makes all of an
Update true (firmware/storage/FORMAT.md). Power is cut between any two writes, twice; after it the Update is applied
again, or the statement is asked for again (firmware/dongle/src/commands/statement.rs).
"""

from collections import namedtuple

from search import check, finish

CUTS, STATEMENTS = 2, 3

Departure = namedtuple("Departure", "is_held used pending tombstone at cuts")
Signing = namedtuple("Signing", "number bodies signed work cuts")

COMMIT_FIRST = ("the tombstone is written", "the commit makes it true", "the counter is freed")
FREE_FIRST = ("the counter is freed", "the tombstone is written", "the commit makes it true")


def departing(order):
    def steps(state):
        if state.at < len(order):
            what, after = order[state.at], state._replace(at=state.at + 1)
            if what == "the counter is freed":
                yield what, after._replace(used=None)
            elif what == "the tombstone is written":
                yield what, after._replace(pending=state.used or 0)
            else:
                yield what, after._replace(is_held=False, tombstone=state.pending, pending=None)
        if state.at and state.cuts < CUTS:
            # What no commit made true is dropped; what is true already is not done again.
            again = 0 if state.is_held else order.index("the commit makes it true") + 1
            yield "power is cut, and the Update is applied again", state._replace(
                pending=None, at=again, cuts=state.cuts + 1
            )

    return steps


def nothing_given_back(state):
    if state.is_held:
        return state.at > 0 or state.used == 1
    return state.tombstone == 1


def stating(durable_first):
    order = ("make the number durable", "sign") if durable_first else ("sign", "make the number durable")

    def steps(state):
        if state.work is None:
            if state.bodies < STATEMENTS:
                body = state.bodies + 1
                yield f"statement {body} is begun", state._replace(bodies=body, work=(0, state.number + 1, body))
            return
        at, number, body = state.work
        rest = (at + 1, number, body) if at + 1 < len(order) else None
        if order[at] == "sign":
            signed = state.signed | {(number, body)}
            yield f"number {number} is signed and given out", state._replace(signed=signed, work=rest)
        else:
            yield f"number {number} is made durable", state._replace(number=number, work=rest)
        if state.cuts < CUTS:
            yield "power is cut", state._replace(work=None, cuts=state.cuts + 1)

    return steps


def one_body_a_number(state):
    return len({number for number, _ in state.signed}) == len(state.signed)


if __name__ == "__main__":
    DEPARTURE = {"a departure gives no unit back": nothing_given_back}
    NUMBER = {"no two bodies are signed with one number": one_body_a_number}
    held, none_signed = Departure(True, 1, None, None, 0, 0), Signing(0, 0, frozenset(), None, 0)
    check("the counter is freed before the commit", held, departing(FREE_FIRST), DEPARTURE, "breaks")
    check("the counter is freed after the commit", held, departing(COMMIT_FIRST), DEPARTURE, "holds")
    check("a statement is signed before its number is durable", none_signed, stating(False), NUMBER, "breaks")
    check("its number is durable before it is signed", none_signed, stating(True), NUMBER, "holds")
    finish()
