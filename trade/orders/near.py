"""Which codes somebody may have meant: near misses among what this distributor may see, and nothing else."""

from collections import Counter
from collections.abc import Collection, Sequence
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
TELLING = 4  # so many letters or characters of a name that only one product has mean that product
ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1"})


@dataclass(frozen=True)
class Meant:
    code: str
    name: str


def meant(session: Session, terms: Terms, words: Sequence[str], day: date) -> dict[str, list[Meant]]:
    """By word, the SKUs it may have meant, the nearest first; one statement for all of them."""
    if not words:
        return {}
    wanted = select(Sku.code, Sku.name, Sku.barcode, Sku.search_text).where(visible(terms, day))
    rows = session.execute(wanted).all()
    known = [
        (squeezed(spelled), Meant(code, name))
        for code, name, barcode, _text in rows
        for spelled in (code, barcode)
        if spelled
    ]
    pairs: dict[str, list[int]] = {}
    for at, (key, _sku) in enumerate(known):
        for pair in _pairs(key):
            pairs.setdefault(pair, []).append(at)
    answer: dict[str, list[Meant]] = {}
    for word in dict.fromkeys(words[:MOST_WORDS]):
        answer[word] = [] if text.CHINESE.search(word) else _nearest(squeezed(word), known, pairs)
        if not answer[word]:
            answer[word] = _named(word, [(Meant(row[0], row[1]), row[3]) for row in rows])
    return answer


def same(
    session: Session, terms: Terms, words: Sequence[str], whole: Collection[str], day: date
) -> dict[str, str]:
    """By word, the code of the one SKU whose code or name it is but for case, dashes and blanks.

    Of the `whole` words, those that stand for all that was typed, a part of one name, its pinyin or its initials is enough.
    """
    wanted = {plain(word) for word in words}
    parts = {plain(word) for word in list(whole)[:MOST_WORDS] if is_telling(word)}
    if not wanted:
        return {}
    exact: dict[str, set[str]] = {}
    partly: dict[str, set[str]] = {}
    rows = session.execute(select(Sku.code, Sku.name, Sku.search_text).where(visible(terms, day)))
    for code, name, told in rows:
        for key in {plain(code), plain(name)} & wanted:
            exact.setdefault(key, set()).add(code)
        for key in parts:
            if key in told:
                partly.setdefault(key, set()).add(code)
    known = {key: next(iter(codes)) for key, codes in (partly | exact).items() if key and len(codes) == 1}
    return {word: known[plain(word)] for word in words if plain(word) in known}


def is_telling(word: str) -> bool:
    """Whether it is long enough a part of a name or of its pinyin, and no piece of a code."""
    key = plain(word)
    return len(key) >= TELLING and (key.isalpha() or bool(text.CHINESE.search(key)))


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


def _named(word: str, known: Sequence[tuple[Meant, str]]) -> list[Meant]:
    """Those whose name or pinyin holds it; else those that share most pairs of characters with it."""
    wanted = plain(word)
    hits = [sku for sku, told in known if len(wanted) > 1 and wanted in told]
    if hits or not text.CHINESE.search(word):
        return hits[:MOST_ANSWERS]
    pairs = _pairs(wanted)
    scored = sorted((-len(pairs & _pairs(plain(sku.name))), at) for at, (sku, _told) in enumerate(known))
    return [known[at][0] for count, at in scored[:MOST_ANSWERS] if -count * 2 >= len(pairs)]


def _pairs(key: str) -> set[str]:
    return {key[at : at + 2] for at in range(len(key) - 1)}
