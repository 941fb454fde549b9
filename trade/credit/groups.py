"""Credit groups: what the companies of one owner use and may use together.

A group has an account of its own once it has a limit; every move of a member's account moves it too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.books.rules import PARTS
from trade.credit.models import CreditAccount
from trade.db import insert_once
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.money import ZERO


@dataclass(frozen=True)
class Exposure:
    """The accounts of a group's members added up in one currency."""

    currency: str
    members: int
    used: Decimal
    limit: Decimal


def exposures(session: Session, group_ids: Collection[int]) -> dict[int, list[Exposure]]:
    """Per group and currency, which are never added to each other; one statement."""
    rows = session.execute(
        select(
            Distributor.credit_group_id,
            CreditAccount.currency,
            func.count(Distributor.id.distinct()),
            func.sum(CreditAccount.used),
            func.sum(CreditAccount.effective_limit),
        )
        .join(CreditAccount, CreditAccount.distributor_id == Distributor.id)
        .where(Distributor.credit_group_id.in_(group_ids))
        .group_by(Distributor.credit_group_id, CreditAccount.currency)
        .order_by(CreditAccount.currency)
    )
    found: dict[int, list[Exposure]] = {}
    for group_id, currency, members, used, limit in rows:
        found.setdefault(group_id or 0, []).append(Exposure(currency, members, used, limit))
    return found


def accounts_of(session: Session, group_id: int) -> Sequence[CreditAccount]:
    """The group's own accounts, one per legal entity and currency in which it has a limit."""
    wanted = select(CreditAccount).where(CreditAccount.credit_group_id == group_id)
    return session.scalars(wanted.order_by(CreditAccount.currency, CreditAccount.id)).all()


def members_of(
    session: Session, actor: Actor, group_id: int
) -> Sequence[tuple[Distributor, CreditAccount | None]]:
    """The companies of the group within reach, with their accounts."""
    rows = session.execute(
        select(Distributor, CreditAccount)
        .outerjoin(CreditAccount, CreditAccount.distributor_id == Distributor.id)
        .where(Distributor.credit_group_id == group_id, within(actor, Distributor.id))
        .order_by(Distributor.sort_key, Distributor.id)
    )
    return [(distributor, account) for distributor, account in rows]


def open_account(
    session: Session, group_id: int, legal_entity_id: int, currency: str, today: date
) -> CreditAccount:
    """The group's account, locked; its members' accounts in this currency count for it from now on."""
    members = session.scalars(
        select(CreditAccount)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .where(
            Distributor.credit_group_id == group_id,
            CreditAccount.legal_entity_id == legal_entity_id,
            CreditAccount.currency == currency,
        )
        .order_by(CreditAccount.id)
        .with_for_update(of=CreditAccount)
        .execution_options(populate_existing=True)
    ).all()
    facts = {"credit_group_id": group_id, "legal_entity_id": legal_entity_id, "currency": currency}
    insert_once(session, CreditAccount, as_of=today, **facts)
    found = select(CreditAccount).filter_by(**facts).with_for_update()
    account = session.scalars(found.execution_options(populate_existing=True)).one()
    for member in members:
        _count_for(session, member, account.id)
    session.refresh(account)
    return account


def link(session: Session, distributor_id: int) -> None:
    """Let a distributor's accounts count for the account of the group it is in, and for no other any more."""
    wanted = select(CreditAccount).where(CreditAccount.distributor_id == distributor_id)
    locked = wanted.order_by(CreditAccount.id).with_for_update().execution_options(populate_existing=True)
    group = select(Distributor.credit_group_id).where(Distributor.id == distributor_id).scalar_subquery()
    for account in session.scalars(locked).all():
        of_group = select(CreditAccount.id).where(
            CreditAccount.credit_group_id == group,
            CreditAccount.legal_entity_id == account.legal_entity_id,
            CreditAccount.currency == account.currency,
        )
        _count_for(session, account, session.scalar(of_group))


def unsettled(session: Session, group_id: int) -> int:
    """How many accounts of its companies, also of those that ended, are not at nothing; they are locked."""
    is_open = or_(*(getattr(CreditAccount, part) != ZERO for part in PARTS))
    wanted = (
        select(CreditAccount.id)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .where(Distributor.credit_group_id == group_id, is_open)
        .order_by(CreditAccount.id)
        .with_for_update(of=CreditAccount)
    )
    return len(session.scalars(wanted).all())


def _count_for(session: Session, account: CreditAccount, group_account_id: int | None) -> None:
    before = account.group_account_id
    if before == group_account_id:
        return
    for group_id, sign in sorted(
        (each, sign) for each, sign in ((before, -1), (group_account_id, 1)) if each
    ):
        change = {
            name: getattr(CreditAccount, name) + sign * getattr(account, name)
            for name in ("used", *PARTS, "earmarked")
        }
        moved = update(CreditAccount).where(CreditAccount.id == group_id).values(change)
        session.execute(moved.execution_options(synchronize_session=False))
    account.group_account_id = group_account_id
    session.flush()
