"""Parents and children: what a parent and everybody below it use and may use together.

A parent has such an account once it is given a limit for it; a child's order is then held against its own limit and
against that of every parent above it. Who stands below whom is today's standing; the day's roll follows a planned change.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.books.rules import PARTS
from trade.credit.models import CreditAccount
from trade.db import insert_once
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day, within

MOVED = ("used", *PARTS, "earmarked")


@dataclass(frozen=True)
class Member:
    """A company of a family with its own account, and how deep below the parent it stands."""

    distributor: Distributor
    account: CreditAccount | None
    parent_id: int | None


def ids_below(distributor_id: int, day: date) -> Select[int]:
    """A distributor and everybody below it on a day, as a part of a statement; ends also on a circle."""
    family = select(Distributor.id.label("id")).where(Distributor.id == distributor_id)
    tree = family.cte("family", recursive=True)
    below = select(Standing.distributor_id).join(tree, and_(Standing.parent_id == tree.c.id, on_day(day)))
    return select(tree.union(below).c.id)


def has_children(session: Session, distributor_id: int, day: date) -> bool:
    """Whether anybody stands below a distributor on a day."""
    below = select(Standing.id).where(Standing.parent_id == distributor_id, on_day(day))
    return session.scalar(below.limit(1)) is not None


def chain_above(session: Session, distributor_id: int, day: date) -> list[int]:
    """A distributor, its parent, the parent's parent, and so on: the nearest first."""
    chain = [distributor_id]
    while True:
        parent = session.scalar(
            select(Standing.parent_id).where(Standing.distributor_id == chain[-1], on_day(day))
        )
        if parent is None or parent in chain:
            return chain
        chain.append(parent)


def members_of(session: Session, actor: Actor, distributor_id: int, day: date) -> list[Member]:
    """Everybody of a family within reach, the parent first; one statement."""
    rows = session.execute(
        select(Distributor, CreditAccount, Standing.parent_id)
        .outerjoin(CreditAccount, CreditAccount.distributor_id == Distributor.id)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(day)))
        .where(Distributor.id.in_(ids_below(distributor_id, day)), within(actor, Distributor.id))
        .order_by((Distributor.id == distributor_id).desc(), Distributor.sort_key, Distributor.id)
    )
    return [Member(*row) for row in rows]


def account_of(session: Session, head_id: int) -> CreditAccount | None:
    """The family account of a parent, if it was given a limit for all of them."""
    return session.scalar(
        select(CreditAccount).where(CreditAccount.head_id == head_id).order_by(CreditAccount.id).limit(1)
    )


def open_account(
    session: Session, head_id: int, legal_entity_id: int, currency: str, today: date
) -> CreditAccount:
    """The family's account, locked; everybody below counts for it from now on."""
    facts = {"head_id": head_id, "legal_entity_id": legal_entity_id, "currency": currency}
    own = select(CreditAccount.id).where(
        CreditAccount.distributor_id.in_(ids_below(head_id, today)),
        CreditAccount.legal_entity_id == legal_entity_id,
    )
    session.execute(own.order_by(CreditAccount.id).with_for_update(of=CreditAccount))
    insert_once(session, CreditAccount, as_of=today, **facts)
    relink(session, head_id, today)
    found = select(CreditAccount).filter_by(**facts).with_for_update()
    return session.scalars(found.execution_options(populate_existing=True)).one()


def relink(session: Session, distributor_id: int, today: date) -> None:
    """Let a distributor, and everybody below it, count for the families that stand above them today."""
    family = list(session.scalars(ids_below(distributor_id, today)))
    heads = CreditAccount.head_id.in_(family)
    wanted = select(CreditAccount).where(heads | CreditAccount.distributor_id.in_(family))
    # own accounts before those above them, each kind ascending: as an order locks them
    order = (CreditAccount.head_id.is_not(None), CreditAccount.id)
    accounts = session.scalars(
        wanted.order_by(*order).with_for_update().execution_options(populate_existing=True)
    ).all()
    above = _accounts_above(session, [each.head_id or each.distributor_id or 0 for each in accounts], today)
    for account in accounts:
        _count_for(session, account, _nearest(account, above, session, today))


def link_account(session: Session, account_id: int, today: date) -> None:
    """The same for one account, locked by the caller: a planned parent begins or ends with the day."""
    if not _has_any(session):
        return
    found = select(CreditAccount).where(CreditAccount.id == account_id)
    account = session.scalars(found.execution_options(populate_existing=True)).one()
    whose = account.head_id or account.distributor_id
    if whose is None:
        return
    above = _accounts_above(session, [whose], today)
    _count_for(session, account, _nearest(account, above, session, today))


def _accounts_above(
    session: Session, distributor_ids: Collection[int], today: date
) -> dict[int, Sequence[int]]:
    """Chains upwards by distributor; nothing where no family has an account, which is the usual case."""
    if not _has_any(session):
        return {}
    return {each: chain_above(session, each, today) for each in set(distributor_ids)}


def _nearest(
    account: CreditAccount, above: dict[int, Sequence[int]], session: Session, today: date
) -> int | None:
    """The family account that is nearest above an account; a family's own lies above its parent."""
    whose = account.head_id or account.distributor_id or 0
    chain = list(above.get(whose, ()))
    chain = chain[1:] if account.head_id is not None else chain
    if not chain:
        return None
    rows = session.execute(
        select(CreditAccount.head_id, CreditAccount.id).where(
            CreditAccount.head_id.in_(chain),
            CreditAccount.legal_entity_id == account.legal_entity_id,
            CreditAccount.currency == account.currency,
        )
    )
    by_head = {head_id: key for head_id, key in rows}
    return next((by_head[each] for each in chain if each in by_head), None)


def _count_for(session: Session, account: CreditAccount, family_account_id: int | None) -> None:
    """Take what an account uses from the families that it counted for, and add it to those it counts for now."""
    before = account.family_account_id
    if before == family_account_id:
        return
    session.refresh(account)
    old, new = upwards(session, before), upwards(session, family_account_id)
    moves = [(key, -1) for key in old if key not in new] + [(key, 1) for key in new if key not in old]
    for key, sign in sorted(moves):
        change = {name: getattr(CreditAccount, name) + sign * getattr(account, name) for name in MOVED}
        moved = update(CreditAccount).where(CreditAccount.id == key).values(change)
        session.execute(moved.execution_options(synchronize_session=False))
    account.family_account_id = family_account_id
    session.flush()


def _has_any(session: Session) -> bool:
    """Whether any parent has a limit for all below it; most brands have none, and pay one statement for asking."""
    return (
        session.scalar(select(CreditAccount.id).where(CreditAccount.head_id.is_not(None)).limit(1))
        is not None
    )


def upwards(session: Session, account_id: int | None) -> list[int]:
    """A family's account and those above it."""
    found: list[int] = []
    while account_id is not None and account_id not in found:
        found.append(account_id)
        account_id = session.scalar(
            select(CreditAccount.family_account_id).where(CreditAccount.id == account_id)
        )
    return found
