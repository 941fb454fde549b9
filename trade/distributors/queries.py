"""Reads of distributors, scope included."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from trade import clock, text
from trade.actor import Actor
from trade.distributors.models import (
    Address,
    Channel,
    CreditGroup,
    Distributor,
    LegalEntity,
    PriceGroup,
    Region,
    Standing,
    Territory,
    Tier,
)
from trade.distributors.rules import spelled_line
from trade.errors import Refused
from trade.kept import kept
from trade.people.models import Person
from trade.people.naming import told_apart
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of


@dataclass(frozen=True)
class Terms:
    """What a distributor is to the brand on a day: the facts that an order freezes and a price needs."""

    distributor_id: int
    code: str
    name: str
    status: str
    currency: str
    back_order_policy: str
    invoice_title: str
    tier_id: int
    tier_code: str
    tier_name: str
    channel_code: str | None
    territory_id: int | None
    territory_code: str | None
    territory_path: str
    rep_id: int | None
    rep_name: str | None
    terms: str
    terms_days: int
    advance_percent: int
    channel_id: int | None = None
    ship_to: str | None = None
    ship_contact: str | None = None
    ship_phone: str | None = None
    price_group_id: int | None = None
    is_address_gone: bool = False  # laid aside since it was chosen
    is_new: bool = False  # sees its first steps
    registration_id: int | None = None  # the customer (报备) that an order is for; its project prices hold

    @property
    def territory_ids(self) -> list[int]:
        """The territory and those above it."""
        return [int(each) for each in self.territory_path.split("/") if each]


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    status: str = ""
    tier_id: int | None = None
    rep_id: int | None = None


def within(actor: Actor, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether a row belongs to a distributor within the actor's reach; today's standing says whose rep it is."""
    scope = actor.scope
    is_everyone, has_some, has_reps = scope.reach
    if is_everyone:
        return true()
    reach: list[ColumnElement[bool]] = []
    if has_some:
        reach.append(column.in_(scope.distributor_ids))
    if has_reps:
        owned = select(Standing.distributor_id).where(
            Standing.rep_id.in_(scope.rep_ids), on_day(clock.today())
        )
        reach.append(column.in_(owned))
    return or_(*reach) if reach else false()


def on_day(day: date) -> ColumnElement[bool]:
    """The standing that holds on a day."""
    return and_(Standing.valid_from <= day, or_(Standing.valid_to.is_(None), Standing.valid_to > day))


def get_for(session: Session, actor: Actor, distributor_id: int) -> Distributor:
    """The distributor, if it lies within the actor's scope; a stranger's does not exist."""
    wanted = select(Distributor).where(Distributor.id == distributor_id, within(actor, Distributor.id))
    distributor = session.scalar(wanted)
    if distributor is None:
        raise Refused("distributor.not_found")
    return distributor


def terms_of(session: Session, distributor_id: int, day: date, address_id: int | None = None) -> Terms:
    """The facts of the day, with an address of its own, in one statement.

    Raises Refused where the brand has not said what the distributor is.
    """
    row = session.execute(*_facts(distributor_id, day, address_id)).one_or_none()
    if row is None:
        raise Refused("distributor.no_standing")
    return terms_from(row)


def hold_active(session: Session, distributor_id: int) -> None:
    """Let only who may buy take something against others: a customer, a longer protection."""
    status = held_status(session, distributor_id)
    if status != "active":
        what = "prospect" if status == "prospect" else "suspended"
        raise Refused(f"distributor.{what}_customers")


def hold_going(session: Session, distributor_id: int) -> None:
    """Let nobody end the business while the caller opens what would have to be settled first."""
    if held_status(session, distributor_id) == "ended":
        raise Refused("distributor.ended")


def held_status(session: Session, distributor_id: int) -> str:
    """What it is, and stays until the caller commits: nobody pauses or ends it in between."""
    wanted = select(Distributor.status).where(Distributor.id == distributor_id).with_for_update(read=True)
    return session.scalars(wanted).one()


def status_of(session: Session, distributor_id: int) -> str:
    return session.scalars(select(Distributor.status).where(Distributor.id == distributor_id)).one()


def refuse_paused(status: str) -> None:
    """Who is no distributor yet waits for its contract, who is paused for the brand."""
    if status != "active":
        raise Refused("distributor.prospect" if status == "prospect" else "distributor.suspended")


def terms_from(facts: Sequence[Any]) -> Terms:
    """The terms that `with_terms` put into a row, its last values; refused where it has no standing."""
    distributor, standing, tier, channel_code, territory, rep_name, address, region = facts
    if standing is None:
        raise Refused("distributor.no_standing")
    return Terms(
        distributor_id=distributor.id,
        code=distributor.code,
        name=distributor.name,
        status=distributor.status,
        currency=distributor.currency,
        back_order_policy=distributor.back_order_policy,
        invoice_title=distributor.invoice_title,
        tier_id=tier.id,
        tier_code=tier.code,
        tier_name=tier.name,
        channel_code=channel_code,
        territory_id=standing.territory_id,
        territory_code=territory.code if territory else None,
        territory_path=territory.path if territory else "",
        rep_id=standing.rep_id,
        rep_name=rep_name,
        terms=standing.terms,
        terms_days=standing.terms_days,
        advance_percent=standing.advance_percent,
        channel_id=standing.channel_id,
        ship_to=spelled_line(address.line, region) if address else None,
        ship_contact=address.contact_name if address else None,
        ship_phone=address.phone if address else None,
        price_group_id=standing.price_group_id,
        is_address_gone=address is not None and address.archived_at is not None,
        is_new=distributor.welcome_since is not None,
    )


@kept
def _facts(distributor_id: int, day: date, address_id: int | None) -> Select[*tuple[Any, ...]]:
    whole = with_terms(select().select_from(Distributor), day, address_id)
    return whole.where(Distributor.id == distributor_id)


def with_terms(
    wanted: Select[*tuple[Any, ...]],
    day: date,
    address_id: int | InstrumentedAttribute[int | None] | None = None,
) -> Select[*tuple[Any, ...]]:
    """Let a statement that reads distributors answer their facts of the day too, for `terms_from`."""
    return (
        wanted.add_columns(Distributor, Standing, Tier, Channel.code, Territory)
        .add_columns(Person.name, Address, Region.full_name)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(day)))
        .outerjoin(Tier, Tier.id == Standing.tier_id)
        .outerjoin(Channel, Channel.id == Standing.channel_id)
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .outerjoin(Person, Person.id == Standing.rep_id)
        .outerjoin(Address, and_(Address.id == address_id, Address.distributor_id == Distributor.id))
        .outerjoin(Region, Region.code == Address.region_code)
    )


def default_legal_entity(session: Session) -> int:
    """The company that invoices where nothing else is said."""
    found = session.scalar(select(LegalEntity.id).order_by(LegalEntity.id).limit(1))
    if found is None:
        raise Refused("brand.not_set_up")
    return found


def addresses_of(session: Session, distributor_id: int) -> Sequence[Address]:
    """Where goods may be sent, the default first."""
    wanted = select(Address).where(Address.distributor_id == distributor_id, Address.archived_at.is_(None))
    return session.scalars(wanted.order_by(Address.is_default.desc(), Address.id)).all()


@dataclass(frozen=True)
class Row:
    """A distributor with what it is today."""

    distributor: Distributor
    standing: Standing | None
    tier: Tier | None
    channel: Channel | None
    territory: Territory | None
    rep_name: str | None
    begins: date | None  # the first day of terms that only come


SORTS = {
    "name": Sort(Distributor.sort_key),
    "code": Sort(Distributor.code),
    "tier": Sort(Tier.code, is_nullable=True),
    "territory": Sort(Territory.path, is_nullable=True),
}


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of distributors, by name unless asked otherwise."""
    page = page_of(session, _matching(actor, wanted), window, SORTS, Distributor.id, "name")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many distributors match."""
    return Totals(session.scalar(_matching(actor, wanted).with_only_columns(func.count(Distributor.id))) or 0)


def _matching(actor: Actor, wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    ahead = aliased(Standing)
    begins = (
        select(func.min(ahead.valid_from))
        .where(ahead.distributor_id == Distributor.id, ahead.valid_from > clock.today())
        .correlate(Distributor)
        .scalar_subquery()
    )
    query = (
        select(Distributor, Standing, Tier, Channel, Territory, Person.name, begins)
        .select_from(Distributor)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(clock.today())))
        .outerjoin(Tier, Tier.id == Standing.tier_id)
        .outerjoin(Channel, Channel.id == Standing.channel_id)
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .outerjoin(Person, Person.id == Standing.rep_id)
        .where(within(actor, Distributor.id))
    )
    for word in text.folded(wanted.search).split():
        query = query.where(Distributor.search_text.contains(word, autoescape=True))
    equal: dict[Any, Any] = {
        Distributor.status: wanted.status,
        Standing.tier_id: wanted.tier_id,
        Standing.rep_id: wanted.rep_id,
    }
    for column, value in equal.items():
        if value:
            query = query.where(column == value)
    return query


def tiers(session: Session) -> list[tuple[int, str]]:
    """Id and name of every tier, for a filter."""
    rows = session.execute(select(Tier.id, Tier.name).order_by(Tier.code, Tier.id))
    return [(tier_id, name) for tier_id, name in rows]


@dataclass(frozen=True)
class Period:
    """What a distributor was to the brand for a while, with names."""

    standing: Standing
    tier: Tier
    channel: Channel | None
    territory: Territory | None
    rep_name: str | None
    price_group: str | None
    parent: str | None


def periods_of(session: Session, distributor_id: int) -> list[Period]:
    """Every standing of a distributor whom the caller has loaded through the actor's scope, the latest first."""
    above = aliased(Distributor)
    rows = session.execute(
        select(Standing, Tier, Channel, Territory, Person.name, PriceGroup.name, above.name)
        .join(Tier, Tier.id == Standing.tier_id)
        .outerjoin(Channel, Channel.id == Standing.channel_id)
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .outerjoin(Person, Person.id == Standing.rep_id)
        .outerjoin(PriceGroup, PriceGroup.id == Standing.price_group_id)
        .outerjoin(above, above.id == Standing.parent_id)
        .where(Standing.distributor_id == distributor_id)
        .order_by(Standing.valid_from.desc())
    )
    return [Period(*row) for row in rows]


def reps(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Id and name of the sales reps who have a distributor today, as far as the actor reaches."""
    owners = select(Standing.rep_id).where(on_day(clock.today()), within(actor, Standing.distributor_id))
    query = select(Person.id, Person.name, Person.user_name).where(Person.id.in_(owners))
    return told_apart(session.execute(query.order_by(Person.name, Person.id)))


def find_by_code(session: Session, actor: Actor, code: str) -> int | None:
    """The id of the distributor within scope that has this code, or that alone has this name."""
    has_code = func.upper(Distributor.code) == text.code_key(code)
    wanted = select(Distributor.id, has_code).where(
        or_(has_code, Distributor.name == code.strip()), within(actor, Distributor.id)
    )
    found = session.execute(wanted.limit(3)).all()
    exact = [key for key, is_code in found if is_code]
    return exact[0] if exact else found[0][0] if len(found) == 1 else None


def code_of(session: Session, distributor_id: int) -> str | None:
    """The code of a distributor that another one names as the one above it."""
    return session.scalar(select(Distributor.code).where(Distributor.id == distributor_id))


def credit_group_of(session: Session, group_id: int) -> CreditGroup | None:
    """The group whose members' exposure is looked at together."""
    return session.scalar(select(CreditGroup).where(CreditGroup.id == group_id))


def names_of(session: Session, actor: Actor, distributor_ids: Collection[int]) -> dict[int, str]:
    """Names by id of those within reach."""
    wanted = select(Distributor.id, Distributor.name).where(
        Distributor.id.in_(distributor_ids), within(actor, Distributor.id)
    )
    return {key: name for key, name in session.execute(wanted)}


@dataclass(frozen=True)
class OnDay:
    """A distributor with the names of what it is on a day."""

    distributor: Distributor
    tier_id: str | None
    territory_id: str | None
    rep_id: str | None
    price_group_id: str | None


def standings_on(session: Session, actor: Actor, distributor_ids: Collection[int], day: date) -> list[OnDay]:
    """What some distributors within reach are on a day, by name; one statement."""
    rows = session.execute(
        select(Distributor, Tier.name, Territory.name, Person.name, PriceGroup.name)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(day)))
        .outerjoin(Tier, Tier.id == Standing.tier_id)
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .outerjoin(Person, Person.id == Standing.rep_id)
        .outerjoin(PriceGroup, PriceGroup.id == Standing.price_group_id)
        .where(Distributor.id.in_(distributor_ids), within(actor, Distributor.id))
        .order_by(Distributor.sort_key, Distributor.id)
    )
    return [OnDay(*row) for row in rows]
