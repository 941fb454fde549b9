"""Reads of registrations, scope included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade import clock, settings, text
from trade.actor import Actor
from trade.catalog.models import Category, Sku
from trade.distributors.models import Authorisation, Distributor, Standing, Tier
from trade.distributors.queries import on_day, within
from trade.errors import Refused
from trade.people.models import Person
from trade.pricing.models import ProjectPrice
from trade.registrations import lapsing, matching, rules
from trade.registrations.models import (
    Registration,
    RegistrationCap,
    RegistrationDecision,
    RegistrationEvent,
    RegistrationFollowUp,
    RegistrationKey,
    RegistrationQuota,
)
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SUBJECT = "registration"  # of approvals, files and audit
MOST_TOLD = 100  # follow-ups and events on one page
# Until when it holds its customer: protected while it is live, maintained once an order won it.
HELD_UNTIL = case(
    (Registration.state == "won", Registration.maintained_until), else_=Registration.protected_until
)
KEPT_UNTIL = case((Registration.state.in_(("live", "won")), HELD_UNTIL), else_=None)
SORTS = {
    "registration": Sort(Registration.id, "whole"),
    "until": Sort(KEPT_UNTIL, "day", is_nullable=True),
    "followed": Sort(Registration.followed_on, "day", is_nullable=True),
    "amount": Sort(Registration.expected_amount, "money", is_nullable=True),
    "distributor": Sort(Distributor.sort_key),
    "pooled": Sort(Registration.pooled_on, "day", is_nullable=True),
}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    state: str = ""
    product_line_id: int | None = None
    distributor_id: int | None = None
    until: date | None = None  # held until this day or less
    since: date | None = None
    rep_id: int | None = None  # who looks after its distributor today
    is_near: bool = False  # about to lapse


@dataclass(frozen=True)
class Row:
    registration: Registration
    distributor_name: str
    product_line: str
    person_name: str | None
    follow_by: date | None  # the last day for a follow-up, of a live one


@dataclass(frozen=True)
class PoolRow:
    """A customer that anybody may claim; who let it go is not told."""

    registration_id: int
    version: int
    name: str
    region_code: str | None
    product_line_id: int
    product_line: str
    pooled_on: date


def figures(session: Session) -> rules.Figures:
    """What an administrator set; one statement."""
    return rules.figures(settings.load(session, "registration."))


def get_for(session: Session, actor: Actor, registration_id: int, *, is_locked: bool = False) -> Registration:
    """A registration of a distributor within reach; a stranger's does not exist."""
    wanted = select(Registration).where(
        Registration.id == registration_id, within(actor, Registration.distributor_id)
    )
    if is_locked:
        wanted = wanted.with_for_update()
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise Refused("registration.not_found")
    return found


def get_pooled(session: Session, registration_id: int, *, is_locked: bool = False) -> Registration:
    """A customer of the public pool, which everybody may see."""
    wanted = select(Registration).where(Registration.id == registration_id, in_pool())
    if is_locked:
        wanted = wanted.with_for_update()
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise Refused("registration.not_found")
    return found


def get_left_pool(session: Session, actor: Actor, registration_id: int) -> Registration | None:
    """What the actor's own company made of a customer that lay in the pool; None where another one has it.

    A registration that never lay there does not exist for whoever asks.
    """
    heir = aliased(Registration)
    rows = session.execute(
        select(Registration.id, heir)
        .outerjoin(
            heir, and_(heir.id == Registration.claimed_id, heir.distributor_id == actor.distributor_id)
        )
        .where(
            Registration.id == registration_id,
            Registration.pooled_on.is_not(None),
            Registration.claimed_id.is_not(None),
        )
    )
    found = rows.one_or_none()
    if found is None:
        raise Refused("registration.not_found")
    own: Registration | None = found[1]
    return own


def in_pool() -> ColumnElement[bool]:
    return and_(Registration.pooled_on.is_not(None), Registration.claimed_id.is_(None))


def product_lines(session: Session, distributor_id: int | None = None) -> list[tuple[int, str]]:
    """The product lines, which are the categories at the top of the catalogue; of a distributor, those it may sell.

    A line is open to it when an authorisation of today has no category, or one in the line; without any, all are.
    """
    lines = session.execute(
        select(Category.id, Category.name)
        .where(Category.parent_id.is_(None), Category.archived_at.is_(None))
        .order_by(Category.position, Category.sort_key, Category.id)
    ).all()
    if distributor_id is None:
        return [(key, name) for key, name in lines]
    today = clock.today()
    held = session.execute(
        select(Authorisation.category_id, Category.path)
        .outerjoin(Category, Category.id == Authorisation.category_id)
        .where(
            Authorisation.distributor_id == distributor_id,
            Authorisation.valid_from <= today,
            or_(Authorisation.valid_to.is_(None), Authorisation.valid_to > today),
        )
    ).all()
    if not held or any(category_id is None for category_id, _path in held):
        return [(key, name) for key, name in lines]
    roots = {int(path.split("/")[1]) for _id, path in held}
    return [(key, name) for key, name in lines if key in roots]


def cap_of(session: Session, tier_id: int, given: rules.Figures) -> int:
    """How many a distributor of a tier may have submitted or live at a time."""
    own = session.scalar(select(RegistrationCap.most).where(RegistrationCap.tier_id == tier_id))
    return given.most_live if own is None else own


def used_of(session: Session, distributor_id: int) -> int:
    wanted = select(RegistrationQuota.used).where(RegistrationQuota.distributor_id == distributor_id)
    return session.scalar(wanted) or 0


def caps(session: Session) -> list[tuple[Tier, RegistrationCap | None]]:
    """Every tier with its own cap, if it has one."""
    rows = session.execute(
        select(Tier, RegistrationCap)
        .outerjoin(RegistrationCap, RegistrationCap.tier_id == Tier.id)
        .where(Tier.archived_at.is_(None))
        .order_by(Tier.rank, Tier.code)
    )
    return [(tier, cap) for tier, cap in rows]


def follow_ups_of(
    session: Session, registration: Registration
) -> list[tuple[RegistrationFollowUp, str | None]]:
    """What was done about the customer, the latest first, with the name of who did it."""
    rows = session.execute(
        select(RegistrationFollowUp, Person.name)
        .outerjoin(Person, Person.id == RegistrationFollowUp.person_id)
        .where(RegistrationFollowUp.registration_id == registration.id)
        .order_by(RegistrationFollowUp.id.desc())
        .limit(MOST_TOLD)
    )
    return [(told, name) for told, name in rows]


def events_of(session: Session, registration: Registration) -> Sequence[RegistrationEvent]:
    """What became of it, the latest first."""
    wanted = select(RegistrationEvent).where(RegistrationEvent.registration_id == registration.id)
    return session.scalars(wanted.order_by(RegistrationEvent.id.desc()).limit(MOST_TOLD)).all()


def story_of(
    session: Session, registration: Registration
) -> tuple[Sequence[RegistrationEvent], dict[int, str]]:
    """The same with the names of those who did it, by person; one statement."""
    rows = session.execute(
        select(RegistrationEvent, Person.name)
        .outerjoin(Person, Person.id == RegistrationEvent.person_id)
        .where(RegistrationEvent.registration_id == registration.id)
        .order_by(RegistrationEvent.id.desc())
        .limit(MOST_TOLD)
    ).all()
    names = {event.person_id: name for event, name in rows if event.person_id is not None}
    return [event for event, _name in rows], names


def is_followed_again(session: Session, registration: Registration) -> bool:
    """Whether something was done about the customer since its protection was prolonged, if it was."""
    if not registration.extensions:
        return True
    mine = RegistrationEvent.registration_id == registration.id
    last = select(func.max(RegistrationEvent.version)).where(mine, RegistrationEvent.action == "extend")
    since = select(RegistrationEvent.id).where(
        mine,
        RegistrationEvent.action == "follow_up",
        RegistrationEvent.version > last.scalar_subquery(),
    )
    return session.scalar(since.limit(1)) is not None


def returns_of(session: Session, registration: Registration) -> int:
    """How often it came back to be corrected."""
    wanted = select(func.count()).where(
        RegistrationEvent.registration_id == registration.id, RegistrationEvent.action == "return"
    )
    return session.scalar(wanted) or 0


def place_of(registration: Registration, day: date) -> date | None:
    """Until when one that is corrected keeps its place; None where the customer is free, though nobody has looked yet."""
    until = registration.returned_until
    return until if until is not None and until >= day else None


def place_after_return(
    session: Session, registration: Registration, day: date, given: rules.Figures
) -> date | None:
    """Until when it keeps its place if it is sent back on a day; None where the customer is free at once then."""
    return rules.returned_until(day, returns_of(session, registration), given)


def returned_with(session: Session, registration: Registration) -> str:
    """What was written when a registration came back to be corrected last; one statement, and none for any other."""
    if registration.state != "draft" or registration.number is None:
        return ""
    wanted = select(RegistrationEvent.facts).where(
        RegistrationEvent.registration_id == registration.id, RegistrationEvent.action == "return"
    )
    facts = session.scalar(wanted.order_by(RegistrationEvent.version.desc()).limit(1)) or {}
    return str(facts.get("comment", ""))


def decisions_of(session: Session, registration: Registration) -> Sequence[RegistrationDecision]:
    """What was decided about it and by which rule, the latest first."""
    wanted = select(RegistrationDecision).where(RegistrationDecision.registration_id == registration.id)
    return session.scalars(wanted.order_by(RegistrationDecision.id.desc()).limit(MOST_TOLD)).all()


def holds_on(registration: Registration, day: date) -> bool:
    """Whether a day is within its last one, of a row that is here; what became of it by then, `ending` tells."""
    until = registration.held_until
    return registration.state in {"live", "won"} and until is not None and until >= day


@dataclass(frozen=True)
class Agreed:
    """A price that was agreed for a customer, with its SKU."""

    price: ProjectPrice
    code: str
    name: str


def prices_of(session: Session, registration: Registration) -> list[Agreed]:
    """What was agreed for the customer and still holds or will, by SKU."""
    today = clock.today()
    rows = session.execute(
        select(ProjectPrice, Sku.code, Sku.name)
        .join(Sku, Sku.id == ProjectPrice.sku_id)
        .where(
            ProjectPrice.registration_id == registration.id,
            or_(ProjectPrice.valid_to.is_(None), ProjectPrice.valid_to > today),
        )
        .order_by(Sku.sort_key, ProjectPrice.min_quantity, ProjectPrice.valid_from)
    )
    return [Agreed(*row) for row in rows]


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of registrations, the latest first unless asked otherwise."""
    given = figures(session)
    query = _matching(session, actor, wanted).with_only_columns(
        Registration, Distributor.name, Category.name, Person.name
    )
    sorts = SORTS | {"lapse": lapsing.soonest(given)}
    page = page_of(session, query, window, sorts, Registration.id, "-registration")
    return page.of(
        [
            Row(found, distributor, line, person, lapsing.follow_by(found, given))
            for found, distributor, line, person in page.rows
        ]
    )


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    sums = _matching(session, actor, wanted).with_only_columns(
        Registration.currency,
        func.count(Registration.id),
        func.coalesce(func.sum(Registration.expected_amount), 0),
    )
    rows = session.execute(sums.group_by(Registration.currency).order_by(Registration.currency)).all()
    amounts = [(currency, amount) for currency, _count, amount in rows]
    return Totals(sum(count for _currency, count, _amount in rows), {"amount": amounts})


def pool(session: Session, wanted: ListFilter, window: Window = FIRST) -> Page[PoolRow]:
    """A page of the public pool, what came last first; nobody is told who had it."""
    query = _pooled(wanted).with_only_columns(
        Registration.id,
        Registration.version,
        Registration.name,
        Registration.region_code,
        Registration.product_line_id,
        Category.name,
        Registration.pooled_on,
    )
    page = page_of(session, query, window, SORTS, Registration.id, "-pooled")
    return page.of([PoolRow(*row) for row in page.rows])


def pool_totals(session: Session, wanted: ListFilter) -> Totals:
    return Totals(session.scalar(_pooled(wanted).with_only_columns(func.count(Registration.id))) or 0)


def resting(session: Session, registration: Registration, day: date) -> date | None:
    """Until when its distributor may not register this customer, since it let it go not long ago."""
    same = [Registration.name_key == registration.name_key]
    if registration.credit_code:
        same.append(Registration.credit_code == registration.credit_code)
    wanted = select(func.max(Registration.rests_until)).where(
        Registration.distributor_id == registration.distributor_id,
        Registration.product_line_id == registration.product_line_id,
        Registration.id != registration.id,
        Registration.rests_until >= day,
        or_(*same),
    )
    return session.scalar(wanted)


def _pooled(wanted: ListFilter) -> Select[Any]:
    query = select(Registration).join(Category, Category.id == Registration.product_line_id).where(in_pool())
    if word := matching.plain(wanted.search):
        query = query.where(Registration.name_key.contains(word, autoescape=True))
    if wanted.product_line_id is not None:
        query = query.where(Registration.product_line_id == wanted.product_line_id)
    return query


def _matching(session: Session, actor: Actor, wanted: ListFilter) -> Select[Any]:
    query = (
        select(Registration)
        .join(Distributor, Distributor.id == Registration.distributor_id)
        .join(Category, Category.id == Registration.product_line_id)
        .outerjoin(Person, Person.id == Registration.person_id)
        .where(within(actor, Registration.distributor_id))
    )
    if word := text.folded(wanted.search):
        query = query.where(
            or_(
                Registration.name_key.contains(matching.plain(word) or word, autoescape=True),
                Registration.number.icontains(word, autoescape=True),
                Registration.credit_code == word.upper(),
                Distributor.search_text.contains(word, autoescape=True),
            )
        )
    if wanted.state:
        query = query.where(Registration.state == wanted.state)
    if wanted.product_line_id is not None:
        query = query.where(Registration.product_line_id == wanted.product_line_id)
    if wanted.distributor_id is not None:
        query = query.where(Registration.distributor_id == wanted.distributor_id)
    if wanted.until is not None:
        query = query.where(KEPT_UNTIL <= wanted.until)
    if wanted.is_near:
        query = query.where(lapsing.is_near(figures(session), clock.today()))
    if wanted.rep_id is not None:
        served = select(Standing.distributor_id).where(
            Standing.rep_id == wanted.rep_id, on_day(clock.today())
        )
        query = query.where(Registration.distributor_id.in_(served))
    return query


def holds_keys(session: Session, registration: Registration) -> bool:
    """Whether nobody else may register its customer."""
    return session.scalar(select(is_keyed()).where(Registration.id == registration.id)) or False


def is_keyed() -> ColumnElement[bool]:
    """The same as a part of a statement about registrations."""
    return exists().where(RegistrationKey.registration_id == Registration.id).correlate(Registration)
