"""Which codes somebody may have meant: near misses among what this distributor may see, and nothing else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import text
from trade.catalog.models import Sku
from trade.catalog.queries import visible
from trade.distributors.queries import Terms

MOST_WORDS = 200  # of a list; the rest is looked at once these are mended
MOST_ANSWERS = 3
COMMON = 5000  # a pair of characters in more codes than this tells nothing
LOOKED_AT = 30
ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1"})


@dataclass(frozen=True)
class Meant:
    code: str
    name: str


def meant(session: Session, terms: Terms, words: Sequence[str], day: date) -> dict[str, list[Meant]]:
    """By word, the SKUs it may have meant, the nearest first; one statement for all of them."""
    if not words:
        return {}
    rows = session.execute(select(Sku.code, Sku.name, Sku.barcode).where(visible(terms, day))).all()
    known = [
        (squeezed(spelled), Meant(code, name))
        for code, name, barcode in rows
        for spelled in (code, barcode)
        if spelled
    ]
    pairs: dict[str, list[int]] = {}
    for at, (key, _sku) in enumerate(known):
        for pair in _pairs(key):
            pairs.setdefault(pair, []).append(at)
    answer: dict[str, list[Meant]] = {}
    for word in dict.fromkeys(words[:MOST_WORDS]):
        if text.CHINESE.search(word):
            answer[word] = _named(word, [Meant(code, name) for code, name, _barcode in rows])
        else:
            answer[word] = _nearest(squeezed(word), known, pairs)
    return answer


def same(session: Session, terms: Terms, words: Sequence[str], day: date) -> dict[str, str]:
    """By word, the code of the one SKU whose code or whole name it is but for case, dashes and blanks."""
    wanted = {plain(word): word for word in words}
    found: dict[str, set[str]] = {}
    rows = session.execute(select(Sku.code, Sku.name).where(visible(terms, day))) if wanted else ()
    for code, name in rows:
        for key in {plain(code), plain(name)} & wanted.keys():
            found.setdefault(key, set()).add(code)
    known = {key: next(iter(codes)) for key, codes in found.items() if key and len(codes) == 1}
    return {word: known[plain(word)] for word in words if plain(word) in known}


def plain(code: str) -> str:
    """A code or name by its letters and digits alone."""
    return "".join(mark for mark in text.folded(code) if mark.isalnum())


def squeezed(code: str) -> str:
    """A code without what is mistyped without changing it: case, dashes and blanks, O for 0, I and l for 1."""
    return "".join(mark for mark in text.folded(code).translate(ALIKE) if mark.isalnum())


def distance(one: str, other: str) -> int:
    """How many characters must be changed, added, dropped or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for at, mark in enumerate(one, start=1):
        row = [at]
        for to, wanted in enumerate(other, start=1):
            cost = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (mark != wanted))
            if at > 1 and to > 1 and mark == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, before[to - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _nearest(word: str, known: Sequence[tuple[str, Meant]], pairs: dict[str, list[int]]) -> list[Meant]:
    """Compare those that share a pair of characters; beyond a slip in three, or two in a barcode, it is another word."""
    if len(word) < 2:
        return []
    shared: Counter[int] = Counter()
    for pair in _pairs(word):
        places = pairs.get(pair, ())
        if len(places) <= COMMON:
            shared.update(places)
    bound = 1 if word.isdigit() else max(1, min(3, len(word) // 3))
    scored = []
    for at, count in shared.most_common(LOOKED_AT):
        key, sku = known[at]
        if abs(len(key) - len(word)) <= bound and (far := distance(word, key)) <= bound:
            scored.append((far, -count, sku.code, sku))
    found = {sku.code: sku for _far, _count, _code, sku in sorted(scored, key=lambda each: each[:3])}
    return list(found.values())[:MOST_ANSWERS]


def _named(word: str, known: Sequence[Meant]) -> list[Meant]:
    wanted = text.folded(word).replace(" ", "")
    hits = (sku for sku in known if wanted in text.folded(sku.name).replace(" ", ""))
    return [sku for _at, sku in zip(range(MOST_ANSWERS), hits, strict=False)]


def _pairs(key: str) -> set[str]:
    return {key[at : at + 2] for at in range(len(key) - 1)}
