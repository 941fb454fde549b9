"""Reads of opportunities, scope included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade import clock, settings, text
from trade.actor import Actor
from trade.distributors.models import Distributor, Standing, Territory
from trade.distributors.queries import on_day, within
from trade.errors import Refused
from trade.opportunities import rules
from trade.opportunities.models import (
    Opportunity,
    OpportunityEvent,
    Quotation,
    QuotationLine,
    QuotationOrder,
)
from trade.opportunities.rules import CLOSED, STAGES, Figures
from trade.orders.models import Order, OrderLine
from trade.people.models import Person
from trade.registrations import ending, matching
from trade.registrations.models import Registration
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SUBJECT = "opportunity"
MOST_TOLD = 100  # events on one page
OVER = ("draft", "rejected", "cancelled")  # an order that stands in nobody's way
SORTS = {
    "opportunity": Sort(Opportunity.id, "whole"),
    "amount": Sort(Opportunity.amount, "money"),
    "expected": Sort(Opportunity.expected_on, "day"),
    "next": Sort(Opportunity.next_on, "day", is_nullable=True),
    "opened": Sort(Opportunity.opened_on, "day"),
    "followed": Sort(Opportunity.followed_on, "day"),
    "distributor": Sort(Distributor.sort_key),
}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    stage: str = ""  # one of them, or "open"
    distributor_id: int | None = None
    territory_id: int | None = None  # with everything that lies below it; 0: without any
    age: int | None = None  # a bucket of rules.AGES
    when: str = ""  # overdue, this, next, later: when an order is expected
    reached: str = ""  # at least as far as this stage
    is_due: bool = False  # its next step is due
    is_stale: bool = False
    is_alone: bool = False  # the territory itself, without what lies below it
    since: date | None = None  # an order is expected on this day or later
    until: date | None = None  # or not later than on this


@dataclass(frozen=True)
class Row:
    opportunity: Opportunity
    customer: str
    distributor_name: str
    territory: str | None
    person_name: str | None


@dataclass(frozen=True)
class Offer:
    """A quotation with the order that it was made into, if there is one, even if it was given up since."""

    quotation: Quotation
    person_name: str | None
    order: Order | None


@dataclass(frozen=True)
class Written:
    """A quotation with its lines; `is_last` while no later version replaced it."""

    quotation: Quotation
    lines: Sequence[QuotationLine]
    is_last: bool


def figures(session: Session) -> Figures:
    """What an administrator set; one statement."""
    return rules.figures(settings.load(session, "opportunity."))


def get_for(session: Session, actor: Actor, opportunity_id: int) -> Opportunity:
    """An opportunity of a distributor within reach; a stranger's does not exist."""
    found = session.scalar(
        select(Opportunity).where(Opportunity.id == opportunity_id, within(actor, Opportunity.distributor_id))
    )
    if found is None:
        raise Refused("opportunity.not_found")
    return found


def take(session: Session, actor: Actor, opportunity_id: int) -> tuple[Opportunity, Registration]:
    """Both locked, the registration first, as whoever moves a registration does."""
    found = get_for(session, actor, opportunity_id)
    registration = session.scalar(
        select(Registration)
        .where(Registration.id == found.registration_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    locked = session.scalar(
        select(Opportunity)
        .where(Opportunity.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if registration is None or locked is None:
        raise Refused("opportunity.not_found")
    return locked, registration


def of_registration(session: Session, registration_id: int) -> Sequence[Opportunity]:
    """Its opportunities, the latest first."""
    wanted = select(Opportunity).where(Opportunity.registration_id == registration_id)
    return session.scalars(wanted.order_by(Opportunity.id.desc()).limit(MOST_TOLD)).all()


def events_of(session: Session, opportunity: Opportunity) -> list[tuple[OpportunityEvent, str | None]]:
    """What became of it, the latest first, with the name of who did it."""
    rows = session.execute(
        select(OpportunityEvent, Person.name)
        .outerjoin(Person, Person.id == OpportunityEvent.person_id)
        .where(OpportunityEvent.opportunity_id == opportunity.id)
        .order_by(OpportunityEvent.id.desc())
        .limit(MOST_TOLD)
    )
    return [(event, name) for event, name in rows]


def offers_of(session: Session, opportunity: Opportunity) -> list[Offer]:
    """Its quotations, the latest first, each with the order that was made of it: that which stands, else the last."""
    rows = session.execute(
        select(Quotation, Person.name, Order)
        .outerjoin(Person, Person.id == Quotation.person_id)
        .outerjoin(QuotationOrder, QuotationOrder.quotation_id == Quotation.id)
        .outerjoin(
            Order,
            and_(
                Order.id == QuotationOrder.order_id,
                Order.registration_id == opportunity.registration_id,
                Order.approval_state != "draft",
                has_its_goods(),
            ),
        )
        .where(Quotation.opportunity_id == opportunity.id)
        .order_by(Quotation.revision, Order.approval_state.not_in(OVER), QuotationOrder.id)
    )
    found: dict[int, Offer] = {}
    for quotation, name, order in rows:
        known = found.get(quotation.id)
        found[quotation.id] = Offer(quotation, name, order or (known.order if known else None))
    return sorted(found.values(), key=lambda offer: -offer.quotation.revision)


def get_quotation(session: Session, opportunity: Opportunity, quotation_id: int) -> Quotation:
    """A quotation of an opportunity within scope; another one's does not exist."""
    found = session.scalar(
        select(Quotation).where(Quotation.id == quotation_id, Quotation.opportunity_id == opportunity.id)
    )
    if found is None:
        raise Refused("quotation.not_found")
    return found


def lines_of(session: Session, quotation_id: int) -> Sequence[QuotationLine]:
    wanted = select(QuotationLine).where(QuotationLine.quotation_id == quotation_id)
    return session.scalars(wanted.order_by(QuotationLine.line_no)).all()


def get_written(session: Session, opportunity: Opportunity, quotation_id: int) -> Written:
    """A quotation of an opportunity within scope with its lines, in one statement."""
    found = _written(session, opportunity, Quotation.id == quotation_id)
    if found is None:
        raise Refused("quotation.not_found")
    return found


def last_written(session: Session, opportunity: Opportunity) -> Written | None:
    """The version that holds, with its lines, in one statement; none before the first."""
    return _written(session, opportunity, Quotation.revision == _newest(opportunity))


def _written(session: Session, opportunity: Opportunity, which: ColumnElement[bool]) -> Written | None:
    rows = session.execute(
        select(Quotation, QuotationLine, _newest(opportunity))
        .outerjoin(QuotationLine, QuotationLine.quotation_id == Quotation.id)
        .where(Quotation.opportunity_id == opportunity.id, which)
        .order_by(QuotationLine.line_no)
    ).all()
    if not rows:
        return None
    quotation, _line, newest = rows[0]
    lines = [line for _quotation, line, _newest in rows if line is not None]
    return Written(quotation, lines, quotation.revision == newest)


def _newest(opportunity: Opportunity) -> ScalarSelect[Any]:
    """The revision of its latest quotation."""
    each = aliased(Quotation)
    return select(func.max(each.revision)).where(each.opportunity_id == opportunity.id).scalar_subquery()


def has_its_goods() -> ColumnElement[bool]:
    """Whether some goods of the quotation lie in the order that it was put into: a cart may have been emptied since."""
    wanted = (
        select(OrderLine.id)
        .join(QuotationLine, QuotationLine.sku_id == OrderLine.sku_id)
        .where(
            OrderLine.order_id == QuotationOrder.order_id,
            QuotationLine.quotation_id == QuotationOrder.quotation_id,
        )
    )
    return wanted.correlate(QuotationOrder).exists()


def standing_order(session: Session, opportunity: Opportunity, besides: int | None = None) -> Order | None:
    """The order, `besides` one, that was made from one of its quotations and is neither given up nor refused."""
    wanted = (
        select(Order)
        .join(QuotationOrder, QuotationOrder.order_id == Order.id)
        .join(Quotation, Quotation.id == QuotationOrder.quotation_id)
        .where(
            Quotation.opportunity_id == opportunity.id,
            Order.registration_id == opportunity.registration_id,
            Order.approval_state.not_in(OVER),
            has_its_goods(),
        )
    )
    if besides is not None:
        wanted = wanted.where(Order.id != besides)
    return session.scalar(wanted.order_by(Order.id.desc()).limit(1))


def put_before(session: Session, opportunity_id: int, order_id: int) -> set[tuple[int, int]]:
    """SKU and quantity of what the quotations of an opportunity, that an order was made of, have on them."""
    rows = session.execute(
        select(QuotationLine.sku_id, QuotationLine.quantity)
        .join(Quotation, Quotation.id == QuotationLine.quotation_id)
        .join(QuotationOrder, QuotationOrder.quotation_id == Quotation.id)
        .where(Quotation.opportunity_id == opportunity_id, QuotationOrder.order_id == order_id)
    )
    return {(sku_id, quantity) for sku_id, quantity in rows}


def refuse_second(session: Session, order: Order) -> None:
    """Refuse a cart with goods of a quotation for its customer whose opportunity has another order that stands.

    Two people can have one quotation in their carts; whoever submits first orders it. The opportunity is locked after
    the cart, so that only one of them is first.
    """
    made = (
        select(Quotation.opportunity_id)
        .join(QuotationOrder, QuotationOrder.quotation_id == Quotation.id)
        .where(QuotationOrder.order_id == order.id, has_its_goods())
    )
    locked = (
        select(Opportunity)
        .where(Opportunity.registration_id == order.registration_id, Opportunity.id.in_(made))
        .order_by(Opportunity.id)
        .with_for_update()
    )
    for opportunity in session.scalars(locked).all():
        standing = standing_order(session, opportunity, besides=order.id)
        if standing is not None:
            raise Refused("opportunity.ordered_already", order=standing.number or "")


def was_quoted(session: Session, order: Order) -> bool:
    """Whether a quotation to its customer was put into an order, also when none of its goods is there any more."""
    if order.registration_id is None:
        return False
    made = (
        select(QuotationOrder.id)
        .join(Quotation, Quotation.id == QuotationOrder.quotation_id)
        .join(Opportunity, Opportunity.id == Quotation.opportunity_id)
        .where(QuotationOrder.order_id == order.id, Opportunity.registration_id == order.registration_id)
    )
    return bool(session.scalar(select(made.exists())))


@dataclass(frozen=True)
class Origin:
    """Where an order came from: the registered customer, and the quotation that it was made of, if there was one."""

    registration_id: int
    customer: str
    number: str | None
    is_held: bool  # its distributor may order for the customer today
    opportunity_id: int | None
    quotation_id: int | None
    quotation: str | None
    valid_until: date | None  # of the quotation


def origin_of(session: Session, order: Order) -> Origin | None:
    """For whom an order within scope was made; one statement, and none for an order for nobody in particular."""
    if order.registration_id is None:
        return None
    made = (  # a cart may have been given to another customer since
        select(Quotation.opportunity_id, Quotation.id, Quotation.number, Opportunity.registration_id)
        .add_columns(Quotation.valid_until, QuotationOrder.id.label("made_id"))
        .join(Opportunity, Opportunity.id == Quotation.opportunity_id)
        .join(QuotationOrder, QuotationOrder.quotation_id == Quotation.id)
        .where(QuotationOrder.order_id == order.id, has_its_goods())
        .subquery()
    )
    rows = session.execute(
        select(Registration)
        .add_columns(made.c.opportunity_id, made.c.id, made.c.number, made.c.valid_until)
        .outerjoin(made, made.c.registration_id == Registration.id)
        .where(Registration.id == order.registration_id)
        .order_by(made.c.made_id.desc())
        .limit(1)
    )
    found = rows.one_or_none()
    if found is None:
        return None
    whom, *quoted = found
    return Origin(whom.id, whom.name, whom.number, ending.is_held(session, whom, clock.today()), *quoted)


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of opportunities, the latest first unless asked otherwise."""
    query = matching_for(actor, wanted, figures(session)).with_only_columns(
        Opportunity, Registration.name, Distributor.name, Territory.name, Person.name
    )
    page = page_of(session, query, window, SORTS, Opportunity.id, "-opportunity")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many there are, and what may still come of those that are open; of won or lost ones where these are asked."""
    is_summed = (
        Opportunity.stage == wanted.stage if wanted.stage in CLOSED else Opportunity.closed_on.is_(None)
    )
    amount = case((is_summed, Opportunity.amount), else_=0)
    sums = matching_for(actor, wanted, figures(session)).with_only_columns(
        Opportunity.currency, func.count(Opportunity.id), func.coalesce(func.sum(amount), 0)
    )
    rows = session.execute(sums.group_by(Opportunity.currency).order_by(Opportunity.currency)).all()
    amounts = [(currency, amount) for currency, _count, amount in rows]
    return Totals(sum(count for _currency, count, _amount in rows), {"amount": amounts})


def matching_for(actor: Actor, wanted: ListFilter, given: Figures) -> Select[Any]:
    """What a filter means, with everything that a row or a sum is told by; the territory is today's."""
    today = clock.today()
    query = (
        select(Opportunity)
        .join(Registration, Registration.id == Opportunity.registration_id)
        .join(Distributor, Distributor.id == Opportunity.distributor_id)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(today)))
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .outerjoin(Person, Person.id == Opportunity.person_id)
        .where(within(actor, Opportunity.distributor_id))
    )
    if word := text.folded(wanted.search):
        query = query.where(
            or_(
                Registration.name_key.contains(matching.plain(word) or word, autoescape=True),
                Opportunity.number.icontains(word, autoescape=True),
                Opportunity.subject.icontains(word, autoescape=True),
                Distributor.search_text.contains(word, autoescape=True),
            )
        )
    if wanted.stage in (*STAGES, *CLOSED):
        query = query.where(Opportunity.stage == wanted.stage, is_of_stage())
    elif wanted.stage == "open":
        query = query.where(Opportunity.closed_on.is_(None))
    if wanted.distributor_id is not None:
        query = query.where(Opportunity.distributor_id == wanted.distributor_id)
    if wanted.territory_id is not None:
        query = query.where(_in_territory(wanted))
    if wanted.age is not None and 0 <= wanted.age <= len(rules.AGES):
        oldest, newest = rules.age_bounds(wanted.age, today)
        query = query.where(Opportunity.opened_on <= newest)
        query = query if oldest is None else query.where(Opportunity.opened_on >= oldest)
    if wanted.reached in rules.RANK:
        query = query.where(Opportunity.reached >= rules.RANK[wanted.reached])
    return _by_days(query, wanted, given, today)


def is_of_stage() -> ColumnElement[bool]:
    """Whether it counts where its stage is counted: what another's appeal took away was not lost."""
    return Opportunity.lost_reason != rules.HANDED_OVER


def _in_territory(wanted: ListFilter) -> ColumnElement[bool]:
    if not wanted.territory_id:
        return Standing.territory_id.is_(None)
    if wanted.is_alone:
        return Standing.territory_id == wanted.territory_id
    top = aliased(Territory)
    path = select(top.path).where(top.id == wanted.territory_id).scalar_subquery()
    return Territory.path.startswith(path)


def _by_days(query: Select[Any], wanted: ListFilter, given: Figures, today: date) -> Select[Any]:
    if wanted.when:
        first, last = rules.month_bounds(wanted.when, today)
        query = query if first is None else query.where(Opportunity.expected_on >= first)
        query = query if last is None else query.where(Opportunity.expected_on <= last)
    if wanted.since is not None:
        query = query.where(Opportunity.expected_on >= wanted.since)
    if wanted.until is not None:
        query = query.where(Opportunity.expected_on <= wanted.until)
    if wanted.is_due:
        query = query.where(Opportunity.closed_on.is_(None), Opportunity.next_on <= today)
    if wanted.is_stale:
        query = query.where(
            Opportunity.closed_on.is_(None),
            Opportunity.followed_on <= today - timedelta(days=given.stale_days),
            or_(Opportunity.next_on.is_(None), Opportunity.next_on < today),
        )
    return query


def distributor_name(session: Session, distributor_id: int) -> str:
    return session.scalar(select(Distributor.name).where(Distributor.id == distributor_id)) or ""
