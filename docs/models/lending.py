"""Lending: slots, loans that overlap, and how a loan comes home.

Laws:
- *of one slot never two loans are in force*;
- *an honest lender is never proven broken*: where two of its loans of one slot overlap, the first's Returned is shown;
- *a borrower can take every loan that is newly made for it*.

A license with one slot to lend, a lender and the device that the license may be transferred to, two borrowers. Loans
and Returned statements are files: applied late, twice, or never. Devices know the time exactly; a floor that lags is
bounded by the loan's fresh_within. Power is cut once, before or after the loan is signed.
"""

from collections import namedtuple

from search import check, finish, replaced

LONGEST, LAST_HOUR = 2, 4
LENDERS, BORROWERS = ("the lender", "the new device"), ("X", "Y")

Rules = namedtuple(
    "Rules",
    "a_return_names_its_loan a_refusal_names_its_loan a_returned_loan_is_refused slots_outlive_renewals"
    " a_departure_waits_for_loans a_slot_is_durable_first a_returned_loan_proves_nothing",
    defaults=(True,) * 7,
)
Bounds = namedtuple("Bounds", "loans renewals transfers cuts", defaults=(3, False, False, False))
License = namedtuple("License", "hop revision")
Slot = namedtuple("Slot", "belongs_to loan until")
Lender = namedtuple("Lender", "license slot")
Loan = namedtuple("Loan", "number to issued until hop by")
Borrower = namedtuple("Borrower", "loans refused")
Returned = namedtuple("Returned", "loan by hop")
State = namedtuple("State", "now lenders borrowers loans returned made cuts")


def is_free(rules, state, lender):
    slot, license = lender.slot, lender.license
    if slot is None or slot.until <= state.now:
        return True
    return slot.belongs_to.hop != license.hop or not rules.slots_outlive_renewals and slot.belongs_to != license


def the_lenders(rules, bounds, state):
    for place, lender in enumerate(state.lenders):
        if lender.license is None:
            continue
        name, license = LENDERS[place], lender.license
        if is_free(rules, state, lender) and state.made < bounds.loans:
            yield from lends(rules, bounds, state, place)
        for returned in state.returned:
            if lender.slot and comes_home(rules, state, lender, returned):
                freed = replaced(state.lenders, place, lender._replace(slot=None))
                yield f"{name} takes the Returned of loan {returned.loan}", state._replace(lenders=freed)
        if bounds.renewals and license.revision == 1:
            renewed = lender._replace(license=license._replace(revision=2))
            yield f"{name}'s license is renewed", state._replace(lenders=replaced(state.lenders, place, renewed))
        lent = lender.slot and lender.slot.until > state.now
        if bounds.transfers and place == 0 and not (rules.a_departure_waits_for_loans and lent):
            onward = Lender(license._replace(hop=license.hop + 1), None)
            yield "the license departs, and is installed on the new device", state._replace(
                lenders=(lender._replace(license=None), onward)
            )


def lends(rules, bounds, state, place):
    lender, number, until = state.lenders[place], state.made + 1, state.now + LONGEST
    marked = replaced(state.lenders, place, lender._replace(slot=Slot(lender.license, number, until)))
    for to, name in enumerate(BORROWERS):
        loan = Loan(number, to, state.now, until, lender.license.hop, place)
        made = state._replace(lenders=marked, loans=state.loans | {loan}, made=number)
        yield f"{LENDERS[place]} makes loan {number} to {name}, until hour {until}", made
        if bounds.cuts and not state.cuts:
            if rules.a_slot_is_durable_first:
                what, cut = f"marks the slot for {name}, power is cut before it signs", made._replace(loans=state.loans)
            else:
                what, cut = f"signs loan {number} to {name}, power is cut", made._replace(lenders=state.lenders)
            yield f"{LENDERS[place]} {what}", cut._replace(cuts=1)


def comes_home(rules, state, lender, returned):
    """Whether a lender takes a Returned for what is out of its slot."""
    if rules.a_return_names_its_loan:
        return returned.loan == lender.slot.loan
    out = next((loan for loan in state.loans if loan.number == lender.slot.loan), None)
    return out is not None and (returned.by, returned.hop) == (out.to, out.hop)


def the_borrowers(rules, state):
    for loan in state.loans:
        borrower, name = state.borrowers[loan.to], BORROWERS[loan.to]
        if loan.until <= state.now:
            continue
        if loan.number in borrower.loans:
            known = loan.number if rules.a_refusal_names_its_loan else ("hop", loan.hop)
            refused = borrower.refused | {known} if rules.a_returned_loan_is_refused else borrower.refused
            without = Borrower(borrower.loans - {loan.number}, refused)
            yield f"{name} returns loan {loan.number}", state._replace(
                borrowers=replaced(state.borrowers, loan.to, without),
                returned=state.returned | {Returned(loan.number, loan.to, loan.hop)},
            )
        elif not is_refused(borrower, loan):
            taken = borrower._replace(loans=borrower.loans | {loan.number})
            yield f"{name} applies loan {loan.number}", state._replace(
                borrowers=replaced(state.borrowers, loan.to, taken)
            )


def is_refused(borrower, loan):
    return loan.number in borrower.refused or ("hop", loan.hop) in borrower.refused


def steps_of(rules, bounds):
    def steps(state):
        if state.now < LAST_HOUR:
            yield "an hour passes", state._replace(now=state.now + 1)
        yield from the_lenders(rules, bounds, state)
        yield from the_borrowers(rules, state)

    return steps


def one_in_force(state):
    in_force = {loan.number for loan in state.loans if loan.until > state.now}
    return sum(len(borrower.loans & in_force) for borrower in state.borrowers) <= 1


def lender_is_honest(rules):
    """Whether no two loans that were made prove a broken lender."""

    def holds(state):
        shown = {returned.loan for returned in state.returned} if rules.a_returned_loan_proves_nothing else set()
        for first in state.loans:
            for second in state.loans:
                same_slot = (first.by, first.hop) == (second.by, second.hop)
                overlap = first.issued <= second.issued < first.until
                if first.number < second.number and same_slot and overlap and first.number not in shown:
                    return False
        return True

    return holds


def can_be_taken(state):
    """A loan that is out, and that nobody returned, is not refused by its borrower."""
    out = {lender.slot.loan for lender in state.lenders if lender.slot}
    returned = {one.loan for one in state.returned}
    made = [loan for loan in state.loans if loan.number in out - returned and loan.until > state.now]
    return not any(is_refused(state.borrowers[loan.to], loan) for loan in made)


ONE, HONEST, TAKEN = range(3)


def search(title, expected, rules=Rules(), laws=(ONE, HONEST, TAKEN), **bounds):
    named = [
        ("of one slot never two loans are in force", one_in_force),
        ("an honest lender is never proven broken", lender_is_honest(rules)),
        ("a borrower can take a loan that is newly made for it", can_be_taken),
    ]
    borrower = Borrower(frozenset(), frozenset())
    lenders = (Lender(License(0, 1), None), Lender(None, None))
    start = State(0, lenders, (borrower, borrower), frozenset(), frozenset(), 0, 0)
    check(title, start, steps_of(rules, Bounds(**bounds)), dict(named[law] for law in laws), expected)


if __name__ == "__main__":
    search("a return names license and hop: an old one frees the slot again", "breaks",
           Rules(a_return_names_its_loan=False), [ONE])
    search("a borrower refuses license and hop: what it once returned is never lent to it again", "breaks",
           Rules(a_refusal_names_its_loan=False), [TAKEN])
    search("a returned loan is taken again", "breaks", Rules(a_returned_loan_is_refused=False), [ONE])
    search("a slot belongs to a revision: a renewal frees it", "breaks", Rules(slots_outlive_renewals=False), [ONE],
           renewals=True)
    search("the license departs while it is lent", "breaks", Rules(a_departure_waits_for_loans=False), [ONE],
           transfers=True)
    search("a loan is signed before its slot is durable", "breaks", Rules(a_slot_is_durable_first=False), [ONE],
           cuts=True)
    search("any overlap proves a broken lender", "breaks", Rules(a_returned_loan_proves_nothing=False), [HONEST])
    search("all rules", "holds")
    search("all rules, four loans", "holds", loans=4)
    search("all rules, renewals, a transfer and a power cut", "holds", renewals=True, transfers=True, cuts=True)
    finish()
