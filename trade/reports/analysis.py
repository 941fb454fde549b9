"""Sales by one dimension, beside the same days of the year before; each figure opens the orders that it is made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, extract, func, or_, select
from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.catalog.models import Category
from trade.distributors.models import Channel, Territory, Tier
from trade.distributors.queries import within
from trade.errors import Refused
from trade.money import ZERO, rounded
from trade.orders.models import Order, OrderLine

BY = ("month", "distributor", "territory", "channel", "tier", "category", "product", "rep")
MEASURES = ("gross", "net", "quantity", "orders", "distributors")
PAGE = 50
MOST_ROWS = 20_000  # of a table; more groups than that are no report


@dataclass(frozen=True)
class Question:
    """What is asked: one dimension, a half-open range of order days, and what they are limited to.

    `territory_id` and `category_id` mean the node with all below it. Codes are those that the orders froze; "" asks
    for what has none.
    """

    by: str
    since: date
    until: date  # not included
    currency: str = "CNY"
    distributor: str | None = None
    territory: str | None = None
    territory_id: int | None = None
    channel: str | None = None
    tier: str | None = None
    category: str | None = None
    category_id: int | None = None
    product: str | None = None
    rep_id: int | None = None


@dataclass(frozen=True)
class Figures:
    """What was sold: `gross` and `net` without what was cancelled or credited; quantity in base units, likewise."""

    gross: Decimal = ZERO
    net: Decimal = ZERO
    quantity: int = 0
    orders: int = 0
    distributors: int = 0

    def measure(self, name: str) -> Decimal:
        return Decimal(getattr(self, name))


@dataclass(frozen=True)
class Line:
    """One group: its key as the orders froze it, how it is called, and the figures of both years."""

    key: str
    name: str
    now: Figures = field(default_factory=Figures)
    before: Figures = field(default_factory=Figures)

    def growth(self, measure: str) -> Decimal | None:
        """Change on the year before in percent; None where there was nothing to grow from."""
        earlier = self.before.measure(measure)
        return None if earlier <= 0 else rounded((self.now.measure(measure) - earlier) * 100 / earlier, 1)


@dataclass(frozen=True)
class Answer:
    lines: Sequence[Line]
    total: Line
    currencies: Sequence[str]  # in which anything was sold on these days, whatever was asked for


@dataclass(frozen=True)
class Part:
    """An order with what it brings to a figure."""

    order: Order
    figures: Figures


def earlier(day: date, years: int = 1) -> date:
    """The same day of an earlier year; a leap day becomes the first of March, so that months stay whole."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def analyse(session: Session, actor: Actor, asked: Question) -> Answer:
    """Answer a question within the actor's reach, the largest first, months in order. Raises Refused("access.denied")."""
    _refuse_others(actor)
    last_year = replace(asked, since=earlier(asked.since), until=earlier(asked.until))
    lost = _lost(session, actor, (asked, last_year), _dimension(asked.by)[0])
    now = _groups(session, actor, asked, lost[0])
    before = _groups(session, actor, last_year, lost[1])
    if asked.by == "month":
        before = {_next_year(key): figures for key, figures in before.items()}
        for key in _months(asked.since, asked.until):
            now.setdefault(key, (key, Figures()))
    names = {key: name for key, (name, _figures) in {**before, **now}.items()}
    names |= _names(session, asked.by, names)
    lines = [
        Line(
            key,
            names[key] or key,
            now[key][1] if key in now else Figures(),
            before[key][1] if key in before else Figures(),
        )
        for key in names
    ]
    order: Callable[[Line], Any] = (
        (lambda line: line.key)
        if asked.by == "month"
        else (lambda line: (-line.now.gross, -line.before.gross, line.key))
    )
    total = _total(session, actor, asked, last_year, lines)
    return Answer(sorted(lines, key=order), total, _currencies(session, actor, asked))


def parts(session: Session, actor: Actor, asked: Question, offset: int = 0) -> tuple[list[Part], int]:
    """A page of the orders behind a figure, newest first, and how many there are."""
    _refuse_others(actor)
    conditions = _conditions(actor, asked)
    figures = [*_sums(), func.count(Order.id.distinct()).label("orders")]
    rows = session.execute(
        select(Order.id, *figures)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(*conditions)
        .group_by(Order.id)
        .order_by(Order.order_date.desc(), Order.id.desc())
        .offset(offset)
        .limit(PAGE)
    ).all()
    count = select(func.count(Order.id.distinct())).join(OrderLine, OrderLine.order_id == Order.id)
    orders = {
        order.id: order
        for order in session.scalars(select(Order).where(Order.id.in_([row[0] for row in rows])))
    }
    [lost] = _lost(session, actor, [asked], Order.id.expression, [row[0] for row in rows])
    found = [Part(orders[row[0]], _figures(row, lost.get(row[0], ZERO))) for row in rows]
    return found, int(session.scalar(count.where(*conditions)) or 0)


def branches(session: Session, model: type[Territory] | type[Category]) -> list[tuple[str, str]]:
    """A tree to limit the figures by, in reading order, each step down set in; also what is archived was sold to."""
    rows = session.execute(select(model.id, model.name, model.path).order_by(model.path))
    return [(str(key), "　" * max(path.count("/") - 2, 0) + name) for key, name, path in rows]


def channels(session: Session) -> list[tuple[str, str]]:
    """The channels in use to limit the figures by, with their codes."""
    rows = session.execute(select(Channel.code, Channel.name).where(Channel.archived_at.is_(None)))
    return [(code, name) for code, name in rows]


def _refuse_others(actor: Actor) -> None:
    if not actor.may(Permission.REPORT_READ):
        raise Refused("access.denied", keep={"permission": Permission.REPORT_READ.value})


def _groups(
    session: Session, actor: Actor, asked: Question, lost: Mapping[Any, Decimal]
) -> dict[str, tuple[str, Figures]]:
    """By key, a name as some order froze it and the figures."""
    key, name = _dimension(asked.by)
    rows = session.execute(
        select(
            key.label("key"),
            *_sums(),
            func.count(Order.id.distinct()).label("orders"),
            func.count(Order.distributor_code.distinct()).label("distributors"),
            func.max(name).label("name"),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(*_conditions(actor, asked))
        .group_by(key)
        .order_by(func.sum(OrderLine.gross).desc())
        .limit(MOST_ROWS)
    ).all()
    return {_spell(row.key): (row.name or "", _figures(row, lost.get(row.key, ZERO))) for row in rows}


def _total(
    session: Session, actor: Actor, asked: Question, last_year: Question, lines: Sequence[Line]
) -> Line:
    """The sums of both years; orders and distributors, which do not add up over groups, are counted once."""
    counts = []
    for each in (asked, last_year):
        for column in (Order.id, Order.distributor_code):
            count = select(func.count(column.distinct())).join(OrderLine, OrderLine.order_id == Order.id)
            counts.append(count.where(*_conditions(actor, each)).scalar_subquery())
    orders, companies, orders_before, companies_before = session.execute(select(*counts)).one()
    return Line(
        "",
        "",
        _added([line.now for line in lines], orders, companies),
        _added([line.before for line in lines], orders_before, companies_before),
    )


def _added(figures: Sequence[Figures], orders: int, distributors: int) -> Figures:
    return Figures(
        sum((each.gross for each in figures), ZERO),
        sum((each.net for each in figures), ZERO),
        sum(each.quantity for each in figures),
        orders,
        distributors,
    )


def _sums() -> list[ColumnElement[Any]]:
    """Quantity, gross and net of lines; net is that of whole lines, what was lost of it is taken off afterwards."""
    kept = OrderLine.base_quantity - OrderLine.cancelled - OrderLine.returned - OrderLine.lost
    return [
        func.sum(kept).label("quantity"),
        func.sum(OrderLine.gross).label("gross"),
        func.sum(OrderLine.cancelled_gross).label("cancelled"),
        func.sum(OrderLine.returned_gross).label("credited"),
        func.sum(OrderLine.net).label("net"),
    ]


def _lost(
    session: Session,
    actor: Actor,
    asked: Sequence[Question],
    key: ColumnElement[Any],
    order_ids: Sequence[int] | None = None,
) -> list[dict[Any, Decimal]]:
    """For each question, by group the net of what was cancelled or credited.

    Line by line, since tax is rounded on each line; one statement, since few lines lose anything.
    """
    conditions = [and_(*_conditions(actor, each)) for each in asked]
    gone = or_(OrderLine.cancelled_gross > ZERO, OrderLine.returned_gross > ZERO)
    query = (
        select(Order.order_date, key, OrderLine)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(or_(*conditions), gone)
    )
    if order_ids is not None:
        query = query.where(Order.id.in_(order_ids))
    lost: list[dict[Any, Decimal]] = [{} for _ in asked]
    for day, group, line in session.execute(query):
        for question, sums in zip(asked, lost, strict=True):
            if question.since <= day < question.until:
                sums[group] = sums.get(group, ZERO) + _net_lost(line)
    return lost


def _net_lost(line: OrderLine) -> Decimal:
    part = line.cancelled_gross + line.returned_gross
    return line.net if part == line.gross else rounded(part / (1 + (line.tax_rate or ZERO)))


def _figures(row: Any, lost: Decimal) -> Figures:
    facts: Mapping[str, Any] = row._mapping
    gross = (facts["gross"] or ZERO) - (facts["cancelled"] or ZERO) - (facts["credited"] or ZERO)
    net = (facts["net"] or ZERO) - lost
    return Figures(
        gross,
        net,
        int(facts["quantity"] or 0),
        int(facts["orders"] or 0),
        int(facts.get("distributors") or 0),
    )


def _conditions(actor: Actor, asked: Question) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Order.approval_state == "approved",
        Order.currency == asked.currency,
        Order.order_date >= asked.since,
        Order.order_date < asked.until,
        within(actor, Order.distributor_id),
    ]
    equal: list[tuple[ColumnElement[Any], Any]] = [
        (func.coalesce(Order.distributor_code, ""), asked.distributor),
        (func.coalesce(Order.territory_code, ""), asked.territory),
        (func.coalesce(Order.channel_code, ""), asked.channel),
        (func.coalesce(Order.tier_code, ""), asked.tier),
        (func.coalesce(OrderLine.category_code, ""), asked.category),
        (func.coalesce(OrderLine.sku_code, ""), asked.product),
        (func.coalesce(Order.rep_id, 0), asked.rep_id),
    ]
    found += [column == value for column, value in equal if value is not None]
    if asked.territory_id is not None:
        below = select(Territory.id).where(
            Territory.path.contains(f"/{asked.territory_id}/", autoescape=True)
        )
        found.append(Order.territory_id.in_(below))
    if asked.category_id is not None:
        codes = select(Category.code).where(Category.path.contains(f"/{asked.category_id}/", autoescape=True))
        found.append(OrderLine.category_code.in_(codes))
    return found


def _dimension(by: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What a dimension groups by, and a name for it among the frozen facts."""
    year = cast(extract("year", Order.order_date), Integer)
    month = cast(extract("month", Order.order_date), Integer)
    known: dict[str, tuple[Any, Any]] = {
        "month": (year * 100 + month, year * 100 + month),
        "distributor": (func.coalesce(Order.distributor_code, ""), Order.distributor_name),
        "territory": (func.coalesce(Order.territory_code, ""), Order.territory_code),
        "channel": (func.coalesce(Order.channel_code, ""), Order.channel_code),
        "tier": (func.coalesce(Order.tier_code, ""), Order.tier_name),
        "category": (func.coalesce(OrderLine.category_code, ""), OrderLine.category_code),
        "product": (func.coalesce(OrderLine.sku_code, ""), OrderLine.sku_name),
        "rep": (func.coalesce(Order.rep_id, 0), Order.rep_name),
    }
    return known[by]


def _names(session: Session, by: str, keys: Iterable[str]) -> dict[str, str]:
    """How the brand calls codes today, for the facts of which orders froze only the code."""
    models: dict[str, Any] = {"territory": Territory, "channel": Channel, "category": Category, "tier": Tier}
    model = models.get(by)
    if model is None:
        return {}
    wanted = set(keys)
    rows = session.execute(select(model.code, model.name))
    return {code: name for code, name in rows if code in wanted}


def _currencies(session: Session, actor: Actor, asked: Question) -> list[str]:
    sold = and_(
        Order.approval_state == "approved",
        Order.order_date >= earlier(asked.since),
        Order.order_date < asked.until,
        within(actor, Order.distributor_id),
    )
    return list(session.scalars(select(Order.currency).where(sold).distinct().order_by(Order.currency)))


def _spell(key: object) -> str:
    return "" if key is None else str(key)


def _next_year(key: str) -> str:
    return str(int(key) + 100)


def _months(since: date, until: date) -> list[str]:
    """Every month that a range touches, as 202611."""
    first, last = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    if until.day == 1:
        last -= 1
    return [f"{at // 12}{at % 12 + 1:02d}" for at in range(first, last + 1)]
