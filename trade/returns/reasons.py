"""Why goods come back, as the administrator keeps it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.returns.models import ReturnReason


def rows_of(session: Session) -> Sequence[ReturnReason]:
    """Every reason, those out of use last."""
    order = (ReturnReason.archived_at.is_not(None), ReturnReason.id)
    return session.scalars(select(ReturnReason).order_by(*order)).all()
