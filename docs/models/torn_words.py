"""Torn words: what a power cut leaves of a write, and the check by which it is known.

Law: *a granule that was torn never passes its check.*

A write turns ones into zeros; cut short, it leaves some of them ones. The check of firmware/storage/src/check.rs is a
count of the zeros and a CRC. Here it is scaled: 8 bits of content, 3 of CRC, 4 of count; every content and every tear.

Other models take the flash from here. Power loss leaves *marginal* words: what was in flight reads as written, as
garbage, or as blank, and differently at the next mount.
"""

from collections import namedtuple
from functools import lru_cache
from itertools import product

from search import case, finish

GARBAGE, BLANK = "garbage", "blank"

Cell = namedtuple("Cell", "state value", defaults=(None,))
Page = namedtuple("Page", "mark header note cells")
EMPTY = Cell("blank")
FADING = {"solid": "torn", "marginal": "torn", "burned": "half burned"}


def readings(cell):
    """What a cell may look like at one mount."""
    return {
        "blank": (BLANK,),
        "solid": (cell.value,),
        "torn": (cell.value, GARBAGE, BLANK),
        "marginal": (cell.value, GARBAGE),
        "burned": (GARBAGE,),
        "half burned": (GARBAGE, BLANK),
    }[cell.state]


@lru_cache(maxsize=None)
def page_readings(page):
    """All that a page may look like at one mount: pages of values instead of cells."""
    granules = list(product(*map(readings, page.cells)))
    return [Page(*read) for read in product(readings(page.mark), readings(page.header), readings(page.note), granules)]


def cell_at(page, place):
    return page.cells[place] if isinstance(place, int) else getattr(page, place)


def with_cell(page, place, cell):
    if isinstance(place, int):
        return page._replace(cells=page.cells[:place] + (cell,) + page.cells[place + 1 :])
    return page._replace(**{place: cell})


class Flash:
    """Pages that are written to, and what is left where a cut falls before or into each of the operations."""

    def __init__(self, pages, burns_over):
        self.pages, self.burns_over, self.cuts = list(pages), burns_over, []

    def put(self, what, page, whole, half):
        left = tuple(half if at == page else one for at, one in enumerate(self.pages))
        self.cuts += [(f"before {what}", tuple(self.pages)), (f"at {what}", left)]
        self.pages[page] = whole

    def write(self, page, place, value):
        before = self.pages[page]
        blank = cell_at(before, place).state == "blank"
        whole = with_cell(before, place, Cell("solid" if blank else "marginal", value))
        self.put(f"writing page {page}, {place}", page, whole, with_cell(before, place, Cell("torn", value)))

    def burn(self, page, place):
        """Programs to zeros; whether the chip let it: one with ECC refuses it over a begun word."""
        before = self.pages[page]
        cell = cell_at(before, place)
        if cell.state != "blank" and not self.burns_over:
            return False
        half = {"blank": Cell("half burned"), "solid": Cell("marginal", cell.value)}.get(cell.state, cell)
        whole, half = (with_cell(before, place, one) for one in (Cell("burned"), half))
        self.put(f"burning page {page}, {place}", page, whole, half)
        return True

    def erase(self, page, stamp):
        """Erases a page, and marks it erased with a stamp."""
        fade = lambda cell: cell._replace(state=FADING.get(cell.state, cell.state))
        mark, header, note, cells = self.pages[page]
        faded = Page(fade(mark), fade(header), fade(note), tuple(map(fade, cells)))
        blank = Page(EMPTY, EMPTY, EMPTY, (EMPTY,) * len(cells))
        self.put(f"erasing page {page}", page, blank, faded)
        self.write(page, "mark", stamp)


CONTENT, CHECK = 8, 7


def crc(content):
    """Three bits, by x³ + x + 1."""
    rest = content << 3
    for bit in reversed(range(3, CONTENT + 3)):
        if rest >> bit & 1:
            rest ^= 0b1011 << (bit - 3)
    return rest


def crc_and_count(content):
    bits = content << 3 | crc(content)
    return (CONTENT + 3 - bits.bit_count()) << 3 | crc(content)


def crc_alone(content):
    """As many bits, all of them CRC: by x⁷ + x³ + 1."""
    rest = content << CHECK
    for bit in reversed(range(CHECK, CONTENT + CHECK)):
        if rest >> bit & 1:
            rest ^= 0b10001001 << (bit - CHECK)
    return rest


def torn_words(title, check, expected):
    """Every content, and every set of its zeros that stayed ones."""
    tried, broken, width = 0, [], CONTENT + CHECK
    for content in range(1 << CONTENT):
        word = content << CHECK | check(content)
        zeros = ~word & (1 << width) - 1
        torn = zeros
        while torn:
            tried += 1
            read = word | torn
            if check(read >> CHECK) == read & (1 << CHECK) - 1 and not broken:
                written, found = f"{word:0{width}b}", f"{read:0{width}b}"
                broken = [("a torn word passes", [f"written {written}", f"read as {found}, and its check holds"])]
            torn = torn - 1 & zeros
    case(title, tried, broken, expected)


if __name__ == "__main__":
    torn_words("a CRC alone", crc_alone, "breaks")
    torn_words("a count of the zeros and a CRC", crc_and_count, "holds")
    finish()
