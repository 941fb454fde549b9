"""Credit groups: what the companies of one owner use and may use together."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor


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
