"""Orders by what people type: the end of its number or of a waybill's, the distributor, the goods.

Each word is looked up by index until more than MOST orders answer; a word that is so common is tested row by row
instead, while the list is read in its order: either way a page costs the same however many orders there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, false, literal, or_, select, true, union_all
from sqlalchemy.orm import Session

from trade import numbers, text
from trade.catalog.models import Sku
from trade.catalog.queries import finds, looked_up
from trade.distributors.models import Distributor
from trade.orders.models import Order, OrderLine

MOST = 1000
WORDS = 4
A_DAY = 8  # characters of a number that leave the orders of a day
LAST = "z"  # after every digit, dash and capital, in whichever collation
Waybills = Callable[[str], Select[int]]  # the orders of parcels whose waybill ends so


def no_waybills(word: str) -> Select[int]:
    """None, where parcels are not looked at."""
    return select(Order.id).where(false())


@dataclass(frozen=True)
class Found:
    """Whether an order answers, and whether what was typed is one word to which more than MOST orders do."""

    rule: ColumnElement[bool]
    is_common: bool = False


def matches(session: Session, typed: str, waybills: Waybills, distributor_id: int | None) -> Found:
    """Orders that answer all that was typed, or are called just so; one statement looks the words up."""
    phrase = text.folded(typed)
    words = phrase.split()[:WORDS]
    known = _looked_up(session, words, waybills, distributor_id)
    each = [
        Order.id.in_(known[at]) if len(known[at]) <= MOST else _answers(word, waybills)
        for at, word in enumerate(words)
    ]
    if len(words) > 1:
        return Found(or_(and_(*each), Order.id.in_(waybills(phrase))))
    return Found(and_(true(), *each), is_common=any(len(ids) > MOST for ids in known))


def _looked_up(
    session: Session, words: Sequence[str], waybills: Waybills, distributor_id: int | None
) -> list[list[int]]:
    """For each word the orders that answer to it, more than MOST where there are too many."""
    parts = []
    for at, word in enumerate(words):
        own = [] if distributor_id is None else [Order.distributor_id == distributor_id]
        company = [] if distributor_id is None else [Distributor.id == distributor_id]
        named = select(Distributor.id).where(_is_of(word), *company)
        lines = select(OrderLine.order_id).where(_has(word))
        ways = [
            select(Order.id).where(_ends(word)),
            select(Order.id).where(_begins(word), *(own if len(word) < A_DAY else [])),
            waybills(word),
            select(Order.id).where(Order.distributor_id.in_(named), *own),
            lines.join(Order, Order.id == OrderLine.order_id).where(*own) if own else lines,
        ]
        found = union_all(*ways).subquery()
        parts.append(select(literal(at), found.c[0]).limit(MOST + 1).subquery().select())
    known: list[list[int]] = [[] for _word in words]
    for at, order_id in session.execute(union_all(*parts)):
        known[at].append(order_id)
    return known


def _answers(word: str, waybills: Waybills) -> ColumnElement[bool]:
    """The same, asked of one order."""
    named = exists().where(Distributor.id == Order.distributor_id, _is_of(word))
    lines = exists().where(OrderLine.order_id == Order.id, _has(word))
    return or_(_ends(word), _begins(word), named, Order.id.in_(waybills(word)), lines)


def _ends(word: str) -> ColumnElement[bool]:
    """Whether the number ends so; fewer digits are the order of a day, which has four."""
    tail = (word.zfill(numbers.TAIL) if word.isascii() and word.isdigit() else word).upper()
    return and_(Order.number_tail == tail[-numbers.TAIL :], Order.number.iendswith(tail, autoescape=True))


def _begins(word: str) -> ColumnElement[bool]:
    """Whether the number begins so, with its letters: a range that an index serves, and the exact comparison."""
    if not word.isascii() or word.isdigit():
        return false()
    start = word.upper()
    ranged = and_(Order.number >= start, Order.number < start + LAST)
    return and_(ranged, Order.number.startswith(start, autoescape=True))


def _is_of(word: str) -> ColumnElement[bool]:
    return Distributor.search_text.contains(word, autoescape=True)


def _has(word: str) -> ColumnElement[bool]:
    """Whether a line's product is called so; a single character names none."""
    if len(word) < 2:
        return false()
    return OrderLine.sku_id.in_(select(Sku.id).where(*finds(looked_up(word))))
