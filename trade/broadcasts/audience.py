"""For whom something is, by tier × territory × channel and chosen distributors; broadcasts and the library share it.

Within one kind any of those named will do; of each kind that is named one must hold. Chosen distributors come besides,
whatever they are; excepted ones never. Nothing named is nobody: everybody must be said. A distributor that the
business with has ended is nobody's audience; a suspended one still is, since policies bind it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from trade import clock, text
from trade.actor import Actor
from trade.broadcasts.models import AudiencePart
from trade.db import insert_many
from trade.distributors.models import Channel, Distributor, Standing, Territory, Tier
from trade.distributors.queries import Terms, on_day, within
from trade.errors import Refused
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

MOST_CHOSEN = 2_000
SORTS = {"name": Sort(Distributor.sort_key), "code": Sort(Distributor.code)}


@dataclass(frozen=True)
class Audience:
    """Whom a person named; ids."""

    is_everyone: bool = False
    tiers: frozenset[int] = frozenset()
    territories: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    chosen: frozenset[int] = frozenset()
    excepted: frozenset[int] = frozenset()

    @property
    def is_described(self) -> bool:
        return bool(self.tiers or self.territories or self.channels)

    @property
    def is_nobody(self) -> bool:
        return not (self.is_everyone or self.is_described or self.chosen)


@dataclass(frozen=True)
class Named:
    """The same in words, to be read; distributors beyond the reader's reach are counted, not named."""

    is_everyone: bool
    tiers: Sequence[str] = ()
    territories: Sequence[str] = ()
    channels: Sequence[str] = ()
    chosen: Sequence[str] = ()
    excepted: Sequence[str] = ()
    hidden: int = 0


@dataclass(frozen=True)
class Choices:
    """What can be named on a page: id and name."""

    tiers: Sequence[tuple[int, str]] = field(default_factory=list)
    territories: Sequence[tuple[int, str, int]] = field(default_factory=list)  # and how deep it lies
    channels: Sequence[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Reached:
    """One distributor of an audience, with what it is today."""

    distributor: Distributor
    tier: str | None
    territory: str | None
    channel: str | None


def belongs(wanted: Audience) -> ColumnElement[bool]:
    """Whether a distributor (joined with its standing of the day) is one of those for whom something is."""
    named: list[ColumnElement[bool]] = []
    if wanted.tiers:
        named.append(Standing.tier_id.in_(wanted.tiers))
    if wanted.channels:
        named.append(Standing.channel_id.in_(wanted.channels))
    if wanted.territories:
        under = [Territory.path.contains(f"/{key}/", autoescape=True) for key in sorted(wanted.territories)]
        named.append(Standing.territory_id.in_(select(Territory.id).where(or_(*under))))
    described = true() if wanted.is_everyone else and_(true(), *named) if named else false()
    chosen = Distributor.id.in_(wanted.chosen) if wanted.chosen else false()
    excepted = Distributor.id.in_(wanted.excepted) if wanted.excepted else false()
    return and_(or_(described, chosen), not_(excepted))


def select_ids(actor: Actor, wanted: Audience) -> Select[int]:
    """The distributors meant, as far as the actor reaches; terms are those of today."""
    return (
        select(Distributor.id)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(clock.today())))
        .where(within(actor, Distributor.id), _is_there(), belongs(wanted))
    )


def count(session: Session, actor: Actor, wanted: Audience) -> int:
    """How many distributors would be reached now."""
    ids = select_ids(actor, wanted).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def listing(
    session: Session, actor: Actor, wanted: Audience, search: str = "", window: Window = FIRST
) -> Page[Reached]:
    """Exactly who would be reached now, by name."""
    page = page_of(session, _matching(actor, wanted, search), window, SORTS, Distributor.id, "name")
    return page.of([Reached(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: Audience, search: str = "") -> Totals:
    matching = _matching(actor, wanted, search).with_only_columns(func.count(Distributor.id))
    return Totals(session.scalar(matching) or 0)


def of(session: Session, subject: str, subject_id: int, *, is_everyone: bool) -> Audience:
    """For whom a kept thing is; one statement."""
    parts = session.scalars(
        select(AudiencePart).where(AudiencePart.subject == subject, AudiencePart.subject_id == subject_id)
    ).all()
    return Audience(
        is_everyone,
        frozenset(each.tier_id for each in parts if each.tier_id is not None),
        frozenset(each.territory_id for each in parts if each.territory_id is not None),
        frozenset(each.channel_id for each in parts if each.channel_id is not None),
        frozenset(each.distributor_id for each in parts if each.distributor_id and not each.is_excepted),
        frozenset(each.distributor_id for each in parts if each.distributor_id and each.is_excepted),
    )


def keep(session: Session, subject: str, subject_id: int, wanted: Audience) -> None:
    """Let something be for these from now on."""
    session.execute(
        delete(AudiencePart).where(AudiencePart.subject == subject, AudiencePart.subject_id == subject_id)
    )
    kinds: tuple[tuple[str, Collection[int]], ...] = (
        ("tier_id", wanted.tiers),
        ("territory_id", wanted.territories),
        ("channel_id", wanted.channels),
        ("distributor_id", wanted.chosen),
    )
    if wanted.is_everyone:
        kinds = ()
    empty: dict[str, object] = {"tier_id": None, "territory_id": None, "channel_id": None}
    empty |= {"distributor_id": None, "subject": subject, "subject_id": subject_id, "is_excepted": False}
    rows = [{**empty, kind: key} for kind, keys in kinds for key in sorted(keys)]
    rows += [{**empty, "distributor_id": key, "is_excepted": True} for key in sorted(wanted.excepted)]
    insert_many(session, AudiencePart, rows)


def checked(session: Session, actor: Actor, wanted: Audience) -> Audience:
    """The audience, if all that it names exists; distributors beyond the actor's reach do not."""
    rows: tuple[tuple[str, InstrumentedAttribute[int], Collection[int]], ...] = (
        ("tiers", Tier.id, wanted.tiers),
        ("territories", Territory.id, wanted.territories),
        ("channels", Channel.id, wanted.channels),
    )
    for name, column, keys in rows:
        if keys and len(session.scalars(select(column).where(column.in_(keys))).all()) < len(keys):
            raise Refused("audience.unknown", field=name)
    theirs = wanted.chosen | wanted.excepted
    if len(theirs) > MOST_CHOSEN:
        raise Refused("audience.too_many", most=MOST_CHOSEN, field="chosen")
    known = select(func.count(Distributor.id)).where(
        Distributor.id.in_(theirs), within(actor, Distributor.id)
    )
    if theirs and session.scalar(known) != len(theirs):
        raise Refused("audience.unknown", field="chosen")
    return wanted


def named(session: Session, actor: Actor, wanted: Audience) -> Named:
    """The audience in words, for whoever reads it; one statement."""
    theirs = wanted.chosen | wanted.excepted
    kinds: tuple[tuple[str, Any, Any, Collection[int], ColumnElement[bool]], ...] = (
        ("tier", Tier.id, Tier.name, wanted.tiers, true()),
        ("territory", Territory.id, Territory.name, wanted.territories, true()),
        ("channel", Channel.id, Channel.name, wanted.channels, true()),
        ("distributor", Distributor.id, Distributor.name, theirs, within(actor, Distributor.id)),
    )
    parts = [
        select(literal(kind).label("kind"), key.label("key"), name.label("name")).where(key.in_(keys), which)
        for kind, key, name, keys, which in kinds
        if keys
    ]
    rows = session.execute(union_all(*parts)).all() if parts else []
    found = {kind: {key: name for each, key, name in rows if each == kind} for kind, *_rest in kinds}
    theirs_by_id = found["distributor"]
    return Named(
        wanted.is_everyone,
        list(found["tier"].values()),
        list(found["territory"].values()),
        list(found["channel"].values()),
        [name for key, name in theirs_by_id.items() if key in wanted.chosen],
        [name for key, name in theirs_by_id.items() if key in wanted.excepted],
        len(theirs) - len(theirs_by_id),
    )


def choices(session: Session) -> Choices:
    """All tiers, territories and channels in use; three statements."""
    tiers = session.execute(select(Tier.id, Tier.name).where(Tier.archived_at.is_(None)).order_by(Tier.rank))
    areas = session.execute(
        select(Territory.id, Territory.name, Territory.path)
        .where(Territory.archived_at.is_(None))
        .order_by(Territory.path)
    )
    channels = session.execute(
        select(Channel.id, Channel.name).where(Channel.archived_at.is_(None)).order_by(Channel.code)
    )
    return Choices(
        [(key, name) for key, name in tiers],
        [(key, name, path.count("/") - 2) for key, name, path in areas],
        [(key, name) for key, name in channels],
    )


def lookup(session: Session, actor: Actor, lines: Iterable[str]) -> tuple[frozenset[int], list[str]]:
    """Distributors that codes or full names mean, one per line as pasted, and the lines that mean none; one statement."""
    typed = list(dict.fromkeys(line.strip() for line in lines if line.strip()))[: MOST_CHOSEN + 1]
    if not typed:
        return frozenset(), []
    codes = {text.code_key(each) for each in typed}
    query = select(Distributor.id, Distributor.code, Distributor.name).where(
        or_(func.upper(Distributor.code).in_(codes), Distributor.name.in_(typed)),
        within(actor, Distributor.id),
    )
    by_word: dict[str, set[int]] = {}
    for key, code, name in session.execute(query):
        by_word.setdefault(code.upper(), set()).add(key)
        by_word.setdefault(name, set()).add(key)
    found = {each: by_word.get(text.code_key(each)) or by_word.get(each, set()) for each in typed}
    return (
        frozenset(key for keys in found.values() if len(keys) == 1 for key in keys),
        [each for each, keys in found.items() if len(keys) != 1],
    )


def codes_of(session: Session, actor: Actor, ids: Collection[int]) -> list[str]:
    """The codes of distributors within reach, as they are pasted into a form again."""
    if not ids:
        return []
    query = select(Distributor.code).where(Distributor.id.in_(ids), within(actor, Distributor.id))
    return list(session.scalars(query.order_by(Distributor.code)))


def opens_to(
    terms: Terms, subject: str, key: InstrumentedAttribute[int], everyone: ColumnElement[bool]
) -> ColumnElement[bool]:
    """The same rule from the other side: whether a thing is for this distributor, for a list of many things."""
    part = (AudiencePart.subject == subject, AudiencePart.subject_id == key)

    def has(*which: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(*part, *which)

    def fits(column: InstrumentedAttribute[int | None], values: Collection[int]) -> ColumnElement[bool]:
        return or_(not_(has(column.is_not(None))), has(column.in_(values)) if values else false())

    described = and_(
        has(AudiencePart.distributor_id.is_(None)),
        fits(AudiencePart.tier_id, [terms.tier_id]),
        fits(AudiencePart.territory_id, terms.territory_ids),
        fits(AudiencePart.channel_id, [terms.channel_id] if terms.channel_id else []),
    )
    own = AudiencePart.distributor_id == terms.distributor_id
    chosen, excepted = (
        has(own, AudiencePart.is_excepted.is_(False)),
        has(own, AudiencePart.is_excepted.is_(True)),
    )
    return and_(or_(everyone, described, chosen), not_(excepted))


def _matching(actor: Actor, wanted: Audience, search: str) -> Select[Distributor, str, str, str]:
    query = (
        select(Distributor, Tier.name, Territory.name, Channel.name)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(clock.today())))
        .outerjoin(Tier, Tier.id == Standing.tier_id)
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .outerjoin(Channel, Channel.id == Standing.channel_id)
        .where(within(actor, Distributor.id), _is_there(), belongs(wanted))
    )
    for word in text.folded(search).split():
        query = query.where(Distributor.search_text.contains(word, autoescape=True))
    return query


def _is_there() -> ColumnElement[bool]:
    return and_(Distributor.status.in_(("active", "suspended")), Distributor.archived_at.is_(None))
